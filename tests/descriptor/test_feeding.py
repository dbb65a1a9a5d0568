"""The decoder of copyfind feeds the network as the measurements of it were fed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import Weights
from copyfind.imaging.decode import decode
from copyfind.records import Pixels
from tests.photos import photos


def averaged(path: Path, side: int) -> Pixels:
    """Shrunk by OpenCV's area averaging."""
    with Image.open(path) as picture:
        whole = np.asarray(picture.convert("RGB"))
    return np.asarray(cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_decoding_is_area_averaging_to_the_network(bundled: Weights, tmp_path: Path) -> None:
    side, paths = bundled.input_size, [tmp_path / f"{name}.jpg" for name in photos()]
    for path in paths:
        photos()[path.stem].save(path, quality=90)
    embed = load_embedder(device="cpu")

    ours = embed(np.stack([decode(path.read_bytes(), side=side).square for path in paths]))
    theirs = embed(np.stack([averaged(path, side) for path in paths]))

    # Where an average is rounded the other way, a network in whole numbers rounds on from there.
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() >= 0.998
    assert cosines.mean() >= 0.9995

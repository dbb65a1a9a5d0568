"""The decoder of copyfind feeds the network as the measurements of it were fed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import Weights
from copyfind.imaging.decode import decode
from copyfind.records import Pixels

REFERENCES = Path(__file__).parents[3] / "shared" / "bench" / "edits" / "references"

pytestmark = pytest.mark.skipif(not REFERENCES.is_dir(), reason="the benchmark is not here")


def averaged(path: Path, side: int) -> Pixels:
    """Shrunk by OpenCV's area averaging."""
    with Image.open(path) as picture:
        whole = np.asarray(picture.convert("RGB"))
    return np.asarray(cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_decoding_is_area_averaging_to_the_network(bundled: Weights) -> None:
    side, paths = bundled.input_size, sorted(REFERENCES.iterdir())[:8]
    embed = load_embedder(device="cpu")

    ours = embed(np.stack([decode(path.read_bytes(), side=side).square for path in paths]))
    theirs = embed(np.stack([averaged(path, side) for path in paths]))

    assert (ours * theirs).sum(axis=2)[:, 0].min() >= 0.999

"""The bundled network is the one that was trained: it gives the numbers written down with it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from copyfind.descriptor.engines import torch_engine
from copyfind.descriptor.weights import Weights
from copyfind.imaging.decode import decode
from copyfind.records import Floats, Pixels

SHARED = Path(__file__).parents[3] / "shared"
EXPECTED = SHARED / "weights" / "expected.json"

pytestmark = pytest.mark.skipif(
    not EXPECTED.is_file(),
    reason="the numbers written down at training are not beside the checkout",
)


SIDE = 192  # pixels; the numbers are of the size that it was trained for, not the one it is used at


def described(bundled: Weights, squares: list[Pixels]) -> Floats:
    """(N, D)"""
    return torch_engine(bundled, "cpu")(np.stack(squares))[:, 0]


def cosines(descriptors: Floats, expected: dict[str, list[float]]) -> Floats:
    rows = np.array(list(expected.values()), np.float32)
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray((descriptors * units).sum(axis=1), np.float32)


@pytest.fixture(scope="module")
def expected() -> dict[str, list[float]]:
    """Path below the benchmark -> descriptor."""
    found: dict[str, list[float]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


def test_the_numbers_are_reproduced_from_pictures_shrunk_as_in_training(
    bundled: Weights, expected: dict[str, list[float]]
) -> None:
    squares = []
    for name in expected:
        with Image.open(SHARED / "bench" / "edits" / name) as picture:
            whole = picture.convert("RGB")
        squares.append(
            np.asarray(
                cv2.resize(np.asarray(whole), (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8
            )
        )

    assert cosines(described(bundled, squares), expected).min() >= 0.9999


def test_the_decoder_of_copyfind_feeds_the_network_as_well(
    bundled: Weights, expected: dict[str, list[float]]
) -> None:
    squares = [
        decode((SHARED / "bench" / "edits" / name).read_bytes(), side=SIDE).square
        for name in expected
    ]

    assert cosines(described(bundled, squares), expected).min() >= 0.999

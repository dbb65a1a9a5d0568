"""Small data sets drawn in the layouts of the public ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.exchange import NamedPredictions
from copyfind.evaluate.methods import Method
from copyfind.evaluate.protocol import Score, score_predictions

# A method that needs no weights: the pixels of a small square.
MEAN = Method(
    "mean", 8, lambda pictures: pictures.reshape(len(pictures), -1).astype("float32") - 128
)


def draw(path: Path, seed: int, *, mirrored: bool = False) -> Path:
    """A smooth random picture; equal seeds give equal pictures."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((48, 32), Image.Resampling.BICUBIC)
    path.parent.mkdir(parents=True, exist_ok=True)
    (picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture).save(path)
    return path


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """Four references; queries 0 to 2 copy references 2, 0 and 3, and query 3 nothing."""
    folder = tmp_path / "disc"
    for number in range(4):
        draw(folder / f"references/R{number:05d}.png", number)
    for number, seed in enumerate((2, 0, 3, 99)):
        draw(folder / f"queries/Q{number:05d}.png", seed)
    (folder / "ground_truth.csv").write_text(
        "query_id,reference_id\nQ00000,R00002\nQ00001,R00000\nQ00002,R00003\nQ00003,\n"
    )
    (folder / "edits.csv").write_text(
        "query_id,track,edits\nQ00000,light,\nQ00001,hard,\nQ00002,hard,\nQ00003,hard,\n"
    )
    return folder


@pytest.fixture
def copydays(tmp_path: Path) -> Path:
    """Two originals, one quality, and three strong attacks: two of the first original."""
    folder = tmp_path / "copydays"
    for number in (200000, 200100):
        for name in ("original", "jpegqual/3"):
            draw(folder / name / f"{number}.png", number)
    for name, seed in (("200001", 200000), ("200002", 5), ("200101", 200100)):
        draw(folder / "strong" / f"{name}.png", seed)
    return folder


@pytest.fixture
def benchmark() -> Benchmark:
    """Two queries, each a copy of the reference of its number; both are of the track hard."""
    queries, references = (tuple(Path(f"{x}{n}.png") for n in range(2)) for x in "QR")
    every = np.arange(2)
    return Benchmark(queries, references, np.stack([every, every], axis=1), {"hard": every})


@pytest.fixture
def score(benchmark: Benchmark) -> Score:
    """One of both found, then a false one, then the other: µAP = (1 + 2/4) / 2."""
    query, reference = ("Q0", "Q1", "Q0", "Q1"), ("R0", "R0", "R1", "R1")
    named = NamedPredictions(query, reference, np.array([0.9, 0.8, 0.8, 0.7]))
    return score_predictions("mine", benchmark, named)

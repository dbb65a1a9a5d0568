"""Which contents still have to be compared by their pixels, and what is kept of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from copyfind.collection.catalog import Catalog, remember_model
from copyfind.collection.database import open_for_writing
from copyfind.collection.intake import Intake
from copyfind.records import Facts, FoundFile, Problem, Row

VECTOR = np.array([1, 0], np.float16)


def file(number: int) -> FoundFile:
    return FoundFile(b"/photos/%d.png" % number, 1, number, 1, 1)


def row(number: int, width: int = 40, *, vector: bool = True, pixels: bytes | None = None) -> Row:
    return Row(
        sha256=bytes([number]) * 32,
        size=1,
        model="tiny",
        decoder="1",
        facts=Facts(width=width, height=30, format="PNG"),
        pixels=pixels,
        descriptor=VECTOR if vector else None,
        problem=None if vector else Problem.DAMAGED,
    )


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Three contents of one shape, the third without a descriptor, and one of another shape."""
    with open_for_writing(tmp_path / "catalog.sqlite", holder="test") as db:
        model = remember_model(
            db,
            weights="tiny",
            preprocess=1,
            name="tiny",
            dim=2,
            input_size=8,
            default_threshold=0.7,
        )
        intake = Intake(db, model=model, decoder="1")
        rows = [row(1), row(2, pixels=b"p" * 32), row(3, vector=False), row(4, width=50)]
        files = [file(n) for n in range(1, 5)]
        intake.meet(files)
        intake.store(zip(files, rows, strict=True))
        assert Catalog(db).counts(model).contents == 4
        yield intake


def test_contents_come_by_their_shape_with_their_descriptors(intake: Intake) -> None:
    assert intake.unsettled.shapes() == [(40, 30), (50, 30)]

    contents, settled, descriptors = intake.unsettled.contents_of_shape(40, 30)

    assert (contents.tolist(), settled.tolist()) == ([1, 2, 3], [0, 0, 0])
    assert np.array_equal(descriptors[:2], np.stack([VECTOR, VECTOR]))
    assert np.isnan(descriptors[2]).all()


def test_only_a_content_without_a_hash_has_to_be_read(intake: Intake) -> None:
    assert intake.unsettled.file_without_pixels(1) == file(1)
    assert intake.unsettled.file_without_pixels(2) is None


def test_what_was_looked_at_is_not_looked_at_again_unless_it_was_put_off(intake: Intake) -> None:
    intake.unsettled.settle([1, 2, 3, 4], {1: b"q" * 32}, put_off=[3])

    assert intake.unsettled.shapes() == [(40, 30)]
    assert intake.unsettled.contents_of_shape(40, 30)[1].tolist() == [1, 1, 0]
    assert intake.unsettled.file_without_pixels(1) is None
    assert intake.unsettled.file_without_pixels(3) == file(3)

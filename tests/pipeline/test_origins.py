"""The origin of proven pairs, told from their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.grouping.clusters import Tie
from copyfind.imaging.apart import Apart
from copyfind.pipeline.origins import Telling
from copyfind.records import Content, Facts, FoundFile, Tier
from copyfind.verdict import Verdict, as_matrix
from copyfind.watch import NOBODY
from tests.collection.conftest import add_contents
from tests.photos import photos

SAME = as_matrix(np.eye(3))
NEAR = Verdict(Tier.NEAR, overlap=(1.0, 1.0), matrix=SAME, scale=1.0)


def content(row: int, path: Path, **facts: object) -> Content:
    status = path.stat()
    with Image.open(path) as image:
        said = Facts(width=image.width, height=image.height, format="JPEG", **facts)  # type: ignore[arg-type] # of a test
    file = FoundFile(bytes(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return Content(row, bytes([row]) * 32, file.size, said, None, (file,))


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    """A photo, and the same saved better later."""
    source, copy = tmp_path / "source.jpg", tmp_path / "copy.jpg"
    photos()["chelsea"].save(source, quality=60)
    Image.open(source).save(copy, quality=95)
    return source, copy


@pytest.fixture
def catalog(tmp_path: Path, paths: tuple[Path, Path]) -> Path:
    """Two contents, whose rows are 0 and 1."""
    path = tmp_path / "catalog.sqlite"
    with open_for_writing(path, holder="test") as db, db.atomic():
        add_contents(db, [bytes([row]) * 32 for row in range(len(paths))])
    return path


def told(catalog: Path, contents: dict[int, Content], verdict: Verdict = NEAR) -> float | None:
    with open_for_reading(catalog) as db, Apart() as apart:
        telling = Telling(catalog, Catalog(db), apart, NOBODY)
        (tie,) = telling.with_origins([Tie((0, 1), verdict)], contents)
    return tie.odds


def contents_of(paths: tuple[Path, Path], **facts: object) -> dict[int, Content]:
    """facts: of the second."""
    return {0: content(0, paths[0]), 1: content(1, paths[1], **facts)}


def test_the_origin_of_a_pair_is_told_and_kept(catalog: Path, paths: tuple[Path, Path]) -> None:
    contents = contents_of(paths)

    odds = told(catalog, contents)
    assert odds is not None
    assert odds > 2
    for path in paths:
        path.unlink()
    assert told(catalog, contents) == odds


def test_what_cannot_be_read_any_more_tells_nothing(
    catalog: Path, paths: tuple[Path, Path]
) -> None:
    contents = contents_of(paths)
    paths[0].write_bytes(b"something else")

    assert told(catalog, contents) is None


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(Tier.LIKELY, overlap=(1.0, 1.0), matrix=SAME, scale=1.0),
        Verdict(Tier.EDITED, overlap=(1.0, 0.8), matrix=SAME, scale=1.0),
        Verdict(Tier.EDITED, overlap=(1.0, 1.0), matrix=SAME, scale=1.0, mirrored=True),
        Verdict(Tier.EDITED, overlap=(1.0, 1.0)),
    ],
)
def test_pairs_that_do_not_lie_on_each_other_are_not_asked(
    catalog: Path, paths: tuple[Path, Path], verdict: Verdict
) -> None:
    assert told(catalog, contents_of(paths), verdict) is None


@pytest.mark.parametrize(
    "held",
    [{"camera": "One", "captured_at": "2019-07-21T12:00:00"}, {"has_alpha": True}, {"frames": 3}],
)
def test_a_picture_is_not_compared_with_one_that_lost_what_no_edit_gives_back(
    catalog: Path, paths: tuple[Path, Path], held: dict[str, object]
) -> None:
    contents = contents_of(paths, **held)
    for path in paths:
        path.unlink()

    assert told(catalog, contents) == -4  # it is what was there first

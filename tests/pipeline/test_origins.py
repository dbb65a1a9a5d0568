"""The origin of proven pairs, told from their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from copyfind.grouping.clusters import Tie
from copyfind.pipeline.origins import Telling
from copyfind.records import Content, Facts, FoundFile, Tier
from copyfind.verdict import Origin, Verdict, as_matrix
from copyfind.watch import NOBODY
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


def told(tmp_path: Path, contents: dict[int, Content], verdict: Verdict = NEAR) -> Origin | None:
    telling = Telling(tmp_path / "catalog.sqlite", tmp_path / "cache", 1, NOBODY)
    (tie,) = telling.with_origins([Tie((1, 2), verdict)], contents)
    return tie.origin


def test_the_origin_of_a_pair_is_told_and_kept(tmp_path: Path, paths: tuple[Path, Path]) -> None:
    contents = {row: content(row, path) for row, path in enumerate(paths, start=1)}

    assert told(tmp_path, contents) is Origin.FIRST
    for path in paths:
        path.unlink()
    assert told(tmp_path, contents) is Origin.FIRST


def test_what_cannot_be_read_any_more_tells_nothing(
    tmp_path: Path, paths: tuple[Path, Path]
) -> None:
    contents = {row: content(row, path) for row, path in enumerate(paths, start=1)}
    paths[0].write_bytes(b"something else")

    assert told(tmp_path, contents) is None


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
    tmp_path: Path, paths: tuple[Path, Path], verdict: Verdict
) -> None:
    contents = {row: content(row, path) for row, path in enumerate(paths, start=1)}

    assert told(tmp_path, contents, verdict) is None
    assert not (tmp_path / "cache").exists()


def test_a_picture_from_a_camera_is_not_compared_with_one_that_lost_what_it_said(
    tmp_path: Path, paths: tuple[Path, Path]
) -> None:
    contents = {
        1: content(1, paths[0]),
        2: content(2, paths[1], camera="One", captured_at="2019-07-21T12:00:00"),
    }

    assert told(tmp_path, contents) is None

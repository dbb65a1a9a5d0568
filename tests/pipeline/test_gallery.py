"""What a second look needs is taken from the cache, or made from a file that is still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from copyfind.collection.cache import PictureCache
from copyfind.imaging.readers import Readers
from copyfind.pipeline.gallery import Gallery, packed_features
from copyfind.records import Content, Facts, FoundFile
from tests.conftest import draw


class Shelf:
    """Contents by row, each in a file of its own, and how they were asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[list[int]] = []
        self.contents: dict[int, Content] = {}
        self._folder = folder
        for row in range(3):
            self.put(row, draw(row))

    def put(self, row: int, picture: Image.Image) -> None:
        """Lay a picture in the place of another."""
        path = self._folder / f"{row}.png"
        picture.save(path)
        status = path.stat()
        file = FoundFile(
            bytes(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        )
        is_cut_out = picture.mode == "RGBA"
        facts = Facts(
            width=picture.width, height=picture.height, format="PNG", has_alpha=is_cut_out
        )
        sha256 = hashlib.sha256(path.read_bytes()).digest()
        self.contents[row] = Content(row, sha256, status.st_size, facts, None, (file,))

    def __call__(self, rows: Iterable[int]) -> Mapping[int, Content]:
        self.asked.append(list(rows))
        return {row: self.contents[row] for row in self.asked[-1]}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def gallery(shelf: Shelf) -> Iterator[Gallery]:
    with Readers(workers=1, side=1) as readers:
        yield Gallery(shelf, PictureCache(None), readers)


def test_only_the_contents_in_question_are_asked_for(gallery: Gallery, shelf: Shelf) -> None:
    pictures = gallery.pictures([2, 0, 2])

    assert shelf.asked == [[2, 0]]
    assert pictures.keys() == {0, 2}
    assert all(pictures[row].files == shelf.contents[row].files for row in pictures)


def test_a_picture_that_was_made_needs_no_file(gallery: Gallery, tmp_path: Path) -> None:
    made = gallery.pictures([1])
    (tmp_path / "1.png").unlink()

    assert gallery.pictures([1]) == made


def test_another_file_of_the_content_stands_for_one_that_has_changed(
    gallery: Gallery, shelf: Shelf
) -> None:
    (file,) = shelf.contents[0].files
    changed = replace(file, mtime_ns=1)
    shelf.contents[0] = replace(shelf.contents[0], files=(changed, file))

    assert gallery.pictures([0]).keys() == {0}


def test_what_cannot_be_had_is_not_asked_for_again(
    gallery: Gallery, shelf: Shelf, tmp_path: Path
) -> None:
    (tmp_path / "1.png").unlink()

    assert gallery.pictures([0, 1]).keys() == {0}
    assert gallery.pictures([0, 1]).keys() == {0}
    assert shelf.asked == [[0, 1], [0]]


def test_something_is_made_of_the_thumbnails_that_can_be_had(
    gallery: Gallery, tmp_path: Path
) -> None:
    (tmp_path / "2.png").unlink()

    made = gallery.made_of_thumbnails(packed_features, [1, 2, 0])

    assert list(made) == [1, 0]
    assert made[0] == gallery.pictures([0])[0].features

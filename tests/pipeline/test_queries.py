"""Pictures that are asked about are read as `index` reads them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from copyfind.collection.cache import open_cache
from copyfind.descriptor.embed import load_embedder
from copyfind.imaging.readers import Readers
from copyfind.pipeline.indexing import index_folders
from copyfind.pipeline.queries import (
    content_of,
    read_queries,
    squares_of,
    thumbnails_of,
    with_parts,
)
from copyfind.records import ReadFile, Unreadable
from tests.conftest import draw
from tests.photos import photo


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers(workers=1, side=32) as started:
        yield started


def test_every_name_has_an_answer_in_its_place(tmp_path: Path, readers: Readers) -> None:
    draw(0).save(tmp_path / "a.png")
    (tmp_path / "letter.jpg").write_text("Dear all")
    names = ["a.png", "letter.jpg", "gone.png", "."]

    read = read_queries(readers, [os.fsencode(tmp_path / name) for name in names])

    assert [type(one) for one in read] == [ReadFile, Unreadable, Unreadable, Unreadable]
    assert isinstance(read[3], Unreadable)
    assert "a folder" in read[3].reason


def test_a_query_is_a_content_of_no_catalog(tmp_path: Path, readers: Readers) -> None:
    draw(0).save(tmp_path / "a.png")
    (read,) = read_queries(readers, [os.fsencode(tmp_path / "a.png")])
    assert isinstance(read, ReadFile)

    content = content_of(read)

    assert content.sha256 == hashlib.sha256((tmp_path / "a.png").read_bytes()).digest()
    assert content.files == (read.file,)
    assert content.facts is not None
    assert (content.facts.width, content.facts.height) == (160, 120)
    assert squares_of([read], side=32).shape == (1, 32, 32, 3)
    assert squares_of([], side=32).shape == (0, 32, 32, 3)


def test_its_thumbnail_is_the_one_that_index_keeps(tmp_path: Path, readers: Readers) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    draw(0, width=1200, height=900).save(photos / "a.jpg")
    catalog, cache = tmp_path / "catalog.sqlite", tmp_path / "cache"
    index_folders([os.fsencode(photos)], catalog=catalog, cache=cache)
    (read,) = read_queries(readers, [os.fsencode(photos / "a.jpg")])
    assert isinstance(read, ReadFile)

    made = thumbnails_of([read])

    with open_cache(catalog, cache) as cached:
        assert cached.thumbnails([read.sha256]) == made


@pytest.mark.parametrize(
    ("part", "left", "top"), [(1, 0, 0), (2, 90, 0), (3, 0, 90), (4, 90, 90), (5, 45, 45)]
)
def test_a_pasted_picture_resembles_the_part_where_it_lies_most(
    part: int, left: int, top: int
) -> None:
    embed = load_embedder(device="cpu")
    side = embed.side
    page = photo("astronaut", size=(side, side)).copy()
    small = round(0.6 * side)
    page.paste(photo("coffee", size=(small, small)), (left * side // 224, top * side // 224))

    looks = with_parts(np.asarray(page))

    assert looks.shape == (6, side, side, 3)
    coffee = embed(np.asarray(photo("coffee", size=(side, side)))[None])[0]
    assert (embed(looks) @ coffee).argmax() == part

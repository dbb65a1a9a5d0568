"""Pairs get verdicts, the same ones whatever the order, and none where a file is gone."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from skimage import data

from copyfind.collection.cache import PictureCache
from copyfind.errors import Interrupted
from copyfind.imaging.readers import Readers
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.verifying import (
    Verified,
    read_larger,
    side_by_side,
    verify_pairs,
    verify_with,
)
from copyfind.records import Content, Facts, FoundFile, Pair, Tier
from copyfind.verdict import Verdict
from copyfind.watch import NOBODY, Progress, Watch
from tests.imaging.test_source import archived


@dataclass
class Album:
    """Pictures in files, and the cache of their looks."""

    folder: Path
    cached: PictureCache
    contents: dict[int, Content]
    names: dict[int, str]

    def add(self, name: str, picture: Image.Image) -> None:
        path = self.folder / name
        picture.save(path)
        status = path.stat()
        sha256 = hashlib.sha256(path.read_bytes()).digest()
        file = FoundFile(
            bytes(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        )
        facts = Facts(width=picture.width, height=picture.height, format="PNG", surplus=())
        row = len(self.contents)
        self.contents[row] = Content(row, sha256, status.st_size, facts, None, (file,))
        self.names[row] = name

    def pairs(self) -> list[Pair]:
        return list(itertools.combinations(self.contents, 2))

    def gallery(self, readers: Readers) -> Gallery:
        return Gallery(lambda _: self.contents, self.cached, readers)

    def verify(
        self,
        pairs: list[Pair] | None = None,
        workers: int = 1,
        keep: Callable[[Mapping[Pair, Verdict]], None] = lambda _: None,
        watch: Watch = NOBODY,
    ) -> Verified:
        with Readers(workers=workers, side=1) as readers:
            return verify_pairs(
                self.pairs() if pairs is None else pairs,
                self.gallery(readers),
                keep=keep,
                watch=watch,
            )

    def tied(self, verdicts: Mapping[Pair, Verdict]) -> dict[frozenset[str], Tier]:
        return {frozenset(self.names[row] for row in p): v.tier for p, v in verdicts.items()}


def photo(name: str) -> Image.Image:
    pixels: NDArray[np.uint8] = getattr(data, name)()
    return Image.fromarray(pixels)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    album = Album(tmp_path, PictureCache(None), {}, {})
    coffee = photo("coffee")
    album.add("coffee.png", coffee)
    album.add("mirrored.png", ImageOps.mirror(coffee))
    album.add("cat.png", photo("chelsea"))
    return album


COPY = {frozenset({"coffee.png", "mirrored.png"}): Tier.EDITED}


def test_a_copy_is_proven_and_another_picture_is_not(album: Album) -> None:
    assert album.tied(album.verify().proven) == COPY


def test_order_workers_and_the_cache_do_not_matter(album: Album) -> None:
    once = album.verify()

    assert album.verify(album.pairs()[::-1], workers=2) == once
    album.cached = PictureCache(None)
    assert album.verify() == once


def test_what_the_cache_holds_needs_no_file(album: Album, tmp_path: Path) -> None:
    once = album.verify()
    for path in tmp_path.glob("*.png"):
        path.unlink()

    assert album.verify() == once


def test_missing_thumbnails_are_made_and_kept(album: Album) -> None:
    album.verify()

    kept = album.cached.thumbnails(content.sha256 for content in album.contents.values())

    assert {decode_thumbnail(jpeg).shape[1] for jpeg in kept.values()} == {400}
    assert len(kept) == 3


def test_a_file_that_is_gone_or_another_leaves_its_pairs_without_a_verdict(
    album: Album, tmp_path: Path
) -> None:
    judged: dict[Pair, Verdict] = {}
    (tmp_path / "mirrored.png").unlink()
    (tmp_path / "cat.png").write_bytes(b"another")

    verified = album.verify(keep=judged.update)

    assert (verified.proven, judged) == ({}, {})
    assert {album.names[row] for row in verified.unread} == {"mirrored.png", "cat.png"}


def test_every_verdict_is_kept_also_that_nothing_is_proven(album: Album) -> None:
    judged: dict[Pair, Verdict] = {}
    told: list[Progress] = []

    album.verify(keep=judged.update, watch=Watch(on_progress=told.append))

    assert set(judged) == set(album.pairs())
    assert (told[0].files, told[-1].files, told[-1].total_files) == (0, 3, 3)


def test_a_run_that_is_stopped_keeps_what_was_judged(album: Album) -> None:
    judged: dict[Pair, Verdict] = {}

    with pytest.raises(Interrupted, match="all of them kept"):
        album.verify(keep=judged.update, watch=Watch(should_stop=lambda: True))

    assert 0 < len(judged) < 3


def test_a_larger_picture_is_read_once(album: Album, tmp_path: Path) -> None:
    files = album.contents[0].files
    once = read_larger(files, 500)
    (tmp_path / "coffee.png").unlink()

    assert once is not None
    assert max(once.shape) == 500
    assert read_larger(files, 500) is once
    assert read_larger(files, 480) is None


def test_a_larger_picture_comes_from_where_its_bytes_are(album: Album, tmp_path: Path) -> None:
    data = (tmp_path / "coffee.png").read_bytes()
    source = archived(tmp_path / "pictures.zip", coffee=data)
    file = FoundFile(b"coffee", 0, 0, len(data), 0)

    larger = read_larger((file,), 500, source=source)

    assert larger is not None
    assert (larger == read_larger(album.contents[0].files, 500)).all()
    assert read_larger((file,), 500) is None


def test_pairs_that_share_pictures_come_together() -> None:
    odd, even = range(1, 8, 2), range(0, 8, 2)
    pairs = [*itertools.combinations(odd, 2), *itertools.combinations(even, 2)]

    placed = side_by_side(sorted(pairs, key=lambda pair: (pair[1], pair[0])))

    assert sorted(map(sorted, placed)) == sorted(map(sorted, pairs))
    halves = [{row for pair in half for row in pair} for half in (placed[:6], placed[6:])]
    assert halves in ([set(odd), set(even)], [set(even), set(odd)])


def test_who_asks_about_one_picture_is_told_from_the_others_to_it(album: Album) -> None:
    album.add("crop.png", photo("coffee").crop((60, 50, 500, 330)))
    coffee, _, cat, crop = album.contents.values()

    with Readers(workers=1, side=1) as readers:
        to_coffee = verify_with(coffee, [crop, cat], album.cached, readers)
        to_crop = verify_with(crop, [coffee], album.cached, readers)

    assert [verdict.tier for verdict in to_coffee] == [Tier.EDITED, Tier.UNVERIFIED]
    assert to_coffee[0].overlap is not None
    assert to_coffee[0].overlap[0] > to_coffee[0].overlap[1]  # all of the crop lies in the photo
    assert to_crop[0].tier is Tier.EDITED
    assert to_crop[0].how == to_coffee[0].how_back

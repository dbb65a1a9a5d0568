"""Pairs get verdicts, the same ones whatever the order, and none where a file is gone."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from skimage import data

from copyfind.collection.looks import Looks
from copyfind.errors import Interrupted
from copyfind.evidence.verdict import Verdict
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.records import Content, Facts, FoundFile, Progress, Tier
from copyfind.verifying import Pair, Verified, ordered, verify_pairs


@dataclass
class Gallery:
    """Pictures in files, and the cache of their looks."""

    folder: Path
    looks: Looks
    contents: dict[bytes, Content]
    names: dict[bytes, str]

    def add(self, name: str, picture: Image.Image) -> None:
        path = self.folder / name
        picture.save(path)
        status = path.stat()
        sha256 = hashlib.sha256(path.read_bytes()).digest()
        file = FoundFile(
            bytes(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        )
        facts = Facts(width=picture.width, height=picture.height, format="PNG")
        number = len(self.contents)
        self.contents[sha256] = Content(number, sha256, status.st_size, facts, None, (file,))
        self.names[sha256] = name

    def pairs(self) -> list[Pair]:
        return [ordered(a, b) for a, b in itertools.combinations(self.contents, 2)]

    def verify(self, pairs: list[Pair] | None = None, workers: int = 1) -> Verified:
        return verify_pairs(
            self.pairs() if pairs is None else pairs,
            self.contents,
            looks=self.looks,
            workers=workers,
        )

    def tied(self, verdicts: Mapping[Pair, Verdict]) -> dict[frozenset[str], Tier]:
        return {frozenset(self.names[s] for s in p): v.tier for p, v in verdicts.items()}


def photo(name: str) -> Image.Image:
    pixels: NDArray[np.uint8] = getattr(data, name)()
    return Image.fromarray(pixels)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    gallery = Gallery(tmp_path, Looks(None), {}, {})
    coffee = photo("coffee")
    gallery.add("coffee.png", coffee)
    gallery.add("mirrored.png", ImageOps.mirror(coffee))
    gallery.add("cat.png", photo("chelsea"))
    return gallery


COPY = {frozenset({"coffee.png", "mirrored.png"}): Tier.EDITED}


def test_a_copy_is_proven_and_another_picture_is_not(gallery: Gallery) -> None:
    assert gallery.tied(gallery.verify().proven) == COPY


def test_order_workers_and_the_cache_do_not_matter(gallery: Gallery) -> None:
    once = gallery.verify()

    assert gallery.verify(gallery.pairs()[::-1], workers=2) == once
    gallery.looks = Looks(None)
    assert gallery.verify() == once


def test_what_the_cache_holds_needs_no_file(gallery: Gallery, tmp_path: Path) -> None:
    once = gallery.verify()
    for path in tmp_path.glob("*.png"):
        path.unlink()

    assert gallery.verify() == once


def test_missing_thumbnails_are_made_and_kept(gallery: Gallery) -> None:
    gallery.verify()

    kept = gallery.looks.thumbnails(gallery.contents)

    assert {decode_thumbnail(jpeg).shape[1] for jpeg in kept.values()} == {400}
    assert len(kept) == 3


def test_a_file_that_is_gone_or_another_leaves_its_pairs_without_a_verdict(
    gallery: Gallery, tmp_path: Path
) -> None:
    judged: dict[Pair, Verdict] = {}
    (tmp_path / "mirrored.png").unlink()
    (tmp_path / "cat.png").write_bytes(b"another")

    verified = verify_pairs(
        gallery.pairs(), gallery.contents, looks=gallery.looks, workers=1, keep=judged.update
    )

    assert (verified.proven, judged) == ({}, {})
    assert {gallery.names[sha256] for sha256 in verified.unread} == {"mirrored.png", "cat.png"}


def test_every_verdict_is_kept_also_that_nothing_is_proven(gallery: Gallery) -> None:
    judged: dict[Pair, Verdict] = {}
    told: list[Progress] = []

    verify_pairs(
        gallery.pairs(),
        gallery.contents,
        looks=gallery.looks,
        workers=1,
        keep=judged.update,
        on_progress=told.append,
    )

    assert set(judged) == set(gallery.pairs())
    assert (told[0].files, told[-1].files, told[-1].total_files) == (0, 3, 3)


def test_a_run_that_is_stopped_keeps_what_was_judged(gallery: Gallery) -> None:
    judged: dict[Pair, Verdict] = {}

    with pytest.raises(Interrupted, match="all of them kept"):
        verify_pairs(
            gallery.pairs(),
            gallery.contents,
            looks=gallery.looks,
            workers=1,
            keep=judged.update,
            should_stop=lambda: True,
        )

    assert 0 < len(judged) < 3


def test_nothing_to_do_starts_no_process() -> None:
    assert verify_pairs([], {}, looks=Looks(None), workers=1) == Verified({}, frozenset())

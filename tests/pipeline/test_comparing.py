"""Two pictures are told what a catalog that holds both would say of them, in either order."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from copyfind.answers import Comparison
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.verdicts import judged_pairs, proven_pairs
from copyfind.evidence.verify import VERIFIER
from copyfind.imaging.readers import Readers
from copyfind.pipeline.comparing import compare_images, verdict_on
from copyfind.pipeline.queries import read_queries
from copyfind.records import Effort, Pair, ReadFile, Tier, Unreadable
from copyfind.verdict import Verdict
from tests.conftest import Album, draw
from tests.photos import photo

Compared = Callable[[bytes, bytes], Verdict]


def captioned(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    ImageDraw.Draw(picture).rectangle((0, picture.height - 70, picture.width, picture.height), 0)
    return picture


def shifted(picture: Image.Image) -> Image.Image:
    """The photo as another shot would show it: half of it has moved."""
    left = picture.crop((0, 0, picture.width // 2, picture.height))
    picture = picture.copy()
    picture.paste(left, (9, 5))
    return picture


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is.jpg": lambda p: p,
    "smaller.webp": lambda p: p.resize((p.width // 2, p.height // 2)),
    "cropped.png": lambda p: p.crop((90, 60, p.width - 200, p.height - 120)),
    "mirrored.jpg": ImageOps.mirror,
    "grey.jpg": lambda p: p.convert("L"),
    "captioned.jpg": captioned,
    "blurred.png": lambda p: p.filter(ImageFilter.GaussianBlur(2)),
    "shifted.jpg": shifted,
}


@dataclass(frozen=True)
class Judged:
    """What a catalog says of its pairs of files, the one with the lower hash first."""

    album: Album
    verdicts: dict[tuple[bytes, bytes], Verdict]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Photos, and edits of each. Whether a JPEG of that height is decoded reduced depends on who
    asks how small it may become."""
    top = tmp_path_factory.mktemp("judged").resolve()
    album = Album(top / "photos", top / "catalog.sqlite")
    album.folder.mkdir()
    for seed in range(2):
        picture = draw(seed, width=1200, height=900)
        for name, edit in EDITS.items():
            edit(picture).save(album.folder / f"{seed} {name}")
    album.index()
    album.findings(effort=Effort.THOROUGH)
    with open_for_reading(album.catalog) as db:
        known = Catalog(db)
        pairs: Iterator[Pair] = zip(
            *(rows.tolist() for rows in judged_pairs(known, verifier=VERIFIER)), strict=True
        )
        proven = proven_pairs(known, verifier=VERIFIER)
        path_of = {
            row: content.files[0].path
            for row, content in known.contents(range(len(known.sha256s()))).items()
        }
        verdicts = {
            (path_of[one], path_of[other]): proven.get((one, other), Verdict(Tier.UNVERIFIED))
            for one, other in pairs
        }
    return Judged(album, verdicts)


@pytest.fixture(scope="module")
def compared(judged: Judged) -> Iterator[Compared]:
    """Compares two of these files, each of which is read once."""
    paths = sorted({path for pair in judged.verdicts for path in pair})
    with Readers(workers=2, side=64) as readers:
        read = {r.file.path: r for r in read_queries(readers, paths) if isinstance(r, ReadFile)}
        yield lambda one, other: verdict_on(read[one], read[other], readers)


def test_it_says_what_dupes_says(judged: Judged, compared: Compared) -> None:
    tiers = {verdict.tier for verdict in judged.verdicts.values()}
    assert len(judged.verdicts) >= 36
    assert tiers >= {Tier.NEAR, Tier.EDITED, Tier.UNVERIFIED}

    for (lower, higher), verdict in judged.verdicts.items():
        found = compared(lower, higher)

        # The catalog keeps nothing of a pair that is not tied but that it was looked at.
        assert found.tier is verdict.tier, (lower, higher)
        assert found.tier is Tier.UNVERIFIED or found == verdict, (lower, higher)


def test_the_other_order_says_the_same_from_the_other_side(
    judged: Judged, compared: Compared
) -> None:
    for lower, higher in list(judged.verdicts)[::6]:
        assert compared(higher, lower) == compared(lower, higher).reversed(), (lower, higher)


def compare(one: Path, other: Path) -> Comparison:
    comparison = compare_images(os.fsencode(one), os.fsencode(other))
    assert isinstance(comparison, Comparison)
    return comparison


def test_everything_that_is_known_is_told_in_the_order_of_the_two(judged: Judged) -> None:
    whole, part = (judged.album.folder / name for name in ("0 as it is.jpg", "0 cropped.png"))

    forth, back = compare(whole, part), compare(part, whole)

    assert forth.tier is back.tier is Tier.EDITED
    assert (forth.how, forth.how_back) == (back.how_back, back.how)
    assert forth.overlap is not None
    assert back.overlap == forth.overlap[::-1]
    assert forth.how[0].startswith("cropped")
    assert forth.similarity == back.similarity
    assert forth.evidence is not None


def test_the_same_bytes_and_the_same_pixels_need_no_look(tmp_path: Path) -> None:
    picture = draw(1)
    for name in ("a.png", "b.png", "c.tif"):
        picture.save(tmp_path / name)

    same, pixels = (compare(tmp_path / "a.png", tmp_path / name) for name in ("b.png", "c.tif"))

    assert (same.tier, pixels.tier) == (Tier.IDENTICAL, Tier.SAME_PIXELS)
    assert 0.9999 < (same.similarity or 0) <= 1
    assert same.evidence is None


def test_what_nothing_ties_is_different(tmp_path: Path) -> None:
    for name in ("coffee", "rocket"):
        photo(name).save(tmp_path / f"{name}.png")

    comparison = compare(tmp_path / "coffee.png", tmp_path / "rocket.png")

    assert (comparison.tier, comparison.how, comparison.evidence) == (None, (), None)
    assert comparison.similarity is not None
    assert comparison.similarity < comparison.threshold


def test_a_file_that_gives_no_picture_is_the_answer(tmp_path: Path) -> None:
    out = io.BytesIO()
    draw(0).save(out, "PNG")
    (tmp_path / "cut.png").write_bytes(out.getvalue()[:2000])
    draw(1).save(tmp_path / "whole.png")

    answer = compare_images(bytes(tmp_path / "whole.png"), bytes(tmp_path / "cut.png"))

    assert isinstance(answer, Unreadable)
    assert answer.path == bytes(tmp_path / "cut.png")


def test_pictures_to_draw_are_as_long_as_was_asked(tmp_path: Path) -> None:
    draw(0, width=400, height=300).save(tmp_path / "a.png")

    comparison = compare_images(bytes(tmp_path / "a.png"), bytes(tmp_path / "a.png"), to_draw=200)

    assert isinstance(comparison, Comparison)
    assert comparison.pictures is not None
    assert [picture.shape for picture in comparison.pictures] == [(150, 200, 3)] * 2

"""Near is the whole picture unchanged, in every frame and page and at full detail."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed
from tests.evidence.documents import document

Edit = Callable[[Image.Image], Image.Image]


def two_levels(picture: Image.Image) -> Image.Image:
    return picture.convert("L").point(lambda v: 255 * (v > 110)).convert("RGB")


def healed(picture: Image.Image) -> Image.Image:
    """A button less, a hundredth of the picture's width."""
    other, side = picture.copy(), max(picture.width // 60, 5)
    x, y = round(picture.width * 0.44), round(picture.height * 0.52)
    ImageDraw.Draw(other).rectangle((x, y, x + side, y + side), (200, 30, 30))
    return other


CHANGES: dict[str, Edit] = {
    "grey": lambda p: ImageOps.grayscale(p).convert("RGB"),
    "fainter colours": lambda p: ImageEnhance.Color(p).enhance(0.6),
    "sepia": lambda p: ImageOps.colorize(ImageOps.grayscale(p), "#1a1208", "#fff4e0"),
    "cooler": lambda p: Image.blend(p, Image.new("RGB", p.size, "#0000ff"), 0.06),
    "a little brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.06),
    "a spot": healed,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_edited_at_any_size(
    large_photos: dict[str, Image.Image], look_at: LookAt, change: str
) -> None:
    for name in ("astronaut", "chelsea", "coffee", "flower"):
        photo = large_photos[name]
        other = recompressed(CHANGES[change](photo), 88)
        smaller = other.resize((round(other.width * 0.75), round(other.height * 0.75)))
        for edited in (other, smaller):
            verdicts = (
                verify(look_at(photo), look_at(edited)),
                verify(look_at(edited), look_at(photo)),
            )
            assert [v.tier for v in verdicts] == [Tier.EDITED] * 2


def test_a_spot_that_only_the_larger_picture_shows_is_seen(
    large_photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    large = large_photos["temple"].resize((1920, 1281), Image.Resampling.BICUBIC)
    other = large.copy()
    ImageDraw.Draw(other).ellipse((800, 600, 809, 609), fill=(250, 250, 40))
    verdict = verify(look_at(large), look_at(recompressed(other, 92)))
    assert verdict.tier is Tier.EDITED
    left, top, right, bottom = verdict.boxes[0]
    assert left < 805 / 1920 < right
    assert top < 605 / 1281 < bottom


def pages_of(*numbers: int) -> list[Image.Image]:
    return [document("letter", number) for number in numbers]


@pytest.mark.parametrize(
    ("one", "other"),
    [((1, 2, 3), (1, 2)), ((1, 2), (1, 4)), ((1, 2, 3, 4), (1, 2, 3, 5)), ((1, 2), (1,))],
)
def test_documents_with_other_later_pages_are_not_near(
    look_at: LookAt, one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    first, second = (pages_of(*numbers) for numbers in (one, other))
    verdict = verify(look_at(first[0], pages=first), look_at(second[0], pages=second))
    assert verdict.tier is Tier.EDITED
    assert any("pages" in said for said in verdict.how)


def test_a_document_saved_again_with_all_its_pages_is_near(look_at: LookAt) -> None:
    pages = pages_of(1, 2, 3)
    again = [recompressed(page, 80) for page in pages]
    assert verify(look_at(pages[0], pages=pages), look_at(again[0], pages=again)).tier is Tier.NEAR


def test_animations_with_another_last_frame_are_not_near(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    frames = [photos["temple"].rotate(3 * i) for i in range(5)]
    other = [*frames[:4], photos["temple"].rotate(40)]
    assert (
        verify(look_at(frames[0], pages=frames), look_at(frames[0], pages=other)).tier
        is Tier.EDITED
    )


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_versions_of_one_bit_are_edited(
    large_photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    photo = large_photos[name]
    dithered = photo.convert("1").convert("RGB")
    for version in (dithered, two_levels(photo)):
        assert verify(look_at(photo), look_at(version)).tier is Tier.EDITED


@pytest.mark.parametrize("shape", [(17, 1), (23, 1), (40, 1), (1, 18), (1, 30)])
def test_strips_are_near_their_copies(
    large_photos: dict[str, Image.Image], look_at: LookAt, shape: tuple[int, int]
) -> None:
    names = ("temple", "flower", "coffee", "rocket", "chelsea", "astronaut")
    tiles = [large_photos[name].resize((300, 240)) for name in names]
    long = 240 * max(shape)
    strip = Image.new("RGB", (long, 240))
    for i in range(-(-long // 300)):
        strip.paste(ImageOps.mirror(tiles[i % 6]) if i % 4 > 1 else tiles[i % 6], (300 * i, 0))
    strip = strip if shape[1] == 1 else strip.rotate(90, expand=True)
    half = recompressed(strip.resize((strip.width // 2, strip.height // 2)), 80)
    assert verify(look_at(strip), look_at(half)).tier is Tier.NEAR


@pytest.mark.parametrize("size", [(3000, 30), (24, 2400), (1600, 16), (60, 6000)])
def test_the_narrowest_strips_give_a_verdict(look_at: LookAt, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
    one = look_at(Image.fromarray(noise))
    other = look_at(Image.fromarray(np.ascontiguousarray(noise[::-1])))
    assert verify(one, other).tier not in (Tier.NEAR, Tier.EDITED)

"""Which tier two pictures are, and how one was made from the other, on real photos."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt

Edit = Callable[[Image.Image], Image.Image]
COPY_TIERS = {Tier.NEAR, Tier.EDITED}
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "temple", "flower")


def recompressed(picture: Image.Image, quality: int = 40) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def middle(share: float) -> Edit:
    def crop(picture: Image.Image) -> Image.Image:
        w, h = picture.size
        x, y = round(w * (1 - share) / 2), round(h * (1 - share) / 2)
        return picture.crop((x, y, w - x, h - y))

    return crop


def captioned(picture: Image.Image) -> Image.Image:
    framed = ImageOps.expand(picture, border=(0, 0, 0, picture.height // 5), fill="white")
    ImageDraw.Draw(framed).text((10, picture.height + 10), "best day ever", "black", font_size=30)
    return framed


def on_a_phone(picture: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (360, 640), (20, 20, 24))
    small = ImageOps.contain(picture, (360, 400))
    screen.paste(small, (0, 120))
    return screen


EDITS: dict[str, tuple[Edit, str]] = {
    "mirrored": (ImageOps.mirror, "mirrored"),
    "a quarter turn": (lambda p: p.transpose(Image.Transpose.ROTATE_90), "turned by 90°"),
    "a half turn": (lambda p: p.transpose(Image.Transpose.ROTATE_180), "turned by 180°"),
    "rotated": (
        lambda p: p.rotate(15, resample=Image.Resampling.BICUBIC, expand=True),
        "rotated by -15°",
    ),
    "60 % of each side": (middle(0.6), "cropped to 36%"),
    "caption": (captioned, "added around it"),
    "phone screen": (on_a_phone, "pasted into another picture"),
    "grey": (lambda p: ImageOps.grayscale(p).convert("RGB"), "greyscale"),
    "bright": (lambda p: ImageEnhance.Brightness(p).enhance(1.4), "brighter"),
    "blurred": (lambda p: p.filter(ImageFilter.GaussianBlur(2.5)), "softer"),
}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize(
    "edit", [lambda p: p.resize((p.width // 2, p.height // 2)), recompressed], ids=["half", "q40"]
)
def test_resized_and_recompressed_pictures_are_near(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, edit: Edit
) -> None:
    assert verify(look_at(photos[name]), look_at(edit(photos[name]))).tier is Tier.NEAR


@pytest.mark.parametrize("edit", EDITS)
def test_edits_are_found_and_named(
    photos: dict[str, Image.Image], look_at: LookAt, edit: str
) -> None:
    make, words = EDITS[edit]
    verdicts = [
        verify(look_at(photos[n]), look_at(recompressed(make(photos[n]), 85))) for n in PHOTOS
    ]
    assert [v.tier for v in verdicts] == [Tier.EDITED] * len(PHOTOS)
    named = [any(words in said for said in v.how) for v in verdicts]
    assert sum(named) >= len(PHOTOS) - 1  # grey photos cannot lose their colours


def test_the_scale_is_told_in_full_size_pixels(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    large = photos["coffee"].resize((1600, 1068))
    small = large.resize((800, 534))
    assert verify(look_at(large), look_at(small)).how == ("resized to 50%",)


def test_overlap_is_the_share_of_each_in_the_other(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    verdict = verify(look_at(photos["temple"]), look_at(middle(0.7)(photos["temple"])))
    assert verdict.overlap == pytest.approx((0.49, 1.0), abs=0.03)


@pytest.mark.parametrize("edit", EDITS)
def test_the_tier_does_not_depend_on_the_order(
    photos: dict[str, Image.Image], look_at: LookAt, edit: str
) -> None:
    first, second = look_at(photos["flower"]), look_at(EDITS[edit][0](photos["flower"]))
    assert verify(first, second).tier is verify(second, first).tier


def test_different_photos_are_unverified(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    looks = [look_at(photos[name]) for name in PHOTOS]
    tiers = {verify(a, b).tier for i, a in enumerate(looks) for b in looks[i + 1 :]}
    assert tiers == {Tier.UNVERIFIED}


def test_two_shots_of_one_camera_are_a_series_however_alike(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    shot = photos["astronaut"]
    first = look_at(shot, camera="Example One", captured_at="2019-07-01T12:00:00.10")
    second = look_at(recompressed(shot), camera="Example One", captured_at="2019-07-01T12:00:00.40")
    assert verify(first, second).tier is Tier.SERIES


def test_an_export_with_the_capture_time_of_its_original_is_a_copy(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    exif = {"camera": "Example One", "captured_at": "2019-07-01T12:00:00"}
    shot = photos["astronaut"]
    assert verify(look_at(shot, **exif), look_at(recompressed(shot), **exif)).tier in COPY_TIERS


def parallax(picture: Image.Image, strength: float) -> Image.Image:
    """What a step aside does: near things move more than far ones."""
    pixels = np.asarray(picture)
    h, w = pixels.shape[:2]
    rng = np.random.default_rng(5)
    depth = cv2.resize(
        rng.uniform(-1, 1, (5, 6)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
    )
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return Image.fromarray(cv2.remap(pixels, x + strength * depth, y, cv2.INTER_LINEAR))


@pytest.mark.parametrize("name", ["astronaut", "coffee", "temple", "chelsea"])
def test_parallax_makes_a_series(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    verdict = verify(look_at(photos[name]), look_at(parallax(photos[name], 40)))
    assert verdict.tier is Tier.SERIES


def test_overlapping_frames_of_a_panorama_are_a_series(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    w, h = photos["temple"].size
    left = photos["temple"].crop((0, 0, round(0.75 * w), h))
    right = photos["temple"].crop((round(0.25 * w), 0, w, h))
    assert verify(look_at(left), look_at(right)).tier is Tier.SERIES


def test_blank_pictures_are_unverified(look_at: LookAt) -> None:
    blank = [Image.new("RGB", (400, 300), colour) for colour in ("white", "black")]
    assert verify(look_at(blank[0]), look_at(blank[1])).tier is Tier.UNVERIFIED

"""Which tier two pictures are, and how one was made from the other, on real photos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from copyfind.evidence.verify import Outside, verify
from copyfind.imaging.thumbnail import decode_thumbnail, encode
from copyfind.records import Pixels, Tier
from tests.evidence.conftest import LookAt, recompressed
from tests.evidence.test_tiny import icon

Edit = Callable[[Image.Image], Image.Image]
COPY_TIERS = {Tier.NEAR, Tier.EDITED}
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "temple", "flower")


def middle(share: float) -> Edit:
    def crop(picture: Image.Image) -> Image.Image:
        w, h = picture.size
        x, y = round(w * (1 - share) / 2), round(h * (1 - share) / 2)
        return picture.crop((x, y, w - x, h - y))

    return crop


def as_thumbnail(picture: Image.Image) -> Callable[[], Pixels]:
    return lambda: decode_thumbnail(encode(picture))


def captioned(picture: Image.Image) -> Image.Image:
    framed = ImageOps.expand(picture, border=(0, 0, 0, picture.height // 5), fill="white")
    ImageDraw.Draw(framed).text((10, picture.height + 10), "best day ever", "black", font_size=30)
    return framed


def stamped(picture: Image.Image) -> Image.Image:
    w, h = picture.size
    copy = picture.copy()
    ImageDraw.Draw(copy).rectangle((w // 3, h // 3, w // 3 + w // 5, h // 3 + h // 4), fill="#d03")
    return copy


def pixelated(picture: Image.Image) -> Image.Image:
    small = picture.resize((picture.width // 6, picture.height // 6), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.NEAREST)


def on_a_phone(picture: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (360, 640), (20, 20, 24))
    small = ImageOps.contain(picture, (360, 400))
    screen.paste(small, (0, 120))
    return screen


EDITS: dict[str, tuple[Edit, str]] = {
    "mirrored": (ImageOps.mirror, "mirrored"),
    "upside down": (ImageOps.flip, "mirrored top to bottom"),
    "a quarter turn": (lambda p: p.transpose(Image.Transpose.ROTATE_90), "turned by 90°"),
    "a half turn": (lambda p: p.transpose(Image.Transpose.ROTATE_180), "turned by 180°"),
    "rotated": (
        lambda p: p.rotate(15, resample=Image.Resampling.BICUBIC, expand=True),
        "rotated by -15°",
    ),
    "60 % of each side": (middle(0.6), "cropped to 36%"),
    "half of each side": (middle(0.5), "cropped to 25%"),
    "caption": (captioned, "caption bar added"),
    "phone screen": (on_a_phone, "pasted into a bigger picture"),
    "frame": (lambda p: ImageOps.expand(p, 30, "#2255aa"), "border added"),
    "grey": (lambda p: ImageOps.grayscale(p).convert("RGB"), "greyscale"),
    "negative": (ImageOps.invert, "inverted"),
    "bright": (lambda p: ImageEnhance.Brightness(p).enhance(1.4), "brighter"),
    "dark": (lambda p: ImageEnhance.Brightness(p).enhance(0.6), "darker"),
    "contrast": (lambda p: ImageEnhance.Contrast(p).enhance(1.6), "more contrast"),
    "colours": (lambda p: Image.merge("RGB", p.split()[::-1]), "colours changed"),
    "blurred": (lambda p: p.filter(ImageFilter.GaussianBlur(2.5)), "blurred"),
    "sharpened": (lambda p: p.filter(ImageFilter.UnsharpMask(3, 250, 2)), "sharpened"),
    "stretched": (lambda p: p.resize((round(p.width * 1.4), p.height)), "stretched 1.40 : 1"),
    "laid over": (stamped, "something laid over"),
    "pixelated": (pixelated, "pixelated"),
}
# What may be said as well: a blurred picture has less contrast, a bright one is clipped.
_TOLERATED = ("resized", "recompressed", "less contrast", "more contrast", "brighter", "darker")


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize(
    "edit", [lambda p: p.resize((p.width // 2, p.height // 2)), recompressed], ids=["half", "q40"]
)
def test_resized_and_recompressed_pictures_are_near(
    photos: dict[str, Image.Image], look_at: LookAt, name: str, edit: Edit
) -> None:
    assert verify(look_at(photos[name]), look_at(edit(photos[name]))).tier is Tier.NEAR


@pytest.mark.parametrize("name", PHOTOS)
def test_what_is_turned_a_little_is_not_near(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    turned = photos[name].rotate(0.7, resample=Image.Resampling.BICUBIC)
    verdict = verify(look_at(photos[name]), look_at(recompressed(turned, 85)))
    assert verdict.tier is Tier.EDITED
    assert verdict.how == ("rotated by -0.7°",)


@pytest.mark.parametrize("edit", EDITS)
def test_edits_are_found_and_named(
    photos: dict[str, Image.Image], look_at: LookAt, edit: str
) -> None:
    make, words = EDITS[edit]
    verdicts = [
        verify(look_at(photos[n]), look_at(recompressed(make(photos[n]), 85))) for n in PHOTOS
    ]
    tiers = [v.tier for v in verdicts]
    assert tiers.count(Tier.EDITED) >= len(PHOTOS) - 1, tiers
    assert set(tiers) <= {Tier.EDITED, Tier.LIKELY}, tiers  # a proof may fail, not the finding
    named = [any(words in said for said in v.how) for v in verdicts]
    assert sum(named) >= len(PHOTOS) - 1, [v.how for v in verdicts]  # grey photos have no colours
    others = [
        said
        for v in verdicts
        for said in v.how
        if words not in said and not said.startswith(_TOLERATED)
    ]
    assert len(others) <= 1, others


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


def panned(picture: Image.Image, degrees: float) -> Image.Image:
    """The middle of a picture, as a camera sees it that was turned to the side."""
    pixels = np.asarray(picture)
    h, w = pixels.shape[:2]
    angle, focal = np.radians(degrees), 0.9 * w
    lens = np.array([[focal, 0, w / 2], [0, focal, h / 2], [0, 0, 1]])
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    seen = cv2.warpPerspective(pixels, lens @ turn @ np.linalg.inv(lens), (w, h))
    frame = seen[h // 8 : -h // 8, w // 4 : -w // 4].astype(np.float32)
    edge = 1 - 0.25 * np.linspace(-1, 1, frame.shape[1]) ** 2  # darker to the sides, as lenses do
    return Image.fromarray((frame * edge[None, :, None]).clip(0, 255).astype(np.uint8))


def test_overlapping_frames_of_a_panorama_are_a_series(
    large_photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    left, right = (panned(large_photos["temple"], angle) for angle in (-6, 6))
    assert verify(look_at(left), look_at(right)).tier is Tier.SERIES


def test_crops_of_one_picture_that_overlap_in_part_are_copies(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    w, h = photos["temple"].size
    left = photos["temple"].crop((0, 0, round(0.75 * w), h))
    right = photos["temple"].crop((round(0.25 * w), 0, w, h))
    assert verify(look_at(left), look_at(recompressed(right, 85))).tier is Tier.EDITED


def test_the_direction_is_told_by_what_lies_beyond_the_edge(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    whole = look_at(photos["coffee"])
    cropped = verify(whole, look_at(middle(0.7)(photos["coffee"])))
    framed = verify(whole, look_at(ImageOps.expand(photos["coffee"], 40, "white")))
    assert cropped.adds == (Outside.PICTURE, Outside.NOTHING)
    assert framed.adds == (Outside.NOTHING, Outside.PLAIN)


def test_how_is_told_both_ways(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    verdict = verify(look_at(photos["rocket"]), look_at(ImageOps.expand(photos["rocket"], 40)))
    assert "border added" in verdict.how[0]
    assert verdict.how_back[0] == "border removed"


def test_the_matrix_maps_the_first_picture_to_the_second(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    verdict = verify(look_at(photos["chelsea"]), look_at(middle(0.5)(photos["chelsea"])))
    corner = np.array(verdict.matrix) @ [0.25, 0.25, 1]
    np.testing.assert_allclose(corner[:2] / corner[2], [0, 0], atol=0.01)


def test_what_was_laid_over_is_boxed(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    verdict = verify(look_at(photos["temple"]), look_at(stamped(photos["temple"])))
    np.testing.assert_allclose(verdict.boxes[0], (0.333, 0.333, 0.533, 0.583), atol=0.06)


def test_a_clock_that_was_set_right_does_not_make_two_shots(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    shot = photos["astronaut"]
    first = look_at(shot, camera="Example One", captured_at="2019-07-01T12:00:00.10")
    second = look_at(recompressed(shot), camera="Example One", captured_at="2019-07-01T14:00:00.10")
    assert verify(first, second).tier in COPY_TIERS


def test_icons_are_unverified(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    small = photos["chelsea"].resize((40, 32))
    assert verify(look_at(small), look_at(recompressed(small))).tier is Tier.UNVERIFIED


@pytest.mark.parametrize("colour", ["#e07030", "#30a0e0"])
def test_an_icon_is_compared_as_its_file_has_it(look_at: LookAt, colour: str) -> None:
    """The JPEG of its thumbnail has one colour for four pixels."""
    large = Image.fromarray(icon("ellipse", colour))
    small = large.resize((32, 32), Image.Resampling.BOX)
    found = verify(*(replace(look_at(one), unpack=as_thumbnail(one)) for one in (large, small)))
    assert found.tier is Tier.LIKELY
    assert found.how == ("resized to 17%",)


def test_blank_pictures_are_unverified(look_at: LookAt) -> None:
    blank = [Image.new("RGB", (400, 300), colour) for colour in ("white", "black")]
    assert verify(look_at(blank[0]), look_at(blank[1])).tier is Tier.UNVERIFIED

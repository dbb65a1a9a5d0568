"""What two captures differ in and edits do not: grain, light, focus, geometry, what is lost."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from copyfind.records import Floats, Pixels
from tests.evidence.conftest import LookAt, measured, recompressed, shot


def test_grain_belongs_to_one_shot(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    first, second = (shot(photos["flower"], seed=seed, shake=0) for seed in (1, 2))
    again = measured(look_at, first, second)
    copy = measured(look_at, first, recompressed(first, 90))
    assert copy["finest 10"] > again["finest 10"] + 0.02


@pytest.mark.parametrize("name", ["flower", "coffee", "astronaut"])
def test_detail_of_a_copy_is_explained_by_its_original(
    photos: dict[str, Image.Image], look_at: LookAt, name: str
) -> None:
    first, second = (shot(photos[name], seed=seed, shake=0) for seed in (1, 2))
    again = measured(look_at, first, second)
    copy = measured(look_at, first, recompressed(first, 60))
    assert copy["fine derived flat"] > again["fine derived flat"] + 0.03
    assert copy["fine shared flat"] > again["fine shared flat"]


def test_a_vignette_is_one_shade_and_mist_is_not(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = np.asarray(photos["temple"])
    height, width = photo.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    vignette = 1 - 0.35 * (x * x + y * y)[..., None]
    darker = Image.fromarray((photo * vignette).astype(np.uint8))
    coarse = np.random.default_rng(1).uniform(0, 0.5, (5, 7)).astype(np.float32)
    mist = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    misty = Image.fromarray((photo * (1 - mist) + 200 * mist).clip(0, 255).astype(np.uint8))
    edited = measured(look_at, photos["temple"], darker)
    assert edited["unshaded 80"] < 0.5 * edited["coarse tone 80"]
    assert measured(look_at, photos["temple"], misty)["unshaded 80"] > 2 * edited["unshaded 80"]


def test_each_is_sharper_somewhere_where_the_focus_moved(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = photos["temple"]
    soft = photo.filter(ImageFilter.GaussianBlur(1.5))
    left = (0, 0, photo.width // 2, photo.height)
    near, far = photo.copy(), soft.copy()
    near.paste(soft.crop(left), (0, 0))
    far.paste(photo.crop(left), (0, 0))
    stacked = measured(look_at, near, far)["sharper least"]
    assert stacked > 1.4 * measured(look_at, photo, soft)["sharper least"]
    assert stacked > measured(look_at, photo, near)["sharper least"]


def test_each_of_two_exposures_shows_what_the_other_lost(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    scene = np.asarray(photos["temple"]).astype(np.float32)
    dark, bright = (exposed(scene, factor) for factor in (0.25, 3.5))
    assert measured(look_at, dark, bright)["lost most"] > 0.02
    assert measured(look_at, photos["temple"], bright)["lost least"] == 0


def exposed(scene: Floats, factor: float) -> Image.Image:
    """Black below a little, white above much."""
    light: Pixels = np.clip((scene - 20) * factor, 0, 255).astype(np.uint8)
    return Image.fromarray(light)


def test_a_bent_page_is_told_by_a_smooth_field(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = np.asarray(photos["coffee"])
    height, width = photo.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = 3 * np.sin(np.pi * x / width * 2).astype(np.float32)
    bent = Image.fromarray(cv2.remap(photo, x, y + bend, cv2.INTER_LINEAR, borderMode=1))
    straight = measured(look_at, photos["coffee"], photos["coffee"].resize((300, 200)))
    assert measured(look_at, photos["coffee"], bent)["bent most"] > 2 * straight["bent most"]


def test_three_colours_are_few_shades(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    photo = measured(look_at, photos["coffee"], recompressed(photos["coffee"], 70))
    assert photo["shades least"] > 2
    assert photo["recoloured 50"] < 0.2
    grey = photos["coffee"].convert("L").convert("RGB")
    assert measured(look_at, photos["coffee"], grey)["recoloured 50"] > photo["recoloured 50"]

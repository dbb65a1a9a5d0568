"""What a pair comes to in numbers: content of its own, colours, grain, which side has more."""

from __future__ import annotations

import numpy as np
from PIL import Image

from copyfind.evidence.laying import lay_on
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from tests.evidence.conftest import LookAt, recompressed, shot


def told(look_at: LookAt, first: Image.Image, second: Image.Image) -> dict[str, float]:
    laid = lay_on(look_at(first), look_at(second))
    assert laid is not None
    maps = maps_of(laid)
    assert maps is not None
    return measures_of(laid, maps)


def pasted(page: Image.Image, *things: Image.Image) -> Image.Image:
    page = page.copy()
    for n, thing in enumerate(things):
        page.paste(thing.resize((page.width // 3, page.height // 3)), (30 + 150 * n, 40))
    return page


def test_a_copy_agrees_everywhere(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    found = told(look_at, photos["coffee"], recompressed(photos["coffee"], 70))
    assert found["other"] < 0.02
    assert found["elsewhere"] < 0.02


def test_what_is_laid_over_leaves_one_side_as_it_was(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    page = photos["rocket"]
    over = told(look_at, page, pasted(page, Image.new("RGB", (90, 60), "white")))
    content = told(look_at, pasted(page, photos["coffee"]), pasted(page, photos["temple"]))
    assert content["other both"] > 3 * over["other both"]


def test_who_lays_something_over_does_so_on_one_side(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    page, thing = photos["rocket"], photos["coffee"]
    one = told(look_at, page, pasted(page, thing))
    here, there = pasted(page, thing), page.copy()
    there.paste(thing.resize((page.width // 3, page.height // 3)), (220, 150))
    assert one["coarse added share"] < 0.2
    assert told(look_at, here, there)["coarse added share"] > 0.4


def test_a_colour_of_its_own_is_no_map_of_colours(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    photo = photos["coffee"]
    half = photo.copy()
    turned = Image.merge("RGB", photo.split()[::-1])
    half.paste(turned.crop((0, 0, photo.width // 2, photo.height)), (0, 0))
    whole = told(look_at, photo, turned)
    assert told(look_at, photo, half)["colour 80"] > 3 * whole["colour 80"]


def test_grain_belongs_to_one_shot(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    first, second = (shot(photos["flower"], seed=seed, shake=0) for seed in (1, 2))
    again = told(look_at, first, second)
    copy = told(look_at, first, recompressed(first, 90))
    assert copy["finest 10"] > again["finest 10"] + 0.02


def test_numbers_do_not_depend_on_the_order(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    first, second = photos["temple"], recompressed(photos["temple"].resize((300, 200)), 50)
    forth, back = told(look_at, first, second), told(look_at, second, first)
    np.testing.assert_allclose([*forth.values()], [*back.values()], atol=1e-4)

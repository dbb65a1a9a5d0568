"""Where two pictures differ: what was laid over one of them, and what each has of its own."""

from __future__ import annotations

from PIL import Image

from tests.evidence.conftest import LookAt, measured


def pasted(page: Image.Image, *things: Image.Image) -> Image.Image:
    page = page.copy()
    for n, thing in enumerate(things):
        page.paste(thing.resize((page.width // 3, page.height // 3)), (30 + 150 * n, 40))
    return page


def test_what_is_laid_over_leaves_one_side_as_it_was(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    page = photos["rocket"]
    over = measured(look_at, page, pasted(page, Image.new("RGB", (90, 60), "white")))
    content = measured(look_at, pasted(page, photos["coffee"]), pasted(page, photos["temple"]))
    assert content["other both"] > 3 * over["other both"]


def test_who_lays_something_over_does_so_on_one_side(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    page, thing = photos["rocket"], photos["coffee"]
    one = measured(look_at, page, pasted(page, thing))
    here, there = pasted(page, thing), page.copy()
    there.paste(thing.resize((page.width // 3, page.height // 3)), (220, 150))
    assert one["coarse added share"] < 0.2
    assert measured(look_at, here, there)["coarse added share"] > 0.4

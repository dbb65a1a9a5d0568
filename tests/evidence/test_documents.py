"""Documents on one layout: others are no copies, the same one is found."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from PIL import Image, ImageDraw

from copyfind.evidence.verify import verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed
from tests.evidence.documents import LAYOUTS, board, document, scanned

COPY_TIERS = {Tier.NEAR, Tier.EDITED}
SAVED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "saved again": lambda p: recompressed(p, 60),
    "half size": lambda p: recompressed(p.resize((p.width // 2, p.height // 2)), 85),
    "scanned askew": lambda p: recompressed(scanned(p), 80),
}


def same_app(number: int) -> Image.Image:
    """A screenshot: one app, other messages."""
    screen = Image.new("RGB", (720, 1280), "#f4f4f6")
    pencil = ImageDraw.Draw(screen)
    pencil.rectangle((0, 0, 720, 110), fill="#075")
    pencil.text((40, 30), "Messages", "white", font_size=48)
    for row in range(9):
        y = 140 + 120 * row
        pencil.ellipse((30, y, 110, y + 80), fill="#9ab")
        pencil.text((140, y), f"Contact {(number * 7 + row * 3) % 40}", "black", font_size=34)
        pencil.text((140, y + 42), f"see you at {number + row}:{row}5 then", "#555", font_size=28)
    return screen


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_documents_of_a_layout_are_no_copies(layout: str, look_at: LookAt) -> None:
    looks = [look_at(document(layout, number)) for number in range(2)]
    looks.append(look_at(SAVED["scanned askew"](document(layout, 2))))
    tiers = {verify(a, b).tier for a, b in combinations(looks, 2)}
    assert not tiers & COPY_TIERS


@pytest.mark.slow
@pytest.mark.parametrize("save", SAVED)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_none_of_six_documents_of_a_layout_is_a_copy_of_another(
    layout: str, save: str, look_at: LookAt
) -> None:
    looks = [look_at(document(layout, number)) for number in range(6)]
    others = [look_at(SAVED[save](document(layout, number))) for number in range(6)]
    found = {
        (i, j): verify(one, other).tier
        for i, one in enumerate(looks)
        for j, other in enumerate(others)
    }
    assert all(i == j for (i, j), tier in found.items() if tier in COPY_TIERS)
    again = [found[i, i] for i in range(6)]
    # Half of the forms and tables saved at half their size are only likely to be the same.
    assert sum(tier in COPY_TIERS for tier in again) >= (2 if save == "half size" else 5)
    assert (
        sum(tier in COPY_TIERS | {Tier.LIKELY} for tier in again) >= 5
    )  # one scan of six may not be laid well enough to compare its text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_document_is_found_where_it_was_scanned(layout: str, look_at: LookAt) -> None:
    page = document(layout, 5)
    assert verify(look_at(page), look_at(SAVED["scanned askew"](page))).tier in COPY_TIERS


def test_screenshots_of_one_app_are_no_copies(look_at: LookAt) -> None:
    looks = [look_at(same_app(number)) for number in (1, 2)]
    assert not {verify(a, b).tier for a, b in combinations(looks, 2)} & COPY_TIERS


@pytest.mark.parametrize("scale", [1.0, 0.7])
@pytest.mark.parametrize("number", [1, 3])
def test_a_game_with_one_piece_elsewhere_is_another_position(
    number: int, scale: float, look_at: LookAt
) -> None:
    size = (round(520 * scale), round(520 * scale))

    def saved(page: Image.Image) -> Image.Image:
        return recompressed(page.resize(size, Image.Resampling.LANCZOS), 80)

    game = look_at(board(number))
    assert verify(game, look_at(saved(board(number)))).tier in COPY_TIERS
    assert verify(game, look_at(saved(board(number, moved=5)))).tier not in COPY_TIERS

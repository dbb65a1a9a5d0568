"""What a closer look tells of pages, drawings and shots that lie on each other."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from copyfind.evidence.closer import closer_look, is_document, is_drawn
from copyfind.evidence.explain import geometry
from copyfind.evidence.laying import Laid, lay_on
from copyfind.evidence.verify import Look
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed, shot
from tests.evidence.documents import board, document


def laid(first: Look, second: Look) -> Laid:
    found = lay_on(first, second)
    assert found is not None
    return found


def looked_at(first: Look, second: Look) -> tuple[Tier, bool]:
    found = laid(first, second)
    size = first.picture.shape[1], first.picture.shape[0]
    shape = geometry(found.alignment, frame=size, onto=size, reduced=(1.0, 1.0))
    return closer_look(first, second, np.eye(3), shape, found.residual)


@pytest.mark.parametrize(
    ("kind", "told"),
    [("letter", ["page", "drawn"]), ("board", ["drawn"]), ("photo", [])],
)
def test_pages_drawings_and_photos_are_told_apart(
    large_photos: dict[str, Image.Image], look_at: LookAt, kind: str, told: list[str]
) -> None:
    picture = {
        "letter": lambda: document("invoice", 1),
        "board": lambda: board(1),
        "photo": lambda: large_photos["temple"],
    }[kind]()
    residual = laid(look_at(picture), look_at(recompressed(picture, 80))).residual
    found = {"page": is_document(residual), "drawn": is_drawn(residual)}
    assert [name for name, is_so in found.items() if is_so] == told


def test_a_page_that_says_something_else_is_another(look_at: LookAt) -> None:
    first, second = (look_at(document("invoice", number)) for number in (1, 2))
    assert looked_at(first, second) == (Tier.UNVERIFIED, False)


def dialogue(title: str, values: tuple[str, ...]) -> Image.Image:
    """Of a program that asks for some values."""
    window = Image.new("RGB", (640, 480), "#e8e8e6")
    pencil = ImageDraw.Draw(window)
    pencil.rectangle((0, 0, 640, 50), "#3c3c3c")
    pencil.text((20, 10), "Image editor", "white", font_size=26)
    pencil.text((20, 70), title, "black", font_size=28)
    for row, value in enumerate(values):
        y = 130 + 70 * row
        pencil.rectangle((220, y, 600, y + 48), "white", "#999")
        pencil.text((20, y + 8), f"Value {row + 1}", "black", font_size=24)
        pencil.text((240, y + 8), value, "black", font_size=24)
    for x, button in ((60, "Help"), (260, "Reset"), (460, "Cancel")):
        pencil.rectangle((x, 410, x + 120, 460), "#d0d0ce", "#888")
        pencil.text((x + 20, 418), button, "black", font_size=24)
    return window


def test_of_two_screens_of_a_program_one_is_no_proven_copy(look_at: LookAt) -> None:
    values = ("7,000", "0,200", "none")
    blur = dialogue("Blur", values)
    assert looked_at(look_at(blur), look_at(recompressed(blur, 70))) == (Tier.EDITED, False)
    for other in (
        dialogue("Reduce noise between the lines", values),
        dialogue("Blur", (*values, "Euclidean")),
    ):
        assert looked_at(look_at(blur), look_at(other))[0] in (Tier.LIKELY, Tier.UNVERIFIED)


def test_a_photo_of_little_light_says_nothing_else(
    large_photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    night = Image.new("RGB", (640, 480), (6, 6, 8))
    night.paste(ImageEnhance.Brightness(large_photos["astronaut"].resize((380, 380))).enhance(0.8))
    stuck = night.copy()
    for x in (20, 230):
        ImageDraw.Draw(stuck).ellipse((x, 200, x + 120, 320), "#fc3", "#530", 4)
        ImageDraw.Draw(stuck).ellipse((x + 30, 240, x + 50, 260), "black")
    first, second = look_at(night), look_at(recompressed(stuck, 80))
    assert is_document(laid(first, second).residual)
    assert looked_at(first, second) == (Tier.LIKELY, False)


def test_two_shots_have_two_grains(large_photos: dict[str, Image.Image], look_at: LookAt) -> None:
    scene = large_photos["temple"].resize((1280, 854), Image.Resampling.BICUBIC)
    frame = shot(scene, seed=1)
    again = recompressed(frame, 90)
    assert looked_at(look_at(frame), look_at(again)) == (Tier.EDITED, True)
    assert looked_at(look_at(frame), look_at(shot(scene, seed=2))) == (Tier.SERIES, False)

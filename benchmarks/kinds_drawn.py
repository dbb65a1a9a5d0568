"""Screens, pages and boards to be drawn: layouts of apps, documents of one template, icons.

None of the layouts is one of `matched_layouts`, which the decision is fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageOps

Dice = np.random.Generator
Photo = Callable[[], Image.Image]
_WORDS = (
    *("harbour", "late", "delivery", "under", "review", "seven", "parcel", "window", "orange"),
    *("station", "left", "before", "noon", "garden", "silver", "bridge", "account", "quiet"),
    *("market", "paid", "again", "north", "figures", "letter", "winter", "second", "river"),
)
_INK = "#1c1e21"


def said(dice: Dice, count: int) -> str:
    """So many words."""
    return " ".join(dice.choice(_WORDS, count))


def _put(page: Image.Image, box: tuple[int, int, int, int], photo: Image.Image) -> None:
    """A photo, cut to a box (left, top, width, height)."""
    left, top, width, height = box
    page.paste(ImageOps.fit(photo, (width, height)), (left, top))


def _write(page: Image.Image, x: int, y: int, text: str, size: int, ink: str = _INK) -> None:
    ImageDraw.Draw(page).text((x, y), text, ink, font_size=size)


def _lines(page: Image.Image, x: int, y: int, dice: Dice, lengths: Sequence[int]) -> None:
    for row, count in enumerate(lengths):
        _write(page, x, y + 30 * row, said(dice, count), 20, "#444")


def _messenger(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 540, 90), fill="#5a2d82")
    _write(page, 80, 28, "Group of the boat", 28, "white")
    for row, left in enumerate((30, 180, 30)):
        top = 120 + 270 * row
        pencil.rounded_rectangle((left, top, left + 330, top + 240), 18, fill="white")
        _put(page, (left + 10, top + 10, 310, 170), photo())
        _write(page, left + 16, top + 196, said(dice, 3), 20)
    pencil.rounded_rectangle((20, 960 - 20, 520, 960 + 40 - 20), 20, fill="white")


def _player(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    _write(page, 190, 30, "NOW PLAYING", 24, "#888")
    _put(page, (60, 100, 420, 420), photo())
    _write(page, 60, 560, said(dice, 2).title(), 34)
    _write(page, 60, 610, said(dice, 2), 22, "#777")
    pencil.line((60, 690, 480, 690), fill="#bbb", width=5)
    place = int(dice.integers(80, 460))
    pencil.ellipse((place - 9, 681, place + 9, 699), fill="#e33")
    pencil.ellipse((220, 750, 320, 850), fill="#e33")
    pencil.polygon(((255, 775), (255, 825), (298, 800)), fill="white")
    for left in (110, 390):
        pencil.rectangle((left, 780, left + 40, 820), fill="#999")


def _shop(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 540, 70), fill="#ffd814")
    _write(page, 20, 18, "bazar", 32)
    _put(page, (0, 80, 540, 400), photo())
    _write(page, 24, 500, said(dice, 4), 26)
    _write(page, 24, 545, f"{dice.integers(3, 900)}.{dice.integers(10, 99)}", 40, "#b12704")
    _lines(page, 24, 620, dice, (6, 5))
    for top, fill in ((720, "#ffd814"), (800, "#ffa41c")):
        pencil.rounded_rectangle((24, top, 516, top + 60), 30, fill=fill)
    _write(page, 190, 734, "Into the basket", 24)
    _write(page, 220, 814, "Buy now", 24)


def _news(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    _write(page, 24, 20, "The Morning", 40)
    pencil.line((0, 80, 540, 80), fill="#c00", width=6)
    for row in range(5):
        top = 105 + 165 * row
        _lines(page, 24, top + 6, dice, (3, 3, 2))
        _put(page, (350, top, 166, 130), photo())
        pencil.line((24, top + 146, 516, top + 146), fill="#ddd", width=2)


def _recipe(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    _put(page, (0, 0, 540, 300), photo())
    pencil.rounded_rectangle((0, 270, 540, 960), 30, fill="#fffaf0")
    _write(page, 30, 300, said(dice, 2).title(), 36)
    for row in range(8):
        top = 380 + 55 * row
        pencil.rectangle((34, top, 58, top + 24), outline="#2a7", width=3)
        _write(page, 80, top, f"{dice.integers(1, 900)} g {said(dice, 2)}", 22)
    pencil.rounded_rectangle((60, 860, 480, 920), 30, fill="#2a7")
    _write(page, 190, 874, "Begin cooking", 24, "white")


def _weather(page: Image.Image, photo: Photo, dice: Dice) -> None:
    _put(page, (0, 0, 540, 960), photo())
    veil = Image.new("RGB", page.size, "#123")
    page.paste(veil, mask=Image.new("L", page.size, 70))
    _write(page, 150, 80, f"{dice.integers(-9, 35)}°", 140, "white")
    _write(page, 170, 260, said(dice, 1), 36, "white")
    for column in range(5):
        left = 40 + 100 * column
        _write(page, left, 700, ("Mon", "Tue", "Wed", "Thu", "Fri")[column], 24, "white")
        _write(page, left, 740, f"{dice.integers(-9, 35)}°", 30, "white")


def _cards(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    _write(page, 215, 26, "around", 34, "#fd5564")
    _put(page, (30, 100, 480, 680), photo())
    _write(page, 54, 690, f"{said(dice, 1).title()}, {dice.integers(19, 60)}", 40, "white")
    for number, ink in enumerate(("#fd5564", "#2db1ff", "#1be4a1")):
        left = 70 + 150 * number
        pencil.ellipse((left, 810, left + 100, 910), outline=ink, width=8)


def _viewer(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 1100, 60), fill="#2e3440")
    for number, name in enumerate(("File", "Edit", "View", "Go", "Help")):
        _write(page, 20 + 90 * number, 18, name, 20, "white")
    pencil.rectangle((0, 60, 160, 700), fill="#3b4252")
    for row in range(5):
        _put(page, (15, 75 + 125 * row, 130, 110), photo())
    pencil.rectangle((160, 60, 1100, 660), fill="#20242c")
    _put(page, (230, 80, 800, 560), photo())
    _write(page, 180, 668, f"DSC_{dice.integers(1000, 9999)}.jpg", 20)


def _video(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 1100, 56), fill="white")
    pencil.rounded_rectangle((20, 12, 70, 44), 8, fill="#f00")
    pencil.rounded_rectangle((330, 10, 800, 46), 18, outline="#aaa", width=2)
    _put(page, (20, 70, 700, 394), photo())
    pencil.rectangle((20, 456, 20 + int(dice.integers(40, 690)), 464), fill="#f00")
    _write(page, 20, 480, said(dice, 5), 26)
    _lines(page, 20, 540, dice, (9, 8, 9, 4))
    for row in range(5):
        _put(page, (750, 70 + 125 * row, 180, 100), photo())
        _lines(page, 945, 75 + 125 * row, dice, (1, 1))


def _mail(page: Image.Image, photo: Photo, dice: Dice) -> None:
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 1100, 50), fill="#0f6cbd")
    pencil.rectangle((0, 50, 330, 700), fill="#f3f2f1")
    for row in range(7):
        top = 64 + 90 * row
        _write(page, 20, top, said(dice, 2).title(), 20)
        _write(page, 20, top + 30, said(dice, 3), 18, "#666")
        pencil.line((0, top + 76, 330, top + 76), fill="#ccc")
    _write(page, 360, 70, said(dice, 4), 28)
    _lines(page, 360, 130, dice, (8, 8, 7))
    _put(page, (360, 240, 480, 340), photo())
    _lines(page, 360, 600, dice, (6, 3))


UPRIGHT, WIDE = (540, 960), (1100, 700)
APPS: dict[str, tuple[Callable[[Image.Image, Photo, Dice], None], tuple[int, int], str]] = {
    "messenger": (_messenger, UPRIGHT, "#e8e4ee"),
    "player": (_player, UPRIGHT, "#ffffff"),
    "shop": (_shop, UPRIGHT, "#ffffff"),
    "news": (_news, UPRIGHT, "#fdfdfb"),
    "recipe": (_recipe, UPRIGHT, "#ffffff"),
    "weather": (_weather, UPRIGHT, "#000000"),
    "cards": (_cards, UPRIGHT, "#f5f6f8"),
    "viewer": (_viewer, WIDE, "#d8dee9"),
    "video": (_video, WIDE, "#f9f9f9"),
    "mail": (_mail, WIDE, "#ffffff"),
}


def screenshot(app: str, photo: Photo, dice: Dice) -> Image.Image:
    """One moment of an app."""
    draw, size, paper = APPS[app]
    page = Image.new("RGB", size, paper)
    draw(page, photo, dice)
    return page


Words = list[str]


def invoice(words: Words) -> Image.Image:
    """A dense page of 26 lines, eight words in each."""
    page = Image.new("RGB", (1000, 1414), "#fbfbf8")
    _write(page, 80, 60, "Nordwind & Daughters", 40)
    ImageDraw.Draw(page).line((80, 125, 920, 125), fill="#246", width=4)
    for row in range(26):
        _write(page, 80, 160 + 45 * row, " ".join(words[8 * row : 8 * row + 8]), 20)
    return page


def slip(words: Words) -> Image.Image:
    """A nearly blank page with one line and a number."""
    page = Image.new("RGB", (1000, 1414), "#fbfbf8")
    _write(page, 140, 240, " ".join(words[:4]), 32)
    return page


def chat(words: Words) -> Image.Image:
    """Nine answers in bubbles."""
    page = Image.new("RGB", (600, 1100), "#efeae2")
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 600, 84), fill="#075e54")
    for row in range(9):
        left, top = (20, 220)[row % 2], 100 + 108 * row
        pencil.rounded_rectangle((left, top, left + 360, top + 82), 16, fill="white")
        _write(page, left + 18, top + 24, " ".join(words[3 * row : 3 * row + 3]), 24)
    return page


def spreadsheet(words: Words) -> Image.Image:
    """Thirty rows of seven cells."""
    page = Image.new("RGB", (1100, 760), "white")
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((0, 0, 1100, 40), fill="#217346")
    for row in range(24):
        for column in range(7):
            left, top = 20 + 152 * column, 44 + 29 * row
            pencil.rectangle((left, top, left + 152, top + 29), outline="#d0d0d0")
            _write(page, left + 6, top + 4, words[7 * row + column], 18)
    return page


def chess(pieces: Words) -> Image.Image:
    """A position: 64 squares, each with a piece or none."""
    page = Image.new("RGB", (480, 480), "#f0d9b5")
    pencil = ImageDraw.Draw(page)
    for place, piece in enumerate(pieces):
        x, y = 60 * (place % 8), 60 * (place // 8)
        if (place // 8 + place) % 2:
            pencil.rectangle((x, y, x + 59, y + 59), fill="#b58863")
        fill, edge = ("#fff", "#222") if piece.isupper() else ("#222", "#eee")
        kind = piece.lower()
        if kind == "p":
            pencil.ellipse((x + 19, y + 22, x + 41, y + 44), fill, edge, 2)
        elif kind == "r":
            pencil.rectangle((x + 15, y + 12, x + 45, y + 50), fill, edge, 2)
        elif kind == "b":
            pencil.polygon(((x + 30, y + 8), (x + 46, y + 50), (x + 14, y + 50)), fill, edge, 2)
        elif kind == "n":
            pencil.polygon(
                ((x + 14, y + 50), (x + 18, y + 14), (x + 44, y + 22), (x + 40, y + 50)),
                fill, edge, 2,
            )  # fmt: skip
        elif kind == "q":
            pencil.regular_polygon((x + 30, y + 30, 22), 5, 0, fill, edge)
    return page


def icon(dice: Dice) -> Image.Image:
    """A drawing on a transparent square of 192."""
    page = Image.new("RGBA", (192, 192), (0, 0, 0, 0))
    pencil = ImageDraw.Draw(page)
    ground, *others = (tuple(int(v) for v in dice.integers(0, 256, 3)) for _ in range(6))
    pencil.rounded_rectangle((8, 8, 184, 184), int(dice.integers(6, 60)), fill=ground)
    for other in others:
        x, y = (int(v) for v in dice.integers(20, 120, 2))
        w, h = (int(v) for v in dice.integers(20, 64, 2))
        shape = (pencil.ellipse, pencil.rectangle)[int(dice.integers(2))]
        shape((x, y, x + w, y + h), fill=other)
    return page

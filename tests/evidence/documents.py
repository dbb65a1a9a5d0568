"""Documents that share a layout and say different things, and what a scanner makes of them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

LAYOUTS = ("invoice", "letter", "form", "slide", "table")
_NAMES = ("Ada", "Bello", "Chen", "Duarte", "Eriksen", "Fofana", "Garcia", "Haddad", "Ito", "Kaya")
_WORDS = (
    *("delivery", "service", "annual", "licence", "spare", "parts", "travel", "training"),
    *("support", "hosting", "printing", "cleaning", "repair", "design", "storage", "security"),
)


def document(layout: str, number: int) -> Image.Image:
    """One of a layout's documents; every number says something else on the same lines."""
    chance = np.random.default_rng([LAYOUTS.index(layout), number])
    size = (1280, 720) if layout == "slide" else (990, 1400)
    page = Image.new("RGB", size, "white")
    pencil = ImageDraw.Draw(page)
    {"invoice": _invoice, "letter": _letter, "form": _form, "slide": _slide, "table": _table}[
        layout
    ](pencil, chance, number)
    return page


def board(number: int, *, moved: int = 0) -> Image.Image:
    """A game of a number; moved: a piece that stands elsewhere, 0 for none."""
    chance = np.random.default_rng([99, number])
    pieces = chance.choice(8, 64) * (chance.random(64) < 0.55)
    if moved:
        start = np.flatnonzero(pieces)[moved]
        goal = np.flatnonzero(pieces == 0)[moved]
        pieces[[start, goal]] = pieces[[goal, start]]
    page = Image.new("RGB", (520, 520), "#eeeed2")
    pencil = ImageDraw.Draw(page)
    for place, piece in enumerate(pieces.tolist()):
        x, y = 65 * (place % 8), 65 * (place // 8)
        if (place + place // 8) % 2:
            pencil.rectangle((x, y, x + 64, y + 64), "#769656")
        ink = ("#222222", "#fafafa")[piece % 2]
        box = (x + 14, y + 10, x + 50, y + 54)
        if piece in (1, 2):
            pencil.ellipse((x + 20, y + 20, x + 46, y + 46), ink, "#444444", 2)
        elif piece in (3, 4):
            pencil.rectangle(box, ink, "#444444", 2)
        elif piece in (5, 6):
            pencil.polygon(((x + 32, y + 8), (x + 52, y + 56), (x + 12, y + 56)), ink, "#444444", 2)
        elif piece == 7:
            pencil.ellipse(box, ink, "#444444", 2)
    return page


def scanned(page: Image.Image, *, degrees: float = 1.7, seed: int = 1) -> Image.Image:
    """Laid on the glass askew, a little soft, grey paper, some dust."""
    chance = np.random.default_rng(seed)
    askew = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(205, 205, 200))
    pixels = np.asarray(askew.filter(ImageFilter.GaussianBlur(0.7))).astype(np.float32)
    pixels = (18 + 0.88 * pixels + chance.normal(0, 3, pixels.shape)).astype(np.float32)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _text(pencil: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int = 22) -> None:
    pencil.text((x, y), text, "black", font_size=size)


def _person(chance: np.random.Generator) -> str:
    return f"{chance.choice(_NAMES)} {chance.choice(_NAMES)}"


def _words(chance: np.random.Generator, count: int) -> str:
    return " ".join(chance.choice(_WORDS, count))


def _invoice(pencil: ImageDraw.ImageDraw, chance: np.random.Generator, number: int) -> None:
    pencil.rectangle((60, 60, 260, 140), fill="#235")
    _text(pencil, 75, 80, "NORDWIND", 30)
    _text(pencil, 620, 70, "INVOICE", 48)
    _text(pencil, 620, 150, f"No. {2019000 + number * 37}   {chance.integers(1, 29)}.07.2019")
    _text(pencil, 60, 230, _person(chance), 26)
    _text(pencil, 60, 265, f"{chance.integers(1, 200)} Harbour Road", 26)
    pencil.line((60, 360, 930, 360), fill="black", width=3)
    total = 0
    for row in range(7):
        y, price = 390 + 55 * row, int(chance.integers(20, 4000))
        total += price
        _text(pencil, 60, y, _words(chance, 2))
        _text(pencil, 600, y, str(chance.integers(1, 40)))
        _text(pencil, 800, y, f"{price}.{chance.integers(10, 99)}")
    pencil.line((60, 790, 930, 790), fill="black", width=3)
    _text(pencil, 600, 815, "Total", 30)
    _text(pencil, 800, 815, f"{total}.00", 30)
    _text(pencil, 60, 1280, "Nordwind Ltd, 1 Quay Street, payable within 30 days", 20)


def _letter(pencil: ImageDraw.ImageDraw, chance: np.random.Generator, number: int) -> None:
    _text(pencil, 90, 90, "Office of the Harbour Master", 36)
    pencil.line((90, 145, 900, 145), fill="#a22", width=5)
    _text(pencil, 90, 220, f"To {_person(chance)}", 26)
    _text(pencil, 600, 220, f"Ref. {number * 113 + 7}/19", 26)
    for line in range(18):
        _text(pencil, 90, 330 + 42 * line, _words(chance, 6)[:62], 24)
    _text(pencil, 90, 1160, "Yours faithfully,", 26)
    _text(pencil, 90, 1230, "The Harbour Master", 26)


def _form(pencil: ImageDraw.ImageDraw, chance: np.random.Generator, number: int) -> None:
    _text(pencil, 60, 60, "Application for a berth", 40)
    labels = ("Name", "Ship", "Length", "Draught", "Flag", "From", "To", "Crew", "Cargo", "Agent")
    for row, label in enumerate(labels):
        y = 170 + 105 * row
        pencil.rectangle((60, y, 930, y + 85), outline="black", width=2)
        _text(pencil, 75, y + 5, label, 18)
        _text(pencil, 120, y + 35, f"{_person(chance)} {chance.integers(1, 9000)}", 32)
    _text(pencil, 60, 1290, f"Form 12b, sheet {number}", 20)


def _slide(pencil: ImageDraw.ImageDraw, chance: np.random.Generator, number: int) -> None:
    pencil.rectangle((0, 0, 1280, 110), fill="#147")
    pencil.text((50, 25), f"{_words(chance, 3)}", "white", font_size=54)
    for row in range(5):
        y = 180 + 85 * row
        pencil.ellipse((60, y + 12, 80, y + 32), fill="#147")
        _text(pencil, 110, y, _words(chance, 4), 38)
    _text(pencil, 50, 670, "Nordwind Ltd, annual meeting", 22)
    _text(pencil, 1200, 670, str(number), 22)


def _table(pencil: ImageDraw.ImageDraw, chance: np.random.Generator, number: int) -> None:
    _text(pencil, 60, 60, f"Tides, week {number}", 36)
    for row in range(24):
        y = 140 + 48 * row
        pencil.line((60, y, 930, y), fill="#888")
        for column in range(6):
            _text(pencil, 70 + 145 * column, y + 10, f"{chance.integers(100, 9999) / 100:.2f}", 24)
    for column in range(7):
        pencil.line((60 + 145 * column, 140, 60 + 145 * column, 1292), fill="#888")

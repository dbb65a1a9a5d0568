"""Drawn groups of lookalikes: one layout with other content, one place at other moments.

No two pictures of a group are copies of each other. What a group shares (chrome, template, paper,
background, geometry) it shares to the pixel, as real ones do.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.matched_edits import Dice, colour, font, resized, scaled, words
from copyfind.records import Floats, Pixels

Photo = Callable[[], Pixels]
Layout = Callable[[Dice, Photo, int], list[Pixels]]
Frame = tuple[int, int, int, int]  # left, top, width, height


def _fill(page: Image.Image, frame: Frame, photo: Pixels) -> None:
    """A photo cut to the frame's shape."""
    left, top, width, height = frame
    factor = max(width / photo.shape[1], height / photo.shape[0]) * 1.001
    grown = scaled(photo, factor)
    y, x = max((grown.shape[0] - height) // 2, 0), max((grown.shape[1] - width) // 2, 0)
    page.paste(Image.fromarray(grown[y : y + height, x : x + width]), (left, top))


def _lines(draw: ImageDraw.ImageDraw, frame: Frame, size: float, ink: str, dice: Dice) -> None:
    left, top, width, height = frame
    y = float(top)
    while y + size <= top + height:
        draw.text((left, y), words(dice, 3, max(4, int(width / size / 3))), ink, font(size))
        y += size * 1.4


def app(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """Screenshots of one app, with other photos and other words in them."""
    width = int(dice.integers(300, 480))
    height = int(width * dice.choice([dice.uniform(1.5, 2.17), dice.uniform(0.6, 1.0)]))
    dark, accent = bool(dice.random() < 0.5), colour(dice)
    paper, ink = ("#121417", "#e8eaec") if dark else (str(dice.choice(["#fff", "#f4f4f8"])), "#202")
    bar, foot = int(height * dice.uniform(0.05, 0.14)), int(height * dice.uniform(0.04, 0.12))
    kind = int(dice.integers(6))
    columns, gap = int(dice.integers(2, 5)), int(dice.integers(1, 14))
    title, icons = words(dice, 1, 2), int(dice.integers(3, 6))
    wide = dice.uniform(0.4, 1.0)
    pages = []
    for _ in range(count):
        page = Image.new("RGB", (width, height), paper)
        draw = ImageDraw.Draw(page)
        body = height - bar - foot
        if kind == 0:  # a feed: one photo, words below
            tall = int(body * dice.choice([wide, 0.62]))
            _fill(page, (0, bar, width, max(tall, 20)), photo())
            _lines(draw, (12, bar + tall + 8, width - 24, body - tall - 8), 13, ink, dice)
        elif kind == 1:  # a gallery
            side = max((width - gap) // columns - gap, 12)
            for n in range(columns * max(body // (side + gap), 1)):
                x = gap + n % columns * (side + gap)
                _fill(page, (x, bar + gap + n // columns * (side + gap), side, side), photo())
        elif kind == 2:  # a list: small photos, words beside
            row = max(body // int(dice.integers(4, 9)), 26)
            row = max(int(body / (3 + columns)), 26)
            for n in range(body // row):
                _fill(page, (8, bar + n * row + 4, row - 8, row - 8), photo())
                frame = (row + 8, bar + n * row + 6, width - row - 16, row - 10)
                _lines(draw, frame, 12, ink, dice)
        elif kind == 3:  # one photo on all of the screen, buttons over it
            _fill(page, (0, 0, width, height), photo())
        elif kind == 4:  # a chat
            y = bar + 8
            while y < height - foot - 30:
                tall = int(dice.integers(20, 60)) if dice.random() < 0.8 else 110
                mine, long = bool(dice.random() < 0.5), int(width * dice.uniform(0.3, 0.75))
                x = width - long - 8 if mine else 8
                fill = accent if mine else ("#2a2d31" if dark else "#e6e6ea")
                draw.rounded_rectangle((x, y, x + long, y + tall), 9, fill)
                if tall == 110:
                    _fill(page, (x + 4, y + 4, long - 8, tall - 8), photo())
                else:
                    _lines(draw, (x + 8, y + 4, long - 16, tall - 4), 12, ink, dice)
                y += tall + 8
        else:  # settings or an article
            _lines(draw, (14, bar + 10, width - 28, body - 16), 10 + 2 * columns, ink, dice)
        draw.rectangle((0, 0, width, bar), accent if columns % 2 else paper)
        draw.text((14, bar * 0.3), title, ink, font(bar * 0.4))
        draw.rectangle((0, height - foot, width, height), paper)
        for n in range(icons):
            across, low, r = (n + 0.5) * width / icons, height - foot / 2, foot * 0.28
            shape = (across - r, low - r, across + r, low + r)
            (draw.ellipse if (n + columns) % 2 else draw.rectangle)(shape, outline=ink, width=2)
        pages.append(np.asarray(page, np.uint8))
    return pages


def slides(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One template, other titles, points and pictures."""
    width, height = 480, int(dice.choice([270, 360]))
    back, ink = colour(dice), colour(dice)
    ground = Image.new("RGB", (width, height), back)
    if dice.random() < 0.4:
        _fill(ground, (0, 0, width, height), photo())
        ground = Image.blend(ground, Image.new("RGB", (width, height), back), 0.6)
    draw = ImageDraw.Draw(ground)
    draw.rectangle((0, 0, width, height // 9), colour(dice))
    draw.ellipse((width - 46, height - 40, width - 14, height - 8), fill=colour(dice))
    with_photo = dice.random() < 0.5
    pages = []
    for _ in range(count):
        page = ground.copy()
        draw = ImageDraw.Draw(page)
        draw.text((20, height * 0.14), words(dice, 2, 5), ink, font(height / 11))
        text = "#{:02x}{:02x}{:02x}".format(*ink)
        _lines(
            draw,
            (30, height // 3, width // (2 if with_photo else 1), height // 2),
            height / 17,
            text,
            dice,
        )
        if with_photo:
            _fill(page, (width // 2 + 20, height // 3, width // 2 - 50, height // 2), photo())
        pages.append(np.asarray(page, np.uint8))
    return pages


def trading_cards(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One frame around other pictures: cards, covers, products."""
    width, height = 300, int(300 * dice.uniform(1.0, 1.5))
    template = Image.new("RGB", (width, height), colour(dice))
    if dice.random() < 0.4:
        _fill(template, (0, 0, width, height), photo())
    draw = ImageDraw.Draw(template)
    edge, share = int(dice.integers(8, 50)), dice.uniform(0.25, 0.7)
    draw.rectangle(
        (edge // 2, edge // 2, width - edge // 2, height - edge // 2), outline=colour(dice), width=4
    )
    logo, ink = words(dice, 1, 1), colour(dice)
    pages = []
    for _ in range(count):
        page = template.copy()
        _fill(page, (edge, edge + 20, width - 2 * edge, int(height * share)), photo())
        draw = ImageDraw.Draw(page)
        draw.text((edge, edge // 2 + 2), logo, ink, font(16))
        top = edge + 30 + int(height * share)
        _lines(draw, (edge + 6, top, width - 2 * edge - 12, height - top - edge), 13, "#222", dice)
        pages.append(np.asarray(page, np.uint8))
    return pages


def documents(dice: Dice, _: Photo, count: int) -> list[Pixels]:
    """Pages of one letterhead, a form or a table, other words and figures."""
    width, height = 440, int(440 * dice.choice([1.41, 0.7, 1.0]))
    rows, columns = int(dice.integers(6, 26)), int(dice.integers(2, 6))
    table = dice.random() < 0.6
    head, accent = words(dice, 2, 3), colour(dice)
    labels = [words(dice, 1, 2) for _ in range(rows)]
    size = (height * 0.78) / rows
    pages = []
    for _n in range(count):
        page = Image.new("RGB", (width, height), "#fdfdfb")
        draw = ImageDraw.Draw(page)
        draw.text((24, 12), head, accent, font(height / 24))
        draw.line((20, height * 0.1, width - 20, height * 0.1), accent, 2)
        for row in range(rows):
            y = height * 0.14 + row * size
            if not table:
                draw.text((24, y), words(dice, 4, 9), "#222", font(size * 0.6))
                continue
            draw.line((20, y, width - 20, y), "#999", 1)
            draw.text((24, y + 2), labels[row], "#222", font(min(size * 0.6, 15)))
            for column in range(1, columns):
                x = 20 + (width - 40) * (column / columns)
                draw.text(
                    (x + 6, y + 2), str(dice.integers(1, 99999)), "#222", font(min(size * 0.6, 15))
                )
        pages.append(np.asarray(page, np.uint8))
    return pages


def charts(dice: Dice, _: Photo, count: int) -> list[Pixels]:
    """One pair of axes, other data."""
    width, height = 440, 320
    ink, kind, colours = "#333", int(dice.integers(3)), [colour(dice) for _ in range(4)]
    grid, title = bool(dice.random() < 0.6), words(dice, 2, 4)
    pages = []
    for _n in range(count):
        page = Image.new("RGB", (width, height), "white")
        draw = ImageDraw.Draw(page)
        draw.text((90, 8), title, ink, font(17))
        for n in range(7):
            x, y = 50 + n * 60, 280 - n * 38
            if grid:
                draw.line((50, y, 420, y), "#ddd")
                draw.line((x, 40, x, 280), "#ddd")
            draw.text((18, y - 7), str(n * 10), ink, font(11))
            draw.text((x - 6, 286), str(2010 + n), ink, font(11))
        draw.line((50, 40, 50, 280, 420, 280), ink, 2)
        if kind == 0:
            for line in colours[:3]:
                walk = 160 + np.cumsum(dice.normal(0, 14, 37))
                places = [(50 + 10 * n, float(np.clip(v, 45, 275))) for n, v in enumerate(walk)]
                draw.line(places, line, 2)
        elif kind == 1:
            for n in range(9):
                draw.rectangle(
                    (60 + n * 40, int(dice.integers(60, 270)), 86 + n * 40, 280), colours[n % 2]
                )
        else:
            middle = dice.uniform([90, 80], [380, 240], (3, 2))
            for n in range(160):
                x, y = middle[n % 3] + dice.normal(0, 24, 2)
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), colours[n % 3])
        pages.append(np.asarray(page, np.uint8))
    return pages


def flags(dice: Dice, _: Photo, count: int) -> list[Pixels]:
    """One geometry in other colours: flags, logos, icons."""
    width, height = 320, int(dice.choice([213, 200, 320, 160]))
    kind, n = int(dice.integers(6)), int(dice.integers(2, 5))
    spots = dice.uniform(0, 1, (5, 3))
    shared = [colour(dice) for _ in range(6)]
    pages = []
    for which in range(count):
        few = dice.permutation(6)[: 1 + int(dice.integers(3))].tolist()
        colours = [colour(dice) if which and k in few else c for k, c in enumerate(shared)]
        page = Image.new("RGB", (width, height), colours[0])
        draw = ImageDraw.Draw(page)
        for k in range(n):
            if kind in (0, 2):
                draw.rectangle((k * width // n, 0, (k + 1) * width // n, height), colours[k % 6])
            elif kind in (1, 3):
                draw.rectangle((0, k * height // n, width, (k + 1) * height // n), colours[k % 6])
        if kind in (2, 3, 4):
            r = height * (0.2 + 0.2 * spots[0, 0])
            box = (width / 2 - r, height / 2 - r, width / 2 + r, height / 2 + r)
            draw.ellipse(box, colours[4])
        if kind == 4:
            draw.rectangle((0, height * 0.42, width, height * 0.58), colours[2])
            draw.rectangle((width * 0.3, 0, width * 0.42, height), colours[2])
        if kind == 5:
            draw.polygon([(0, 0), (width // 2, height // 2), (0, height)], colours[3])
            for x, y, size in spots.tolist():
                r = 8 + 30 * size
                box = (x * width - r, y * height - r, x * width + r, y * height + r)
                draw.rounded_rectangle(box, r / 3, colours[5], colours[2], 4)
        pages.append(np.asarray(page, np.uint8))
    return pages


def boards(dice: Dice, _: Photo, count: int) -> list[Pixels]:
    """One grid, other things in its cells: sudokus, games, codes, sprites."""
    cells, side = int(dice.integers(6, 21)), 360
    kind, a, b = int(dice.integers(4)), colour(dice), colour(dice)
    shared = dice.random((cells, cells))
    pages = []
    for _n in range(count):
        page = Image.new("RGB", (side, side), "white" if kind != 3 else a)
        draw = ImageDraw.Draw(page)
        own = dice.random((cells, cells))
        values = np.where(dice.random((cells, cells)) < dice.uniform(0.05, 1.0), own, shared)
        size = side / cells
        for row in range(cells):
            for column in range(cells):
                x, y, v = column * size, row * size, float(values[row, column])
                box = (x, y, x + size, y + size)
                if kind == 0:
                    draw.rectangle(box, outline="#777")
                    if v < 0.4:
                        draw.text(
                            (x + size * 0.3, y + 1), str(int(v * 22) + 1), "#222", font(size * 0.7)
                        )
                elif kind == 1 and (v < 0.5 or row * column == 0):
                    draw.rectangle(box, "black")
                elif kind == 2:
                    draw.rectangle(box, a if (row + column) % 2 else "#eee")
                    if v < 0.4:
                        inner = (x + size * 0.2, y + size * 0.2, x + size * 0.8, y + size * 0.8)
                        (draw.ellipse if v < 0.2 else draw.rectangle)(
                            inner, b if v % 0.1 < 0.05 else "#222"
                        )
                elif kind == 3 and v < 0.5:
                    draw.rectangle(box, b if v < 0.3 else "#fff")
        pages.append(np.asarray(page, np.uint8))
    return pages


def codes(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One label or page with another bar code or square code on it."""
    width, height = 360, int(360 * dice.uniform(0.5, 1.2))
    ground = Image.new("RGB", (width, height), "#fcfcfc" if dice.random() < 0.6 else colour(dice))
    if dice.random() < 0.25:
        _fill(ground, (0, 0, width, height), photo())
    square, modules = bool(dice.random() < 0.5), int(dice.integers(17, 42))
    side = int(min(width, height) * dice.uniform(0.5, 0.95))
    left, top = (width - side) // 2, (height - side) // 2
    low = side if square else int(side * dice.uniform(0.3, 0.9))
    kept = float(dice.choice([0.0, 0.0, 0.3, 0.6]))  # the first part of a number is the maker's
    shared = dice.random((modules, modules)) < 0.5
    pages = []
    for _n in range(count):
        own = dice.random((modules, modules)) < 0.5
        cells = np.where(np.arange(modules)[None] < kept * modules, shared, own)
        if square:
            for y, x in ((0, 0), (0, modules - 7), (modules - 7, 0)):
                cells[y : y + 7, x : x + 7] = True
                cells[y + 1 : y + 6, x + 1 : x + 6] = False
                cells[y + 2 : y + 5, x + 2 : x + 5] = True
        else:
            cells = np.repeat(np.repeat(cells[:1], 2, axis=1), modules, axis=0)
            cells[:, :2] = cells[:, -2:] = True
        ink = np.where(cells, 0, 255).astype(np.uint8)
        code = cv2.resize(ink, (side, low), interpolation=cv2.INTER_NEAREST)
        page = ground.copy()
        page.paste(Image.fromarray(code), (left, top))
        if not square:
            digits = " ".join(str(d) for d in dice.integers(0, 10, 13).tolist())
            ImageDraw.Draw(page).text((left, top + low + 2), digits, "#111", font(side / 16))
        pages.append(np.asarray(page, np.uint8))
    return pages


def one_ground(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """Other photos pasted onto one, at one place."""
    ground = Image.fromarray(photo())
    width, height = ground.size
    share = float(np.sqrt(dice.uniform(0.3, 0.7)))
    w, h = int(width * share), int(height * share)
    left, top = int(dice.integers(0, width - w + 1)), int(dice.integers(0, height - h + 1))
    pages = []
    for _ in range(count):
        page = ground.copy()
        _fill(page, (left, top, w, h), photo())
        pages.append(np.asarray(page, np.uint8))
    return pages


def _grain(picture: Pixels, dice: Dice, level: float) -> Pixels:
    """The noise of one exposure."""
    noise = dice.normal(0, level, picture.shape[:2])
    if level > 0 and dice.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.8) * 2.2
    return np.clip(picture + noise[..., None], 0, 255).astype(np.uint8)


def _blob(dice: Dice, height: int, width: int) -> Pixels:
    """A soft outline of a figure, 0 to 255."""
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(dice.integers(2, 5))):
        middle = (int(width * dice.uniform(0.3, 0.7)), int(height * dice.uniform(0.25, 0.75)))
        axes = (int(width * dice.uniform(0.12, 0.3)), int(height * dice.uniform(0.15, 0.3)))
        cv2.ellipse(mask, middle, axes, float(dice.uniform(0, 180)), 0, 360, 255, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.2))


def still_camera(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One place: what is in front has moved and turned, the light has changed a little, and each
    frame has noise of its own."""
    ground = photo()
    ground = scaled(ground, 480 / max(ground.shape[:2]))
    height, width = ground.shape[:2]
    level, light = float(dice.uniform(1, 7)), float(dice.choice([0.0, 0.03, 0.1]))
    small = dice.random() < 0.5  # people and cars far away, or somebody in front
    far = float(dice.uniform(0.5, 4.0) if small else dice.uniform(0.08, 0.5))
    shaken = float(dice.choice([0.0, 0.4]))  # pixels: on a wall, or on a tripod
    misty = dice.random() < 0.3
    figures = []
    for _ in range(int(dice.integers(0, 7 if small else 4))):
        h = max(int(height * (dice.uniform(0.05, 0.16) if small else dice.uniform(0.15, 0.75))), 14)
        w = max(int(h * dice.uniform(0.4, 1.4)), 10)
        texture = resized(photo(), w, h)
        place = np.array([dice.uniform(0, max(width - w, 1)), dice.uniform(0, max(height - h, 1))])
        figures.append((texture, _blob(dice, h, w), place))
    frames = []
    for _ in range(count):
        frame = ground.copy()
        for texture, mask, place in figures:
            h, w = mask.shape
            x, y = place + dice.normal(0, far, 2) * [w, h]
            degrees, growth = float(dice.normal(0, 12)), float(np.exp(dice.normal(0, 0.05)))
            turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, growth)
            turn[:, 2] += [x, y]
            lies = cv2.warpAffine(texture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
            where = cv2.warpAffine(mask, turn, (width, height))[..., None] / 255
            frame = (frame * (1 - where) + lies * where).astype(np.uint8)
        if shaken:
            shift = np.array([[1, 0, dice.normal(0, shaken)], [0, 1, dice.normal(0, shaken)]])
            frame = cv2.warpAffine(frame, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
        if misty:
            mist = np.clip(_field(dice, height, width, 0.25) + 0.2, 0, 0.8)[..., None]
            frame = (frame * (1 - mist) + 200 * mist).astype(np.uint8)
        if light:
            gain = 1 + _field(dice, height, width, light) + dice.normal(0, light)
            frame = np.clip(frame * gain[..., None], 0, 255).astype(np.uint8)
        frames.append(_stored(_grain(np.asarray(frame), dice, level), dice))
    return frames


def _field(dice: Dice, height: int, width: int, level: float) -> Floats:
    """(H, W) what changes slowly over a picture."""
    coarse = dice.normal(0, level, (4, 5)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def _stored(frame: Pixels, dice: Dice) -> Pixels:
    """As most cameras give it."""
    if dice.random() < 0.3:
        return frame
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(60, 97))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", frame, quality)[1], cv2.IMREAD_COLOR))


def rephotographed(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One flat thing, a page, a code, a cover, a print, taken again from somewhere else."""
    kinds: list[Layout] = [codes, documents, trading_cards, boards, slides]
    if dice.random() < 0.25:
        thing = photo()
    else:
        thing = kinds[int(dice.integers(len(kinds)))](dice, photo, 1)[0]
    thing = scaled(thing, 420 / max(thing.shape[:2]))
    height, width = (int(size * dice.uniform(1.0, 1.25)) for size in thing.shape[:2])
    table = resized(photo(), width, height) if dice.random() < 0.4 else None
    plain, farther = colour(dice), float(dice.uniform(0.02, 0.18))
    bent, level, light = (float(dice.uniform(0, most)) for most in (3.0, 5.0, 0.15))
    h, w = thing.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    middle = np.array([(width - w) / 2, (height - h) / 2], np.float32)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    frames = []
    for _ in range(count):
        turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(dice.normal(0, 5)), 1.0)
        seen = cv2.transform(corners[None], turn)[0] + middle
        seen = seen + dice.uniform(-farther, farther, (4, 2)) * [w, h]
        seen = seen + dice.uniform(-farther, farther, 2) * [w, h]
        matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
        ground = np.full((height, width, 3), plain, np.uint8) if table is None else table.copy()
        frame = cv2.warpPerspective(
            thing, matrix, (width, height), ground,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
        dx, dy = (_field(dice, height, width, bent) for _n in range(2))
        frame = cv2.remap(frame, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if dice.random() < 0.5:
            frame = cv2.GaussianBlur(frame, (0, 0), float(dice.uniform(0.4, 1.2)))
        gain = 1 + _field(dice, height, width, light) + dice.normal(0, light)
        frame = np.clip(frame * gain[..., None], 0, 255).astype(np.uint8)
        frames.append(_stored(_grain(frame, dice, level), dice))
    return frames


def another_place(dice: Dice, photo: Photo, count: int) -> list[Pixels]:
    """One scene from places a little apart: near things have moved against far ones."""
    ground = photo()
    ground = scaled(ground, 480 / max(ground.shape[:2]))
    height, width = ground.shape[:2]
    level, far = float(dice.uniform(0.5, 6)), float(dice.uniform(5, 16))
    depth = np.zeros((height, width), np.float32)
    for size, weight in ((5, 1.0), (11, 0.5), (23, 0.25)):
        coarse = dice.normal(0, 1, (size, size)).astype(np.float32)
        depth += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    if dice.random() < 0.5:  # things with an outline before a ground
        depth = np.asarray(cv2.GaussianBlur((depth > 0.2).astype(np.float32) * 2, (0, 0), 1.5))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    frames = []
    for which in range(count):
        way = dice.uniform(0, 2 * np.pi)
        by = 0.0 if which == 0 else far * float(dice.uniform(0.5, 1))
        dx, dy = np.float32(by * np.cos(way)), np.float32(by * np.sin(way))
        seen = cv2.remap(
            ground, x + dx * depth, y + dy * depth, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        frames.append(_grain(np.asarray(seen), dice, level))
    return frames


LAYOUTS: tuple[tuple[Layout, float], ...] = (
    (app, 0.3), (slides, 0.07), (trading_cards, 0.08), (documents, 0.07), (charts, 0.05),
    (flags, 0.08), (boards, 0.07), (codes, 0.05), (one_ground, 0.08), (still_camera, 0.14),
    (another_place, 0.1), (rephotographed, 0.1),
)  # fmt: skip


HARD: tuple[Layout, ...] = (
    still_camera, still_camera, codes, boards, flags, flags, rephotographed, rephotographed
)  # fmt: skip


def drawn_group(
    dice: Dice, photo: Photo, count: int, *, hard: bool = False
) -> tuple[str, list[Pixels]]:
    """A kind and so many pictures of it, at any size. hard: of the kinds most often confused."""
    odds = np.array([weight for _, weight in LAYOUTS])
    layout = LAYOUTS[int(dice.choice(len(LAYOUTS), p=odds / odds.sum()))][0]
    if hard:
        layout = HARD[int(dice.integers(len(HARD)))]
    pages = layout(dice, photo, count)
    longest = float(np.exp(dice.uniform(np.log(64), np.log(720))))
    factor = longest / max(pages[0].shape[:2])
    return layout.__name__, [scaled(page, factor) for page in pages]

"""Edits for matched pairs: what people and programs do to a picture, by Pillow and OpenCV.

Not the ones of the benchmark: other means to the same ends, each with a wider range, so that what
is fitted to them is the question and not the hand that made them. Every edit takes a picture
(H, W, 3), the dice, and another photo that it may paste, blend or put around.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from copyfind.records import Pixels

Dice = np.random.Generator
Edit = Callable[[Pixels, Dice, Pixels], Pixels]
_WORDS = [
    "sale",
    "today",
    "only",
    "best",
    "price",
    "new",
    "home",
    "open",
    "late",
    "mixed",
    "news",
    "week",
    "report",
    "from",
    "the",
    "city",
    "council",
    "photo",
    "by",
    "our",
    "reader",
    "archive",
    "draft",
    "copy",
    "please",
    "share",
    "like",
    "follow",
    "all",
    "rights",
    "reserved",
    "mañana",
    "für",
    "immer",
    "déjà",
    "vu",
    "spring",
    "menu",
    "lunch",
    "offer",
    "free",
    "entry",
    "page",
    "one",
    "two",
    "three",
]
_SMALLEST = 24


def words(dice: Dice, least: int = 1, most: int = 6) -> str:
    """Some words in a row."""
    return " ".join(dice.choice(_WORDS, int(dice.integers(least, most + 1))))


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings."""
    return ImageFont.load_default(size=max(7.0, size))


def colour(dice: Dice) -> tuple[int, int, int]:
    """Any, or black or white."""
    if dice.random() < 0.4:
        ink = int(dice.choice([0, 255, 16, 245]))
        return ink, ink, ink
    r, g, b = dice.integers(0, 256, 3).tolist()
    return r, g, b


def resized(picture: Pixels, width: int, height: int) -> Pixels:
    """Shrunk by area, grown smoothly."""
    smaller = width < picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (max(width, 8), max(height, 8)), interpolation=how))


def scaled(picture: Pixels, factor: float) -> Pixels:
    """By the same factor both ways."""
    height, width = picture.shape[:2]
    return resized(picture, round(width * factor), round(height * factor))


def _codec(picture: Pixels, ending: str, quality: int) -> Pixels:
    flag = cv2.IMWRITE_JPEG_QUALITY if ending == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    _, data = cv2.imencode(ending, picture[..., ::-1], [flag, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def compressed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _codec(picture, ".jpg", int(dice.integers(30, 96)))


def badly_compressed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _codec(picture, ".jpg", int(dice.integers(5, 25)))


def webp(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _codec(picture, ".webp", int(dice.integers(20, 90)))


def smaller(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return scaled(picture, float(dice.uniform(0.3, 0.95)))


def larger(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return scaled(picture, float(dice.uniform(1.05, 2.0)))


def _levels(picture: Pixels, dice: Dice, by: float) -> Pixels:
    gain, gamma = np.exp(dice.uniform(-by, by, 2))
    shift = dice.uniform(-60, 60) * by
    values = np.arange(256) / 255
    table = 128 + (255 * values**gamma - 128) * gain + shift
    toned = cv2.LUT(picture, np.clip(table, 0, 255).astype(np.uint8)).astype(np.float32)
    grey = toned.mean(axis=2, keepdims=True)
    toned = grey + (toned - grey) * np.exp(dice.uniform(-1.5 * by, by))
    return np.asarray(np.clip(toned, 0, 255), np.uint8)


def toned(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _levels(picture, dice, 0.2)


def strongly_toned(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _levels(picture, dice, 0.6)


def warmed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    gains = np.exp(dice.uniform(-0.25, 0.25, 3))
    return np.clip(picture * gains, 0, 255).astype(np.uint8)


def cut(picture: Pixels, dice: Dice, least: float, most: float) -> Pixels:
    """To a share of the area."""
    height, width = picture.shape[:2]
    area, shape = dice.uniform(least, most), np.exp(dice.uniform(-0.3, 0.3))
    w = min(round(width * min(np.sqrt(area * shape), 1)), width)
    h = min(round(height * min(np.sqrt(area / shape), 1)), height)
    w, h = max(w, min(_SMALLEST, width)), max(h, min(_SMALLEST, height))
    x, y = int(dice.integers(0, width - w + 1)), int(dice.integers(0, height - h + 1))
    return np.ascontiguousarray(picture[y : y + h, x : x + w])


def cut_a_little(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return cut(picture, dice, 0.8, 0.99)


def cropped(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return cut(picture, dice, 0.12, 0.8)


def _turned(picture: Pixels, dice: Dice, degrees: float, *, whole: bool) -> Pixels:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    size = (width, height)
    if whole:
        cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = (round(height * sin + width * cos), round(height * cos + width * sin))
        matrix[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    return np.asarray(
        cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=colour(dice))
    )


def tilted(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _turned(picture, dice, float(dice.uniform(-4, 4)), whole=False)


def turned(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return _turned(picture, dice, float(dice.uniform(-60, 60)), whole=bool(dice.random() < 0.6))


def quarter(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return np.ascontiguousarray(np.rot90(picture, int(dice.integers(1, 4))))


def mirrored(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[:, ::-1] if dice.random() < 0.75 else picture[::-1])


def stretched(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    factor = float(np.exp(dice.uniform(0.12, 0.7) * dice.choice([-1, 1])))
    return resized(picture, round(picture.shape[1] * factor), picture.shape[0])


def leaning(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = dice.uniform(0, 0.2, (4, 2)) * [width, height]
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    moved = (whole + inwards * signs).astype(np.float32)
    pair = (whole, moved) if dice.random() < 0.5 else (moved, whole)
    matrix = cv2.getPerspectiveTransform(*pair)
    return np.asarray(
        cv2.warpPerspective(
            picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=colour(dice)
        )
    )


def _grey(picture: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def grey(picture: Pixels, _: Dice, __: Pixels) -> Pixels:
    return np.repeat(_grey(picture)[..., None], 3, axis=2)


def duotone(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    dark, light = (dice.integers(0, 90, 3), dice.integers(165, 256, 3))
    if dice.random() < 0.2:
        dark, light = dice.integers(0, 256, 3), dice.integers(0, 256, 3)
    share = _grey(picture)[..., None] / 255
    return (dark + (light - dark) * share).astype(np.uint8)


def negative(picture: Pixels, _: Dice, __: Pixels) -> Pixels:
    return 255 - picture


def shuffled(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[..., dice.permutation(3)])


def hue_turned(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(dice.integers(-40, 41))) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def posterised(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return np.asarray(
        ImageOps.posterize(Image.fromarray(picture), int(dice.choice([2, 3, 4]))), np.uint8
    )


def equalised(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    if dice.random() < 0.5:
        return np.asarray(ImageOps.equalize(Image.fromarray(picture)), np.uint8)
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(3.0, (6, 6)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def vignetted(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shade = np.clip(1.2 - dice.uniform(0.4, 0.9) * (x * x + y * y), 0, 1)[..., None]
    tinted = picture * shade * np.exp(dice.uniform(-0.15, 0.15, 3))
    return np.asarray(np.clip(tinted, 0, 255), np.uint8)


def blurred(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(dice.uniform(0.7, 3.5))))


def smoothed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    if dice.random() < 0.5:
        return np.asarray(cv2.medianBlur(picture, int(dice.choice([3, 5]))))
    return np.asarray(cv2.bilateralFilter(picture, 7, 40, 5))


def sharpened(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    soft = cv2.GaussianBlur(picture, (0, 0), float(dice.uniform(0.8, 3))).astype(np.float32)
    sharp = picture + dice.uniform(0.5, 2.5) * (picture - soft)
    return np.asarray(np.clip(sharp, 0, 255), np.uint8)


def noisy(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    shape = picture.shape if dice.random() < 0.6 else (*picture.shape[:2], 1)
    noise = dice.normal(0, dice.uniform(6, 40), shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def pixelated(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    small = scaled(picture, float(dice.uniform(0.15, 0.4)))
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST))


def palette(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    colours = int(dice.choice([8, 16, 32, 64, 128, 256]))
    return np.asarray(Image.fromarray(picture).quantize(colours).convert("RGB"), np.uint8)


def dithered(picture: Pixels, _: Dice, __: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).convert("1").convert("RGB"), np.uint8)


def outlined(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    how = ImageFilter.EDGE_ENHANCE_MORE if dice.random() < 0.5 else ImageFilter.DETAIL
    return np.asarray(Image.fromarray(picture).filter(how), np.uint8)


def lettered(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for _n in range(int(dice.integers(1, 4))):
        size = image.height * dice.uniform(0.05, 0.2)
        place = (dice.uniform(-0.1, 0.5) * image.width, dice.uniform(0.0, 0.9) * image.height)
        draw.text(
            place, words(dice), colour(dice), font(size),
            stroke_width=int(dice.choice([0, 0, 1, 2])), stroke_fill=colour(dice),
        )  # fmt: skip
    return np.asarray(image, np.uint8)


def watermarked(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    image = Image.fromarray(picture)
    layer = image.copy()
    draw = ImageDraw.Draw(layer)
    ink = colour(dice)
    if dice.random() < 0.4:
        text = words(dice, 1, 2)
        step = image.height * dice.uniform(0.15, 0.4)
        for row in range(int(image.height / step) + 1):
            for column in range(3):
                draw.text((column * image.width / 2.5, row * step), text, ink, font(step / 3))
    else:
        place = (image.width * dice.uniform(0, 0.6), image.height * dice.uniform(0.85, 0.94))
        draw.text(place, words(dice, 1, 3), ink, font(image.height * dice.uniform(0.03, 0.07)))
    return np.asarray(Image.blend(image, layer, float(dice.uniform(0.25, 0.8))), np.uint8)


def captioned(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    bar = max(int(height * dice.uniform(0.1, 0.35)), 10)
    paper = colour(dice)
    ink = (0, 0, 0) if sum(paper) > 380 else (255, 255, 255)
    band = Image.new("RGB", (width, bar), paper)
    ImageDraw.Draw(band).text((6, bar * 0.2), words(dice, 2, 7), ink, font(bar * 0.4))
    parts = [np.asarray(band), picture]
    return np.concatenate(parts if dice.random() < 0.6 else parts[::-1])


def stickers(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for _n in range(int(dice.integers(1, 5))):
        r = min(image.size) * dice.uniform(0.06, 0.22)
        x, y = dice.uniform(0, image.width), dice.uniform(0, image.height)
        fill, line = colour(dice), colour(dice)
        kind = dice.integers(4)
        if kind == 0:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=line, width=2)
            for side in (-0.35, 0.35):
                left = x + side * r
                draw.ellipse((left - r / 9, y - r / 3, left + r / 9, y - r / 9), fill=line)
            draw.arc((x - r / 2, y - r / 2, x + r / 2, y + r / 2), 20, 160, fill=line, width=3)
        elif kind == 1:
            turn = dice.uniform(0, 6)
            spikes = [
                (x + r * k * np.cos(turn + n * 0.628), y + r * k * np.sin(turn + n * 0.628))
                for n in range(10) for k in ((1.0, 0.45)[n % 2],)
            ]  # fmt: skip
            draw.polygon(spikes, fill=fill, outline=line)
        elif kind == 2:
            ends = (x + dice.uniform(-4, 4) * r, y + dice.uniform(-4, 4) * r)
            draw.line((x, y, *ends), fill=fill, width=max(int(r / 5), 2))
        else:
            draw.rounded_rectangle((x - 2 * r, y - r / 2, x + 2 * r, y + r / 2), r / 3, fill, line)
            draw.text((x - 1.8 * r, y - r / 3), words(dice, 1, 3), line, font(r / 2))
    return np.asarray(image, np.uint8)


def covered(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    result = picture.copy()
    height, width = result.shape[:2]
    for _n in range(int(dice.integers(1, 4))):
        w, h = (int(size * dice.uniform(0.1, 0.42)) + 1 for size in (width, height))
        x, y = int(dice.integers(0, width - w + 1)), int(dice.integers(0, height - h + 1))
        part = result[y : y + h, x : x + w]
        kind = dice.random()
        if kind < 0.6:
            part[:] = colour(dice)
        elif kind < 0.8:
            part[:] = cv2.GaussianBlur(part, (0, 0), 9)
        else:
            part[:] = cv2.resize(cv2.resize(part, (6, 6)), (w, h), interpolation=cv2.INTER_NEAREST)
    return result


def retouched(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    """Something taken away, by what is around it."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _n in range(int(dice.integers(1, 4))):
        middle = (int(dice.integers(width)), int(dice.integers(height)))
        r = max(int(min(height, width) * dice.uniform(0.02, 0.09)), 2)
        cv2.ellipse(mask, middle, (r, int(r * dice.uniform(0.5, 2))), 0, 0, 360, 255, -1)
    return np.asarray(cv2.inpaint(picture, mask, 3, cv2.INPAINT_TELEA))


def framed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    b = max(int(min(picture.shape[:2]) * dice.uniform(0.01, 0.25)), 2)
    top, left = (b, b) if dice.random() < 0.7 else (b, 0)
    return np.asarray(
        cv2.copyMakeBorder(picture, top, top, left, left, cv2.BORDER_CONSTANT, value=colour(dice))
    )


def boxed(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    side = int(max(height, width) * dice.uniform(1.0, 1.3))
    page = np.empty((side, side, 3), np.uint8)
    page[:] = colour(dice)
    y, x = (side - height) // 2, (side - width) // 2
    if dice.random() < 0.3:  # blurred bars, as players and messengers make them
        page = cv2.GaussianBlur(cv2.resize(picture, (side, side)), (0, 0), side / 30)
    page[y : y + height, x : x + width] = picture
    return page


def screenshot(picture: Pixels, dice: Dice, _: Pixels) -> Pixels:
    width = int(dice.integers(260, 480))
    inside = resized(picture, width, max(round(picture.shape[0] * width / picture.shape[1]), 40))
    top, bottom = int(dice.integers(30, 110)), int(dice.integers(30, 220))
    dark = bool(dice.random() < 0.5)
    page = Image.new("RGB", (width, inside.shape[0] + top + bottom), "#15181c" if dark else "#fff")
    page.paste(Image.fromarray(inside), (0, top))
    draw, ink = ImageDraw.Draw(page), "#e5e7ea" if dark else "#1c1c20"
    draw.text((10, 5), f"{dice.integers(24)}:{dice.integers(10, 60)}", ink, font(12))
    draw.text((width - 70, 5), f"5G {dice.integers(5, 100)}%", ink, font(12))
    draw.ellipse((12, top - 30, 36, top - 6), fill=colour(dice))
    draw.text((44, top - 26), words(dice, 1, 2), ink, font(14))
    for row in range(int(dice.integers(1, 7))):
        draw.text((12, page.height - bottom + 8 + row * 22), words(dice, 2, 7), ink, font(13))
    return np.asarray(page, np.uint8)


def collage(picture: Pixels, dice: Dice, other: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    gap = int(dice.integers(0, 9))
    beside = bool(dice.random() < 0.5)
    if beside:
        tile = resized(other, max(round(other.shape[1] * height / other.shape[0]), 16), height)
    else:
        tile = resized(other, width, max(round(other.shape[0] * width / other.shape[1]), 16))
    axis = 1 if beside else 0
    line = np.full((height, gap, 3) if beside else (gap, width, 3), colour(dice), np.uint8)
    tiles = [picture, line, tile]
    return np.concatenate(tiles if dice.random() < 0.5 else tiles[::-1], axis=axis)


def _pasted(onto: Pixels, picture: Pixels, dice: Dice, area: float) -> Pixels:
    page = onto.copy()
    height, width = page.shape[:2]
    factor = np.sqrt(area * height * width / (picture.shape[0] * picture.shape[1]))
    factor = min(factor, 0.98 * width / picture.shape[1], 0.98 * height / picture.shape[0])
    small = scaled(picture, float(factor))[:height, :width]
    h, w = small.shape[:2]
    y, x = int(dice.integers(0, height - h + 1)), int(dice.integers(0, width - w + 1))
    page[y : y + h, x : x + w] = small
    return page


def pasted(picture: Pixels, dice: Dice, other: Pixels) -> Pixels:
    return _pasted(other, picture, dice, float(dice.uniform(0.25, 0.65)))


def photo_overlaid(picture: Pixels, dice: Dice, other: Pixels) -> Pixels:
    return _pasted(picture, other, dice, float(dice.uniform(0.04, 0.28)))


def blended(picture: Pixels, dice: Dice, other: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    share = float(dice.uniform(0.12, 0.42))
    return np.asarray(cv2.addWeighted(picture, 1 - share, resized(other, width, height), share, 0))


LIGHT: tuple[Edit, ...] = (
    compressed, compressed, webp, smaller, smaller, larger, toned, toned, warmed, cut_a_little,
    tilted, watermarked, framed, sharpened, smoothed, grey, palette,
)  # fmt: skip
STRONG: tuple[Edit, ...] = (
    cropped, cropped, cropped, turned, quarter, mirrored, stretched, leaning, grey, duotone,
    strongly_toned, shuffled, hue_turned, posterised, equalised, vignetted, blurred, noisy,
    pixelated, badly_compressed, outlined, lettered, lettered, captioned, stickers, covered,
    retouched, framed, boxed, screenshot, screenshot, collage, pasted, pasted, photo_overlaid,
    blended, negative, dithered,
)  # fmt: skip
RECOLOURS: frozenset[Edit] = frozenset({shuffled, hue_turned, duotone, negative})


def edited(
    picture: Pixels, track: str, dice: Dice, other: Pixels, *, least: float = 0.12
) -> tuple[Pixels, str]:
    """light: one to three small ones; single: one strong; stacked: two to four of any.

    least: share of the area that a crop keeps at least. Of two frames of one place a small crop
    may show only what is the same in both.
    """
    if track == "light":
        steps = dice.choice(len(LIGHT), int(dice.integers(1, 4)), replace=False).tolist()
        chosen = [LIGHT[n] for n in steps]
    elif track == "single":
        chosen = [STRONG[int(dice.integers(len(STRONG)))]]
    else:
        steps = dice.choice(len(STRONG), int(dice.integers(1, 4)), replace=False).tolist()
        chosen = [STRONG[n] for n in steps] + [LIGHT[int(dice.integers(len(LIGHT)))]]
    for edit in chosen:
        picture = np.ascontiguousarray(picture)
        picture = cut(picture, dice, least, 0.85) if edit is cropped else edit(picture, dice, other)
        if max(picture.shape[:2]) > 1000:
            picture = scaled(picture, 800 / max(picture.shape[:2]))
    return np.ascontiguousarray(picture), "|".join(edit.__name__ for edit in chosen)


def saved(picture: Pixels, dice: Dice) -> bytes:
    """As people share it."""
    out = io.BytesIO()
    r = dice.random()
    image = Image.fromarray(picture)
    if r < 0.8:
        image.save(out, "JPEG", quality=int(dice.integers(40, 97)))
    elif r < 0.92:
        image.save(out, "WEBP", quality=int(dice.integers(40, 92)), method=2)
    else:
        image.save(out, "PNG", compress_level=1)
    return out.getvalue()

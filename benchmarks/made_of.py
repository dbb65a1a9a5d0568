"""Families of files, one made of the other or all of one source, for fitting which was there first.

The kinds of steps are those that people and programs take; those of `keeper_chains`, by which the
result is measured, are fewer and have other numbers.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps
from PIL.Image import Resampling

STEPS = 10
_WAYS = (
    *(Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS),
    *(Resampling.BOX, Resampling.HAMMING),
)
_WORDS = (
    *("© A. Photo", "SAMPLE", "copyright 2021", "Holiday!", "www.example.org", "Preview"),
    "J. Miller Photography",
)
_QUALITIES = (60, 70, 75, 80, 85, 88, 90, 92, 95, 97, 99)
Dice = random.Random
Picture = Image.Image


def family(photo: Picture, dice: Dice, number: int, *, star: bool) -> tuple[list[bytes], list[str]]:
    """The files of a source and of ten made of the one before, or all of the source, and what was
    done. number: of the photo; every second half of ten is a JPEG first."""
    files = [_source(photo, dice, number)]
    names = ["source"]
    kinds = list(KINDS) * 2 + list(_SELDOM)
    dice.shuffle(kinds)
    for name in list(dict.fromkeys(kinds))[:STEPS]:
        made_of = opened(files[0] if star else files[-1])
        files.append((KINDS | _SELDOM)[name](made_of, dice))
        names.append(name)
    return files, names


def opened(data: bytes) -> Picture:
    """What a program sees that opens the file."""
    return Image.open(io.BytesIO(data)).convert("RGB")


def _file(image: Picture, suffix: str, **how: Any) -> bytes:
    into = io.BytesIO()
    image.save(into, suffix, **how)
    return into.getvalue()


def _source(photo: Picture, dice: Dice, number: int) -> bytes:
    size = dice.random()
    if size < 0.25:
        photo = _resized(photo, dice.uniform(0.7, 0.95), Resampling.LANCZOS)
    elif size < 0.5:
        photo = _as_cameras_are(photo, dice)
    if dice.random() < 0.06:
        photo = photo.convert("L").convert("RGB")
    if number % 10 >= 5:
        return _file(photo, "PNG")
    how: dict[str, Any] = {"quality": dice.choice(_QUALITIES)}
    if dice.random() < 0.4:
        how["subsampling"] = dice.choice([0, 1, 2])
    return _file(photo, "JPEG", **how)


def _as_cameras_are(photo: Picture, dice: Dice) -> Picture:
    """At full size: soft pixels, and the grain of a sensor."""
    way = dice.choice([Resampling.BICUBIC, Resampling.LANCZOS])
    photo = _resized(photo, dice.uniform(1.3, 2.0), way)
    width, height = min(photo.width, 420), min(photo.height, 400)
    left, top = dice.randint(0, photo.width - width), dice.randint(0, photo.height - height)
    photo = photo.crop((left, top, left + width, top + height))
    grain = _grain(dice, dice.uniform(1.5, 6), (height, width, 3))
    if dice.random() < 0.6:
        grain = cv2.GaussianBlur(grain, (0, 0), dice.uniform(0.4, 0.8)) * 1.6
    return _picture(np.asarray(photo).astype(np.float32) + grain)


def _grain(dice: Dice, strong: float, shape: tuple[int, ...]) -> Any:
    seed = np.random.default_rng(dice.randint(0, 1 << 30))
    return seed.normal(0, strong, shape).astype(np.float32)


def _picture(levels: Any) -> Picture:
    return Image.fromarray(levels.clip(0, 255).round().astype(np.uint8))


def _saved(image: Picture, dice: Dice, low: int = 60, high: int = 98) -> bytes:
    if dice.random() < 0.75:
        return _as_jpeg(image, dice, low, high)
    kind = dice.random()
    if kind < 0.35:
        return _file(image, "PNG")
    if kind < 0.6:
        quality, method = dice.randint(65, 97), dice.choice([0, 2, 4])
        return _file(image.convert("RGB"), "WEBP", quality=quality, method=method)
    if kind < 0.85:
        return _file(image.convert("RGB"), "AVIF", quality=dice.randint(55, 95), speed=8)
    return _file(image, "TIFF") if kind < 0.92 else _as_jp2(image, dice)


def _as_jpeg(image: Picture, dice: Dice, low: int, high: int) -> bytes:
    how: dict[str, Any] = {"quality": dice.randint(low, high)}
    if dice.random() < 0.35:
        how["subsampling"] = dice.choice([0, 1, 2])
    if dice.random() < 0.2:
        how["progressive"] = True
    if dice.random() < 0.2:
        how["optimize"] = True
    return _file(image, "JPEG", **how)


def _as_jp2(image: Picture, dice: Dice) -> bytes:
    rate = [dice.choice([6, 10, 20])]
    return _file(image.convert("RGB"), "JPEG2000", quality_mode="rates", quality_layers=rate)


def _resized(image: Picture, by: float, way: Resampling) -> Picture:
    size = max(1, round(image.width * by)), max(1, round(image.height * by))
    return image.resize(size, way)


def _enlarged(image: Picture, dice: Dice) -> Picture:
    by = min(dice.uniform(1.2, 2.5), 1000 / max(image.size))
    return _resized(image, max(by, 1.0), dice.choice(_WAYS))


def _reduced(image: Picture, dice: Dice) -> Picture:
    by = max(dice.uniform(0.35, 0.92), 150 / min(image.size))
    return _resized(image, min(by, 1.0), dice.choice(_WAYS))


def _sharpened(image: Picture, dice: Dice) -> Picture:
    kind = dice.random()
    if kind < 0.65:
        mask = dice.uniform(0.6, 3), dice.randint(50, 180), dice.randint(0, 4)
        return image.filter(ImageFilter.UnsharpMask(*mask))
    if kind < 0.88:
        kernels = ImageFilter.SHARPEN, ImageFilter.DETAIL, ImageFilter.EDGE_ENHANCE
        return image.filter(dice.choice(kernels))
    levels = np.asarray(image).astype(np.float32)
    blurred = cv2.GaussianBlur(levels, (0, 0), dice.uniform(0.7, 4))
    return _picture(levels + dice.uniform(0.3, 1.2) * (levels - blurred))


def _denoised(image: Picture, dice: Dice) -> Picture:
    levels, kind = np.asarray(image), dice.random()
    if kind < 0.25:
        calm = cv2.medianBlur(levels, dice.choice([3, 3, 5]))
    elif kind < 0.5:
        wide = dice.choice([5, 7, 9])
        calm = cv2.bilateralFilter(levels, wide, dice.uniform(15, 50), dice.choice([3, 5, 7]))
    elif kind < 0.8:
        strong = dice.uniform(3, 9), dice.uniform(3, 9)
        calm = cv2.fastNlMeansDenoisingColored(levels, None, *strong, 7, dice.choice([15, 21]))
    elif kind < 0.9:
        calm = cv2.GaussianBlur(levels, (0, 0), dice.uniform(0.5, 1.3))
    else:
        return image.filter(ImageFilter.SMOOTH)
    return Image.fromarray(calm)


def _recoloured(image: Picture, dice: Dice) -> Picture:
    kind = dice.random()
    if kind >= 0.7 and kind < 0.85:  # a tint
        grey = np.asarray(image.convert("L")).astype(np.float32)[..., None]
        tint = np.array([dice.uniform(0.95, 1.1), 1, dice.uniform(0.7, 1.0)])
        return _picture(grey * tint + dice.uniform(-5, 5))
    lab = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB)
    colours = lab[..., 1:].astype(np.float32)
    if kind < 0.7:  # soft clouds of colour, as programs put them on grey
        colours = cv2.GaussianBlur(colours, (0, 0), dice.uniform(4, 12))
        colours = 128 + (colours - 128) * dice.uniform(0.4, 1.1)
    else:
        colours += (lab[..., :1].astype(np.float32) - 128) * dice.uniform(-0.15, 0.15)
    lab[..., 1:] = colours.clip(0, 255).astype(np.uint8)
    return Image.fromarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def _marked(image: Picture, dice: Dice) -> Picture:
    marked = image.copy()
    size = max(round(min(image.size) * dice.uniform(0.05, 0.18)), 9)
    pen, font = ImageDraw.Draw(marked, "RGBA"), ImageFont.load_default(size)
    light = dice.choice([255, 255, 255, 0, 200])
    colour = (light, light, dice.choice([light, light, 0]), dice.randint(70, 255))
    kind = dice.random()
    if kind < 0.75:
        left, top = dice.uniform(0.02, 0.5), dice.choice([0.03, 0.1, 0.45, 0.8, 0.88])
        place = left * image.width, top * image.height
        word, around = dice.choice(_WORDS), dice.choice([0, 0, 1])
        pen.text(place, word, fill=colour, font=font, stroke_width=around)
    elif kind < 0.88:
        x, y = dice.uniform(0.05, 0.7) * image.width, dice.uniform(0.05, 0.7) * image.height
        pen.ellipse((x, y, x + 2 * size, y + 2 * size), fill=colour, outline=(0, 0, 0, 200))
    else:
        word, faint = dice.choice(_WORDS), (*colour[:3], min(colour[3], 150))
        for x in range(0, image.width, size * 8):
            for y in range(0, image.height, size * 4):
                pen.text((x, y), word, fill=faint, font=font)
    return marked


def _with_palette(image: Picture, dice: Dice) -> bytes:
    dither = dice.choice([Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG])
    few = image.quantize(dice.choice([32, 64, 128, 256, 256]), dither=dither)
    return _file(few, dice.choice(["PNG", "GIF"]))


def _brighter(image: Picture, dice: Dice) -> Picture:
    kind = dice.random()
    if kind < 0.45:
        gain, more = dice.uniform(0.85, 1.15), dice.uniform(-12, 12)
        return image.point(lambda level: round(level * gain + more))
    if kind < 0.65:
        gamma = dice.uniform(0.75, 1.35)
        return image.point(lambda level: round(255 * (level / 255) ** gamma))
    if kind < 0.75:
        return ImageEnhance.Contrast(image).enhance(dice.uniform(0.8, 1.25))
    if kind < 0.85:
        return ImageEnhance.Color(image).enhance(dice.uniform(0.5, 1.5))
    if kind < 0.93:
        return ImageOps.autocontrast(image, cutoff=dice.choice([0, 1, 2]))
    return _picture(np.asarray(image) * np.array([dice.uniform(0.9, 1.1) for _ in range(3)]))


def _grained(image: Picture, dice: Dice) -> Picture:
    levels = np.asarray(image).astype(np.float32)
    return _picture(levels + _grain(dice, dice.uniform(2, 6), levels.shape))


KINDS: dict[str, Callable[[Picture, Dice], bytes]] = {
    "lower": lambda p, d: _as_jpeg(p, d, 35, 72),
    "higher": lambda p, d: _as_jpeg(p, d, 92, 100),
    "png": lambda p, d: _file(p, d.choice(["PNG", "PNG", "TIFF", "BMP"])),
    "webp": lambda p, d: _file(p, "WEBP", quality=d.randint(65, 97)),
    "avif": lambda p, d: _file(p, "AVIF", quality=d.randint(55, 97), speed=d.choice([6, 8])),
    "enlarged": lambda p, d: _saved(_enlarged(p, d), d, 75),
    "reduced": lambda p, d: _saved(_reduced(p, d), d),
    "sharpened": lambda p, d: _saved(_sharpened(p, d), d, 82),
    "denoised": lambda p, d: _saved(_denoised(p, d), d, 82),
    "recoloured": lambda p, d: _saved(_recoloured(p, d), d, 78),
    "marked": lambda p, d: _saved(_marked(p, d), d, 78),
    "palette": _with_palette,
    "grey": lambda p, d: _saved(p.convert("L"), d, 72),
    "brighter": lambda p, d: _saved(_brighter(p, d), d, 78),
}
_SELDOM: dict[str, Callable[[Picture, Dice], bytes]] = {
    "jp2": _as_jp2,
    "grained": lambda p, d: _saved(_grained(p, d), d, 80),
}

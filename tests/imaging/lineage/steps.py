"""Pictures saved, and what is done to them on the way to a copy."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from copyfind.imaging.lineage.full import Full, read_full
from copyfind.imaging.lineage.middle import Middle, middle_of

Way = Callable[[Image.Image], Image.Image]


def saved(image: Image.Image, suffix: str, **how: object) -> bytes:
    """The bytes of a file."""
    into = io.BytesIO()
    image.save(into, suffix, **how)
    return into.getvalue()


def jpeg(image: Image.Image, quality: int = 90, **how: object) -> bytes:
    return saved(image, "JPEG", quality=quality, **how)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def full(image: Image.Image, suffix: str = "PNG", **how: object) -> Full:
    return read_full(saved(image, suffix, **how))


def middle(image: Image.Image, suffix: str = "PNG", **how: object) -> Middle:
    return middle_of(full(image, suffix, **how))


def resized(by: float, way: Image.Resampling) -> Way:
    return lambda image: image.resize((round(image.width * by), round(image.height * by)), way)


def calmer(image: Image.Image) -> Image.Image:
    return Image.fromarray(cv2.fastNlMeansDenoisingColored(np.asarray(image), None, 7, 7, 7, 21))


def marked(image: Image.Image) -> Image.Image:
    image = image.copy()
    pen = ImageDraw.Draw(image, "RGBA")
    place = (image.width // 3, image.height * 4 // 5)
    pen.text(place, "© A. Photo", fill=(255, 255, 255, 190), font=ImageFont.load_default(26))
    return image


def coloured(image: Image.Image, *, softly: float = 8.0) -> Image.Image:
    """Colours in soft clouds on the picture's grey."""
    lab = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB)
    clouds = cv2.GaussianBlur(lab[..., 1:].astype(np.float32), (0, 0), softly)
    lab[..., 1:] = clouds.clip(0, 255).astype(np.uint8)
    return Image.fromarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


SHARPER: Mapping[str, Way] = {
    "a little": lambda image: image.filter(ImageFilter.UnsharpMask(1, 80, 2)),
    "much": lambda image: image.filter(ImageFilter.UnsharpMask(2, 150, 2)),
    "by a kernel": lambda image: image.filter(ImageFilter.SHARPEN),
}
SOFTER: Mapping[str, Way] = {
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1.2)),
    "median": lambda image: image.filter(ImageFilter.MedianFilter(3)),
    "denoised": calmer,
}

"""Any of Pillow's modes as 8-bit colours: depth, palettes, transparency and profiles to sRGB."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from copyfind.imaging.formats import Format
from copyfind.imaging.profile import coded_profile, gamma_profile
from copyfind.imaging.surplus.heif import colour_code as heif_code
from copyfind.imaging.surplus.parts import Bytes, TooMuch
from copyfind.imaging.surplus.png import colour_code as png_code
from copyfind.records import Colour, Pixels

# What shines through a transparent picture: no more like a white page than a black one.
GREY: Colour = (128, 128, 128)
_SAME = 2  # levels by which profiles of sRGB differ, rounding and black points of makers
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


def is_deep(image: Image.Image) -> bool:
    """Whether the samples of `image` are wider than 8 bits."""
    return image.mode in _DEEP or image.mode in {"I", "F"}


def eight_bit(image: Image.Image) -> Image.Image:
    """`image` in mode L, RGB, RGBA or CMYK, transparent only where a pixel really is.

    A channel of opaque alpha says nothing about the picture, and many programs write one.
    """
    if (image.mode in _ALPHA or image.has_transparency_data) and not is_deep(image):
        return _without_opaque_alpha(image if image.mode == "RGBA" else image.convert("RGBA"))
    if image.mode in {"L", "RGB", "CMYK"}:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _from_lab()) or image
    if is_deep(image):
        return Image.fromarray(_scale(np.asarray(image), most=_most(image)))
    return image.convert("RGB")


def _without_opaque_alpha(image: Image.Image) -> Image.Image:
    lowest, _ = image.getchannel("A").getextrema()
    return image.convert("RGB") if lowest == 255 else image


def _most(image: Image.Image) -> int | None:
    """The value of white in integer samples; None where only their own range can tell."""
    if image.mode in _DEEP:
        bits = image.tag_v2.get(258, (16,)) if hasattr(image, "tag_v2") else (16,)
        return 4095 if bits[0] == 12 else 65535  # Pillow leaves 12-bit TIFF samples as they are
    return 65535 if image.mode == "I" and image.format in {"PPM", "PNG"} else None


def _scale(samples: NDArray[np.generic], *, most: int | None) -> Pixels:
    """Deep samples (H, W) as bytes: 16-bit ones by their high byte, as Pillow does for RGB.

    Without a known white, floats from 0 to 1 and samples from 0 to 255 are taken as such, and all
    else is stretched from the least to the greatest. NaN and infinities become the least.
    """
    if most is not None:
        shift = most.bit_length() - 8
        return (samples.astype(np.uint32) >> shift).clip(0, 255).astype(np.uint8)
    values = samples.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.uint8)
    low, high = float(values[finite].min()), float(values[finite].max())
    values = np.where(finite, values, np.float32(low))
    if low < 0 or high > 255:
        values = (values - low) * np.float32(255 / (high - low) if high > low else 0)
    elif high <= 1 and samples.dtype.kind == "f":
        values = values * np.float32(255)
    return (values + np.float32(0.5)).clip(0, 255).astype(np.uint8)


def declared_profile(image: Image.Image, stream: BinaryIO, kind: Format) -> bytes | None:
    """The ICC profile of the opened `image`, or one made of what it says of its colours in numbers:
    cICP, gAMA and cHRM in a PNG, nclx in HEIC and AVIF. Leaves `stream` where it was."""
    embedded: bytes | None = image.info.get("icc_profile") or None
    at = stream.tell()
    try:
        if kind is Format.PNG:
            return _of_png(image, png_code(Bytes(stream)), embedded)
        if kind in (Format.HEIC, Format.AVIF) and embedded is None:
            code = heif_code(Bytes(stream))
            return coded_profile(*code) if code else None
    except TooMuch:
        return embedded
    finally:
        stream.seek(at)
    return embedded


def _of_png(
    image: Image.Image, code: tuple[int, int] | None, embedded: bytes | None
) -> bytes | None:
    """What is believed first comes first (PNG, third edition, 4.3)."""
    if code is not None:
        return coded_profile(*code)
    if embedded is not None or "srgb" in image.info:
        return embedded
    points = image.info.get("chromaticity")
    pairs = list(zip(points[::2], points[1::2], strict=False)) if points else None
    grey = image.mode in {"1", "L", "LA", "I", "I;16"}
    return gamma_profile(image.info.get("gamma"), pairs, grey=grey) or None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image` (L, RGB, RGBA, CMYK) in sRGB: RGB or RGBA. A broken profile is ignored."""
    transform = srgb_transform(profile, image.mode) if profile else None
    if transform is None:
        return image if image.mode in {"RGB", "RGBA"} else image.convert("RGB")
    if image.mode != "RGBA":
        return ImageCms.applyTransform(image, transform) or image.convert("RGB")
    colours = ImageCms.applyTransform(image.convert("RGB"), transform) or image.convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


@lru_cache(maxsize=16)  # an album has few profiles, and building a transform takes milliseconds
def srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform of colours of `mode` from `profile` to sRGB; None if they are there already."""
    mode = "RGB" if mode == "RGBA" else mode
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}.get(mode) != space:
            return None  # such as an RGB profile in a grey picture: what it says cannot be meant
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(source, _srgb(), mode, "RGB", renderingIntent=intent)
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a grid of colours comes out as it went in, up to what makers of sRGB profiles
    differ by: sRGB by its numbers. Its name has no say: ICC profiles of wide primaries or a
    linear curve are called "sRGB" too."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)  # (729, 3)
    greys = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
    colours = np.concatenate([grid, greys])[None]  # (1, 985, 3)
    after = np.asarray(ImageCms.applyTransform(Image.fromarray(colours), transform))
    return int(np.abs(after.astype(np.int16) - colours).max()) <= _SAME


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@lru_cache(maxsize=1)
def _from_lab() -> ImageCms.ImageCmsTransform:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB")


def over(image: Image.Image, ground: Colour = GREY) -> Image.Image:
    """`image` as it is unless it is RGBA: then RGB, with `ground` behind what is transparent."""
    if image.mode != "RGBA":
        return image
    behind = Image.new("RGB", image.size, ground)
    behind.paste(image, mask=image.getchannel("A"))
    return behind

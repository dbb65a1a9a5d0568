"""Bytes to a Pillow picture, its header checked and its pixels not yet read.

The reader of a format is called directly, past `Image.open`: only the format that the bytes show
is tried, the limit on pixels is ours instead of a global of Pillow, and no plug-in is registered.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import BinaryIO

from PIL import Image, ImageFile
from PIL.ExifTags import Base

from copyfind.imaging.facts import read_exif
from copyfind.imaging.formats import Format, Undecodable
from copyfind.imaging.jxl import read_header
from copyfind.records import Problem

# Bytes of a JPEG that libjpeg is given at once. Where they end it starts anew with the block it was
# at, and is careful near the end; at Pillow's 64 KiB that takes a twentieth of its time.
_PIECE = 1 << 24
PIXEL_LIMIT = 250_000_000  # the largest camera pictures have 200 million; 4 bytes each in Pillow

_READERS = {
    Format.JPEG: ("PIL.JpegImagePlugin", "jpeg_factory"),  # gives an MPO its own reader
    Format.PNG: ("PIL.PngImagePlugin", "PngImageFile"),
    Format.WEBP: ("PIL.WebPImagePlugin", "WebPImageFile"),
    Format.GIF: ("PIL.GifImagePlugin", "GifImageFile"),
    Format.TIFF: ("PIL.TiffImagePlugin", "TiffImageFile"),
    Format.BMP: ("PIL.BmpImagePlugin", "BmpImageFile"),
    Format.HEIC: ("pillow_heif.as_plugin", "HeifImageFile"),
    Format.AVIF: ("PIL.AvifImagePlugin", "AvifImageFile"),
    Format.JPEG_2000: ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    Format.PNM: ("PIL.PpmImagePlugin", "PpmImageFile"),
    Format.TGA: ("PIL.TgaImagePlugin", "TgaImageFile"),
    Format.PSD: ("PIL.PsdImagePlugin", "PsdImageFile"),
    Format.JPEG_XL: ("pillow_jxl.JpegXLImagePlugin", "JXLImageFile"),
}
_UPRIGHT = {  # orientation -> what to do with the stored picture
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(stream: BinaryIO, kind: Format, *, pixel_limit: int) -> ImageFile.ImageFile:
    """Open the picture in `stream` at its first frame. A JPEG is not held to the limit yet: it may
    be decoded reduced."""
    if kind is Format.JPEG_XL:
        header = read_header(stream)
        check_size(header.width, header.height, pixel_limit=pixel_limit)
    module, reader = _READERS[kind]
    stream.seek(0)
    image: ImageFile.ImageFile = getattr(import_module(module), reader)(stream)
    if kind is Format.JPEG:
        image.decodermaxblock = _PIECE
    else:
        check_size(*image.size, pixel_limit=pixel_limit)
    return image


def check_size(width: int, height: int, *, pixel_limit: int) -> None:
    """Refuse a size that would cost too much, before anything of that size is allocated."""
    if width < 1 or height < 1:
        raise Undecodable(Problem.DAMAGED, f"its header says {width} × {height} pixels")
    if width * height > pixel_limit:
        size = f"{width} × {height} = {width * height / 1e6:,.0f} million pixels"
        raise Undecodable(
            Problem.TOO_LARGE, f"{size}, more than the limit of {pixel_limit / 1e6:,.0f} million"
        )


def orientation(image: Image.Image, kind: Format) -> int:
    """The EXIF orientation, 1 to 8, that is still to be applied to the loaded `image`.

    Pillow applies a TIFF's itself and libheif a HEIC's. AVIF is turned by its boxes only, which
    Pillow puts in the EXIF block (MIAF 7.3.10: EXIF and XMP must not turn it); JPEG XL by its
    codestream, which libjxl applies, unless it is a repacked JPEG.
    """
    if kind in {Format.TIFF, Format.HEIC}:
        return 1
    if kind is Format.JPEG_XL and not getattr(image, "jpeg", False):
        return 1
    if kind is Format.AVIF and "exif" not in image.info:
        return 1
    with suppress(Exception):  # a malformed block raises anything
        value = read_exif(image).get(Base.Orientation, 1)
        return int(value) if value in _UPRIGHT else 1
    return 1


def turn(image: Image.Image, by: int) -> Image.Image:
    """`image` as it is to be looked at. Turning before shrinking keeps every orientation of a
    picture the same to the last bit."""
    return image.transpose(_UPRIGHT[by]) if by in _UPRIGHT else image


def frame_count(image: Image.Image, kind: Format) -> int:
    """How many frames or pages the picture has; layers of a PSD make one picture together."""
    return 1 if kind is Format.PSD else int(getattr(image, "n_frames", 1))


@contextmanager
def explained(kind: Format) -> Iterator[None]:
    """Turn whatever a decoder raises into an `Undecodable` that people understand."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of size, odd EXIF, odd palettes
            yield
    except Undecodable:
        raise
    except MemoryError:
        raise Undecodable(
            Problem.OUT_OF_MEMORY, "there was not enough memory to decode it"
        ) from None
    except Image.DecompressionBombError as error:
        raise Undecodable(Problem.TOO_LARGE, str(error)) from None
    except Exception as error:  # decoders fed with damaged bytes raise anything
        if isinstance(error, OSError) and error.errno is not None:
            raise  # not the bytes but the volume they are read from
        raise _damage(kind, error) from None


def _damage(kind: Format, error: Exception) -> Undecodable:
    said = " ".join(str(error).split())
    if kind is Format.TGA:  # recognised by plausible fields alone
        return Undecodable(Problem.NOT_A_PICTURE, "no known picture format")
    if _means_truncated(said):
        return Undecodable(Problem.DAMAGED, "the file ends in the middle of the picture")
    if isinstance(error, SyntaxError | TypeError) and "broken" not in said:
        reason = f"its {kind} header is damaged or of an unknown kind"
    else:
        reason = f"its {kind} data is damaged"
    return Undecodable(Problem.DAMAGED, f"{reason} ({said[:80]})" if said else reason)


def _means_truncated(said: str) -> bool:
    """Whether the words of a decoder mean that bytes are missing at the end."""
    said = said.lower()
    return any(words in said for words in ("truncated", "end of file", "end-of-file", "eof"))

"""Files of kinds that Pillow reads but does not write, encoded for the tests."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pillow_heif
import tifffile
from numpy.typing import NDArray
from PIL import Image

from copyfind.records import Pixels

# Adam7: where each pass begins, down and across, and its steps.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
           (1, 0, 2, 1))  # fmt: skip
_SHORT, _LONG, _FRACTION, _SIGNED_FRACTION = 3, 4, 5, 10  # types of TIFF fields


def png(
    samples: NDArray[np.unsignedinteger], *, comment: bytes = b"", interlaced: bool = False
) -> bytes:
    """An RGB PNG of 8 or 16 bits a sample (H, W, 3)."""
    height, width, _ = samples.shape
    wide = samples.astype(samples.dtype.newbyteorder(">"))
    rows = _interlaced(wide) if interlaced else iter(wide)
    return png_of(
        png_header(width, height, bits=8 * samples.itemsize, interlaced=interlaced),
        (b"tEXt", b"Comment\0" + comment),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))),
    )


def _interlaced(samples: NDArray[np.unsignedinteger]) -> Iterator[NDArray[np.unsignedinteger]]:
    for top, left, down, across in _PASSES:
        reduced = samples[top::down, left::across]
        yield from reduced if reduced.size else ()


def png_header(
    width: int, height: int, *, bits: int = 8, colours: int = 2, interlaced: bool = False
) -> tuple[bytes, bytes]:
    """The first chunk of a PNG; `colours` is its colour type: 0 grey, 2 RGB."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlaced)


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, their checksums right, whatever they hold."""
    written = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (*chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def tiff(samples: NDArray[np.generic], **options: Any) -> bytes:
    """A TIFF of these samples, (H, W) grey or (H, W, 3) RGB, with options of tifffile."""
    stream = io.BytesIO()
    options.setdefault("photometric", "rgb" if samples.ndim == 3 else "minisblack")
    tifffile.imwrite(stream, samples, metadata=None, **options)
    return stream.getvalue()


def dng(
    image: Image.Image,
    *,
    preview: Image.Image | None = None,
    orientation: int = 1,
    make: str = "Copyfind",
    captured_at: str = "",
) -> bytes:
    """A camera's RAW: `image` seen through a filter of red, green and blue squares.

    Where there is a preview it comes first, and the sensor's data lie in a directory below it, as
    cameras write it.
    """
    pixels = np.asarray(image.convert("RGB"))
    colours = np.array([[0, 1], [1, 2]])  # which of red, green, blue each square lets through
    height, width, _ = pixels.shape
    seen = colours[np.arange(height)[:, None] % 2, np.arange(width) % 2]  # (H, W)
    linear = (pixels / 255) ** 2.2  # a sensor counts light
    samples = np.take_along_axis(linear, seen[..., None], axis=2)[..., 0]  # (H, W)
    one = (1, 1)
    about_camera = [
        (50706, 1, 4, bytes([1, 4, 0, 0]), True),  # version of DNG
        (50708, 2, 0, "copyfind one", True),  # model
        (274, _SHORT, 1, orientation, True),
        (271, 2, 0, make, True),
        (272, 2, 0, "One", True),
        (50721, _SIGNED_FRACTION, 9, [n for row in _XYZ_TO_SRGB for x in row for n in x], True),
        (50728, _FRACTION, 3, [*one, *one, *one], True),  # neutral: no colour cast
    ]
    if captured_at:
        about_camera.append((306, 2, 0, captured_at, True))
    about_sensor = [
        (33421, _SHORT, 2, (2, 2), True),
        (33422, 1, 4, bytes(colours.ravel().tolist()), True),
        (50717, _LONG, 1, 16383, True),  # white
    ]
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        raw = (samples * 16383).astype(np.uint16)
        if preview is None:
            file.write(
                raw, photometric="cfa", metadata=None, extratags=[*about_camera, *about_sensor]
            )
        else:
            file.write(
                np.asarray(preview),
                photometric="rgb",
                metadata=None,
                subifds=1,
                extratags=about_camera,
            )
            file.write(raw, photometric="cfa", metadata=None, extratags=about_sensor)
    return stream.getvalue()


_XYZ_TO_SRGB = (
    ((32405, 10000), (-15371, 10000), (-4985, 10000)),
    ((-9693, 10000), (18760, 10000), (416, 10000)),
    ((556, 10000), (-2040, 10000), (10572, 10000)),
)


def heic(*images: Image.Image, deep: bool = False) -> bytes:
    """A HEIC of these pictures, the first one its main; `deep` has 10 bits a sample."""
    file: Any = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]
    for image in images:
        if deep:
            samples = np.asarray(image).astype(np.uint16) * 257
            file.add_frombytes("RGB;16", image.size, samples.tobytes())
        else:
            file.add_from_pillow(image)
    stream = io.BytesIO()
    file.save(stream, quality=90)
    return stream.getvalue()


def jxl(image: Image.Image, **options: object) -> bytes:
    """A JPEG XL, with options of pillow_jxl: lossless, quality."""
    import pillow_jxl  # noqa: F401 - registers its writer with Pillow

    stream = io.BytesIO()
    image.save(stream, "JXL", **options)
    return stream.getvalue()


def deepened(pixels: Pixels) -> NDArray[np.uint16]:
    """The same picture at 16 bits a sample."""
    return pixels.astype(np.uint16) * np.uint16(257)

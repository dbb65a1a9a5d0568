"""Camera RAW through rawpy: the preview that the camera made if it is big enough, else sensor
data developed at half size.

LibRaw fills what a cut file lacks with zeros or rubbish and says so only on stderr, so sensor data
counts as cut when its last rows are all zero or the file is too small to hold it.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from copyfind.imaging.facts import read_facts
from copyfind.imaging.formats import Format, Undecodable
from copyfind.imaging.opening import check_size, open_picture, orientation, turn
from copyfind.imaging.tiff import raw_tiff_name
from copyfind.records import Facts, Problem

_NAMES = (
    (b"FUJIFILMCCD-RAW", "RAF"),
    (b"IIU\x00", "RW2"),
    (b"IIRO", "ORF"),
    (b"IIRS", "ORF"),
    (b"MMOR", "ORF"),
    (b"FOVb", "X3F"),
    (b"\x00MRM", "MRW"),
    (b"II\x1a\x00", "CRW"),
)
_FLIPS = {3: 3, 5: 8, 6: 6}  # LibRaw's flip -> EXIF orientation
_LAST_ROWS = 16  # one in so many rows at the end of a picture
_LEAST_BYTES = 1 / 32  # of a file, for each pixel: far below what any camera compresses to


def raw_name(stream: BinaryIO) -> str:
    """What people call a RAW file: "RAW (NEF)" and the like, "RAW" where the maker is unknown."""
    stream.seek(0)
    head = stream.read(16)
    short = next((name for prefix, name in _NAMES if head.startswith(prefix)), "")
    if head[4:8] == b"ftyp":
        short = "CR3"
    short = short or raw_tiff_name(stream)
    return f"RAW ({short})" if short else "RAW"


def open_raw(stream: BinaryIO, *, least: int, pixel_limit: int) -> tuple[Image.Image, Facts]:
    """Open an upright picture of the file, its shorter side at least `least` where the file allows,
    with facts whose size is the sensor's."""
    with _rawpy(stream) as raw:
        sizes = raw.sizes
        check_size(sizes.width, sizes.height, pixel_limit=pixel_limit)
        across = sizes.flip in {5, 6}
        size = (sizes.height, sizes.width) if across else (sizes.width, sizes.height)
        preview = _preview(raw, least=least, pixel_limit=pixel_limit)
        facts = _facts(stream, preview, size=size)
        if preview is not None:
            preview = _upright_preview(preview, flip=sizes.flip, size=size)
            if min(preview.size) >= min(least, *size):
                return preview, facts
        try:
            developed = _develop(raw, stream)
        except Undecodable:
            if preview is None:
                raise
            developed = preview
    return developed, facts


def raw_pixels(stream: BinaryIO) -> bytes:
    """The digest of the sensor's samples: a preview may be whole where they are not."""
    with _rawpy(stream) as raw:
        samples = _sensor(raw, stream)
        prefix = f"copyfind.pixels/1 sensor {samples.dtype} {samples.shape} {raw.sizes.flip}\n"
        return hashlib.sha256(prefix.encode() + np.ascontiguousarray(samples).data).digest()


def _rawpy(stream: BinaryIO) -> Any:  # rawpy publishes no types
    import rawpy

    stream.seek(0)
    try:
        return rawpy.imread(stream)
    except rawpy.LibRawError as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> Undecodable:
    said = error.args[0] if error.args else ""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return Undecodable(Problem.DAMAGED, f"LibRaw cannot read it ({said})")


def _sensor(raw: Any, stream: BinaryIO) -> np.ndarray[Any, np.dtype[np.uint16]]:
    import rawpy

    try:
        samples: np.ndarray[Any, np.dtype[np.uint16]] = raw.raw_image_visible
    except rawpy.LibRawError as error:
        raise _damaged(error) from None
    too_small = stream.seek(0, io.SEEK_END) < samples.shape[0] * samples.shape[1] * _LEAST_BYTES
    if too_small or not samples[-max(1, len(samples) // _LAST_ROWS) :].any():
        raise Undecodable(Problem.DAMAGED, "the file ends in the middle of the sensor's data")
    return samples


def _develop(raw: Any, stream: BinaryIO) -> Image.Image:
    import rawpy

    _sensor(raw, stream)
    try:
        return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))
    except rawpy.LibRawError as error:
        raise _damaged(error) from None


def _preview(raw: Any, *, least: int, pixel_limit: int) -> Image.Image | None:
    """The embedded preview, loaded; None where there is none that can be read."""
    with suppress(Exception):  # what is damaged here may be whole in the sensor's data
        import rawpy

        thumb = raw.extract_thumb()
        if thumb.format == rawpy.ThumbFormat.BITMAP:
            return Image.fromarray(thumb.data)
        image = open_picture(io.BytesIO(thumb.data), Format.JPEG, pixel_limit=pixel_limit)
        image.draft(None, (least, least))
        check_size(*image.size, pixel_limit=pixel_limit)
        image.load()
        return image
    return None


def _upright_preview(image: Image.Image, *, flip: int, size: tuple[int, int]) -> Image.Image:
    """Turn a preview as the sensor's picture is turned, unless the camera did so before."""
    by = orientation(image, Format.JPEG) if image.format else 1
    if by == 1:
        by = _FLIPS.get(flip, 1)
    landscape = size[0] > size[1]
    turned_before = by >= 5 and (image.width > image.height) == landscape
    return image if turned_before else turn(image, by)


def _facts(stream: BinaryIO, preview: Image.Image | None, *, size: tuple[int, int]) -> Facts:
    """The facts in the TIFF structure that most RAW files have, or else in the preview's EXIF."""
    own = Image.new("L", (1, 1))
    with suppress(Exception):  # ORF, RW2 and others have a header of their own
        stream.seek(0)
        own.getexif().load_from_fp(io.BytesIO(stream.read(1 << 20)))
    name = raw_name(stream)
    sources = [own] if preview is None else [own, preview]
    said = [read_facts(s, name=name, size=size) for s in sources]
    best = next((facts for facts in said if facts.captured_at or facts.camera), said[0])
    return replace(best, jpeg_quality=None)

"""The pixel hash: equal for two files exactly when they hold the same picture, whatever else.

SHA-256 over a line that says layout, depth, upright size and number of frames, then over the
samples of every frame, row by row. RGB and RGBA after the conversion to sRGB, grey as RGB, an
opaque alpha left out. What eight bits of sRGB cannot show is hashed as it is stored, so that a
master never equals its export: deep samples, CMYK inks, and, where the decoder hides samples or
layers, the compressed data or the whole file.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile

from copyfind.imaging.colour import declared_profile, eight_bit, is_deep, srgb_transform, to_srgb
from copyfind.imaging.formats import Format
from copyfind.imaging.jxl import read_header
from copyfind.imaging.opening import check_size, frame_count, orientation, turn
from copyfind.imaging.profile import identity
from copyfind.imaging.surplus import psd, tiff

_BAND = 1 << 17  # pixels hashed at a time: the copies that Pillow makes stay in a core's cache
_BITS_PER_SAMPLE, _ORIENTATION = 258, 274
_SAMPLES, _MEANING, _EXTRA = 277, 262, 338  # a pixel has, of these, of those beside its colours
# compression, meaning of the samples, planes, predictor, tile width and height, sample format
_SHAPE = (_BITS_PER_SAMPLE, 259, 262, 284, 317, 322, 323, 339)
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325


def hash_frame(frame: Image.Image, profile: bytes | None, *, frames: int) -> bytes:
    """The digest of a picture of one visible frame, upright, in a mode of `eight_bit`."""
    digest = hashlib.sha256(_head(frame, profile, frames=frames))
    for band in _samples(frame, profile):
        digest.update(band)
    return digest.digest()


def hash_picture(
    image: ImageFile.ImageFile, stream: BinaryIO, kind: Format, *, pixel_limit: int
) -> bytes:
    """The digest of the opened `image`, all its frames included."""
    frames = frame_count(image, kind)
    if not shows_all(image, stream, kind):
        return _hash_stored(image, stream, kind, frames=frames)
    digest = hashlib.sha256()
    first = image.tell() if frames > 1 else 0
    by = 1
    order = [first, *(at for at in range(frames) if at != first)]
    for at in order:
        if frames > 1:
            image.seek(at)
            check_size(*image.size, pixel_limit=pixel_limit)
            if not shows_all(image, stream, kind):
                return _hash_stored(image, stream, kind, frames=frames)
        profile = declared_profile(image, stream, kind)
        image.load()
        by = orientation(image, kind) if at == first else by
        frame = turn(image, by)
        frame = frame if is_deep(frame) else eight_bit(frame)
        if frames == 1:
            return hash_frame(frame, profile, frames=1)
        digest.update(hash_frame(frame, profile, frames=frames))
    return digest.digest()


def _head(frame: Image.Image, profile: bytes | None, *, frames: int) -> bytes:
    if is_deep(frame):
        layout = np.asarray(frame).dtype.str[1:] + _beside(frame, profile)  # u2, i4, f4
    elif frame.mode == "CMYK":
        layout = "CMYK " + hashlib.sha256(profile or b"").hexdigest()
    else:
        layout = "RGBA" if frame.mode == "RGBA" else "RGB"
    return f"copyfind.pixels/1 {layout} {frame.width}x{frame.height} frames={frames}\n".encode()


def _beside(image: Image.Image, profile: bytes | None) -> str:
    """What makes samples that are hashed as they are stored look otherwise: the profile, a colour
    that is transparent. Nothing where there is neither, or the profile is sRGB."""
    said = ""
    if (
        profile is not None
        and srgb_transform(profile, "L" if is_deep(image) else "RGB") is not None
    ):
        said += f" profile {identity(profile)}"
    if "transparency" in image.info:
        said += f" transparent {image.info['transparency']!r}"
    return said


def _samples(frame: Image.Image, profile: bytes | None) -> Iterator[bytes]:
    """The samples of `frame`, some rows at a time."""
    rows = max(1, _BAND // frame.width)
    for top in range(0, frame.height, rows):
        band = frame.crop((0, top, frame.width, min(top + rows, frame.height)))
        if is_deep(band):
            samples = np.asarray(band)
            yield samples.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes()
        elif band.mode == "CMYK":
            yield band.tobytes()
        else:
            yield to_srgb(band, profile).tobytes()


def shows_all(image: ImageFile.ImageFile, stream: BinaryIO, kind: Format) -> bool:
    """Whether Pillow shows every sample of the opened `image`: else some stay hidden from the
    hash of a frame. Asked before the pixels are loaded; leaves `stream` where it was."""
    at = stream.tell()
    shown = _shows_all(image, stream, kind)
    stream.seek(at)
    return shown


def _shows_all(image: ImageFile.ImageFile, stream: BinaryIO, kind: Format) -> bool:
    match kind:
        case Format.PNG:
            return not image.tile or ";16" not in str(image.tile[0].args) or is_deep(image)
        case Format.TIFF:
            samples, meaning = (_tag(image, tag, (1,))[0] for tag in (_SAMPLES, _MEANING))
            if tiff.hidden_channels(samples, meaning, _tag(image, _EXTRA, ())):
                return False
            return max(_tag(image, _BITS_PER_SAMPLE, (8,))) <= 8 or is_deep(image)
        case Format.HEIC:
            return int(image.info.get("bit_depth") or 8) <= 8
        case Format.PSD:
            if psd.hidden_channels(_number(stream, 12, 2), _number(stream, 24, 2)):
                return False
            return getattr(image, "n_frames", 1) <= 1 and _number(stream, 22, 2) <= 8
        case Format.PNM:
            return image.mode != "RGB" or not _deep_pnm(stream)
        case Format.JPEG_XL:
            return read_header(stream).plain
        case Format.AVIF:
            return not _deep_avif(stream)
        case Format.JPEG_2000:
            return is_deep(image) or not _deep_jpeg_2000(stream)
        case _:
            return True


def _hash_stored(
    image: ImageFile.ImageFile, stream: BinaryIO, kind: Format, *, frames: int
) -> bytes:
    """The digest of the compressed picture, or of the whole file where that cannot be cut out."""
    turned = _tag(image, _ORIENTATION, (1,))  # of a TIFF: loading applies and drops it
    size, modes = image.size, [tile.args for tile in image.tile]
    shape = [_tag(image, tag, ()) for tag in _SHAPE]
    beside = _beside(image, declared_profile(image, stream, kind))
    image.load()  # what is damaged has no hash
    said = f"copyfind.pixels/1 stored {kind} {size} {turned} {orientation(image, kind)}{beside} "
    if kind is Format.PNG and frames == 1:
        digest = hashlib.sha256(f"{said}{modes}\n".encode())
        _add_scan_lines(digest, stream)
    elif kind is Format.TIFF and frames == 1:
        stream.seek(0)
        digest = hashlib.sha256(f"{said}{stream.read(2)!r} {shape}\n".encode())
        _add_strips(digest, image, stream)
    else:
        stream.seek(0)
        digest = hashlib.sha256(said.encode() + stream.read())
    return digest.digest()


def _add_scan_lines(digest: hashlib._Hash, stream: BinaryIO) -> None:
    """Digest a PNG's filtered rows: the same after a change of metadata, though not after another
    program compressed the picture anew."""
    inflate = zlib.decompressobj()
    stream.seek(8)
    while len(start := stream.read(8)) == 8 and start[4:] != b"IEND":
        length = int.from_bytes(start[:4], "big")
        if start[4:] == b"IDAT":
            digest.update(inflate.decompress(stream.read(length)))
            stream.seek(4, 1)
        else:
            stream.seek(length + 4, 1)


def _add_strips(digest: hashlib._Hash, image: ImageFile.ImageFile, stream: BinaryIO) -> None:
    """Digest a TIFF's compressed strips or tiles."""
    where = _tag(image, _STRIPS, ()) or _tag(image, _TILES, ())
    sizes = _tag(image, _STRIP_SIZES, ()) or _tag(image, _TILE_SIZES, ())
    for at, size in zip(where, sizes, strict=True):
        stream.seek(at)
        digest.update(stream.read(size))


def _tag(image: Image.Image, tag: int, default: tuple[int, ...]) -> tuple[int, ...]:
    value = getattr(image, "tag_v2", {}).get(tag, default)
    return value if isinstance(value, tuple) else (value,)


def _number(stream: BinaryIO, at: int, size: int) -> int:
    stream.seek(at)
    return int.from_bytes(stream.read(size), "big")


def _deep_pnm(stream: BinaryIO) -> bool:
    """Whether the largest sample of a PPM is above 255: its third number."""
    stream.seek(0)
    lines = stream.read(4096).splitlines()
    words = b" ".join(line.split(b"#")[0] for line in lines).split()
    return len(words) > 3 and words[3].isdigit() and int(words[3]) > 255


def _deep_avif(stream: BinaryIO) -> bool:
    """Whether the configuration of the AV1 decoder says more than 8 bits (`av1C`, third byte)."""
    stream.seek(0)
    head = stream.read(1 << 16)
    at = head.find(b"av1C")
    return at < 0 or len(head) < at + 7 or bool(head[at + 6] & 0x40)


def _deep_jpeg_2000(stream: BinaryIO) -> bool:
    """Whether the first component has more than 8 bits (marker SIZ)."""
    stream.seek(0)
    head = stream.read(1 << 16)
    at = head.find(b"\xff\x4f\xff\x51")
    return at < 0 or len(head) < at + 43 or (head[at + 42] & 0x7F) + 1 > 8

"""The bytes of a picture file as the network's square, its thumbnail, facts and pixel hash."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import Image

from copyfind.imaging.colour import (
    GREY,
    declared_profile,
    eight_bit,
    is_deep,
    over,
    srgb_transform,
    to_srgb,
)
from copyfind.imaging.facts import read_facts
from copyfind.imaging.fingerprint import hash_frame, hash_picture, shows_all
from copyfind.imaging.formats import (
    Format,
    Undecodable,
    installed_extras,
    recognise,
    require_extra,
)
from copyfind.imaging.opening import (
    PIXEL_LIMIT,
    check_size,
    explained,
    frame_count,
    open_picture,
    orientation,
    turn,
)
from copyfind.imaging.profile import gamut
from copyfind.imaging.raw import open_raw, raw_pixels
from copyfind.imaging.square import to_square
from copyfind.imaging.surplus import FILM, Inside, look_inside
from copyfind.imaging.surplus.colours import HDR_COLOURS, WIDE
from copyfind.imaging.thumbnail import LONGEST, encode, to_small
from copyfind.records import Colour, Extra, Facts, Picture, Pixels, Problem

# Pixels, and 2.5 squares, that the shorter side of a reduced JPEG keeps: cosine of its descriptor
# with the full one .9992 or more; at 2 squares .9936 was seen, at 1.3 .9941. For the bundled
# networks both are the same.
_LEAST = 560


def decode(
    data: bytes | BinaryIO,
    *,
    side: int,
    pixel_limit: int = PIXEL_LIMIT,
    extras: frozenset[str] | None = None,
) -> Picture:
    """The picture in `data`, its square `side` pixels wide, with its thumbnail.

    `pixel_limit` is of what has to be decoded: a JPEG above it passes where reduced decoding
    brings it below. `extras` are those of `formats.EXTRAS` to use, by default the installed ones.
    Raises Undecodable.
    """
    stream, kind = _recognised(data, extras)
    with explained(kind):
        least = max(5 * side // 2, _LEAST)
        inside = look_inside(stream, kind)
        if kind is Format.RAW:
            image, facts = open_raw(stream, least=least, pixel_limit=pixel_limit)
            facts = _with_surplus(facts, inside, None)
            small: Image.Image | Pixels = to_small(image)
            if least != _LEAST:
                small = thumbnail(stream, longest=LONGEST, pixel_limit=pixel_limit, extras=extras)
            return Picture(facts, _square(image, side), None, encode(small))
        image = open_picture(stream, kind, pixel_limit=pixel_limit)
        full_size, frames = image.size, frame_count(image, kind)
        if kind is Format.JPEG:
            _reduce(image, least=least, pixel_limit=pixel_limit)
        profile = declared_profile(image, stream, kind)
        shown_whole = frames == 1 and shows_all(image, stream, kind)
        reduced = image.size != full_size
        name = _name(image, kind)
        # A TIFF lets go of its EXIF with its pixels; a PNG may not have met it before.
        early = read_facts(image, name=name, size=full_size) if kind is Format.TIFF else None
        image.load()
        by = orientation(image, kind)
        size = full_size if by < 5 else (full_size[1], full_size[0])
        facts = early or read_facts(image, name=name, size=size)
        upright = turn(image, by)
        picture = eight_bit(upright)
        pixels = None
        if shown_whole and not reduced and _is_quick_to_hash(picture, profile):
            pixels = hash_frame(upright if is_deep(upright) else picture, profile, frames=1)
        facts = replace(facts, frames=frames, has_alpha=picture.mode == "RGBA")
        facts = _with_surplus(facts, inside, profile)
        small = to_small(picture, profile=profile)
        if kind is Format.JPEG and _reduction(full_size, least) != _reduction(full_size, _LEAST):
            small = thumbnail(stream, longest=LONGEST, pixel_limit=pixel_limit, extras=extras)
        return Picture(facts, _square(picture, side, profile), pixels, encode(small))


def thumbnail(
    data: bytes | BinaryIO,
    *,
    longest: int,
    page: int = 0,
    ground: Colour = GREY,
    pixel_limit: int = PIXEL_LIMIT,
    extras: frozenset[str] | None = None,
) -> Pixels:
    """The picture upright in sRGB, its aspect kept, the longer side `longest` pixels at most, a
    strip's as `longest_of` says: uint8 (H, W, 3). Of files with several frames or pages, one;
    `ground` is behind what is transparent. At `thumbnail.LONGEST` it is what `decode` gives,
    whatever the side of its square: what is proven of a picture does not depend on who decoded it.
    Raises Undecodable."""
    stream, kind = _recognised(data, extras)
    least = max(longest, _LEAST)
    with explained(kind):
        if kind is Format.RAW:
            image, _ = open_raw(stream, least=least, pixel_limit=pixel_limit)
            return _small(image, longest)
        image = open_picture(stream, kind, pixel_limit=pixel_limit)
        if kind is Format.JPEG:
            _reduce(image, least=least, pixel_limit=pixel_limit)
        profile = declared_profile(image, stream, kind)
        if page:
            image.seek(page)
            check_size(*image.size, pixel_limit=pixel_limit)
        image.load()
        picture = eight_bit(turn(image, orientation(image, kind)))
        return _small(picture, longest, profile, ground=ground)


def pixel_hash(
    data: bytes | BinaryIO,
    *,
    pixel_limit: int = PIXEL_LIMIT,
    extras: frozenset[str] | None = None,
) -> bytes:
    """A digest, 32 bytes, that two files share exactly when they hold the same picture, in the
    sense of `fingerprint`. Every frame is decoded at full size. Raises Undecodable."""
    stream, kind = _recognised(data, extras)
    with explained(kind):
        _require_whole(look_inside(stream, kind))
        if kind is Format.RAW:
            return raw_pixels(stream)
        image = open_picture(stream, kind, pixel_limit=pixel_limit)
        check_size(*image.size, pixel_limit=pixel_limit)
        return hash_picture(image, stream, kind, pixel_limit=pixel_limit)


def _recognised(data: bytes | BinaryIO, extras: frozenset[str] | None) -> tuple[BinaryIO, Format]:
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    if stream.seek(0, io.SEEK_END) == 0:
        raise Undecodable(Problem.EMPTY, "the file has no bytes")
    kind = recognise(stream)
    if kind is None:
        raise Undecodable(Problem.NOT_A_PICTURE, "no known picture format")
    require_extra(kind, installed_extras() if extras is None else extras)
    return stream, kind


def _with_surplus(facts: Facts, inside: Inside, profile: bytes | None) -> Facts:
    """Of a picture that decoded: a decoder passes over what is missing at the end of a file, and
    may know of colours what takes decoding, as in JPEG XL."""
    _require_whole(inside)
    said = {extra.words for extra in inside.extras}
    colours = gamut(profile) if profile else None
    surplus = inside.extras
    if colours is not None and colours.wide and said.isdisjoint({WIDE, HDR_COLOURS}):
        surplus += (Extra(WIDE, hashlib.sha256(colours.key.encode()).hexdigest()[:32]),)
    return replace(facts, has_film=FILM in said, surplus=surplus)


def _require_whole(inside: Inside) -> None:
    if inside.cut is not None:
        raise Undecodable(Problem.DAMAGED, inside.cut)


def _reduce(image: Image.Image, *, least: int, pixel_limit: int) -> None:
    """Let libjpeg decode at 1/2, 1/4 or 1/8, its shorter side staying at least `least`.

    A progressive JPEG needs all its coefficients in memory whatever comes out, so its full size
    counts against the limit.
    """
    if image.info.get("progressive"):
        check_size(*image.size, pixel_limit=pixel_limit)
    image.draft(None, (least, least))
    check_size(*image.size, pixel_limit=pixel_limit)


def _reduction(size: tuple[int, int], least: int) -> int:
    """What a JPEG's sides are divided by for that."""
    return next(by for by in (8, 4, 2, 1) if by == 1 or min(size) // least >= by)


def _name(image: Image.Image, kind: Format) -> str:
    """What people call the format: "MPO" for stereo pairs and panoramas, but "JPEG" where a phone
    stores a gain map in the same way."""
    entries = getattr(image, "mpinfo", {}).get(0xB002, [])
    kinds = (str(entry.get("Attribute", {}).get("MPType", "")) for entry in entries)
    return "MPO" if any(said.startswith("Multi-Frame") for said in kinds) else kind.value


def _is_quick_to_hash(picture: Image.Image, profile: bytes | None) -> bool:
    """Whether the colours are sRGB already: hashing costs little, converting does not."""
    return profile is None or srgb_transform(profile, picture.mode) is None


def _small(
    picture: Image.Image, longest: int, profile: bytes | None = None, *, ground: Colour = GREY
) -> Pixels:
    """A small picture, uint8 (H, W, 3), as long as `to_small` says and never enlarged."""
    small = to_small(picture, longest, profile, ground=ground)
    return np.array(small, dtype=np.uint8, order="C")


def _square(picture: Image.Image, side: int, profile: bytes | None = None) -> Pixels:
    """The network's square, uint8 (side, side, 3). Its colours are converted last, where they are
    few."""
    square = to_square(over(picture), side=side)
    return np.array(to_srgb(square, profile), dtype=np.uint8, order="C")

"""What a TIFF holds beside the first picture's colours: pages, channels, layers, sub-pictures."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from copyfind.imaging.profile import SRGB_PRIMARIES, gamma_profile
from copyfind.imaging.surplus import photoshop, xmp
from copyfind.imaging.surplus.colours import look_at_depth, look_at_profile
from copyfind.imaging.surplus.directories import (
    EXIF,
    GPS,
    INTEROPERABILITY,
    SUB_DIRECTORIES,
    Directory,
    Field,
    uncovered,
    walk,
)
from copyfind.imaging.surplus.parts import LONG, Bytes, Found, Range

_CUT = "the file ends in the middle of the picture"
_CHANNEL = ("a channel beside its colours", "channels beside its colours")
_COLOURS = {0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3, 10: 3}  # samples a meaning has
_SUBFILE, _REDUCED, _MASK = 254, 1, 4
_PHOTOMETRIC, _BITS, _SAMPLES, _EXTRA, _FORMAT = 262, 258, 277, 338, 339
_XMP, _IPTC, _RESOURCES, _PROFILE, _LAYERS = 700, 33723, 34377, 34675, 37724
_WHITE, _PRIMARY = 318, 319
_ORDINARY = frozenset(
    (
        *range(254, 348),  # TIFF itself
        *(512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 559),  # JPEG in it
        *(_XMP, _IPTC, _PROFILE, 33432, 33434, 33437, EXIF, GPS, INTEROPERABILITY, 34850, 34855),
        *range(36864, 37523),  # EXIF, also where it has no directory of its own
        *(40091, 40092, 40093, 40094, 40095, 18246, 18249, 20752, 20753, 20754, 59932, 59933),
        *range(40960, 42300),
        *range(20480, 20900),  # Windows' notes for printers and previews
        *(_RESOURCES, _LAYERS, 32781),
    )
)
# As long as the picture is: places of its strips and tiles, palettes and curves of deep samples.
_TABLES = {273, 279, 288, 289, 290, 291, 320, 324, 325}
_XP = range(40091, 40096)  # Windows' texts, in UTF-16
_ASCII, _NOTES = 2, 37500
_MOST_NOTES = 1 << 18  # bytes of a maker's notes
_NAMED = {
    301: "a curve of its own",
    32932: "annotations",
    50838: "ImageJ data",
    50839: "ImageJ data",
    33550: "map coordinates",
    33922: "map coordinates",
    34264: "map coordinates",
    34735: "map coordinates",
    34736: "map coordinates",
    34737: "map coordinates",
    42112: "map data",
}
_SMALL = 32  # bytes of an unknown field that nobody could miss
_GAP = 4096  # bytes between things, of alignment and of directories written anew


def look(file: Bytes, found: Found) -> None:
    walked = walk(file)
    if walked.cut:
        found.cut_off("the file ends before its last page")
    pages = [d for d in walked.directories if d.level == 0]
    if not pages:
        found.doubt("TIFF", (0, file.size))
        return
    for directory in walked.directories:
        if any(at + length > file.size for at, length in directory.strips()):
            found.cut_off(_CUT)
    first = pages[0]
    _colours(first, found)
    _channels(first, found)
    for directory in walked.directories:
        _layers(directory, found)
    _fields(walked.directories, found)
    _pages(pages, found)
    for directory in walked.directories:
        if directory.of == SUB_DIRECTORIES:
            _sub_picture(directory, first, found)
    _gaps(file, walked.directories, found)


def _colours(first: Directory, found: Found) -> None:
    bits = max(first.numbers(_BITS) or (1,))
    look_at_depth(bits, found, kind="float" if first.number(_FORMAT, 1) == 3 else "bits")
    meaning = first.number(_PHOTOMETRIC, 1)
    if meaning == 5:
        found.add("CMYK inks", in_pixels=True, valued=False)
    elif meaning in (8, 9, 10):
        found.add("Lab colours")
    if _PROFILE in first.fields:
        look_at_profile(first.bytes(_PROFILE, most=16 << 20), found)
    elif _PRIMARY in first.fields or _WHITE in first.fields:
        points = _points(first, _WHITE) + _points(first, _PRIMARY)
        if made := gamma_profile(None, points, grey=False) if len(points) == 4 else None:
            look_at_profile(made, found)


def _points(directory: Directory, tag: int) -> list[tuple[float, float]]:
    field = directory.fields.get(tag)
    if field is None:
        return list(SRGB_PRIMARIES[:1] if tag == _WHITE else SRGB_PRIMARIES[1:])
    data = directory.bytes(tag, most=48)
    parts = struct.unpack(f"{directory.order}{len(data) // 4}I", data[: len(data) // 4 * 4])
    values = [over / max(under, 1) for over, under in zip(parts[::2], parts[1::2], strict=False)]
    return list(zip(values[::2], values[1::2], strict=False))


def hidden_channels(samples: int, meaning: int, extra: Sequence[int]) -> int:
    """How many of a pixel's samples are neither its colours nor a transparency that the decoder
    shows: that is the first, if the file calls it so. meaning: the photometric interpretation."""
    own = _COLOURS.get(meaning, samples)
    is_shown = tuple(extra[:1]) in ((1,), (2,)) and meaning in (1, 2)
    return max(samples - own - is_shown, 0)


def _channels(first: Directory, found: Found) -> None:
    """Samples beside the colours, but for one that the decoder shows as transparency."""
    meaning, kinds = first.number(_PHOTOMETRIC, 1), first.numbers(_EXTRA)
    hidden = hidden_channels(first.number(_SAMPLES, 1), meaning, kinds)
    if hidden > 0:
        words = _CHANNEL[0] if hidden == 1 else f"{hidden} {_CHANNEL[1]}"
        found.add(words, *first.strips())


def _layers(first: Directory, found: Found) -> None:
    if _LAYERS in first.fields:
        at, size = first.fields[_LAYERS].where
        count = photoshop.count_in_blocks(first.file, (at + 36, size - 36), order=first.order)
        found.add(photoshop.layers_words(count), (at, size))
    if _RESOURCES in first.fields:
        photoshop.look_at_resources(first.file, first.fields[_RESOURCES].where, found)


def _fields(directories: list[Directory], found: Found) -> None:
    """Fields of kinds not known, and payloads in those that are."""
    for directory in directories:
        of_exif = directory.of in (EXIF, GPS, INTEROPERABILITY)
        for tag, value in directory.fields.items():
            if of_exif:
                if value.size > _MOST_NOTES:
                    found.doubt(f"field {tag}", value.where)
                continue
            if tag == _XMP and value.size <= xmp.LARGEST:
                xmp.look(directory.bytes(tag, most=xmp.LARGEST), found)
            elif tag in _NAMED:
                found.add(_NAMED[tag], value.where)
            elif tag in _ORDINARY:
                _known(tag, value, found)
            elif value.size > _SMALL:
                found.doubt(f"field {tag}", value.where)


def _known(tag: int, value: Field, found: Found) -> None:
    """A field that is ordinary, as long as it is no longer than such a one is."""
    if tag in (_NOTES, _IPTC):
        if value.size > _MOST_NOTES:
            found.doubt(f"field {tag}", value.where)
    elif tag in _TABLES or tag in (_XMP, _PROFILE, _RESOURCES, _LAYERS):
        return
    elif value.kind == _ASCII or tag in _XP:
        found.text(f"field {tag}", value.where)
    elif value.size > LONG:
        found.doubt(f"field {tag}", value.where)


def _pages(pages: list[Directory], found: Found) -> None:
    """Pages of the chain, but for previews of the first."""
    first, others = pages[0], [p for p in pages[1:] if not _is_preview(p, pages[0])]
    for mask in (p for p in others if p.number(_SUBFILE, 0) & _MASK):
        found.add("a mask", *mask.strips())
    others = [p for p in others if not p.number(_SUBFILE, 0) & _MASK]
    if not others:
        return
    larger = any(page.size[0] > first.size[0] for page in others)
    if first.number(_SUBFILE, 0) & _REDUCED and larger:
        words = "a larger picture behind its preview"
    else:
        words = f"{1 + len(others)} pages"
    found.add(words, *(where for page in others for where in _content(page)), in_pixels=True)


def _content(page: Directory) -> list[Range | str]:
    shape = [page.numbers(tag) for tag in (256, 257, 258, 259, 262, 277, 317, 338)]
    return [f"{shape}", *page.strips()]


def _sub_picture(directory: Directory, first: Directory, found: Found) -> None:
    kind = directory.number(_SUBFILE, 0)
    if not directory.strips() or _is_preview(directory, first):
        return
    if kind & _MASK:
        found.add("a mask", *directory.strips())
    else:
        found.add(("a picture inside", "{} pictures inside"), *directory.strips())


def _is_preview(directory: Directory, first: Directory) -> bool:
    """Whether it says so, and may be: smaller than the first picture, and of its shape."""
    (width, height), (whole_width, whole_height) = directory.size, first.size
    if not directory.number(_SUBFILE, 0) & _REDUCED or directory.number(_SUBFILE, 0) & ~_REDUCED:
        return False
    if not 0 < width < whole_width or not 0 < height < whole_height:
        return False
    return abs(width * whole_height - height * whole_width) <= 2 * max(whole_width, whole_height)


def _gaps(file: Bytes, directories: list[Directory], found: Found) -> None:
    """What no directory speaks of: between things only where it is too much to be by chance."""
    covered: list[Range] = [(0, 16)]
    for directory in directories:
        covered.append(directory.whole)
        covered += directory.strips()
        covered += [value.where for value in directory.fields.values()]
    for at, length in uncovered(covered, file.size):
        least = 16 if at + length >= file.size else _GAP
        if length >= least and any(p.strip(b"\0\xff") for p in file.pieces(at, length)):
            found.doubt("in no directory", (at, length))

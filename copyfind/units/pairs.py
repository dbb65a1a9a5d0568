"""Pictures that a camera wrote of one shot, RAW and what was rendered of it, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from copyfind.collection.pictures import RAW_SUFFIXES
from copyfind.plans import PartKind
from copyfind.units.names import Name

_PIXEL = re.compile(r"(?P<name>.+)\.RAW-0\d(?:\.MP)?\.(?:COVER|ORIGINAL)", re.DOTALL)
_KINDS = re.compile(  # what a Pixel says of its JPEG alone
    r"(?P<name>PXL_.+?)(?:\.(?:MP|MV|NIGHT|PORTRAIT|PANO|ACTION_PAN|LONG_EXPOSURE|LS))+", re.DOTALL
)
# IMG_3_CR2_shotwell.jpg, developed from IMG_3.CR2
_DEVELOPED = re.compile(r"(?P<name>.+)_(?P<raw>[A-Za-z0-9]{3})(?:_.+|)", re.DOTALL)
# What cameras write of one shot beside its RAW, each at most once.
_HEIF, _JPEG = frozenset({"hif", "heif", "heic"}), frozenset({"jpg", "jpeg", "jpe"})


def shot_name(name: Name) -> str:
    """The part of a name that RAW and JPEG have in common; a Pixel says in between which is
    which."""
    stem = name.stem
    for pattern in (_PIXEL, _KINDS):
        if match := pattern.fullmatch(stem):
            stem = match["name"]
    return stem


def shots_of(pictures: Sequence[Name]) -> Mapping[str, list[Name]]:
    """The pictures of a folder by the name of their shot; what a program developed from a RAW that
    is here, and named after it, is with that RAW."""
    shots: dict[str, list[Name]] = defaultdict(list)
    for picture in pictures:
        shots[shot_name(picture)].append(picture)
    for picture in pictures:
        match = None if picture.is_raw else _DEVELOPED.fullmatch(picture.stem)
        if match is None or f".{match['raw'].lower()}".encode() not in RAW_SUFFIXES:
            continue
        own, together = shot_name(picture), shots.get(match["name"], [])
        if len(shots[own]) == 1 and any(name.is_raw for name in together):
            together.append(picture)
            shots[own] = together
    return shots


def beside(name: Name, together: Sequence[Name]) -> Iterator[tuple[Name, PartKind]]:
    """The others of a shot, if these are one; of more RAWs, or of two JPEGs, it is anyone's guess
    which belong together."""
    raws = [n for n in together if n.is_raw]
    rendered = [n for n in together if not n.is_raw]
    # Without a RAW only what no program but a camera's calls so.
    from_camera = len(raws) == 1 or (not raws and any(n.suffix == "hif" for n in rendered))
    if not from_camera or len(together) < 2 or not _are_of_one_shot(rendered):
        return
    yield from ((n, PartKind.RAW) for n in raws if n.raw != name.raw)
    yield from ((n, PartKind.RENDERED) for n in rendered if n.raw != name.raw)


def _are_of_one_shot(rendered: Sequence[Name]) -> bool:
    if len(rendered) <= 1:
        return len(rendered) == 1
    kinds = [sum(n.suffix in family for n in rendered) for family in (_HEIF, _JPEG)]
    return len(rendered) == 2 and kinds == [1, 1]

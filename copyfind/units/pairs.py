"""Pictures that a camera wrote of one shot, RAW and what was rendered of it, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from copyfind.collection.pictures import RAW_SUFFIXES
from copyfind.plans import PartKind
from copyfind.units.names import Name

_STAMP = r"(?:IMG_)?\d{8}_\d{6,9}"  # when it was taken, as phones name their pictures
# What phones say in a name between the shot and the suffix, of one of its files alone.
_KINDS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(?P<name>PXL_[^.]+)(?:\.[^.]+)+",  # Pixel: PXL_1.RAW-01.MP.COVER
        r"(?P<name>.+)\.RAW-0\d(?:\.MP)?\.(?:COVER|ORIGINAL)",
        rf"(?P<name>{_STAMP})(?:\.(?:MP|MV|NIGHT|PORTRAIT|PANO|MACRO))+",  # its camera elsewhere
        r"MV(?P<name>IMG_\d{8}_\d{6,9})",  # a motion photo, before there were Pixels' names
        r"(?P<name>WP_.+)__highres",  # Lumia
    )
)
_RAWS = "|".join(sorted(suffix[1:].decode() for suffix in RAW_SUFFIXES))
# IMG_3_CR2_shotwell.jpg, IMG_3.CR2.jpg, IMG_3-cr2.jpg: developed from IMG_3.CR2.
_DEVELOPED = re.compile(rf"(?P<name>.+)[-_. ](?:{_RAWS})(?:[-_. ].*)?", re.DOTALL | re.IGNORECASE)
_HDR = re.compile(rf"(?P<name>{_STAMP})_HDR")  # the phone's JPEG beside the RAW of one exposure
# What phones call a version of a picture, and that picture: edited, or with its background blurred.
_VERSIONS = tuple(
    (re.compile(pattern, re.DOTALL), original)
    for pattern, original in (
        (r"(.+)~\d{1,2}", r"\1"),
        (r"(PXL_[^.]+\.(?!RAW)[A-Z_]+)-01(?:\.M[PV])?\.COVER", r"\1-02.ORIGINAL"),
        (r"\d{5}\w?PORTRAIT_\d{5}_(BURST\d+)(?:_COVER)?", r"00000PORTRAIT_00000_\1"),
    )
)
# What cameras write of one shot beside its RAW, each at most once.
_HEIF, _JPEG = frozenset({"hif", "heif", "heic"}), frozenset({"jpg", "jpeg", "jpe"})
_TOGETHER = (frozenset({"orf", "ori"}), frozenset({"arw", "arq"}))  # RAWs of one shot

Pairs = Mapping[bytes, Sequence[tuple[Name, PartKind]]]


def shot_name(name: Name) -> str:
    """The part of a name that RAW and JPEG have in common; a phone says in between which is
    which."""
    for pattern in _KINDS:
        if match := pattern.fullmatch(name.stem):
            return match["name"]
    return name.stem


def pairs_of(pictures: Sequence[Name]) -> Pairs:
    """The others of its shot for each picture of a folder, by its name; what a program developed
    from a RAW that is here, and named after it, is with that RAW and what the camera rendered."""
    shots: dict[str, list[Name]] = defaultdict(list)
    for picture in pictures:
        shots[shot_name(picture)].append(picture)
    pairs: dict[bytes, list[tuple[Name, PartKind]]] = defaultdict(list)
    for together in shots.values():
        for name in together:
            pairs[name.raw] += _beside(name, together)
    for picture in pictures:
        if len(shots[shot_name(picture)]) == 1 and (raw := _developed_from(picture, shots)):
            for other, kind in [(raw, PartKind.RAW), *pairs[raw.raw]]:
                pairs[picture.raw].append((other, kind))
                pairs[other.raw].append((picture, PartKind.RENDERED))
    return pairs


def phone_original_stems(stem: str) -> Iterator[str]:
    """Stems of the picture that a phone may have made the one named `stem` from."""
    for pattern, original in _VERSIONS:
        if match := pattern.fullmatch(stem):
            yield match.expand(original)


def _developed_from(picture: Name, shots: Mapping[str, Sequence[Name]]) -> Name | None:
    if picture.is_raw:
        return None
    match = _DEVELOPED.fullmatch(picture.stem) or _HDR.fullmatch(picture.stem)
    together = shots.get(match["name"], ()) if match else ()
    return next((name for name in together if name.is_raw), None)


def _beside(name: Name, together: Sequence[Name]) -> Iterator[tuple[Name, PartKind]]:
    """The others of a shot, if these are one; of more RAWs, or of two JPEGs, it is anyone's guess
    which belong together."""
    raws = [n for n in together if n.is_raw]
    rendered = [n for n in together if not n.is_raw]
    are_one = len(raws) == 1 or {n.suffix for n in raws} in _TOGETHER
    # Without a RAW only what no program but a camera's calls so.
    from_camera = are_one or (not raws and any(n.suffix == "hif" for n in rendered))
    if not from_camera or len(together) < 2 or not _are_of_one_shot(raws, rendered):
        return
    yield from ((n, PartKind.RAW) for n in raws if n.raw != name.raw)
    yield from ((n, PartKind.RENDERED) for n in rendered if n.raw != name.raw)


def _are_of_one_shot(raws: Sequence[Name], rendered: Sequence[Name]) -> bool:
    if len(rendered) <= 1:
        return len(rendered) == 1 or len(raws) == 2
    kinds = [sum(n.suffix in family for n in rendered) for family in (_HEIF, _JPEG)]
    return len(rendered) == 2 and kinds == [1, 1]

"""Which JSON of a Google Takeout export describes a picture, and which picture it was edited from.

One goes from the picture to the JSON, never back: names are cut, and what was cut cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Takeout cuts what stands before `.json`. Nobody has said in which units; all plausible ones count.
CUT = 46
_SUFFIX = ".supplemental-metadata"
_NUMBERED = re.compile(r"(?P<name>.+)(?P<number>\(\d+\))", re.DOTALL)

# What Takeout appends to the name of a picture edited in Google Photos, as the account's language
# has it. The first four are effects, which are not translated.
_EDITED = (
    *("-edited", "-effects", "-smile", "-mix"),
    *("-bearbeitet", "-modifié", "-modificato", "-ha editado", "-editado", "-editada", "-editat"),
    *("-bewerkt", "-edytowane", "-redigerad", "-redigeret", "-redigert", "-muokattu"),
    *("-upraveno", "-upravené", "-szerkesztett", "-editată", "-düzenlendi", "-izmenjeno"),
    *("-измененный", "-изменено", "-відредаговано", "-編集済み", "-수정됨", "-已修改", "-已编辑"),
    *("-已編輯", "-diedit", "-đã chỉnh sửa", "-แก้ไขแล้ว"),
)


def json_names(name: str) -> Iterator[str]:
    """Names without `.json` under which Takeout may keep the JSON of the picture, likeliest first.

    name: of the picture, with its suffix; NFC. An edited picture's JSON is that of its original.
    """
    yield from _described(name, "")
    stem, dot, suffix = name.rpartition(".")
    if dot and (numbered := _NUMBERED.fullmatch(stem)):
        yield from _described(f"{numbered['name']}.{suffix}", numbered["number"])


def _described(name: str, number: str) -> Iterator[str]:
    """Names of the JSON of one picture; its number moves behind everything: IMG(1).jpg has
    IMG.jpg.supplemental-metadata(1)."""
    full = name + _SUFFIX
    # Any prefix of the suffix may be left, whatever the length: exports differ in what they count.
    for end in range(len(full), len(name), -1):
        yield full[:end] + number
    yield name + number
    # A name longer than the limit is cut itself.
    for end in sorted(_cuts(name, number), reverse=True):
        yield name[:end] + number


def names_without_suffix(stem: str) -> Iterator[str]:
    """Names without `.json` of a JSON that leaves out the suffix of its picture: IMG(1).jpg has
    IMG.supplemental-metadata(1). Any program may have written one of that name."""
    numbered = _NUMBERED.fullmatch(stem)
    for name, number in (
        (stem, ""),
        (numbered["name"], numbered["number"]) if numbered else ("", ""),
    ):
        if name:
            yield from _described(name, number)


def _cuts(name: str, number: str) -> set[int]:
    """Lengths, in characters, to which a long name may have been cut."""
    cuts = set()
    for limit in {CUT, CUT - len(number)}:
        for units in (len, _utf8, _utf16):
            if units(name) > limit:
                end = next(n for n in range(len(name), -1, -1) if units(name[:n]) <= limit)
                cuts.add(end)
    return cuts - {0}


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def original_stems(stem: str) -> Iterator[str]:
    """Stems of the picture that one named `stem` may have been edited from; NFC, no suffix.

    The word may be cut where the name is long: IMG-edi.jpg. Whoever asks looks whether a picture
    of that name is there.
    """
    if "-" not in stem:  # every word begins with it
        return
    numbered = _NUMBERED.fullmatch(stem)
    name, number = (numbered["name"], numbered["number"]) if numbered else (stem, "")
    for word in _EDITED:
        if name.endswith(word):
            yield name.removesuffix(word) + number
        if number and (numbered_before := name.removesuffix(word)) != name:
            yield numbered_before  # IMG-edited(1).jpg, the second version of IMG.jpg
    if len(name) + len(number) < CUT and _utf8(stem) < CUT:
        return
    for word in _EDITED:
        for end in range(len(word) - 1, 1, -1):  # a letter is left at least
            if name.endswith(word[:end]):
                yield name.removesuffix(word[:end]) + number

"""The items of a HEIC by their numbers."""

from __future__ import annotations

import io

from copyfind.imaging.surplus.boxes import boxes
from copyfind.imaging.surplus.items import Items, read_items
from copyfind.imaging.surplus.parts import Bytes
from tests.imaging.surplus.building import box, heif


def items(data: bytes) -> Items:
    file = Bytes(io.BytesIO(data))
    return read_items(file, next(b for b in boxes(file, 0, file.size) if b.kind == b"meta"))


def test_kinds_places_references_and_properties_are_read() -> None:
    data = heif(
        {7: (b"hvc1", b"picture"), 9: (b"mime application/x", b"text")},
        refers=[(b"cdsc", 9, [7])],
        properties={7: [box(b"irot", b"\1"), box(b"ispe")], 9: [box(b"what")]},
    )
    read = items(data)

    assert read.primary == 7
    assert read.kinds == {7: b"hvc1", 9: b"mime"}
    assert read.contents == {9: b"application/x"}
    assert read.targets(b"cdsc", 9) == [7]
    assert [prop.kind for prop in read.of(7)] == [b"irot", b"ispe"]
    assert [prop.kind for prop in read.of(9)] == [b"what"]
    ((at, length),) = read.extents[7]
    assert data[at : at + length] == b"picture"


def test_a_list_of_nothing_has_no_items() -> None:
    data = box(b"ftyp", b"heic") + box(b"meta", bytes(4))
    assert items(data).kinds == {}

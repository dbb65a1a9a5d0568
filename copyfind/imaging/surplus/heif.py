"""What a HEIC or AVIF holds beside its primary picture: items, tracks and boxes of its own."""

from __future__ import annotations

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.boxes import Box, boxes
from copyfind.imaging.surplus.colours import (
    look_at_code,
    look_at_depth,
    look_at_profile,
)
from copyfind.imaging.surplus.directories import uncovered
from copyfind.imaging.surplus.items import Items, read_items
from copyfind.imaging.surplus.parts import (
    DEPTH_MAP,
    FILM,
    GAIN_MAP,
    PICTURE,
    Bytes,
    Found,
    Range,
)

_CUT = "the file ends in the middle of the picture"
_ORDINARY_BOXES = {b"ftyp", b"meta", b"mdat", b"idat", b"free", b"skip", b"wide", b"pdin", b"moov"}
_FREE = {b"free", b"skip", b"wide"}
_METADATA = {b"Exif"}
_DERIVED = {b"grid", b"iovl", b"iden"}
_PICTURES = {b"hvc1", b"av01", b"jpeg", b"avc1", b"j2k1", b"unci", b"vvc1", *_DERIVED}
_PROPERTIES = frozenset(
    (
        *(b"ispe", b"hvcC", b"av1C", b"jpgC", b"pixi", b"colr", b"pasp", b"irot", b"imir", b"clap"),
        *(b"auxC", b"a1lx", b"a1op", b"lsel", b"rloc", b"clli", b"mdcv", b"cclv", b"amve", b"rref"),
        *(b"altt", b"udes", b"crtt", b"mdft", b"iscl", b"hvc2", b"lhvC", b"oinf", b"tols", b"free"),
    )
)
_ALPHA = (b"auxiliary:alpha", b"hevc:2015:auxid:1")
_AUXILIARY = (
    (b"gainmap", GAIN_MAP),
    (b"auxiliary:depth", DEPTH_MAP),
    (b"auxid:2", DEPTH_MAP),
    (b"disparity", DEPTH_MAP),
    (b"aux:depth", DEPTH_MAP),
    (b"matte", "a matte"),
)
_SPARE = 256  # bytes of the data box that may belong to no item


def look(file: Bytes, found: Found) -> None:
    top = list(boxes(file, 0, file.size))
    film = next((n for n, box in enumerate(top) if box.kind == b"ftyp" and n), None)
    if film is not None:  # a whole file of its own behind the still
        at = top[film].at
        found.add(FILM, (at, file.size - at))
        if top[-1].end > file.size:
            found.cut_off("the file ends in the middle of the film behind its picture")
        file = file.up_to(at)
        del top[film:]
    meta = next((read_items(file, box) for box in top if box.kind == b"meta"), Items())
    for box in top:
        _top_box(file, box, found)
    if any(at + length > file.size for ranges in meta.extents.values() for at, length in ranges):
        found.cut_off(_CUT)
    end = top[-1].end if top else 0
    if end <= file.size:
        if film is None:
            found.behind(end)
    elif top[-1].kind in _ORDINARY_BOXES:
        found.cut_off(_CUT)
    has_track = any(box.kind == b"moov" for box in top)
    _items(file, meta, found)
    _colours(file, meta, found)
    if has_track:
        _track(file, top, found)
    else:
        _spare(file, top, meta, found)


def colour_code(file: Bytes) -> tuple[int, int] | None:
    """Primaries and transfer of the primary picture, where they are said as numbers."""
    for box in boxes(file, 0, file.size):
        if box.kind == b"meta":
            meta = read_items(file, box)
            for prop in meta.of(meta.primary):
                body = file.read(prop.begin, min(prop.body[1], 8))
                if prop.kind == b"colr" and body[:4] == b"nclx" and len(body) == 8:
                    return int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    return None


def _top_box(file: Bytes, box: Box, found: Found) -> None:
    where = (box.at, min(box.end, file.size) - box.at)
    if box.kind == b"mpvd":
        found.add(FILM, where)
    elif box.kind == b"uuid" and file.read(box.begin, 4) == b"\xd8\xfe\xc3\xd6":
        found.add("content credentials", where)
    elif box.kind in _FREE:
        found.free((box.begin, min(box.end, file.size) - box.begin))
    elif box.kind not in _ORDINARY_BOXES:
        found.doubt(b"box " + box.kind, where)


# What the items are


def _items(file: Bytes, meta: Items, found: Found) -> None:
    shown = _parts_of(meta, meta.primary)
    tiles: set[int] = set()
    for item, kind in meta.kinds.items():
        if kind in _DERIVED:
            tiles.update(meta.targets(b"dimg", item))
    for item, kind in meta.kinds.items():
        if item in shown or (item in tiles and item != meta.primary):
            continue
        what = _data(meta, item)
        if kind in _METADATA:
            continue
        if kind == b"mime":
            _mime(file, meta, item, found)
        elif kind == b"tmap":
            _tone_map(meta, item, shown, found)
        elif meta.targets(b"auxl", item):
            _auxiliary(file, meta, item, shown, found)
        elif meta.targets(b"thmb", item):
            of = meta.targets(b"thmb", item)
            if not shown.intersection(of) and not any(meta.targets(b"auxl", at) for at in of):
                found.add(PICTURE, *what)
        elif kind not in _PICTURES:
            found.doubt(b"item " + kind, *what)
        elif not _is_gain_map(meta, item):
            found.add(PICTURE, *what)
    for prop in meta.of(meta.primary):
        if prop.kind not in _PROPERTIES:
            found.doubt(b"property " + prop.kind, prop.whole)


def _parts_of(meta: Items, item: int) -> set[int]:
    """The item and what it is derived from."""
    parts, waiting = set[int](), [item]
    while waiting:
        at = waiting.pop()
        if at not in parts:
            parts.add(at)
            waiting += meta.targets(b"dimg", at)
    return parts


def _data(meta: Items, item: int) -> list[Range]:
    return [where for part in sorted(_parts_of(meta, item)) for where in meta.extents.get(part, [])]


def _mime(file: Bytes, meta: Items, item: int, found: Found) -> None:
    what = meta.extents.get(item, [])
    if meta.contents.get(item) == b"application/rdf+xml":
        length = sum(size for _, size in what)
        if length <= xmp.LARGEST:
            xmp.look(b"".join(file.read(*where) for where in what), found)
    else:
        found.doubt(meta.contents.get(item, b"")[:24] or b"item mime", *what)


def _tone_map(meta: Items, item: int, shown: set[int], found: Found) -> None:
    """A picture that is made of a base and its gain map. Where it is the primary one, decoders
    show its base."""
    maps = [i for i in meta.targets(b"dimg", item) if i not in shown]
    found.add(GAIN_MAP, *(where for i in maps for where in _data(meta, i)))


def _is_gain_map(meta: Items, item: int) -> bool:
    return any(
        item in targets
        for file, targets in meta.refers.get(b"dimg", {}).items()
        if meta.kinds.get(file) == b"tmap"
    )


def _type_of(file: Bytes, meta: Items, item: int) -> bytes:
    for prop in meta.of(item):
        if prop.kind == b"auxC":
            return file.read(prop.begin + 4, min(prop.body[1], 256)).partition(b"\0")[0]
    return b""


def _auxiliary(file: Bytes, meta: Items, item: int, shown: set[int], found: Found) -> None:
    kind = _type_of(file, meta, item)
    of_primary = bool(shown.intersection(meta.targets(b"auxl", item)))
    if any(name in kind for name in _ALPHA) and of_primary:
        return  # decoders show it
    lower = kind.lower()
    words = next((words for name, words in _AUXILIARY if name in lower), None)
    if words is None:
        name = kind.rpartition(b":")[2][:24]
        found.doubt(b"auxiliary " + name, *_data(meta, item))
    else:
        found.add(words, *_data(meta, item))


def _colours(file: Bytes, meta: Items, found: Found) -> None:
    depth = 8
    items = [meta.primary, *sorted(_parts_of(meta, meta.primary) - {meta.primary})[:1]]
    seen: set[bytes] = set()
    for item in items:
        for prop in meta.of(item):
            body = file.read(prop.begin, min(prop.body[1], 16 << 20))
            if prop.kind == b"pixi" and len(body) > 5:
                depth = max(depth, *body[5 : 5 + body[4]], 8)
            elif prop.kind == b"av1C" and len(body) > 2 and body[2] & 0x40:
                depth = max(depth, 12 if body[2] & 0x20 else 10)
            elif prop.kind == b"hvcC" and len(body) > 18:
                depth = max(depth, 8 + (body[17] & 7), 8 + (body[18] & 7))
            elif prop.kind == b"colr" and body not in seen:
                seen.add(body)
                if body[:4] == b"nclx" and len(body) >= 8:
                    look_at_code(
                        int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big"), found
                    )
                elif body[:4] in (b"prof", b"rICC"):
                    look_at_profile(body[4:], found)
    look_at_depth(depth, found)


# Tracks, and what nothing speaks of


def _track(file: Bytes, top: list[Box], found: Found) -> None:
    """An animation: its frames are the samples of its longest track."""
    most, end = 0, 0
    waiting = [box for box in top if box.kind == b"moov"]
    offsets: list[int] = []
    sizes = 0
    while waiting:
        box = waiting.pop()
        file.spend(1)
        limit = min(box.end, file.size)
        if box.kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl"}:
            waiting += boxes(file, box.begin, limit)
        elif box.kind == b"stsz":
            count = file.number(box.begin + 8, 4)
            most = max(most, count)
            sizes += _sum_of_sizes(file, box, count)
        elif box.kind == b"stco" and file.number(box.begin + 4, 4):
            offsets.append(file.number(box.begin + 8, 4))
    end = max(offsets, default=0)
    if end >= file.size or sizes > file.size:
        found.cut_off("the file ends before its last frame")
    data = [(b.begin, min(b.end, file.size) - b.begin) for b in top if b.kind == b"mdat"]
    # Decoders show a sequence only where that is what the file says to be first of all.
    is_shown = file.read(8, 4) == b"avis"
    found.add(f"{most} frames" if most > 1 else "a film track", *data, in_pixels=is_shown)


def _sum_of_sizes(file: Bytes, box: Box, count: int) -> int:
    each = file.number(box.begin + 4, 4)
    if each:
        return each * count
    data = file.read(box.begin + 12, min(4 * count, box.body[1], 1 << 22))
    file.spend(len(data) // 4)
    return sum(int.from_bytes(data[n : n + 4], "big") for n in range(0, len(data), 4))


def _spare(file: Bytes, top: list[Box], meta: Items, found: Found) -> None:
    """Bytes of the data box that belong to no item."""
    used = [where for ranges in meta.extents.values() for where in ranges]
    used += [(b.at, b.begin - b.at) if b.kind == b"mdat" else (b.at, b.end - b.at) for b in top]
    end = top[-1].end if top else 0
    for at, length in uncovered(used, min(end, file.size)):
        if length > _SPARE and any(piece.strip(b"\0") for piece in file.pieces(at, length)):
            found.doubt("in no item", (at, length))

"""What a camera's RAW holds: its sensor's data, and what lies beside them; and whether all of
it is there."""

from __future__ import annotations

from copyfind.imaging.surplus.boxes import boxes
from copyfind.imaging.surplus.directories import SUB_DIRECTORIES, Walk, walk
from copyfind.imaging.surplus.parts import DEPTH_MAP, Bytes, Found

_CUT = "the file ends in the middle of the sensor's data"
_SUBFILE, _PHOTOMETRIC = 254, 262
_SENSOR = {32803, 34892}
_ORIGINAL = 50828  # OriginalRawFileData of DNG
_DEPTH, _ENHANCED, _SEMANTIC = 8, 16, 0x10004
_RW2_OFFSET, _RW2_LENGTH = 280, 279  # Panasonic's own place of the sensor's data


def look(file: Bytes, found: Found) -> None:
    found.add("raw sensor data", (0, file.size), in_pixels=True)
    start = file.read(0, 16)
    if start.startswith(b"FUJIFILMCCD-RAW"):
        _fuji(file, found)
    elif start[4:8] == b"ftyp":
        if any(box.end > file.size for box in boxes(file, 0, file.size)):
            found.cut_off(_CUT)
    else:
        _tiff(file, walk(file, most=64), found)


def _fuji(file: Bytes, found: Found) -> None:
    """RAF: a header says where preview, notes and sensor data lie."""
    for at in (84, 92, 100):
        begin, length = file.number(at, 4), file.number(at + 4, 4)
        if begin + length > file.size:
            found.cut_off(_CUT)


def _tiff(file: Bytes, walked: Walk, found: Found) -> None:
    if walked.cut:
        found.cut_off(_CUT)
    sensors = 0
    for directory in walked.directories:
        strips = directory.strips()
        if any(at + length > file.size for at, length in strips if at != 0xFFFFFFFF):
            found.cut_off(_CUT)
        begin, length = directory.number(_RW2_OFFSET, 0), directory.number(_RW2_LENGTH, 0)
        if begin and length and begin + length > file.size:
            found.cut_off(_CUT)
        kind = directory.number(_SUBFILE, 0)
        sensors += directory.number(_PHOTOMETRIC, 0) in _SENSOR and kind == 0
        if directory.of == SUB_DIRECTORIES and kind == _DEPTH:
            found.add(DEPTH_MAP, *strips)
        elif directory.of == SUB_DIRECTORIES and kind == _SEMANTIC:
            found.add("a mask", *strips)
        elif kind == _ENHANCED:
            found.add("an enhanced picture", *strips)
        if _ORIGINAL in directory.fields:
            found.add("its original RAW", directory.fields[_ORIGINAL].where)
    if sensors > 1:
        found.add(f"{sensors} pictures of the sensor", in_pixels=True)

"""What a Mac keeps of a file where the volume has no attributes."""

from __future__ import annotations

import plistlib
import struct
from pathlib import Path

import pytest

from copyfind.metadata.apple_double import attributes, double_name
from copyfind.metadata.attached import has_attached, read_attached
from copyfind.metadata.known import Metadata

APPLE = "com.apple.metadata:"


def double(**values: bytes) -> bytes:
    """As macOS writes it: an entry of the Finder with the attributes, and an empty fork."""
    entries, data = b"", b""
    begin = 84 + 36 + sum((11 + len(name) + 1 + 3) // 4 * 4 for name in values)
    for name, value in values.items():
        named = name.encode() + b"\0"
        entry = struct.pack(">IIHB", begin + len(data), len(value), 0, len(named)) + named
        entries += entry + bytes(-len(entry) % 4)
        data += value
    table = b"ATTR" + struct.pack(">4I12xHH", 0, 0, 0, 0, 0, len(values)) + entries
    size = 34 + len(table) + len(data)
    head = b"\0\5\x16\7\0\2\0\0Mac OS X        " + struct.pack(">H", 2)
    head += struct.pack(">6I", 9, 50, size, 2, 50 + size, 0)
    return head + bytes(34) + table + data


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({f"{APPLE}_kMDItemUserTags": plistlib.dumps(["Lake\n6"])}, Metadata(keywords=("Lake",))),
        (
            {f"{APPLE}kMDItemFinderComment": plistlib.dumps("At the lake")},
            Metadata(description="At the lake"),
        ),
        (
            {
                "com.apple.quarantine": b"0081;",
                f"{APPLE}kMDItemStarRating": plistlib.dumps(4, fmt=plistlib.FMT_BINARY),
            },
            Metadata(rating=4),
        ),
        ({"com.apple.provenance": bytes(11)}, Metadata()),
    ],
)
def test_what_it_says_is_attached_to_the_picture(
    tmp_path: Path, values: dict[str, bytes], told: Metadata
) -> None:
    path = bytes(tmp_path / "a.jpg")
    (tmp_path / "._a.jpg").write_bytes(double(**values))

    assert double_name(path) == bytes(tmp_path / "._a.jpg")
    assert has_attached(path)
    assert read_attached(path) == told


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\5\x16\7",
        b"another file",
        double(a=b"1")[:90],
        double(a=b"1").replace(b"ATTR", b"attr"),
    ],
)
def test_what_is_none_has_no_attributes(data: bytes) -> None:
    assert attributes(data) == {}


def test_any_end_is_survived() -> None:
    whole = double(a=b"1", bcd=b"22")

    assert attributes(whole) == {"a": b"1", "bcd": b"22"}
    for end in range(len(whole)):
        attributes(whole[:end])

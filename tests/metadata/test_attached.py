"""What is attached to a file outside of its bytes."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

import pytest

from copyfind.metadata.attached import has_attached, read_attached
from copyfind.metadata.known import Metadata

APPLE = "com.apple.metadata:"


def attached(path: Path, **values: bytes) -> Metadata:
    path.write_bytes(b"picture")
    try:
        for name, value in values.items():
            os.setxattr(path, f"user.{name}", value)
    except (AttributeError, OSError):
        pytest.skip("this volume has no extended attributes")
    return read_attached(bytes(path))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"xdg.tags": "Lake, summer ,Ünal".encode()}, {"keywords": ("Lake", "summer", "Ünal")}),
        ({"xdg.comment": b"At the lake"}, {"description": "At the lake"}),
        ({"baloo.rating": b"8"}, {"rating": 4}),
        ({"baloo.rating": b"9"}, {"rating": 5}),
        (
            {f"{APPLE}_kMDItemUserTags": plistlib.dumps(["Lake\n6", "Red\n0"])},
            {"keywords": ("Lake", "Red")},
        ),
        (
            {
                f"{APPLE}kMDItemFinderComment": plistlib.dumps(
                    "At the lake", fmt=plistlib.FMT_BINARY
                )
            },
            {"description": "At the lake"},
        ),
        ({f"{APPLE}kMDItemStarRating": plistlib.dumps(3)}, {"rating": 3}),
        ({"xdg.origin.url": b"https://a.example/b.jpg", "Zone.Identifier": b"3"}, {}),
        ({"baloo.rating": b"many", f"{APPLE}_kMDItemUserTags": b"bplist00broken"}, {}),
    ],
)
def test_tags_ratings_and_comments_are_read(
    tmp_path: Path, values: dict[str, bytes], told: dict[str, object]
) -> None:
    assert attached(tmp_path / "a.jpg", **values) == Metadata(**told)  # type: ignore[arg-type] # of a test


def test_streams_of_other_names_are_told_by_name(tmp_path: Path) -> None:
    found = attached(tmp_path / "a.jpg", **{"notes.txt": b"For Anna", "xmp": b"<x/>"})

    assert [name.split()[0] for name in found.attached] == ["notes.txt", "xmp"]


def test_a_list_that_would_fill_the_memory_says_nothing(tmp_path: Path) -> None:
    nested: list[object] = ["a"]
    for _ in range(60):  # each holds the one before twice: two to the sixtieth words written out
        nested = [nested, nested]
    bomb = plistlib.dumps(nested, fmt=plistlib.FMT_BINARY)

    assert len(bomb) < 1000
    assert attached(tmp_path / "a.jpg", **{f"{APPLE}kMDItemComment": bomb}) == Metadata()


def test_names_alone_tell_whether_anything_is_attached(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"

    attached(path, **{"xdg.origin.url": b"https://a.example/b.jpg"})
    assert not has_attached(bytes(path))

    attached(path, **{"xdg.tags": b"lake"})
    assert has_attached(bytes(path))


def test_a_file_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert read_attached(bytes(tmp_path / "gone.jpg")).is_empty
    assert not has_attached(bytes(tmp_path / "gone.jpg"))

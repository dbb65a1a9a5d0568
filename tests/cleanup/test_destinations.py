"""Where a moved file gets."""

from __future__ import annotations

import os

import pytest

from copyfind.cleanup.destinations import common_folder, companion_destination, destination
from copyfind.plans import Action, ActionKind
from tests.cleanup.conftest import Album, Copy, pair


def test_a_move_keeps_the_folders(full_album: Album) -> None:
    full_album.apply(full_album.plan(ActionKind.MOVE))

    assert (full_album.top / "moved" / "copies" / "a 1.jpg").read_bytes() == b"picture A"
    assert (full_album.top / "moved" / "a.png").read_bytes() == b"picture A as PNG"


@pytest.mark.parametrize(
    ("roots", "common"),
    [
        ([b"/photos/2019", b"/photos/2020/may"], b"/photos"),
        ([b"/photos"], b"/photos"),
        ([b"/photos", b"/home/me"], b"/"),
        ([], b"/"),
    ],
)
def test_ways_are_told_from_the_folder_of_all_roots(roots: list[bytes], common: bytes) -> None:
    assert common_folder(roots) == common


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"/photos/2019/a.jpg", b"/away/2019/a.jpg"),
        (b"/photosphere/a.jpg", b"/away/photosphere/a.jpg"),
    ],
)
def test_the_way_to_a_file_is_repeated_whole_where_it_lies_elsewhere(
    path: bytes, place: bytes
) -> None:
    assert destination(b"/photos", b"/away", path) == place


def test_what_belongs_to_a_file_keeps_its_way_from_it(album: Album) -> None:
    action = _moved(pair(album))
    for name in ("copy.xmp", "inner/copy.mov"):
        album.add(name, "")

    places = [
        companion_destination(action, album.companion(n)) for n in ("copy.xmp", "inner/copy.mov")
    ]

    moved = os.fsencode(album.top / "moved")
    assert places == [moved + b"/copy.xmp", moved + b"/inner/copy.mov"]


def test_what_lies_above_a_file_does_not_travel_along(album: Album) -> None:
    album.add("keep.jpg", "picture")
    album.add("inner/copy.jpg", "picture")
    album.add("copy.xmp", "")
    album.cluster("keep.jpg", Copy("inner/copy.jpg", "keep.jpg"))

    assert companion_destination(_moved(album), album.companion("copy.xmp")) is None


def _moved(album: Album) -> Action:
    (action,) = album.plan(ActionKind.MOVE).actions
    return action

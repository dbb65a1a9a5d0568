"""What is looked at and read again at the moment of acting; what does not fit stays."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from copyfind.cleanup.files import Files
from copyfind.errors import PlanError
from copyfind.plans import Belongings
from tests.cleanup.conftest import Album, Copy, assert_skipped, changed, pair


def test_rule_1_a_keeper_that_is_gone_keeps_its_copy(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").unlink()

    assert_skipped(album, plan, "the file to keep is gone")


def test_rule_1_a_keeper_that_cannot_be_read_keeps_its_copy(album: Album) -> None:
    class Unreadable(Files):
        def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
            del second
            raise PermissionError(13, "Permission denied", first)

    plan = pair(album).plan()
    album.files = Unreadable()

    assert_skipped(album, plan, "no permission")


def test_rule_1_a_keeper_that_became_the_copy_itself_is_none(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").unlink()
    os.link(album.at("copy.jpg"), album.at("keep.jpg"))

    assert_skipped(album, plan, "the file to keep has changed")
    linked = changed(plan, keeper=album.planned("keep.jpg"))
    with pytest.raises(PlanError, match="same file"):
        album.apply(linked)


@pytest.mark.parametrize("name", ["keep.jpg", "copy.jpg"])
def test_rule_4_a_file_with_other_bytes_and_the_same_time_is_noticed(
    album: Album, name: str
) -> None:
    plan = pair(album).plan()
    status = album.at(name).stat()
    with album.at(name).open("r+b") as file:
        file.write(b"PICTURE")
    os.utime(album.at(name), ns=(status.st_atime_ns, status.st_mtime_ns))

    assert_skipped(album, plan, "holds other bytes than when it was indexed")


def test_rule_4_keeper_and_copy_that_changed_places_are_noticed(album: Album) -> None:
    plan = pair(album).plan()
    album.at("keep.jpg").rename(album.at("x"))
    album.at("copy.jpg").rename(album.at("keep.jpg"))
    album.at("x").rename(album.at("copy.jpg"))

    assert_skipped(album, plan, "has changed since it was indexed")


@pytest.mark.parametrize("name", ["keep.jpg", "copy.jpg"])
def test_rule_12_a_symlink_is_no_keeper_and_does_not_go(album: Album, name: str) -> None:
    plan = pair(album).plan()
    album.at(name).rename(album.at("moved.jpg"))
    album.at(name).symlink_to("moved.jpg")

    assert_skipped(album, plan, "is a symlink now")


def test_rule_12_a_folder_that_became_a_link_is_noticed(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.at("copies").rename(full_album.at("real"))
    full_album.at("copies").symlink_to("real")

    applied = full_album.apply(plan)

    assert applied.done == []
    assert {"reached through a link" in skipped.reason for skipped in applied.skipped} == {True}


def test_rule_15_a_unit_moves_whole_or_not_at_all(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars")
    unit = Belongings((album.companion("copy.xmp", "copy.jpg"),))
    plan = album.plan(belongings={"copy.jpg": unit})
    album.at("copy.xmp").write_text("more stars")

    assert_skipped(album, plan, "copy.xmp has changed")


@pytest.mark.parametrize("folder", ["Fotos.photoslibrary", "@eaDir", ".Trash-1000"])
def test_rule_16_libraries_and_trash_are_not_touched(album: Album, folder: str) -> None:
    album.add("keep.jpg", "picture")
    album.add(f"{folder}/copy.jpg", "picture")
    album.cluster("keep.jpg", Copy(f"{folder}/copy.jpg", "keep.jpg"))

    assert_skipped(album, album.plan(), "lies in")


def test_rule_16_placeholders_are_not_downloaded(album: Album) -> None:
    class Cloud(Files):
        def look(self, path: bytes) -> Any:
            seen = super().look(path)
            return seen and replace(seen, placeholder=True)

        def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
            raise AssertionError((first, second))

    plan = pair(album).plan()
    album.files = Cloud()

    assert_skipped(album, plan, "cloud placeholder")

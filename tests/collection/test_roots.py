"""Which folders are scanned when a user names some."""

from __future__ import annotations

import os
import sys

import pytest

from copyfind.collection.roots import distinct_roots
from copyfind.collection.scan import ScanOptions
from copyfind.errors import FolderError
from tests.collection.conftest import Folder, not_as_root


@pytest.fixture
def album(folder: Folder) -> bytes:
    return os.path.dirname(folder.add("album/inner/a.jpg"))


def test_roots_stay_in_the_order_given(folder: Folder) -> None:
    roots = [os.path.dirname(folder.add(name)) for name in ["b/a.jpg", "a/a.jpg", "c/a.jpg"]]
    assert list(distinct_roots(roots)) == roots


def test_a_root_given_twice_is_one(folder: Folder) -> None:
    assert distinct_roots([folder.path, folder.path + b"/", folder.at("./../photos")]) == (
        folder.path,
    )


def test_a_root_is_absolute(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(os.fsdecode(folder.path))
    assert distinct_roots([b"."]) == (folder.path,)


def test_a_root_inside_another_is_none(folder: Folder, album: bytes) -> None:
    assert distinct_roots([folder.path, album]) == (folder.path,)
    assert distinct_roots([album, folder.path]) == (folder.path,)


def test_a_folder_whose_name_begins_like_a_root_is_not_inside_it(folder: Folder) -> None:
    roots = (os.path.dirname(folder.add("a/a.jpg")), os.path.dirname(folder.add("ab/a.jpg")))
    assert distinct_roots(roots) == roots


def test_a_root_reached_by_a_link_is_the_folder_it_leads_to(folder: Folder, album: bytes) -> None:
    link = folder.link("link", album)
    assert distinct_roots([link]) == (album,)
    assert distinct_roots([link, album, folder.at("link/../inner")]) == (album,)


def test_a_root_reached_by_a_second_mount_is_one_root(mounted: Folder) -> None:
    first, second = mounted.at("first"), mounted.at("second")
    assert distinct_roots([second, first]) == (second,)
    assert distinct_roots([mounted.at("first/album"), second]) == (second,)


def test_a_folder_mounted_in_itself_is_not_lost(mounted: Folder) -> None:
    loop = mounted.at("first/loop")
    assert distinct_roots([loop]) == (loop,)
    assert distinct_roots([loop, mounted.at("first")]) == (loop,)
    assert len(distinct_roots([loop, mounted.at("first/album")])) == 1


def test_a_library_inside_another_root_is_still_scanned_when_named(folder: Folder) -> None:
    inner = os.path.dirname(folder.add("Photos.photoslibrary/originals/a.jpg"))
    assert distinct_roots([folder.path, inner]) == (folder.path, inner)


def test_a_hidden_folder_inside_another_root_is_still_scanned_when_named(folder: Folder) -> None:
    inner = os.path.dirname(folder.add(".hidden/album/a.jpg"))
    assert distinct_roots([folder.path, inner]) == (folder.path, inner)
    assert distinct_roots([folder.path, inner], options=ScanOptions(hidden=True)) == (folder.path,)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and / are two file systems on Linux")
def test_with_one_file_system_another_one_inside_is_still_scanned_when_named() -> None:
    assert distinct_roots([b"/", b"/proc"]) == (b"/",)
    options = ScanOptions(one_file_system=True)
    assert distinct_roots([b"/", b"/proc"], options=options) == (b"/", b"/proc")


def test_a_folder_that_does_not_exist_is_named_with_what_to_do(folder: Folder) -> None:
    with pytest.raises(FolderError, match=r"gone' does not exist; check the spelling"):
        distinct_roots([folder.path, folder.at("gone")])


def test_a_file_is_no_folder(folder: Folder) -> None:
    with pytest.raises(FolderError, match=r"a.jpg' is not a folder"):
        distinct_roots([folder.add("a.jpg")])


@pytest.mark.parametrize("name", [b"", b"a\0b"])
def test_a_name_that_can_be_none_does_not_exist(name: bytes) -> None:
    with pytest.raises(FolderError, match="does not exist"):
        distinct_roots([name])


def test_a_message_is_one_line_whatever_the_name(folder: Folder) -> None:
    with pytest.raises(FolderError) as caught:
        distinct_roots([folder.at(b"line\nbreak \xff")])
    assert "\n" not in str(caught.value)
    assert str(caught.value).encode()


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_folder_that_may_not_be_listed_is_named(open_way: Folder) -> None:
    private = os.path.dirname(open_way.add("private/a.jpg"))
    os.chmod(private, 0o000)
    with not_as_root(), pytest.raises(FolderError, match=r"private' may not be listed; get the"):
        distinct_roots([private])

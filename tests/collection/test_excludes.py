"""What the user leaves out, with .gitignore syntax."""

from __future__ import annotations

import subprocess
import sys

import pytest

from copyfind.collection.scan import ScanOptions, UnlistedFolder
from copyfind.records import Problem
from tests.collection.conftest import Folder


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["*.png"], ["a/b.jpg", "a/raw/c.jpg", "c.jpg", "raw.jpg"]),
        (["raw/"], ["a/b.jpg", "a/d.png", "c.jpg", "raw.jpg"]),
        (["/c.jpg"], ["a/b.jpg", "a/d.png", "a/raw/c.jpg", "raw.jpg"]),
        (["c.jpg"], ["a/b.jpg", "a/d.png", "raw.jpg"]),
        (["a/*.jpg"], ["a/d.png", "a/raw/c.jpg", "c.jpg", "raw.jpg"]),
        (["**/raw/**"], ["a/b.jpg", "a/d.png", "c.jpg", "raw.jpg"]),
        (["*.jpg", "!b.jpg"], ["a/b.jpg", "a/d.png"]),
        (["*", "!*/", "!*.png"], ["a/d.png"]),
        (["a/", "!a/b.jpg"], ["c.jpg", "raw.jpg"]),  # what is in a folder left out stays out
        (["# a remark", "", "a"], ["c.jpg", "raw.jpg"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(
    folder: Folder, patterns: list[str], left: list[str]
) -> None:
    for name in ["a/b.jpg", "a/d.png", "a/raw/c.jpg", "c.jpg", "raw.jpg"]:
        folder.add(name)
    assert folder.found(ScanOptions(exclude=tuple(patterns))) == left


def test_a_folder_left_out_is_not_even_listed(folder: Folder) -> None:
    folder.add("a/b.jpg")
    assert len(folder.scan(ScanOptions(exclude=("a/",)))) == 1


def test_a_pattern_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"not a pattern in .gitignore syntax: '!'"):
        ScanOptions(exclude=("*.png", "!"))


def test_an_ignore_file_holds_for_its_folder_and_below(folder: Folder) -> None:
    folder.add("a/.copyfindignore", b"*.png\n/top.jpg\n")
    for name in ["a/b/top.jpg", "a/b/x.png", "a/top.jpg", "x.png"]:
        folder.add(name)
    assert folder.found() == ["a/b/top.jpg", "x.png"]


def test_a_deeper_ignore_file_overrules_one_above(folder: Folder) -> None:
    folder.add(".copyfindignore", b"*.png\n")
    folder.add("a/.copyfindignore", b"!*.png\n")
    for name in ["a/b.png", "b.png"]:
        folder.add(name)
    assert folder.found() == ["a/b.png"]


def test_the_user_overrules_ignore_files(folder: Folder) -> None:
    folder.add(".copyfindignore", b"!*.png\n*.jpg\n")
    for name in ["a.png", "b.jpg"]:
        folder.add(name)
    assert folder.found(ScanOptions(exclude=("*.png", "!*.jpg"))) == ["b.jpg"]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa.jpg", b"a.jpg\r\nb.jpg\r\n", b"\xff\na.jpg"])
def test_an_ignore_file_may_come_from_any_editor(folder: Folder, content: bytes) -> None:
    folder.add(".copyfindignore", content)
    folder.add("a.jpg")
    folder.add("c.jpg")
    assert folder.found() == ["c.jpg"]


def test_an_ignore_file_that_cannot_be_used_closes_its_folder(folder: Folder) -> None:
    folder.add("a/.copyfindignore", b"!\n")
    folder.add("a/private.jpg")
    folder.add("b.jpg")
    closed = folder.scan()[1]
    assert isinstance(closed, UnlistedFolder)
    assert (closed.path, closed.problem) == (folder.at("a"), Problem.IO)
    assert ".copyfindignore" in closed.reason
    assert folder.found() == ["b.jpg"]


def test_a_gitignore_is_none_of_ours(folder: Folder) -> None:
    folder.add(".gitignore", b"*.jpg")
    folder.add("a.jpg")
    assert folder.found() == ["a.jpg"]


def test_a_folder_named_like_an_ignore_file_is_passed_over(folder: Folder) -> None:
    folder.add(".copyfindignore/a.jpg")
    folder.add("b.jpg")
    assert folder.found() == ["b.jpg"]


def test_a_pattern_means_the_name_it_looks_like_however_it_is_spelled(folder: Folder) -> None:
    folder.add("Mu\u0308ll/a.jpg")
    assert folder.found(ScanOptions(exclude=("M\u00fcll",))) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse these names")
@pytest.mark.parametrize("name", [b"a\nb/c.png", b"a\xffb/c.png", b"a\nb.png"])
def test_names_that_are_hardly_text_can_be_excluded(folder: Folder, name: bytes) -> None:
    folder.add(name)
    assert folder.found(ScanOptions(exclude=("*.png",))) == []
    assert folder.found(ScanOptions(exclude=("a?b*",))) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse these names")
def test_a_byte_that_is_not_utf8_can_be_excluded_as_the_shell_gives_it(folder: Folder) -> None:
    folder.add(b"a\xff.png")
    folder.add(b"a\xfe.png")
    assert folder.found(ScanOptions(exclude=("a\udcff.png",))) == ["a\udcfe.png"]


def test_without_patterns_pathspec_is_not_loaded() -> None:
    code = (
        "import sys; from copyfind.collection import roots; from copyfind.collection.scan import *;"
        "list(scan(b'.', ScanOptions(minimum_size=10**9)));"
        "sys.exit('pathspec' in sys.modules or 'plistlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

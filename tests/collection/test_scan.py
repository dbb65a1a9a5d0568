"""What a walk tells, whatever the folders hold."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copyfind.collection.scan import (
    LeftOutLibrary,
    ListedFolder,
    Met,
    ScanOptions,
    UnlistedFolder,
    is_junction,
    is_marked_hidden,
    scan,
    scan_paths,
)
from copyfind.records import FoundFile, Problem, Unreadable
from tests.collection.conftest import JPEG, Folder, not_as_root
from tests.counting import calls_of

posix = pytest.mark.skipif(os.name != "posix", reason="names, rights or files of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse these names")
FOLLOW = ScanOptions(follow_symlinks=True)


def test_a_file_is_told_with_what_identifies_it(folder: Folder) -> None:
    path = folder.add("a.jpg")
    status = os.stat(path)
    assert folder.scan()[1:] == [
        FoundFile(path, status.st_dev, status.st_ino, len(JPEG), status.st_mtime_ns)
    ]


def test_names_come_in_the_order_of_their_bytes_each_folder_in_its_place(folder: Folder) -> None:
    for name in ["b.jpg", "a/z.jpg", "B.jpg", "a.jpg", "a/b/c.jpg", "ä.jpg", "c.jpg"]:
        folder.add(name)
    assert folder.found() == [
        *("B.jpg", "a/b/c.jpg", "a/z.jpg", "a.jpg", "b.jpg", "c.jpg", "ä.jpg")
    ]


def test_every_folder_is_told_with_its_device_before_what_it_holds(folder: Folder) -> None:
    inner = folder.add("holiday/a.jpg")
    device = os.stat(folder.path).st_dev
    met = folder.scan()
    assert met[0] == ListedFolder(folder.path, device)
    assert met[1] == ListedFolder(os.path.dirname(inner), device)
    assert met[2].path == inner


def test_hard_links_are_two_files_with_one_inode(folder: Folder) -> None:
    os.link(folder.add("a.jpg"), folder.at("b.jpg"))
    one, other = [met for met in folder.scan() if isinstance(met, FoundFile)]
    assert one.inode == other.inode
    assert one.path != other.path


def test_a_relative_folder_is_told_by_absolute_paths(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.add("a.jpg")
    monkeypatch.chdir(os.fsdecode(folder.path))
    assert path in [met.path for met in scan(b".", ScanOptions())]


def test_a_folder_that_is_not_there_is_told_as_unlisted(folder: Folder) -> None:
    (met,) = scan(folder.at("gone"), ScanOptions())
    assert isinstance(met, UnlistedFolder)
    assert met.problem is Problem.VANISHED


def test_an_empty_file_named_like_a_picture_is_told(folder: Folder) -> None:
    path = folder.add("lost.jpg", b"")
    folder.add("lost.txt", b"")
    folder.add("lost", b"")
    (_, met) = folder.scan(ScanOptions(minimum_size=1000))
    assert isinstance(met, Unreadable)
    assert (met.path, met.problem) == (path, Problem.EMPTY)


def test_smaller_files_than_asked_for_are_passed_over(folder: Folder) -> None:
    folder.add("9.jpg", b"x" * 9)
    folder.add("10.jpg", b"x" * 10)
    assert folder.found(ScanOptions(minimum_size=10)) == ["10.jpg"]


def test_hidden_files_and_folders_wait_to_be_asked_for(folder: Folder) -> None:
    for name in [".a.jpg", ".hidden/b.jpg", "c.jpg"]:
        folder.add(name)
    assert folder.found() == ["c.jpg"]
    assert folder.found(ScanOptions(hidden=True)) == [".a.jpg", ".hidden/b.jpg", "c.jpg"]


def test_a_hidden_folder_that_was_named_is_scanned(folder: Folder) -> None:
    path = folder.add(".hidden/a.jpg")
    assert path in [met.path for met in scan(folder.at(".hidden"), ScanOptions())]


@pytest.mark.parametrize("marks", [{"st_file_attributes": 0x22}, {"st_flags": 0x8000}])
def test_windows_and_macos_mark_what_is_hidden(marks: dict[str, int]) -> None:
    assert is_marked_hidden(SimpleNamespace(**marks))


def test_the_archive_attribute_hides_nothing() -> None:
    assert not is_marked_hidden(SimpleNamespace(st_file_attributes=0x20, st_flags=0))


def test_a_junction_of_windows_counts_as_a_link() -> None:
    assert is_junction(SimpleNamespace(st_reparse_tag=0xA0000003))
    assert not is_junction(SimpleNamespace(st_reparse_tag=0x9000001A))  # OneDrive


class TestOddNames:
    @linux
    @pytest.mark.parametrize(
        "name",
        [
            b"line\nbreak.jpg",
            b"tab\tquote\"'`$(x).jpg",
            b"not utf-8 \xff\xfe.jpg",
            "שלום עולם.jpg".encode(),
            "\u202egpj.moc".encode() + b".jpg",
            b" leading and trailing .jpg",
            b"[bold]\\markup[/bold].jpg",
            b"-rf.jpg",
            b"x" * 251 + b".jpg",
        ],
    )
    def test_any_name_is_as_good_as_another(self, folder: Folder, name: bytes) -> None:
        path = folder.add(name)
        assert path in [met.path for met in folder.scan(ScanOptions(exclude=("other",)))]

    @linux
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        tree=st.lists(
            st.lists(
                st.binary(min_size=1, max_size=6).filter(
                    lambda name: b"/" not in name and b"\0" not in name
                ),
                min_size=1,
                max_size=4,
            ).map(lambda names: b"/".join(b"_" + name + b"_" for name in names) + b".JpG"),
            max_size=12,
            unique=True,
        )
    )
    def test_exactly_the_pictures_there_are_found_in_order(
        self, folder: Folder, tree: list[bytes]
    ) -> None:
        with tempfile.TemporaryDirectory(dir=folder.path) as top:
            album = Folder(os.fsencode(top))
            expected = [album.add(name) for name in tree]
            met = [one.path for one in album.scan() if isinstance(one, FoundFile)]
        assert met == sorted(expected, key=lambda path: path.split(b"/"))


class TestDepth:
    @pytest.fixture
    def short(self) -> Iterator[bytes]:
        """A folder whose path leaves room for depth; it is removed level by level."""
        top = tempfile.mkdtemp(dir="/tmp").encode()
        yield top
        subprocess.run(["rm", "-rf", "--", top], check=True)

    def dig(self, top: bytes, name: bytes, depth: int) -> None:
        """Make `depth` folders one in another; the path may be longer than the system's limit."""
        here = os.open(top, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            inner = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(os.open(b"a.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)

    @linux
    def test_two_thousand_folders_deep_is_not_too_deep(self, short: bytes) -> None:
        self.dig(short, b"d", 2000)
        *folders, picture = scan(short, ScanOptions())
        assert len(folders) == 2001
        assert picture.path.endswith(b"/d/d/a.jpg")

    @linux
    def test_beyond_the_longest_path_is_told_and_the_scan_goes_on(self, short: bytes) -> None:
        self.dig(short, b"d" * 255, 20)
        path = Folder(short).add("e.jpg")
        met = list(scan(short, ScanOptions()))
        assert [type(one) for one in met[-2:]] == [UnlistedFolder, FoundFile]
        assert met[-1].path == path


class TestNotFiles:
    @posix
    def test_pipes_and_sockets_are_passed_over(self, folder: Folder) -> None:
        os.mkfifo(folder.at("pipe.jpg"))
        os.mkfifo(folder.at("pipe"))
        with tempfile.TemporaryDirectory(dir="/tmp") as short:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(f"{short}/s")
            listener.close()
            shutil.move(f"{short}/s", folder.at("socket.jpg").decode())
        assert len(folder.scan()) == 1

    def test_a_folder_named_like_a_picture_is_a_folder(self, folder: Folder) -> None:
        folder.add("album.jpg/a.jpg")
        assert folder.found() == ["album.jpg/a.jpg"]


class TestTrouble:
    def scan_without_rights(self, folder: Folder) -> list[tuple[str, str, str]]:
        """Kind, name and problem of each record, as a user meets them who is not root."""
        with not_as_root():
            met = folder.scan()
        return [tell(one, folder) for one in met]

    @posix
    def test_a_folder_that_may_not_be_listed_is_told_and_the_scan_goes_on(
        self, open_way: Folder
    ) -> None:
        open_way.add("a/private.jpg")
        open_way.add("b.jpg")
        os.chmod(open_way.at("a"), 0o000)
        assert self.scan_without_rights(open_way)[1:] == [
            ("UnlistedFolder", "a", "no permission"),
            ("FoundFile", "b.jpg", ""),
        ]

    @posix
    def test_names_that_may_be_listed_but_not_looked_at_are_told(self, open_way: Folder) -> None:
        open_way.add("a/listed.jpg")
        open_way.add("a/deeper/b.jpg")
        os.chmod(open_way.at("a"), 0o444)
        told = self.scan_without_rights(open_way)
        assert [one[1:] for one in told if one[0] != "ListedFolder"] == [
            ("a/deeper", "no permission"),
            ("a/listed.jpg", "no permission"),
        ]

    @posix
    def test_a_file_without_suffix_that_may_not_be_opened_could_be_a_picture(
        self, open_way: Folder
    ) -> None:
        os.chmod(open_way.add("IMG_1"), 0o000)
        assert self.scan_without_rights(open_way)[1:] == [("Unreadable", "IMG_1", "no permission")]

    @posix
    def test_rules_that_may_not_be_read_close_their_folder(self, open_way: Folder) -> None:
        open_way.add("a/.copyfindignore", b"private.jpg")
        open_way.add("a/private.jpg")
        os.chmod(open_way.at("a/.copyfindignore"), 0o000)
        assert self.scan_without_rights(open_way)[1:] == [("UnlistedFolder", "a", "no permission")]

    def test_a_file_that_vanishes_while_its_folder_is_told_is_told_as_vanished(
        self, folder: Folder
    ) -> None:
        path = folder.add("a.jpg")
        folder.add("b.jpg")
        walk = scan(folder.path, ScanOptions())
        assert isinstance(next(walk), ListedFolder)
        os.remove(path)
        gone, left = walk
        assert isinstance(gone, Unreadable)
        assert (gone.path, gone.problem) == (path, Problem.VANISHED)
        assert left.path == folder.at("b.jpg")

    def test_a_folder_that_vanishes_is_told_as_unlisted(self, folder: Folder) -> None:
        inner = os.path.dirname(folder.add("a/a.jpg"))
        walk = scan(folder.path, ScanOptions())
        next(walk)
        shutil.rmtree(inner)
        (met,) = walk
        assert isinstance(met, UnlistedFolder)
        assert (met.path, met.problem) == (inner, Problem.VANISHED)


class TestLinks:
    def test_links_are_neither_followed_nor_told(self, folder: Folder, tmp_path: Path) -> None:
        outside = Folder(os.fsencode(tmp_path / "outside"))
        folder.link("a.jpg", outside.add("a.jpg"))
        folder.link("album", outside.path)
        folder.link("dangling.jpg", outside.at("gone.jpg"))
        assert len(folder.scan()) == 1

    def test_a_followed_link_is_told_by_where_it_leads(
        self, folder: Folder, tmp_path: Path
    ) -> None:
        outside = Folder(os.path.realpath(os.fsencode(tmp_path / "outside")))
        file, inner = outside.add("a.jpg"), outside.add("album/b.jpg")
        folder.link("link.jpg", file)
        folder.link("link", os.path.dirname(inner))
        found = [met.path for met in folder.scan(FOLLOW) if isinstance(met, FoundFile)]
        assert found == [inner, file]

    def test_what_the_scan_comes_by_is_not_told_again(self, folder: Folder) -> None:
        folder.link("a.jpg", folder.add("z.jpg"))
        folder.link("a", os.path.dirname(folder.add("z/b.jpg")))
        folder.link("b.jpg", folder.at("z/b.jpg"))
        assert folder.found(FOLLOW) == ["z/b.jpg", "z.jpg"]

    def test_two_links_to_one_file_tell_it_once(self, folder: Folder, tmp_path: Path) -> None:
        target = Folder(os.fsencode(tmp_path / "outside")).add("a.jpg")
        folder.link("1.jpg", target)
        folder.link("2.jpg", target)
        assert len(folder.scan(FOLLOW)) == 2

    def test_a_file_in_a_folder_that_another_link_opens_is_told_once(
        self, folder: Folder, tmp_path: Path
    ) -> None:
        target = Folder(os.fsencode(tmp_path / "outside")).add("a.jpg")
        folder.link("1.jpg", target)
        folder.link("2", os.path.dirname(target))
        assert len([met for met in folder.scan(FOLLOW) if isinstance(met, FoundFile)]) == 1

    def test_loops_end(self, folder: Folder) -> None:
        folder.add("a/b/c.jpg")
        folder.link("a/b/up", folder.path)
        folder.link("a/self", folder.at("a/self"))
        folder.link("a/b/here", b".")
        assert folder.found(FOLLOW) == ["a/b/c.jpg"]

    def test_a_link_that_leads_nowhere_is_passed_over(self, folder: Folder) -> None:
        folder.link("a.jpg", folder.at("gone.jpg"))
        assert len(folder.scan(FOLLOW)) == 1

    def test_a_link_pulls_no_library_in(self, folder: Folder, tmp_path: Path) -> None:
        library = Folder(os.fsencode(tmp_path / "Photos.photoslibrary"))
        folder.link("a.jpg", library.add("originals/0/a.jpg"))
        folder.link("photos", library.at("originals"))
        assert len(folder.scan(FOLLOW)) == 1

    def test_hidden_and_excluded_links_are_not_followed(
        self, folder: Folder, tmp_path: Path
    ) -> None:
        target = Folder(os.fsencode(tmp_path / "outside")).add("a.jpg")
        folder.link(".hidden.jpg", target)
        folder.link("out.jpg", target)
        assert len(folder.scan(replace(FOLLOW, exclude=("out.jpg",)))) == 1


class TestMounts:
    @pytest.fixture
    def elsewhere(self, folder: Folder) -> Iterator[Folder]:
        """A folder on another file system: in memory, on the machines that have it."""
        if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == device_of(folder):
            pytest.skip("no second file system at hand")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as top:
            yield Folder(os.fsencode(top))

    def test_another_file_system_is_entered(self, folder: Folder, elsewhere: Folder) -> None:
        path = elsewhere.add("a.jpg")
        folder.link("mount", elsewhere.path)
        met = {one.path: one for one in folder.scan(FOLLOW)}
        told = met[elsewhere.path]
        assert isinstance(told, ListedFolder)
        assert told.device == os.stat(path).st_dev != device_of(folder)

    def test_with_one_file_system_it_is_not(self, folder: Folder, elsewhere: Folder) -> None:
        folder.link("mount", elsewhere.path)
        folder.link("a.jpg", elsewhere.add("a.jpg"))
        assert len(folder.scan(replace(FOLLOW, one_file_system=True))) == 1

    def test_a_folder_mounted_twice_is_told_once_under_its_first_name(
        self, mounted: Folder
    ) -> None:
        assert mounted.found() == ["first/album/a.jpg"]


class TestLists:
    def met(self, *paths: bytes, options: ScanOptions | None = None) -> list[Met]:
        return list(scan_paths(paths, options or ScanOptions()))

    def test_a_file_is_taken_whatever_its_name_and_place(self, folder: Folder) -> None:
        paths = [folder.add(name) for name in ["b.txt", ".a", "x.photoslibrary/o.jpg", "._a.jpg"]]
        met = self.met(*paths, options=ScanOptions(exclude=("*",)))
        assert [one.path for one in met] == paths
        assert all(isinstance(one, FoundFile) for one in met)

    def test_a_folder_is_scanned(self, folder: Folder) -> None:
        path = folder.add("a.jpg")
        assert [one.path for one in self.met(folder.path)] == [folder.path, path]

    def test_nothing_is_told_twice(self, folder: Folder) -> None:
        path = folder.add("a/a.jpg")
        link = folder.link("link.jpg", path)
        inner = os.path.dirname(path)
        met = self.met(path, link, folder.path, inner, path)
        assert [one.path for one in met] == [path, folder.path, inner]

    def test_a_library_left_out_of_its_parent_can_still_be_named(self, folder: Folder) -> None:
        path = folder.add("x.lrlibrary/a.jpg")
        kinds = [type(one) for one in self.met(folder.path, os.path.dirname(path))]
        assert kinds == [ListedFolder, LeftOutLibrary, ListedFolder, FoundFile]

    def test_an_empty_name_is_not_the_working_folder(self) -> None:
        assert self.met(b"", b"") == []

    def test_what_is_not_there_is_told(self, folder: Folder) -> None:
        (met,) = self.met(folder.at("gone.jpg"))
        assert isinstance(met, Unreadable)
        assert met.problem is Problem.VANISHED

    def test_a_name_with_a_zero_byte_is_told_with_the_likely_cause(self) -> None:
        (met,) = self.met(b"a.jpg\0b.jpg\0")
        assert isinstance(met, Unreadable)
        assert "-0" in met.reason

    @posix
    def test_a_pipe_is_told(self, folder: Folder) -> None:
        os.mkfifo(folder.at("pipe"))
        (met,) = self.met(folder.at("pipe"))
        assert isinstance(met, Unreadable)

    def test_an_empty_file_is_told(self, folder: Folder) -> None:
        (met,) = self.met(folder.add("note.txt", b""))
        assert isinstance(met, Unreadable)
        assert met.problem is Problem.EMPTY

    def test_relative_names_are_those_of_the_working_folder(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder.add("a.jpg")
        monkeypatch.chdir(os.fsdecode(folder.path))
        assert [one.path for one in self.met(b"a.jpg", b"./a.jpg")] == [path]


def test_a_file_more_costs_a_few_calls(folder: Folder) -> None:
    for album in range(10):
        folder.add(f"{album}/0.jpg")
        for number in range(1, 100):
            os.link(folder.at(f"{album}/0.jpg"), folder.at(f"{album}/{number}.jpg"))

    calls = calls_of(folder.scan)

    assert len(folder.scan()) == 1011
    assert calls < 60 * 1011  # 43 each; ten thousand files take a fifth of a second


def tell(met: Met, folder: Folder) -> tuple[str, str, str]:
    problem = met.problem if isinstance(met, Unreadable | UnlistedFolder) else ""
    return type(met).__name__, os.fsdecode(met.path[len(folder.path) + 1 :]), str(problem)


def device_of(folder: Folder) -> int:
    return os.stat(folder.path).st_dev


@pytest.mark.parametrize("years", [-2000, 400, 3000])
def test_a_time_far_from_now_costs_the_file_nothing_else(tmp_path: Path, years: int) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a")
    seconds = years * 31_556_952
    os.utime(path, ns=(seconds * 10**9, seconds * 10**9))

    (found,) = [m for m in scan(os.fsencode(tmp_path), ScanOptions()) if isinstance(m, FoundFile)]

    assert -(2**63) <= found.mtime_ns < 2**63

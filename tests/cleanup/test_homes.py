"""A volume that is away is away: nothing is marked, and all comes back when it does, wherever."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from copyfind.cleanup.apply import settle_all
from copyfind.cleanup.emptying import Emptied, empty
from copyfind.cleanup.files import Files, Seen
from copyfind.cleanup.journal import Journal, read_journal
from copyfind.cleanup.undo import Undone, undo_journal
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, Copy, Tree, new_album
from tests.cleanup.faulty import Crash, Crashing
from tests.mounting import image, loop, mounted, unmount

# Volumes with a UUID, and such as nothing tells from others.
KINDS = ["ext4", "xfs", "btrfs", "exfat", "mergerfs"]
REST = (ActionKind.SYMLINK, ActionKind.TRASH, ActionKind.HARDLINK)


class Drive:
    """A drive on which copies were found, and how to take it away and bring it back."""

    def __init__(self, kind: str, place: Path, stack: ExitStack) -> None:
        self.place = place
        self.album = new_album(place)
        self.album.folder.rmdir()
        self.at = self.album.folder
        self._stack = stack
        if kind == "mergerfs":
            (place / "behind").mkdir()
            self._command = ["mergerfs", str(place / "behind"), "AT"]
        else:
            size = {"btrfs": 110, "xfs": 300}.get(kind, 12)
            device = stack.enter_context(loop(image(place / "image", kind, megabytes=size)))
            driver = {"exfat": "mount.exfat-fuse"}.get(kind, "mount")
            self._command = [driver, device, "AT"]
        self.plug(self.at)
        for name in ("in/keep.jpg", "copy.jpg", "in/copy.jpg"):
            self.album.add(name, "picture", mode=0o777)
        self.album.cluster(
            "in/keep.jpg", Copy("copy.jpg", "in/keep.jpg"), Copy("in/copy.jpg", "in/keep.jpg")
        )
        self.before = self.tree()

    def plug(self, at: Path) -> None:
        self.at = at
        self._stack.enter_context(mounted(at, *self._command))

    def unplug(self) -> None:
        unmount(self.at)

    def elsewhere(self) -> Path:
        return self.place / "mnt" / "album" / "photos"

    def tree(self) -> Tree:
        """Everything on it but what its file system keeps there for itself."""
        tree = Album(self.at.parent).tree()
        return {name: state for name, state in tree.items() if not name.startswith("lost+found")}

    def journal(self) -> Journal:
        (journal,) = self.album.journals()
        return journal

    def empty(self) -> Emptied:
        return empty(self.album.surroundings(), older_than=timedelta(0))

    def undo(self) -> Undone:
        return undo_journal(self.journal(), self.album.surroundings())

    def undo_manifest(self, at: Path, *, computer: Path) -> Undone:
        """By what lies on the drive alone, on another computer."""
        (manifest,) = at.rglob("manifest.jsonl")
        known = Album(computer / "album").surroundings()
        return undo_journal(read_journal(os.fsencode(manifest), known.files), known)

    def forget_volumes(self) -> None:
        """Leave what a copyfind of version 0.1 would have written."""
        for path in [Path(os.fsdecode(self.journal().path)), *self.at.rglob("manifest.jsonl")]:
            lines = [json.loads(line) for line in path.read_bytes().splitlines() if line]
            for line in lines:
                line.get("operation", {}).pop("volumes", None)
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def plugged() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=KINDS)
def drive(request: pytest.FixtureRequest, tmp_path: Path, plugged: ExitStack) -> Drive:
    return Drive(request.param, tmp_path.resolve(), plugged)


@pytest.fixture
def disk(tmp_path: Path, plugged: ExitStack) -> Drive:
    return Drive("ext4", tmp_path.resolve(), plugged)


def in_its_place(drive: Drive, what: str, stack: ExitStack) -> None:
    """What is at the mount point while the drive is away."""
    if what == "no folder":
        drive.at.rmdir()
    elif what == "another drive":
        stack.enter_context(mounted(drive.at, "mount", "-t", "tmpfs", "none", "AT"))
        (drive.at / "in").mkdir()
    elif what == "another drive with a quarantine":
        stack.enter_context(mounted(drive.at, "mount", "-t", "tmpfs", "none", "AT"))
        (drive.at / "in").mkdir()
        (drive.at / ".copyfind-quarantine" / drive.journal().name / "1").mkdir(parents=True)


@pytest.mark.parametrize("version", ["0.1", "now"])
@pytest.mark.parametrize(
    "what", ["empty folder", "no folder", "another drive", "another drive with a quarantine"]
)
def test_what_waits_on_a_drive_that_is_away_is_kept(disk: Drive, what: str, version: str) -> None:
    if (version, what) == ("0.1", "another drive with a quarantine"):
        pytest.skip("nothing tells the drives apart")
    disk.album.apply(disk.album.plan())
    if version == "0.1":
        disk.forget_volumes()
    disk.unplug()
    with ExitStack() as meanwhile:
        in_its_place(disk, what, meanwhile)

        emptied = disk.empty()

        assert emptied.done == []
        assert ["volume" in kept.reason for kept in emptied.kept] == [True, True]
        undone = disk.undo()
        assert undone.done == []
        assert ["volume" in failed.reason for failed in undone.failed] == [True, True]
    disk.at.mkdir(exist_ok=True)
    disk.plug(disk.at)
    assert len(disk.undo().done) == 2
    assert disk.tree() == disk.before


@pytest.mark.parametrize("version", ["0.1", "now"])
def test_a_drive_comes_back_elsewhere_and_its_files_go_back(drive: Drive, version: str) -> None:
    drive.album.apply(drive.album.plan())
    if version == "0.1":
        drive.forget_volumes()
    drive.unplug()
    assert drive.empty().done == []
    drive.plug(drive.elsewhere())

    undone = drive.undo()

    assert undone.failed == []
    paths = {operation.file.path for operation in undone.done}
    assert paths == {os.fsencode(drive.at / name) for name in ("copy.jpg", "in/copy.jpg")}
    assert drive.tree() == drive.before
    assert drive.undo().done == []


def test_a_drive_that_came_back_elsewhere_can_be_emptied(drive: Drive) -> None:
    drive.album.apply(drive.album.plan())
    drive.unplug()
    drive.plug(drive.elsewhere())

    assert len(drive.empty().done) == 2
    assert [name for name, state in drive.tree().items() if state[0] == "file"] == ["in/keep.jpg"]


@pytest.mark.parametrize("version", ["0.1", "now"])
def test_the_manifest_gives_files_back_on_another_computer(
    drive: Drive, tmp_path: Path, version: str
) -> None:
    drive.album.apply(drive.album.plan())
    if version == "0.1":
        drive.forget_volumes()
    drive.unplug()
    drive.plug(drive.elsewhere())

    undone = drive.undo_manifest(drive.at, computer=tmp_path / "computer")

    assert undone.failed == []
    assert len(undone.done) == 2
    assert drive.tree() == drive.before


@pytest.mark.parametrize("version", ["0.1", "now"])
def test_a_manifest_without_its_files_is_not_spoiled(
    disk: Drive, tmp_path: Path, version: str
) -> None:
    """It was copied somewhere, and named there."""
    disk.album.apply(disk.album.plan())
    if version == "0.1":
        disk.forget_volumes()
    (manifest,) = disk.at.rglob("manifest.jsonl")
    saved = tmp_path / "saved" / "album" / ".copyfind-quarantine" / manifest.parent.name
    saved.mkdir(parents=True)
    shutil.copy(manifest, saved)
    before = (saved / "manifest.jsonl").read_bytes()

    undone = disk.undo_manifest(saved, computer=tmp_path / "computer")

    assert undone.done == []
    assert len(undone.failed) == 2
    assert (saved / "manifest.jsonl").read_bytes() == before
    assert len(disk.undo_manifest(disk.at, computer=tmp_path / "computer").done) == 2
    assert disk.tree() == disk.before


@pytest.mark.parametrize("place", ["its own", "another"])
def test_a_copy_of_the_drive_is_not_taken_for_it(disk: Drive, tmp_path: Path, place: str) -> None:
    disk.album.apply(disk.album.plan())
    backup = tmp_path / "backup" / "album" / "photos"
    shutil.copytree(disk.at, backup, ignore=shutil.ignore_patterns("lost+found"))
    disk.unplug()
    if place == "its own":
        copy = mounted(disk.at, "mount", "--bind", str(backup), "AT")
    else:
        copy = mounted(tmp_path / "mnt" / "photos", "mount", "--bind", str(backup), "AT")
    with copy:
        undone = disk.undo()

        assert undone.done == []
        assert ["volume is not there" in f.reason for f in undone.failed] == [True, True]
        assert disk.empty().done == []
    disk.plug(disk.at)
    assert len(disk.undo().done) == 2
    assert disk.tree() == disk.before


class Dead(Files):
    """A drive whose driver has died: it is mounted, and nothing on it can be looked at."""

    def __init__(self, at: Path) -> None:
        self._at = os.fsencode(at)

    def look(self, path: bytes) -> Seen | None:
        if path.startswith(self._at):
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN), path)
        return super().look(path)


@pytest.mark.parametrize("cut_off", [False, True])
def test_a_drive_that_cannot_be_looked_at_is_away(disk: Drive, *, cut_off: bool) -> None:
    with suppress(Crash):
        disk.album.apply(disk.album.plan(), Crashing(13 if cut_off else 1000, "after"))
    before = Path(os.fsdecode(disk.journal().path)).read_bytes()
    surroundings = disk.album.surroundings(Dead(disk.at))

    emptied = empty(surroundings, older_than=timedelta(0))
    undone = undo_journal(disk.journal(), surroundings)

    assert (emptied.done, undone.done) == ([], [])
    assert len(undone.failed) == len(disk.journal().entries)
    assert Path(os.fsdecode(disk.journal().path)).read_bytes() == before
    disk.undo()
    assert disk.tree() == disk.before


def test_who_took_it_out_of_the_quarantine_knows_what_became_of_it(disk: Drive) -> None:
    disk.album.apply(disk.album.plan())
    shutil.rmtree(disk.at / ".copyfind-quarantine")

    emptied = disk.empty()

    assert (emptied.done, emptied.kept) == ([], [])
    assert len(disk.journal().holding()) == 2


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (ActionKind.QUARANTINE, 3),
        (ActionKind.DELETE, 3),
        *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind in ActionKind if kind in REST),
    ],
)
def test_what_a_crash_has_cut_off_waits_for_its_volume(
    disk: Drive, kind: ActionKind, step: int
) -> None:
    """Killed at a call, the drive pulled out, and found at another place."""
    disk.album.add("in/keep.jpg", "picture", mode=0o777)
    for at in range(1, 60, step):
        files = Crashing(at, "before" if at % 2 else "after")
        try:
            disk.album.apply(disk.album.plan(kind), files)
        except Crash:
            pass
        else:
            break
        home = disk.at
        disk.unplug()
        said = [Path(os.fsdecode(j.path)).read_bytes() for j in disk.album.journals()]
        settle_all(disk.album.surroundings())
        assert said == [Path(os.fsdecode(j.path)).read_bytes() for j in disk.album.journals()]
        disk.plug(disk.elsewhere())
        settle_all(disk.album.surroundings())
        for journal in disk.album.journals():
            assert journal.open_entries() == []
            undo_journal(journal, disk.album.surroundings())
            assert b"picture" in [state[1] for state in disk.tree().values() if len(state) > 1]
        if kind is not ActionKind.DELETE:
            assert _without_trash(disk.tree()) == disk.before
        for name, state in disk.before.items():
            if state[0] == "file" and not (disk.at / name).exists():
                Album(disk.at.parent).add(name, "picture", mode=0o777)
        shutil.rmtree(disk.album.top / "data", ignore_errors=True)
        disk.unplug()
        disk.plug(home)
        disk.album.findings_.clear()
        disk.album.cluster(
            "in/keep.jpg", Copy("copy.jpg", "in/keep.jpg"), Copy("in/copy.jpg", "in/keep.jpg")
        )
    else:
        pytest.fail("it never got to its end")


def _without_trash(tree: Tree) -> Tree:
    return {name: state for name, state in tree.items() if not name.startswith(".Trash")}

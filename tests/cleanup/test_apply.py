"""Applying a plan and undoing it: what each action does to files, and what people are told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copyfind.cleanup.apply import apply_plan, preview
from copyfind.cleanup.emptying import empty, waiting
from copyfind.cleanup.files import Files
from copyfind.cleanup.gathering import belongings_of
from copyfind.cleanup.journal import State, read_journal
from copyfind.cleanup.operation import Operation
from copyfind.cleanup.plan_file import plan_as_json
from copyfind.cleanup.undo import undo_journal
from copyfind.errors import CatalogLocked, CleanupError
from copyfind.records import LINKS, ActionKind, Belongings
from tests.cleanup.conftest import Album, Copy, filled, new_album, scratch
from tests.cleanup.faulty import Recording
from tests.conftest import Volume, surroundings

FOREVER = timedelta(0)
_MANY = 60  # files, more than are cleared away before a kill


@pytest.fixture(params=list(ActionKind))
def applied(request: pytest.FixtureRequest, album: Album) -> tuple[Album, ActionKind]:
    """Each action, of files with the same bytes."""
    kind: ActionKind = request.param
    album.files = Recording()  # on this volume, a clone is a copy
    return filled(album, same_bytes_only=kind in LINKS), kind


def test_every_action_leaves_a_file_with_the_picture(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    pictures = album.pictures()
    plan = album.plan(kind)

    done = album.apply(plan)

    assert (len(done.done), done.skipped, done.stranded) == (len(plan.actions), [], [])
    if kind in LINKS:
        assert album.pictures() == pictures
    else:
        gone = {os.path.relpath(os.fsdecode(a.file.path), album.folder) for a in plan.actions}
        assert album.pictures() == {n: p for n, p in pictures.items() if n not in gone}


def test_undo_gives_back_the_exact_tree(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    before = album.tree()
    plan = album.plan(kind)
    album.apply(plan)

    (undone,) = album.undo()

    if kind is ActionKind.DELETE:
        assert [one.reason for one in undone.failed] == ["was deleted for good"] * 4
    else:
        assert undone.failed == []
        assert album.tree() == before
        assert album.undo()[0].done == []  # once is enough


def test_the_same_plan_again_does_nothing_more(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    plan = album.plan(kind)
    album.apply(plan)
    before = album.tree()

    again = album.apply(plan)

    assert (again.done, again.skipped, again.already) == ([], [], len(plan.actions))
    assert album.tree() == before


def test_a_link_is_what_it_says(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.HARDLINK))

    assert album.at("copies/b.jpg").samefile(album.at("b.jpg"))
    assert not album.at("copies/b.jpg").is_symlink()


def test_a_symlink_leads_to_the_keeper_wherever_both_are_moved(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.SYMLINK))

    album.folder.rename(album.top / "renamed")

    link = album.top / "renamed" / "copies" / "b.jpg"
    assert os.readlink(link) == "../b.jpg"
    assert link.read_bytes() == b"picture B"


def test_undoing_a_link_whose_file_was_edited_is_refused(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.HARDLINK))
    with album.at("b.jpg").open("r+b") as file:
        file.write(b"edited")

    (undone,) = album.undo()

    assert [one.path for one in undone.failed] == [album.path("copies/b.jpg")]
    assert "holds other bytes now" in undone.failed[0].reason


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes of Linux")
@pytest.mark.parametrize("kind", [ActionKind.QUARANTINE, ActionKind.HARDLINK])
def test_undo_gives_back_extended_attributes(album: Album, kind: ActionKind) -> None:
    filled(album, same_bytes_only=True)
    try:
        os.setxattr(album.at("copies/b.jpg"), "user.stars", b"5")
    except OSError:
        pytest.skip("this volume has none")
    album.apply(album.plan(kind))

    album.undo()

    assert os.getxattr(album.at("copies/b.jpg"), "user.stars") == b"5"


def test_undo_makes_folders_that_are_gone(full_album: Album) -> None:
    before = full_album.tree()
    full_album.apply(full_album.plan())
    full_album.at("copies").rmdir()

    full_album.undo()

    assert full_album.tree() == before


def test_a_move_keeps_the_folders(full_album: Album) -> None:
    full_album.apply(full_album.plan(ActionKind.MOVE))

    assert (full_album.top / "moved" / "copies" / "a 1.jpg").read_bytes() == b"picture A"
    assert (full_album.top / "moved" / "a.png").read_bytes() == b"picture A as PNG"


def test_the_trash_knows_where_a_file_was(full_album: Album) -> None:
    full_album.apply(full_album.plan(ActionKind.TRASH))
    notes = sorted((full_album.top / "home" / "Trash" / "info").iterdir())

    assert len(notes) == 4
    assert "[Trash Info]\nPath=/" in notes[0].read_text()
    for note in notes:
        assert (note.parents[1] / "files" / note.name.removesuffix(".trashinfo")).is_file()


def test_the_trash_of_another_volume_is_on_that_volume(album: Album, volume: Volume) -> None:
    home = album.top
    album.top = volume.path / "album"
    album.folder.mkdir(parents=True)
    filled(album)
    known = album.surroundings()
    done = apply_plan(
        album.plan(ActionKind.TRASH), replace(known, trash=os.fsencode(home / "Trash"))
    )

    assert done.skipped == []
    (trash,) = volume.path.glob(".Trash-*")
    assert len(list((trash / "files").iterdir())) == 4
    assert "Path=album/photos/" in next((trash / "info").iterdir()).read_text()
    (undone,) = album.undo()
    assert undone.failed == []


def test_a_dry_run_names_the_very_steps_and_does_nothing(full_album: Album) -> None:
    before, plan = full_album.tree(), full_album.plan()
    rehearsed = list(preview(plan, full_album.surroundings()))

    assert full_album.tree() == before
    assert full_album.journals() == []
    assert not (full_album.top / ".copyfind-quarantine").exists()
    full_album.apply(plan)
    (journal,) = full_album.journals()
    real = [entry.operation for entry in journal.entries.values()]
    steps = [told.file for told in rehearsed if isinstance(told, Operation)]
    assert steps == [operation.file for operation in real]


def test_a_dry_run_tells_what_would_be_skipped(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.at("b.jpg").write_bytes(b"edited")

    rehearsed = preview(plan, full_album.surroundings())
    (skipped,) = (told for told in rehearsed if not isinstance(told, Operation))

    assert "has changed" in skipped.reason


def test_two_at_once_are_refused(full_album: Album) -> None:
    plan = full_album.plan()

    with full_album.surroundings().journals.locked("apply"), pytest.raises(CatalogLocked):
        full_album.apply(plan)


def test_an_edited_plan_goes_on_where_the_first_ended(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.apply(replace(plan, clusters=plan.clusters[:1]))
    full_album.apply(plan)

    assert len(full_album.journals()) == 2
    before = full_album.contents()
    full_album.undo()
    assert full_album.contents() == before
    assert full_album.at("copies/b.jpg").exists()


@pytest.fixture
def btrfs(tmp_path: Path) -> Iterator[Path]:
    """A volume that shares blocks."""
    image, place = tmp_path / "image", tmp_path.resolve() / "btrfs"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(150 << 20)
    try:
        subprocess.run(["mkfs.btrfs", "-q", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no btrfs can be made here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.slow
def test_a_real_reflink_is_a_file_of_its_own_and_is_undone(btrfs: Path) -> None:
    album = filled(new_album(btrfs), same_bytes_only=True)
    before = album.tree()

    applied = album.apply(album.plan(ActionKind.REFLINK))

    assert (len(applied.done), applied.skipped) == (3, [])
    assert album.tree() == before
    assert not album.at("copies/b.jpg").samefile(album.at("b.jpg"))
    (undone,) = album.undo()
    assert undone.failed == []
    assert album.tree() == before


# The journal


def test_a_journal_that_is_torn_in_its_last_line_is_read(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.apply(plan)
    (journal,) = full_album.journals()
    path = Path(os.fsdecode(journal.path))
    text = path.read_bytes()
    path.write_bytes(text[: len(text) - 30])

    (torn,) = full_album.journals()

    assert torn.torn
    assert [entry.state for entry in torn.entries.values()].count(State.BEGUN) == 1
    assert full_album.apply(plan).already == 4
    full_album.undo()
    assert full_album.at("copies/b.jpg").exists()


@pytest.mark.parametrize("text", [b'{"schema": "other"}\n', b'{"schema": "copyfind.journal/1"}\n'])
def test_what_is_no_journal_is_refused(album: Album, text: bytes) -> None:
    path = album.top / "x.jsonl"
    path.write_bytes(text)

    with pytest.raises(CleanupError):
        read_journal(os.fsencode(path), Files())


def test_without_a_journal_nothing_is_done(full_album: Album, volume: Volume) -> None:
    plan = full_album.plan()
    before = full_album.tree()
    (volume.path / "data").mkdir()
    (full_album.top / "data").symlink_to(volume.path / "data")
    (volume.path / "data" / "catalog.sqlite.journals").mkdir()
    (volume.path / "data" / "catalog.sqlite.journals" / ".lock").touch()
    volume.fill()

    with pytest.raises(CleanupError, match="cannot be written"):
        full_album.apply(plan)

    assert full_album.tree() == before
    volume.make_room()
    assert full_album.apply(plan).skipped == []


def test_a_full_volume_loses_nothing(album: Album, volume: Volume) -> None:
    data = album.top / "data"
    album.top = volume.path / "album"
    album.folder.mkdir(parents=True)
    data.mkdir(parents=True)
    (album.top / "data").symlink_to(data)  # the journal has room
    filled(album, same_bytes_only=True)
    before = album.tree()
    volume.fill()

    for kind in (ActionKind.QUARANTINE, ActionKind.HARDLINK):
        album.apply(album.plan(kind))
        assert album.contents().keys() >= {b"picture A", b"picture B", b"picture C"}
        volume.make_room()
        album.undo()
        assert album.tree() == before
        volume.fill()


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="needs another user")
def test_without_permission_nothing_is_done(full_album: Album) -> None:
    for path in (full_album.top / "data", full_album.top / "home"):
        path.mkdir()
        path.chmod(0o777)
    for path in (full_album.folder, *full_album.folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o055 if path.is_dir() else 0o644)
    for path in (full_album.top, *full_album.top.parents):
        if "pytest" in str(path):
            path.chmod(0o755)
    before, plan = full_album.tree(), full_album.plan()
    os.seteuid(65534)
    try:
        applied = full_album.apply(plan)
    finally:
        os.seteuid(0)

    assert applied.done == []
    assert all("permission" in s.reason or "no folder" in s.reason for s in applied.skipped)
    assert len(applied.skipped) == 2
    assert full_album.tree() == before


# The quarantine


def test_the_quarantine_is_emptied_of_what_is_old_enough(full_album: Album) -> None:
    full_album.apply(full_album.plan())
    known = full_album.surroundings()

    assert waiting(known, older_than=timedelta(days=1)) == []
    emptied = empty(known, older_than=FOREVER)

    assert len(emptied.done) == 4
    assert emptied.kept == []
    assert not (full_album.top / ".copyfind-quarantine").exists()
    assert full_album.contents().keys() == {b"picture A", b"picture B", b"picture C"}
    (undone,) = full_album.undo()
    assert {one.reason for one in undone.failed} == {
        "was removed for good when the quarantine was emptied"
    }


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_the_last_of_its_kind_stays_in_the_quarantine(full_album: Album, what: str) -> None:
    full_album.apply(full_album.plan())
    if what == "gone":
        full_album.at("b.jpg").unlink()
    else:
        full_album.at("b.jpg").write_bytes(b"edited !")

    emptied = empty(full_album.surroundings(), older_than=FOREVER)

    assert [one.path for one in emptied.kept] == [full_album.path("copies/b.jpg")]
    assert "the file to keep" in emptied.kept[0].reason
    full_album.undo()
    assert full_album.at("copies/b.jpg").read_bytes() == b"picture B"


def test_without_the_journal_the_manifest_gives_files_back(full_album: Album) -> None:
    before = full_album.tree()
    full_album.apply(full_album.plan())
    (journal,) = full_album.journals()
    Path(os.fsdecode(journal.path)).unlink()
    (manifest,) = (full_album.top / ".copyfind-quarantine").glob("*/manifest.jsonl")
    known = full_album.surroundings()

    undone = undo_journal(read_journal(os.fsencode(manifest), known.files), known)

    assert undone.failed == []
    assert full_album.tree() == before


# Units, from what is beside the pictures


def test_sidecars_of_redundant_pictures_travel(album: Album) -> None:
    album.add("keep/IMG_1.JPG", "picture")
    album.add("copy/IMG_1.JPG", "picture")
    album.add("copy/IMG_1.AAE", "edits")
    album.cluster("keep/IMG_1.JPG", Copy("copy/IMG_1.JPG", "keep/IMG_1.JPG"))
    found = belongings_of([album.path("copy/IMG_1.JPG")], Files())
    names = {os.path.relpath(p, album.path("")): b for p, b in found.items()}

    plan = album.plan(belongings={os.fsdecode(n): b for n, b in names.items()})

    (action,) = plan.actions
    assert [c.file.path for c in action.companions] == [album.path("copy/IMG_1.AAE")]
    assert isinstance(found[album.path("copy/IMG_1.JPG")], Belongings)


# Real kills


PROGRAM = """
import os, sys
from pathlib import Path
from copyfind.cleanup.apply import Surroundings, apply_plan
from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import Journals
from copyfind.cleanup.plan_file import read_plan
top = Path(sys.argv[1])
class Confined(Files):
    def may_write_in(self, folder):
        return b"/album" in folder and super().may_write_in(folder)
files = Confined()
journals = Journals(os.fsencode(top / "data" / "catalog.sqlite.journals"), files)
known = Surroundings(files, journals, os.fsencode(top / "home" / "Trash"))
plan = read_plan((top / "plan.json").read_bytes(), version="0.1.0")
print("ready", flush=True)
sys.stdin.readline()
apply_plan(plan, known)
"""


def many(album: Album) -> Album:
    for number in range(_MANY):
        album.add(f"{number}.jpg", f"picture {number}", day=number)
        album.add(f"copies/{number}.jpg", f"picture {number}", day=number + 7)
        album.cluster(f"{number}.jpg", Copy(f"copies/{number}.jpg", f"{number}.jpg"))
    return album


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (ActionKind.QUARANTINE, 0.05),
        (ActionKind.HARDLINK, 0.15),
        pytest.param(ActionKind.TRASH, 0.1, marks=pytest.mark.slow),
        pytest.param(ActionKind.SYMLINK, 0.1, marks=pytest.mark.slow),
        pytest.param(ActionKind.MOVE, 0.2, marks=pytest.mark.slow),
        pytest.param(ActionKind.QUARANTINE, 0.3, marks=pytest.mark.slow),
    ],
)
def test_killed_for_real_nothing_is_lost(kind: ActionKind, seconds: float) -> None:
    with scratch() as place:
        kill(many(new_album(place)), kind, seconds)


def kill(album: Album, kind: ActionKind, seconds: float) -> None:
    plan = album.plan(kind)
    (album.top / "plan.json").write_text(plan_as_json(plan))
    before, contents = album.tree(), set(album.contents())
    command = [sys.executable, "-c", PROGRAM, str(album.top)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings()
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.write(b"go\n")
        process.stdin.flush()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    assert set(album.contents()) >= contents

    again = album.apply(plan)

    assert again.skipped == []
    assert len(again.done) + again.already == _MANY
    album.undo()
    assert album.tree() == before

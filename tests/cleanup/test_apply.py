"""Applying a plan and undoing it: what each action does to files, and what people are told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from copyfind.cleanup.apply import carry_out, preview
from copyfind.cleanup.operation import Operation
from copyfind.cleanup.plan_file import plan_as_json
from copyfind.errors import CatalogLocked
from copyfind.plans import LINKS, ActionKind, Belongings
from copyfind.watch import Stage
from tests.cleanup.conftest import Album, Copy, filled, new_album, pair, scratch, stopping_after
from tests.conftest import Volume, surroundings


def test_rule_4_a_cluster_is_skipped_whole_and_others_are_not(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.at("a.png").write_bytes(b"edited")

    applied = full_album.apply(plan)

    assert [action.file.path for action in applied.done] == [full_album.path("copies/b.jpg")]
    assert len(applied.skipped) == 1


def test_rule_15_what_belongs_to_a_picture_travels_with_it_and_back(album: Album) -> None:
    pair(album)
    album.add("copy.xmp", "stars", day=3)
    album.add("sub/copy.mov", "film", day=4)
    unit = Belongings(tuple(album.companion(n, "copy.jpg") for n in ("copy.xmp", "sub/copy.mov")))
    before = album.tree()

    applied = album.apply(album.plan(belongings={"copy.jpg": unit}))

    assert applied.skipped == []
    assert album.pictures() == {"keep.jpg": b"picture"}
    (undone,) = album.undo()
    assert undone.failed == []
    assert album.tree() == before


_MANY = 60  # files, more than are cleared away before a kill


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


def test_the_same_plan_again_does_nothing_more(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    plan = album.plan(kind)
    album.apply(plan)
    before = album.tree()

    again = album.apply(plan)

    assert (again.done, again.skipped, again.already) == ([], [], len(plan.actions))
    assert album.tree() == before


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


PROGRAM = """
import os, sys
from pathlib import Path
from copyfind.cleanup.apply import Surroundings, carry_out
from copyfind.cleanup.files import Files
from copyfind.cleanup.journals import Journals
from copyfind.cleanup.plan_file import plan_from_json
top = Path(sys.argv[1])
class Confined(Files):
    def may_write_in(self, folder):
        return b"/album" in folder and super().may_write_in(folder)
files = Confined()
journals = Journals(os.fsencode(top / "data" / "catalog.sqlite.journals"), files)
known = Surroundings(files, journals, os.fsencode(top / "home" / "Trash"))
plan = plan_from_json((top / "plan.json").read_bytes(), version="0.1.0")
print("ready", flush=True)
sys.stdin.readline()
carry_out(plan, known)
"""


def many(album: Album) -> Album:
    for number in range(_MANY):
        album.add(f"{number}.jpg", f"picture {number}", day=number)
        album.add(f"copies/{number}.jpg", f"picture {number}", day=number + 7)
        album.cluster(f"{number}.jpg", Copy(f"copies/{number}.jpg", f"{number}.jpg"))
    return album


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (ActionKind.QUARANTINE, 1),
        (ActionKind.HARDLINK, 50),
        pytest.param(ActionKind.TRASH, 20, marks=pytest.mark.slow),
        pytest.param(ActionKind.SYMLINK, 20, marks=pytest.mark.slow),
        pytest.param(ActionKind.MOVE, 80, marks=pytest.mark.slow),
        pytest.param(ActionKind.QUARANTINE, 150, marks=pytest.mark.slow),
    ],
)
def test_killed_for_real_nothing_is_lost(kind: ActionKind, lines: int) -> None:
    with scratch() as place:
        kill(many(new_album(place)), kind, lines)


def kill(album: Album, kind: ActionKind, lines: int) -> None:
    """Kill the program as soon as its journal has so many lines, then do the rest."""
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
        while journalled(album) < lines and process.poll() is None:
            time.sleep(0.001)
        process.kill()
    assert set(album.contents()) >= contents

    again = album.apply(plan)

    assert again.skipped == []
    assert len(again.done) + again.already == _MANY
    album.undo()
    assert album.tree() == before


def journalled(album: Album) -> int:
    """How many lines the journals hold so far."""
    folder = album.top / "data" / "catalog.sqlite.journals"
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*.jsonl"))


def test_a_stop_comes_between_clusters_and_the_same_plan_goes_on(full_album: Album) -> None:
    plan, (watch, told) = full_album.plan(), stopping_after(1)

    stopped = carry_out(plan, full_album.surroundings(), watch=watch)
    on = full_album.apply(plan)

    assert (stopped.stopped, on.stopped) == (True, False)
    assert (len(stopped.done), on.already, len(on.done)) == (3, 3, 1)
    assert [(p.stage, p.files, p.total_files) for p in told] == [(Stage.CLEAR, 3, 4)]
    assert told[0].bytes == stopped.size < told[0].total_bytes

"""Plan, apply and undo as a program calls them, on a real catalog."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from copyfind.cleanup.ways import apply_plan, make_plan, read_plan, undo, write_plan
from copyfind.collection.database import open_for_writing
from copyfind.errors import CleanupError, OutputError, PlanError
from copyfind.plans import ActionKind, Plan
from copyfind.records import Tier
from copyfind.version import VERSION
from copyfind.watch import Watch
from tests.cleanup.test_ours import by_a_group, by_all, of_another
from tests.conftest import Album


@pytest.fixture
def copies(tmp_path: Path) -> Album:
    """Two pictures, each with a copy, and one alone; indexed."""
    top = tmp_path.resolve() / "album"  # in which alone this room may write
    album = Album(top / "photos", top / "catalog.sqlite")
    for seed, name in enumerate(["a.png", "b.png", "alone.png"]):
        album.add(name, seed)
    (album.folder / "copies").mkdir()
    shutil.copy(album.folder / "a.png", album.folder / "copies" / "a copy.png")
    shutil.copy(album.folder / "b.png", album.folder / "copies" / "b copy.png")
    album.index()
    return album


def planned(album: Album) -> Plan:
    return make_plan(album.findings())


def names(album: Album) -> set[str]:
    return {path.name for path in album.folder.rglob("*.png") if ".copyfind" not in str(path)}


ALL = {"a.png", "b.png", "alone.png", "a copy.png", "b copy.png"}


def test_copies_go_and_come_back(copies: Album) -> None:
    plan = planned(copies)
    assert (plan.version, plan.catalog) == (VERSION, str(copies.catalog))

    cleared = apply_plan(plan)

    assert (len(cleared.done), cleared.skipped, cleared.stranded) == (2, (), ())
    assert names(copies) == {"a.png", "b.png", "alone.png"}
    assert cleared.size == sum(action.size for action in plan.actions)
    assert (cleared.already, cleared.stopped) == (0, False)
    assert cleared.is_undoable
    assert all(Path(os.fsdecode(place)).is_dir() for place in cleared.quarantines)
    assert list(copies.states().values()).count("missing") == 2

    restored = undo(copies.catalog)

    assert names(copies) == ALL
    assert restored.journal == cleared.journal
    assert set(restored.done) == {action.file.path for action in plan.actions}
    assert list(copies.states().values()).count("missing") == 0
    assert undo(copies.catalog).journal is None


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_paths_may_be_of_any_kind(
    copies: Album, tmp_path: Path, kind: Callable[[Path], str | bytes | Path]
) -> None:
    away = tmp_path.resolve() / "album" / "away"

    plan = make_plan(copies.findings(), to=kind(away), protected=kind(copies.folder / "none"))
    write_plan(plan, kind(tmp_path / "plan.json"))
    cleared = apply_plan(read_plan(kind(tmp_path / "plan.json")), catalog=kind(copies.catalog))
    moved = sorted(path.name for path in away.rglob("*.png"))
    undo(kind(copies.catalog), journal=cleared.journal)

    assert {action.kind for action in plan.actions} == {ActionKind.MOVE}
    assert moved == ["a copy.png", "b copy.png"]
    assert names(copies) == ALL


def test_a_plan_comes_back_from_its_file(copies: Album, tmp_path: Path) -> None:
    plan = planned(copies)

    write_plan(plan, tmp_path / "plan.json")

    assert read_plan(tmp_path / "plan.json") == plan
    with pytest.raises(OutputError, match="exists already"):
        write_plan(plan, tmp_path / "plan.json")
    with pytest.raises(PlanError, match="cannot be read: No such file"):
        read_plan(tmp_path / "none.json")


def test_nothing_happens_in_protected_folders(copies: Album) -> None:
    plan = make_plan(copies.findings(), protected=[copies.folder / "copies"])

    assert plan.actions == ()
    assert [left.reason for left in plan.left] == 2 * ["lies in a protected folder"]


def test_only_the_tiers_that_are_named_go(copies: Album) -> None:
    assert make_plan(copies.findings(), tiers=[Tier.NEAR]).actions == ()


@pytest.mark.parametrize("wrong", [{"action": ActionKind.MOVE}, {"action": "trash", "to": "/x"}])
def test_a_move_and_nothing_else_needs_a_place(copies: Album, wrong: dict[str, str]) -> None:
    if "action" in wrong:
        wrong = {**wrong, "action": ActionKind(wrong["action"])}

    with pytest.raises(ValueError, match="a move, and nothing else, needs a folder to go to"):
        make_plan(copies.findings(), **wrong)  # type: ignore[arg-type] # made to be wrong


def test_a_plan_that_is_older_than_the_catalog_is_refused(copies: Album) -> None:
    plan = planned(copies)
    copies.add("new.png", 7)
    copies.index()

    with pytest.raises(PlanError, match="has learnt something since"):
        apply_plan(plan)
    assert names(copies) == ALL | {"new.png"}


def test_a_run_that_is_stopped_goes_on_with_the_same_plan(copies: Album) -> None:
    plan = planned(copies)
    asked: list[bool] = []

    def after_one() -> bool:
        asked.append(True)
        return len(asked) == 2

    stopped = apply_plan(plan, watch=Watch(should_stop=after_one))
    on = apply_plan(plan)

    assert (stopped.stopped, len(stopped.done)) == (True, 1)
    assert (on.stopped, len(on.done), on.already) == (False, 1, 1)
    assert on.journal == stopped.journal


def test_what_cannot_be_put_back_is_told(copies: Album) -> None:
    cleared = apply_plan(planned(copies))
    (copies.folder / "copies" / "a copy.png").write_bytes(b"something else")

    restored = undo(copies.catalog, journal=cleared.journal)

    assert [os.path.basename(path) for path in restored.done] == [b"b copy.png"]
    (failed,) = restored.failed
    assert "there is something else now" in failed.reason


def test_a_journal_that_is_not_there_is_an_error(copies: Album) -> None:
    with pytest.raises(CleanupError, match="there is no journal 'other'"):
        undo(copies.catalog, journal="other")


def test_a_catalog_that_is_busy_learns_of_it_later(copies: Album) -> None:
    notes: list[str] = []
    plan = planned(copies)

    with open_for_writing(copies.catalog, holder="test"):
        cleared = apply_plan(plan, watch=Watch(on_note=notes.append))

    assert len(cleared.done) == 2
    assert notes == ["the catalog does not know of it yet; tell it with: copyfind index FOLDER"]
    assert list(copies.states().values()).count("missing") == 0


@pytest.mark.parametrize("name", ["a.png", "copies/a copy.png"])
def test_what_holds_other_bytes_than_remembered_is_read_again_by_the_next_run(
    copies: Album, name: str
) -> None:
    """Size and time were kept, so that no run would see it by itself."""
    path = copies.folder / name
    status = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    cleared = apply_plan(planned(copies))

    assert [skipped.doubted for skipped in cleared.skipped] == [os.fsencode(path)]
    assert copies.index().read == 1


@pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")
@pytest.mark.parametrize("strange", [by_all, by_a_group, of_another])
def test_a_plan_that_others_may_have_written_is_refused(
    copies: Album, strange: Callable[[Path], None]
) -> None:
    path = copies.catalog.with_name("plan.json")
    before = os.umask(0o002)
    try:
        write_plan(planned(copies), path)
    finally:
        os.umask(before)
    assert read_plan(path).actions
    strange(path)

    with pytest.raises(PlanError, match=r"others|another user"):
        read_plan(path)

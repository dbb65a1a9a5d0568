"""plan, apply, undo, journal, empty: what people type, read, and get."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Collection, Ran, Run, child, outside

YES = ("--yes", "--yes-large")


@pytest.fixture
def copies(run: Run, album: Collection) -> Collection:
    """Two photos, each with a copy; one of them has a sidecar, and so has its copy."""
    album.add("camera/one.png", "coffee")
    album.add("camera/two.png", "chelsea")
    album.at("copies").mkdir()
    for name in ("one", "two"):
        shutil.copy2(album.at(f"camera/{name}.png"), album.at(f"copies/{name} copy.png"))
    for name in ("camera/two.png", "copies/two copy.png"):
        album.at(f"{name}.xmp").write_text('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    run("index", album.folder)
    return album


def tree(collection: Collection) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(collection.folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(collection.folder.rglob("*"))
        if path.is_file()
    }


def planned(run: Run, tmp_path: Path, *words: str) -> Path:
    path = tmp_path / "plan.json"
    ran = run("plan", "-o", path, *words)
    assert ran.code == 0, ran.err
    return path


def test_a_plan_is_shown_and_written_and_changes_nothing(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    before = tree(copies)

    ran = run("plan", "-o", tmp_path / "plan.json")

    assert ran.code == 0
    assert "2 files, " in ran.out
    assert "2 files go to the quarantine: 2 identical" in ran.out
    assert "1 file that belong to them travel along" in ran.out
    assert f"copyfind apply {tmp_path / 'plan.json'}" in ran.err
    assert json.loads((tmp_path / "plan.json").read_text())["schema"] == "copyfind.plan/1"
    assert tree(copies) == before


@pytest.mark.usefixtures("copies")
def test_without_a_file_the_plan_is_only_shown(run: Run) -> None:
    ran = run("plan")

    assert "keep " in ran.out
    assert "-o plan.json" in ran.err


@pytest.mark.usefixtures("copies")
def test_a_plan_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("mine")

    ran = run("plan", "-o", tmp_path / "plan.json")

    assert ran.code == 1
    assert "exists already" in ran.err
    assert (tmp_path / "plan.json").read_text() == "mine"


@pytest.mark.usefixtures("copies")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--include", "unverified"], "never cleared away"),
        (["--action", "move"], "needs --to DIR"),
        (["--action", "trash", "--to", "x"], "needs --to DIR"),
        (["--action", "burn"], "is not one of"),
    ],
)
def test_nonsense_is_wrong_usage(run: Run, words: list[str], why: str) -> None:
    ran = run("plan", *words)

    assert ran.code == 2
    assert why in " ".join(ran.err.replace("│", " ").split())


def test_apply_undo_and_all_is_as_before(run: Run, copies: Collection, tmp_path: Path) -> None:
    before = tree(copies)
    plan = planned(run, tmp_path)

    applied = run("apply", plan, *YES)

    assert applied.code == 0
    assert "2 files cleared away" in applied.err
    assert "copyfind undo" in applied.err
    assert sorted(tree(copies)) == ["camera/one.png", "camera/two.png", "camera/two.png.xmp"]
    assert "No copies among 2 files" in run("dupes").out
    assert "can be undone" in run("journal").out
    undone = run("undo")
    assert (undone.code, "2 files of " in undone.err) == (0, True)
    assert tree(copies) == before
    assert "among 4 files" in run("dupes").out
    assert "undone" in run("journal").out
    assert "nothing to undo" in run("undo").err


def test_the_journal_shows_each_file(run: Run, copies: Collection, tmp_path: Path) -> None:
    run("apply", planned(run, tmp_path), *YES)
    name = run("journal").out.splitlines()[1].split()[0]

    ran = run("journal", name)

    assert str(copies.at("copies/one copy.png")) in ran.out
    assert run("journal", "nonsense").code == 1


def test_a_dry_run_prints_the_steps_and_takes_none(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    before, plan = tree(copies), planned(run, tmp_path)

    ran = run("apply", plan, "--dry-run")

    assert ran.code == 0
    assert f"rename {copies.at('copies/one copy.png')} -> " in ran.out
    assert "nothing was changed" in ran.err
    assert tree(copies) == before
    assert "nothing was cleared away" in run("journal").err


def test_what_changed_is_skipped_told_and_gives_exit_code_3(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    plan = planned(run, tmp_path)
    copies.at("camera/one.png").write_bytes(b"edited")

    ran = run("apply", plan, *YES)

    assert ran.code == 3
    assert "the file to keep has changed since it was indexed" in ran.err
    assert "1 cluster skipped" in ran.err
    assert copies.at("copies/one copy.png").exists()


def test_a_plan_older_than_the_catalog_is_refused(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    plan = planned(run, tmp_path)
    copies.add("camera/three.png", "rocket")
    run("index", copies.folder)

    ran = run("apply", plan, *YES)

    assert ran.code == 1
    assert "make a new plan" in ran.err


def test_a_protected_folder_is_left_alone(run: Run, copies: Collection, tmp_path: Path) -> None:
    ran = run("plan", "--reference", copies.at("copies"), "-o", tmp_path / "plan.json")

    assert ran.code == 0
    assert "Nothing is to be cleared away" in ran.out or "camera" in ran.out
    assert not (tmp_path / "plan.json").exists() or all(
        "copies" not in file["path"]
        for cluster in json.loads((tmp_path / "plan.json").read_text())["clusters"]
        for file in cluster["files"]
        if file["do"] != "keep"
    )


def test_deleting_wants_its_own_word(run: Run, copies: Collection, tmp_path: Path) -> None:
    for sidecar in copies.folder.rglob("*.xmp"):
        sidecar.unlink()
    plan = planned(run, tmp_path, "--action", "delete")

    refused = run("apply", plan, *YES)
    deleted = run("apply", plan, *YES, "--yes-delete")

    assert refused.code == 1
    assert "--yes-delete" in refused.err
    assert deleted.code == 0
    assert run("undo").code == 0
    assert sorted(tree(copies)) == ["camera/one.png", "camera/two.png"]


def test_the_quarantine_is_emptied(run: Run, copies: Collection, tmp_path: Path) -> None:
    del copies
    run("apply", planned(run, tmp_path), *YES)

    assert "for so long" in run("empty").err
    assert "--yes" in run("empty", "--older-than", "0d").err
    assert "2 files removed" in run("empty", "--older-than", "0d", "--yes").err
    assert run("empty", "--older-than", "soon").code == 2
    assert "emptied" in run("journal").out


def ask(answer: str, *words: str | Path) -> Ran:
    """Run a command at a terminal, where somebody types."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        child(*words), stdin=follower, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=outside()
    ) as process:
        os.close(follower)
        os.write(leader, answer.encode())
        out, err = process.communicate(timeout=60)
    os.close(leader)
    return Ran(process.returncode, out.decode(), err.decode())


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("answer", ["\n", "no\n", "y es\n", "\x04"])
def test_enter_is_no(run: Run, copies: Collection, tmp_path: Path, answer: str) -> None:
    before, plan = tree(copies), planned(run, tmp_path)

    ran = ask(answer, "apply", plan)

    assert ran.code == 1
    assert "Enter to stop" in ran.err
    assert "nothing was changed" in ran.err
    assert tree(copies) == before

"""copyfind undo: all is as before, and every command knows."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import YES, Collection, Run, planned, tree


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

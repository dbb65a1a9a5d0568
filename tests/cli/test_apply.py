"""copyfind apply: what is done, skipped, and asked."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import YES, Collection, Run, planned, tree


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


def test_deleting_wants_its_own_word(run: Run, copies: Collection, tmp_path: Path) -> None:
    for sidecar in copies.folder.rglob("*.xmp"):
        sidecar.unlink()
    plan = planned(run, tmp_path, "--action", "delete")

    refused = run("apply", plan, *YES)
    deleted = run("apply", plan, *YES, "--yes-delete")

    assert refused.code == 1
    assert "--yes-delete" in refused.err
    assert deleted.code == 0
    assert "undo" not in deleted.err
    assert run("undo").code == 0
    assert sorted(tree(copies)) == ["camera/one.png", "camera/two.png"]

"""copyfind empty: what has waited long enough goes for good."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import YES, Collection, Run, planned


def test_the_quarantine_is_emptied(run: Run, copies: Collection, tmp_path: Path) -> None:
    del copies
    run("apply", planned(run, tmp_path), *YES)

    assert "for so long" in run("empty").err
    assert "--yes" in run("empty", "--older-than", "0d").err
    assert "2 files removed" in run("empty", "--older-than", "0d", "--yes").err
    assert run("empty", "--older-than", "soon").code == 2
    assert "emptied" in run("journal").out

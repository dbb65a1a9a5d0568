"""copyfind journal: what was cleared away when."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import YES, Collection, Run, planned


def test_the_journal_shows_each_file(run: Run, copies: Collection, tmp_path: Path) -> None:
    run("apply", planned(run, tmp_path), *YES)
    name = run("journal").out.splitlines()[1].split()[0]

    ran = run("journal", name)

    assert str(copies.at("copies/one copy.png")) in ran.out
    assert run("journal", "nonsense").code == 1

"""copyfind journal: what was cleared away when."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import YES, Collection, Run, planned


def test_the_journal_shows_each_file(run: Run, copies: Collection, tmp_path: Path) -> None:
    run("apply", planned(run, tmp_path), *YES)
    name = run("journal").out.splitlines()[1].split()[0]

    ran = run("journal", name)

    (listed,) = json.loads(run("journal", "--format", "json").out)
    one = json.loads(run("journal", name, "--format", "json").out)
    assert str(copies.at("copies/one copy.png")) in ran.out
    assert (listed["journal"], listed["state"]) == (name, {"can be undone": listed["files"]})
    assert one | {"entries": None} == listed | {"entries": None}
    assert str(copies.at("copies/one copy.png")) in {e["path"] for e in one["entries"]}
    assert {e["action"] for e in one["entries"]} == {"quarantine"}
    assert run("journal", "nonsense").code == 1

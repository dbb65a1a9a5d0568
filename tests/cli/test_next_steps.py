"""What to type next is told after what finds copies."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from copyfind.cli.next_steps import EXAMPLES, command
from copyfind.cli.options import default_catalog
from tests.cli.conftest import Collection, Run


def test_without_a_word_there_are_three_examples(run: Run) -> None:
    ran = run()

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == EXAMPLES
    assert ran.out.count("\n  copyfind ") == 3


def test_after_indexing_come_the_copies_and_then_what_would_go(run: Run, album: Collection) -> None:
    album.add("a.png")
    album.add("b.png")

    indexed, found = run("index", album.folder), run("dupes")
    quiet = run("--quiet", "dupes")

    assert indexed.err.splitlines()[-1].startswith("next: copyfind dupes (")
    assert found.err.splitlines()[-1] == (
        "next: copyfind review (decide), or copyfind plan -o plan.json (what would go)"
    )
    assert quiet.err == ""


def test_what_was_asked_for_is_asked_again(run: Run, album: Collection) -> None:
    album.add("card/it's one.png")
    album.at("my library").mkdir()
    shutil.copy(album.at("card/it's one.png"), album.at("my library"))
    run("index", album.folder)
    card, library = album.at("card"), album.at("my library")

    found = run(
        "dupes", card, "--against", library, "--keep", "oldest", "--min-size", "1kB", "--wide"
    )

    asked = f"{card} --keep oldest --against '{library}' --min-size 1000"
    assert found.err.splitlines()[-1] == (
        f"next: copyfind review {asked} (decide), or copyfind plan {asked} -o plan.json (what "
        "would go)"
    )
    assert run("plan", *shlex.split(asked)).code == 0


def test_a_catalog_of_ones_own_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "my photos.sqlite"

    assert command("dupes", own) == f"copyfind dupes --catalog '{own}'"
    monkeypatch.setenv("COPYFIND_CATALOG", str(own))
    assert command("dupes", own) == "copyfind dupes"
    monkeypatch.delenv("COPYFIND_CATALOG")
    assert command("dupes", default_catalog()) == "copyfind dupes"

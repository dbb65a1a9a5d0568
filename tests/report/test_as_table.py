"""The answer of `dupes` for eyes: golden text at fixed width, and nothing a terminal obeys."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from copyfind.records import Findings, Problem, Role, Tier, Unreadable
from copyfind.report.as_table import findings_table, problems_table, shown_path
from tests.making import made_file, made_findings, made_proofs


def rendered(what: RenderableType, *, width: int = 110, colour: bool = False) -> str:
    page = io.StringIO()
    Console(
        file=page, width=width, highlight=False, force_terminal=colour, legacy_windows=False
    ).print(what)
    return page.getvalue()


@pytest.fixture(autouse=True)
def far_from_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")


@pytest.mark.parametrize("width", [160, 80])
def test_the_table_is_as_reviewed(width: int, golden: Callable[[str, str], str]) -> None:
    text = rendered(findings_table(made_findings()), width=width)

    assert text == golden(f"dupes-{width}.txt", text)


@pytest.mark.parametrize("width", [160, 80])
def test_proofs_are_told_as_reviewed(width: int, golden: Callable[[str, str], str]) -> None:
    text = rendered(findings_table(made_proofs()), width=width)

    assert text == golden(f"proofs-{width}.txt", text)


def test_a_narrow_terminal_folds_and_cuts_nothing_off() -> None:
    narrow = rendered(findings_table(made_findings()), width=80)
    wide = rendered(findings_table(made_findings()), width=200)

    assert Counter(narrow.replace("\n", "").replace(" ", "")) == Counter(
        wide.replace("\n", "").replace(" ", "")
    )


def test_without_copies_the_table_says_so() -> None:
    text = rendered(findings_table(replace(made_findings(), clusters=(), skipped=())))

    assert text.splitlines() == ["No copies among 7 files", "model lite0-128, threshold 0.73"]


def test_the_totals_tell_proven_copies_from_those_that_look_alike() -> None:
    text = rendered(findings_table(made_findings()))

    assert "1 cluster among 7 files: 1 identical, 1 same-pixels, 1 unverified" in text
    assert "2 proven copies, 14.1 MB to gain; 1 more look alike (unverified)" in text


def test_files_that_could_not_be_looked_at_are_counted_and_found() -> None:
    text = rendered(findings_table(made_findings()))

    assert "1 file could not be looked at; see: copyfind status --errors" in text


def test_a_name_is_shown_as_it_is_whatever_it_looks_like() -> None:
    text = rendered(findings_table(made_findings()), width=200)

    assert "/photos/Sommer [bold]/IMG 1.jpg" in text
    assert "/photos/web/small\\n.jpg" in text
    assert "/photos/caf\\xe9.png" in text


def with_keeper_at(path: str) -> Findings:
    """The findings whose keeper alone has another path."""
    findings = made_findings()
    (found,) = findings.clusters
    keeper = replace(found.keeper, file=made_file(path))
    twin = replace(found.members[2], evidence=None, role=Role.RELATED)
    return replace(
        findings, clusters=(replace(found, members=(keeper, twin), tier=Tier.IDENTICAL),)
    )


@pytest.mark.parametrize("name", ["\x1b[31mred", "bell\a", "up\x9b1A", "left\u202eright", "a\rb"])
def test_nothing_in_a_name_reaches_the_terminal_as_an_order(name: str) -> None:
    text = rendered(findings_table(with_keeper_at(f"/photos/{name}.jpg")), width=200)

    assert name not in text
    assert set("\x1b\a\x9b\u202e\r").isdisjoint(text)


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[" in rendered(findings_table(made_findings()), colour=True)


def test_the_home_folder_is_shown_as_a_tilde(tmp_path: Path) -> None:
    home = str(Path.home())

    assert shown_path(f"{home}/a.jpg".encode()) == "~/a.jpg"
    assert shown_path(f"{home}2/a.jpg".encode()) == f"{home}2/a.jpg"
    assert shown_path(bytes(tmp_path)) == str(tmp_path)


def test_skipped_files_are_listed_with_the_reason() -> None:
    problem = Unreadable(b"/photos/[red]\n.jpg", Problem.DAMAGED, "cut off [after] 12 bytes")

    text = rendered(problems_table([problem]), width=80)

    assert text.split(maxsplit=1)[0] == "/photos/[red]\\n.jpg"
    assert "cut off [after] 12 bytes" in text

"""The answer of `dupes` for eyes: golden text at fixed width, and nothing a terminal obeys."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from copyfind.records import Findings, Problem, Role, Tier, Unreadable
from copyfind.report.as_table import Shape, findings_table, problems_table
from copyfind.report.fitting import shown_path
from tests.making import made_file, made_findings, made_proofs
from tests.report.test_as_html import many


def rendered(
    what: RenderableType, *, width: int = 110, colour: bool = False, wide: bool = False
) -> str:
    page = io.StringIO()
    Console(
        file=page, width=width, highlight=False, force_terminal=colour, legacy_windows=False
    ).print(what, soft_wrap=wide)
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


@pytest.mark.parametrize("width", [20, 40, 80, 99, 100, 120, 200])
def test_every_file_has_one_line_at_any_width(width: int) -> None:
    lines = rendered(findings_table(made_findings()), width=width).splitlines()

    words = [line.split()[0] for line in lines[: lines.index("")] if line.startswith("  ")]
    assert words == ["keep", "link", "safe", "safe", "stay"]
    assert all(cell_len(line) <= width for line in lines[: lines.index("")])


def test_two_hundred_clusters_are_eight_hundred_lines_at_most_at_80_columns() -> None:
    text = rendered(findings_table(many(199)), width=80)

    assert len(text.splitlines()) < 800


def test_a_wide_table_has_whole_paths_and_one_line_a_file() -> None:
    text = rendered(findings_table(made_findings(), Shape(wide=True)), width=40, wide=True)

    assert [line.split("  ")[2].strip() for line in text.splitlines()[1:6]] == [
        "/photos/Sommer [bold]/IMG 1.jpg",
        "/photos/link.jpg",
        "/photos/copy of IMG 1.jpg",
        "/photos/caf\\xe9.png",
        "/photos/web/small\\n.jpg",
    ]
    assert "paths are below" not in text


def test_of_a_cluster_among_others_no_more_than_a_dozen_files_are_listed() -> None:
    (cluster,) = made_findings().clusters
    large = replace(cluster, members=cluster.members + cluster.members[2:3] * 20)
    findings = replace(made_findings(), clusters=(large,))

    some = rendered(findings_table(findings)).splitlines()
    opened = rendered(findings_table(findings, Shape(only=frozenset({cluster.id})))).splitlines()

    assert some.index("") == 1 + 12
    assert some[12] == f"        and 14 files more: copyfind dupes {cluster.id}"
    assert opened.index("") == 1 + 25


def test_the_first_clusters_come_with_the_totals_of_all() -> None:
    text = rendered(findings_table(made_proofs(), Shape(top=1)), width=160)

    assert "harbour.jpg" in text
    assert "shot 2.jpg" not in text
    assert "2 clusters among 7 files, the first 1 of them above; all without --top" in text
    assert "ask   2  790 kB" in text


def test_a_summary_lists_no_cluster() -> None:
    text = rendered(findings_table(made_proofs(), Shape(top=0)))

    assert text.startswith("2 clusters among 7 files\n  safe  0 ")


def test_an_opened_cluster_says_what_else_can_be_done_with_it() -> None:
    text = rendered(findings_table(made_proofs(), Shape(only=frozenset({"c-00000000000000bb"}))))

    assert text.startswith("2  1 stays ")
    assert "harbour" not in text
    assert "copyfind review c-00000000000000bb" in text


def test_without_copies_the_table_says_so() -> None:
    text = rendered(findings_table(replace(made_findings(), clusters=(), skipped=())))

    assert text.splitlines() == ["No copies among 7 files", "model lite0-128, threshold 0.73"]


def test_the_totals_tell_what_goes_from_what_stays() -> None:
    text = rendered(findings_table(made_findings()))

    assert "1 cluster among 7 files\n  safe  2  14.1 MB  go by default" in text
    assert "\n  ask   0      0 B" in text
    assert "\n  stay  1  80.0 kB  are never planned\n" in text


def test_files_that_could_not_be_looked_at_are_counted_and_found() -> None:
    text = rendered(findings_table(made_findings()))

    assert "1 file could not be looked at; see: copyfind status --errors" in text


def test_a_name_is_shown_as_it_is_whatever_it_looks_like() -> None:
    text = rendered(findings_table(made_findings()), width=200)

    assert "Sommer [bold]/IMG 1.jpg" in text
    assert "web/small\\n.jpg" in text
    assert "caf\\xe9.png" in text


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

    text = rendered(problems_table([problem], [problem]), width=80)

    assert text.split(maxsplit=1)[0] == "/photos/[red]\\n.jpg"
    assert "cut off [after] 12 bytes" in text


def test_what_has_been_acknowledged_stands_behind_the_rest() -> None:
    old, new = (Unreadable(b"/%d.jpg" % n, Problem.DAMAGED, "cut off") for n in (1, 2))

    text = rendered(problems_table([old, new], [new]), width=80)

    assert [line.split() for line in text.splitlines()] == [
        ["/2.jpg", "cut", "off"],
        ["/1.jpg", "cut", "off", "(acknowledged)"],
    ]

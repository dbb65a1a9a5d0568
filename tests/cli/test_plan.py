"""copyfind plan: what is shown, written, and refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Collection, Run, tree


def test_a_plan_is_shown_and_written_and_changes_nothing(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    before = tree(copies)

    ran = run("plan", "-o", tmp_path / "plan.json")

    assert ran.code == 0
    assert "2 files, " in ran.out
    assert "2 files go to the quarantine: 2 identical" in ran.out
    assert "1 file that belongs to them (37 B) travels along" in ran.out
    assert f"copyfind apply {tmp_path / 'plan.json'}" in ran.err
    assert json.loads((tmp_path / "plan.json").read_text())["schema"] == "copyfind.plan/1"
    assert tree(copies) == before


@pytest.mark.usefixtures("copies")
def test_without_a_file_the_plan_is_only_shown(run: Run) -> None:
    ran = run("plan")

    assert "keep " in ran.out
    assert "-o plan.json" in ran.err


@pytest.mark.usefixtures("copies")
@pytest.mark.parametrize("words", [("plan",), ("dupes", "--format", "json")])
def test_a_dash_is_stdout_and_no_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = run(*words, "-o", "-")

    assert json.loads(ran.out)["schema"] == f"copyfind.{words[0]}/1"
    assert not Path("-").exists()


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


def test_the_choices_of_a_spreadsheet_are_taken_back(
    run: Run, copies: Collection, tmp_path: Path
) -> None:
    table = tmp_path / "choices.csv"
    rows = list(csv.DictReader(io.StringIO(run("dupes", "--format", "csv").out)))
    kept = next(row for row in rows if row["path"].endswith("camera/one.png"))
    other = next(row for row in rows if row["path"].endswith("two copy.png"))
    with table.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerow({**kept, "choice": "remove"})
        writer.writerow({**other, "choice": "remove", "sha256": "00" * 32})

    ran = run("plan", "--import", table, "--format", "json")
    wrong = run("plan", "--import", table, "--include", "near")

    document = json.loads(ran.out)
    (cluster,) = document["clusters"]
    assert ran.code == 0
    assert str(copies.at("camera/one.png")) in json.dumps(cluster)
    assert document["totals"]["files"] == 1
    assert "two copy.png has changed, or is no copy any more: it stays" in ran.err
    assert wrong.code == 2


def test_choices_that_are_not_there_are_an_error(run: Run, tmp_path: Path) -> None:
    ran = run("plan", "--import", tmp_path / "none.csv")

    assert ran.code == 1
    assert "none.csv cannot be read: No such file" in ran.err

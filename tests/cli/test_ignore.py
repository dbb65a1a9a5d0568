"""copyfind ignore: these are not copies of each other."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Collection, Run
from tests.photos import photo


@pytest.fixture
def lookalikes(run: Run, album: Collection) -> Collection:
    album.add("a.png")
    photo("coffee").resize((200, 150)).save(album.at("b.png"))
    assert run("index", album.folder).code == 0
    return album


def test_ignored_pictures_leave_the_report(run: Run, lookalikes: Collection) -> None:
    assert json.loads(run("dupes", "--format", "json").out)["totals"]["clusters"] == 1

    ran = run("ignore", lookalikes.at("a.png"), lookalikes.at("b.png"))

    assert (ran.code, ran.err) == (0, "remembered: 1 pair not to be called copies\n")
    assert json.loads(run("dupes", "--format", "json").out)["totals"]["clusters"] == 0


def test_decisions_are_listed(run: Run, lookalikes: Collection) -> None:
    run("ignore", lookalikes.at("a.png"), lookalikes.at("b.png"))

    eyes = run("ignore", "--list")
    programs = json.loads(run("ignore", "--list", "--format", "json").out)

    assert str(lookalikes.at("a.png")) in eyes.out.replace("\n", "").replace(" ", "")
    assert "not copies" in eyes.out
    assert eyes.err == "1 decision\n"
    assert programs["schema"] == "copyfind.decisions/1"
    (entry,) = programs["decisions"]
    assert entry["decision"] == "not copies"
    assert {file["path"] for side in entry["pictures"] for file in side["files"]} == {
        str(lookalikes.at("a.png")),
        str(lookalikes.at("b.png")),
    }


def test_decisions_are_removed(run: Run, lookalikes: Collection) -> None:
    files = lookalikes.at("a.png"), lookalikes.at("b.png")
    run("ignore", *files)
    again = run("ignore", *files)

    ran = run("ignore", "--remove", *files)

    assert again.err == "remembered: 1 pair not to be called copies, 1 of them known before\n"
    assert (ran.code, ran.err) == (0, "forgot what was decided of 1 pair\n")
    assert json.loads(run("dupes", "--format", "json").out)["totals"]["clusters"] == 1


def test_one_file_is_not_enough(run: Run, lookalikes: Collection) -> None:
    ran = run("ignore", lookalikes.at("a.png"), lookalikes.at("a.png"))
    assert ran.code == 2
    assert "name two files or more" in ran.err


def test_listing_takes_no_files(run: Run, lookalikes: Collection) -> None:
    assert run("ignore", "--list", lookalikes.at("a.png")).code == 2


def test_a_file_that_is_not_indexed_is_told(run: Run, lookalikes: Collection) -> None:
    ran = run("ignore", lookalikes.at("a.png"), lookalikes.at("c.png"))
    assert ran.code == 1
    assert "c.png is not indexed" in ran.err

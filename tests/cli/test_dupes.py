"""copyfind dupes: clusters of copies, for eyes and for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from copyfind.cli.options import KEEP_RULES, cache_folder
from copyfind.grouping.keeper import KeepRule
from tests.cli.conftest import SHOWN_STRANGE, STRANGE, Collection, Run

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "dupes.schema.json").read_text(encoding="utf-8")
)


def clusters(text: str, collection: Collection) -> list[set[str]]:
    """The members of each cluster, by their name in the collection."""
    return [
        {str(Path(m["path"]).relative_to(collection.folder)) for m in c["members"]}
        for c in json.loads(text)["clusters"]
    ]


def without_time(text: str) -> dict[str, Any]:
    return {**json.loads(text), "generated_at": None}


HARBOUR = {"camera/harbour.png", "copies/harbour copy.png", "copies/harbour.tif"}
NAMES = {f"names/{STRANGE}", "names/plain.png"}


def test_copies_of_every_kind_are_found_and_others_are_not(
    run: Run, collection: Collection
) -> None:
    ran = run("dupes", "--format", "json")

    assert ran.code == 0
    assert clusters(ran.out, collection) == [HARBOUR | {"copies/small.jpg"}, NAMES]


def test_json_is_what_the_schema_promises(run: Run, collection: Collection) -> None:
    document = json.loads(run("dupes", "--format", "json").out)

    Draft202012Validator(SCHEMA).validate(document)
    assert document["catalog"] == str(collection.catalog)
    assert document["totals"]["skipped"] == 1


@pytest.mark.usefixtures("collection")
def test_two_runs_give_the_same_but_for_the_time(run: Run) -> None:
    first, second = run("dupes", "--format", "json"), run("dupes", "--format", "json")

    assert without_time(first.out) == without_time(second.out)
    assert run("dupes").out == run("dupes").out


@pytest.mark.usefixtures("collection")
def test_the_table_has_a_block_a_cluster_and_the_totals(run: Run) -> None:
    ran = run("dupes")

    assert ran.out.startswith("1  2 safe to clear, 1 with your consent · ")
    assert "keep " in ran.out
    assert "2 clusters among 10 files" in ran.out
    assert "1 file could not be looked at; see: copyfind status --errors" in ran.out


def test_the_id_of_a_cluster_opens_it(run: Run, collection: Collection) -> None:
    first, second = json.loads(run("dupes", "--format", "json").out)["clusters"]

    opened = run("dupes", second["id"][:8])
    both = run("dupes", first["id"], second["id"], "--format", "json")
    none = run("dupes", "c-000000000")

    assert opened.out.startswith("2  1 safe to clear")
    assert "harbour" not in opened.out
    assert len(clusters(both.out, collection)) == 2
    assert (none.code, none.out) == (1, "")
    assert "there is no cluster c-000000000 any more" in none.err


@pytest.mark.usefixtures("collection")
def test_the_first_of_them_or_only_the_totals_are_shown(run: Run) -> None:
    first, totals = run("dupes", "--top", "1"), run("dupes", "--summary")

    assert "2 clusters among 10 files, the first 1 of them above" in first.out
    assert totals.out.startswith("2 clusters among 10 files\n  safe  3 ")
    assert len(json.loads(run("dupes", "--top", "1", "--format", "json").out)["clusters"]) == 1


@pytest.mark.usefixtures("collection")
def test_a_name_is_shown_harmlessly(run: Run) -> None:
    ran = run("dupes")

    assert SHOWN_STRANGE in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.usefixtures("collection")
def test_csv_has_a_row_a_member(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("dupes", "--format", "csv").out)))

    assert [row["role"] for row in rows].count("keeper") == 2
    assert {row["path"].endswith(STRANGE) for row in rows} == {True, False}


def test_paths_limit_the_answer_to_what_lies_there(
    run: Run, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(collection.folder)

    copies = run("dupes", "copies", "--format", "json")
    both = run("dupes", "names/plain.png", collection.at("copies"), "--format", "json")

    assert clusters(copies.out, collection) == [
        HARBOUR - {"camera/harbour.png"} | {"copies/small.jpg"}
    ]
    assert clusters(both.out, collection) == clusters(copies.out, collection)
    assert json.loads(both.out)["totals"]["files"] == 4


def test_a_path_may_lead_through_links_and_parents(
    run: Run, collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(collection.folder)
    monkeypatch.chdir(collection.at("names"))

    through_link = run("dupes", tmp_path / "link" / "copies", "--format", "json")
    through_parent = run("dupes", "../copies", "--format", "json")

    assert len(clusters(through_link.out, collection)) == 1
    assert clusters(through_parent.out, collection) == clusters(through_link.out, collection)


def test_an_indexed_folder_without_pictures_has_no_copies(run: Run, album: Collection) -> None:
    run("index", album.folder)

    ran = run("dupes", album.folder)

    assert ran.code == 0
    assert ran.out.startswith("No copies among 0 files")


def test_a_folder_that_is_not_indexed_is_an_error_that_says_so(
    run: Run, collection: Collection, tmp_path: Path
) -> None:
    del collection

    ran = run("dupes", tmp_path / "elsewhere")

    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert f"nothing that is indexed lies in {tmp_path}/elsewhere" in ran.err
    assert "copyfind index" in ran.err


def roles(text: str, collection: Collection) -> dict[str, str]:
    """The role of each member, by its name in the collection."""
    return {
        str(Path(m["path"]).relative_to(collection.folder)): m["role"]
        for c in json.loads(text)["clusters"]
        for m in c["members"]
    }


def test_what_was_proven_says_how(run: Run, collection: Collection) -> None:
    document = json.loads(run("dupes", "--format", "json").out)

    (small,) = (
        m for c in document["clusters"] for m in c["members"] if m["path"].endswith("small.jpg")
    )
    assert (document["effort"], document["verified"]) == ("normal", True)
    assert small["role"] == "redundant"
    assert small["evidence"]["tier"] == "near"
    assert "resized to 50%" in small["evidence"]["how"]
    assert (
        roles(run("dupes", "--format", "json").out, collection)["copies/small.jpg"] == "redundant"
    )


def test_without_verification_what_looks_alike_is_only_related(
    run: Run, collection: Collection
) -> None:
    ran = run("dupes", "--no-verify", "--format", "json")

    assert json.loads(ran.out)["verified"] is False
    assert roles(ran.out, collection)["copies/small.jpg"] == "related"
    assert clusters(ran.out, collection) == [HARBOUR | {"copies/small.jpg"}, NAMES]


def test_the_second_run_judges_nothing(run: Run, album: Collection) -> None:
    album.add("a.png")
    album.add("b.jpg")
    run("index", album.folder)
    first = run("dupes", "--format", "json")
    for path in album.folder.iterdir():
        path.unlink()
    for looks in (cache_folder() or Path("none")).glob(
        "looks-*.sqlite"
    ):  # but for which picture was there first
        with closing(sqlite3.connect(looks)) as db, db:
            db.executescript("DELETE FROM thumbnails; DELETE FROM features")

    second = run("dupes", "--format", "json")

    assert without_time(second.out) == without_time(first.out)
    assert json.loads(second.out)["totals"]["clusters"] == 1
    assert second.err == ""


def test_a_file_that_is_gone_is_not_judged_but_told(run: Run, album: Collection) -> None:
    album.add("a.png")
    album.add("b.jpg")
    run("index", album.folder)
    shutil.rmtree(cache_folder() or "none")
    album.at("b.jpg").unlink()

    ran = run("dupes", "--format", "json")

    assert clusters(ran.out, album) == []
    assert "1 picture could not be verified" in ran.err


def test_files_of_a_reference_folder_are_never_redundant(run: Run, collection: Collection) -> None:
    ran = run("dupes", "--reference", collection.at("copies"), "--format", "json")

    found = roles(ran.out, collection)
    assert {
        found[f"copies/{name}"] for name in ("harbour copy.png", "harbour.tif", "small.jpg")
    } == {
        "keeper",
        "reference",
    }
    assert found["camera/harbour.png"] == "redundant"


def test_the_rule_of_what_to_keep_may_be_chosen(run: Run, collection: Collection) -> None:
    ran = run("dupes", "--keep", "smallest", "--format", "json")

    assert roles(ran.out, collection)["copies/small.jpg"] == "keeper"


def test_a_rule_that_there_is_not_is_wrong_usage(run: Run) -> None:
    ran = run("dupes", "--keep", "best")

    assert ran.code == 2
    assert "'best' is not a rule" in " ".join(ran.err.split())


def test_all_rules_are_named_in_the_help() -> None:
    assert tuple(rule.value for rule in KeepRule) == KEEP_RULES


def test_a_higher_threshold_ties_less(run: Run, collection: Collection) -> None:
    ran = run("dupes", "--no-verify", "--threshold", "0.999", "--format", "json")

    assert clusters(ran.out, collection) == [HARBOUR, NAMES]
    assert json.loads(ran.out)["threshold"] == 0.999


def test_a_lower_threshold_ties_more(run: Run, collection: Collection) -> None:
    ran = run("dupes", "--no-verify", "--threshold", "-1", "--format", "json")

    (everything,) = clusters(ran.out, collection)
    assert {"camera/alone.png", "camera/market.png"} < everything


@pytest.mark.parametrize("threshold", ["1.5", "-2", "high"])
def test_a_threshold_that_is_no_cosine_is_wrong_usage(run: Run, threshold: str) -> None:
    ran = run("dupes", "--threshold", threshold)

    assert ran.code == 2
    assert "--threshold" in ran.err


@pytest.mark.parametrize(
    ("tiers", "found"),
    [
        (["identical"], [{"camera/harbour.png", "copies/harbour copy.png"}, NAMES]),
        (["same-pixels"], [{"camera/harbour.png", "copies/harbour.tif"}]),
        (["identical", "same-pixels"], [HARBOUR, NAMES]),
    ],
)
def test_only_the_tiers_asked_for_are_told(
    run: Run, collection: Collection, tiers: list[str], found: list[set[str]]
) -> None:
    ran = run("dupes", *(word for tier in tiers for word in ("--tier", tier)), "--format", "json")

    assert clusters(ran.out, collection) == found


def test_smaller_files_are_left_out(run: Run, collection: Collection) -> None:
    size = collection.at("camera/harbour.png").stat().st_size

    ran = run("dupes", "--min-size", str(size), "--format", "json")

    assert HARBOUR in clusters(ran.out, collection)
    assert all("copies/small.jpg" not in found for found in clusters(ran.out, collection))


def test_a_size_is_written_as_people_do(run: Run, collection: Collection) -> None:
    assert clusters(run("dupes", "--min-size", "1GB", "--format", "json").out, collection) == []


def test_what_is_no_size_is_wrong_usage(run: Run) -> None:
    ran = run("dupes", "--min-size", "lots")

    assert ran.code == 2
    assert "'lots' is not a size" in " ".join(ran.err.split())


def test_the_order_is_as_asked_for(run: Run, collection: Collection) -> None:
    by_path = run("dupes", "--sort", "path", "--format", "json")
    by_members = run("dupes", "--sort", "members", "--format", "json")
    by_likeness = run("dupes", "--sort", "similarity", "--format", "json")

    assert clusters(by_path.out, collection)[1] == NAMES
    assert clusters(by_members.out, collection)[1] == NAMES
    assert clusters(by_likeness.out, collection)[0] == NAMES


def test_a_model_that_nothing_was_indexed_with_is_an_error_that_names_those(
    run: Run, collection: Collection
) -> None:
    del collection

    ran = run("dupes", "--model", "other")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("copyfind: nothing was indexed with the model 'other'")
    assert "lite0-256" in ran.err


@pytest.mark.usefixtures("collection")
def test_the_model_may_be_named(run: Run) -> None:
    assert run("dupes", "--model", "lite0-256").out == run("dupes").out


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_the_report_may_go_to_a_file(
    run: Run, collection: Collection, tmp_path: Path, form: str
) -> None:
    del collection
    report = tmp_path / "report"

    ran = run("dupes", "--format", form, "--output", report)

    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"written to {report}\n"
    assert "harbour" in report.read_text(encoding="utf-8")


@pytest.mark.usefixtures("collection")
def test_the_page_for_a_browser_says_how_large_it_is(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.html"

    ran = run("dupes", "--format", "html", "-o", report)

    text = report.read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(rf"written to {report} \([\d.]+ kB\)\n", ran.err)
    assert "2 clusters among 10 photos" in text
    assert "/9j/" in text  # how a JPEG begins in base64


@pytest.mark.usefixtures("collection")
def test_a_file_that_is_there_is_not_written_over(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("mine")

    ran = run("dupes", "-o", report)

    assert (ran.code, report.read_text()) == (1, "mine")
    assert ran.err == f"copyfind: {report} exists already; remove it or choose another name\n"


@pytest.mark.usefixtures("collection")
def test_copies_are_a_failure_only_where_asked_for(run: Run) -> None:
    assert run("dupes").code == 0
    assert run("dupes", "--fail-on-copies").code == 5
    assert run("dupes", "--fail-on-copies", "--min-size", "1GB").code == 0
    related = run("dupes", "--fail-on-copies", "--tier", "series", "--tier", "unverified")
    assert related.code == 0


def test_without_a_catalog_the_error_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    ran = run("dupes")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"copyfind: no catalog at {tmp_path}/catalog.sqlite yet; "
        "make one with: copyfind index FOLDER\n"
    )


def test_a_file_that_is_no_catalog_is_named(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("Dear all, " * 200)

    ran = run("dupes", "--catalog", other)

    assert ran.code == 1
    assert ran.err.startswith(f"copyfind: {other} is not a catalog or is damaged")
    assert ran.err.count("\n") == 1

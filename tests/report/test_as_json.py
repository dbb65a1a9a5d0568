"""The answer of `dupes` for programs: what the schema promises, and golden text."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from copyfind.report.as_json import findings_as_csv, findings_as_json
from tests.making import made_findings

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "dupes.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def test_json_is_as_reviewed(golden: Callable[[str, str], str]) -> None:
    text = findings_as_json(made_findings(), now=NOW)

    assert text == golden("dupes.json", text)


def test_csv_is_as_reviewed(golden: Callable[[str, str], str]) -> None:
    text = findings_as_csv(made_findings())

    assert text == golden("dupes.csv", text)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_json_is_what_the_schema_promises() -> None:
    VALIDATOR.validate(json.loads(findings_as_json(made_findings())))


def test_an_empty_answer_is_what_the_schema_promises() -> None:
    nothing = replace(made_findings(), clusters=(), skipped=(), roots=(), files=0, contents=0)

    VALIDATOR.validate(json.loads(findings_as_json(nothing)))


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": "copyfind.dupes/2"},
        {"generated_at": "2026-11-21 10:00"},
        {"totals": {"files": -1}},
        {"clusters": [{"id": "c-0123456789abcdef", "tier": "identical", "members": []}]},
        {"skipped": [{"path": "/a"}]},
    ],
)
def test_the_schema_refuses_what_is_not_promised(broken: dict[str, object]) -> None:
    document = json.loads(findings_as_json(made_findings())) | broken

    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("key", ["path", "role", "evidence", "sha256"])
def test_the_schema_refuses_a_member_without_its_keys(key: str) -> None:
    document = json.loads(findings_as_json(made_findings()))
    del document["clusters"][0]["members"][1][key]

    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


def test_the_schema_refuses_a_second_keeper() -> None:
    document = json.loads(findings_as_json(made_findings()))
    document["clusters"][0]["members"][2]["role"] = "keeper"

    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


def test_the_schema_allows_keys_that_a_later_copyfind_adds() -> None:
    document = json.loads(findings_as_json(made_findings()))
    document["clusters"][0]["members"][0]["sharpness"] = 0.5

    VALIDATOR.validate(document)


def test_the_time_is_told_in_utc_without_fractions() -> None:
    local = datetime(2026, 11, 21, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))

    document = json.loads(findings_as_json(made_findings(), now=local))

    assert document["generated_at"] == "2026-11-21T10:00:00Z"


def test_two_answers_to_the_same_findings_differ_in_the_time_alone() -> None:
    first = json.loads(findings_as_json(made_findings(), now=NOW))
    second = json.loads(findings_as_json(made_findings()))

    assert first | {"generated_at": None} == second | {"generated_at": None}
    assert list(first) == list(second)


def test_a_name_that_is_not_utf_8_comes_back_whole() -> None:
    document = json.loads(findings_as_json(made_findings()))
    member = document["clusters"][0]["members"][3]

    assert member["path"] == "/photos/caf\\xe9.png"
    assert base64.b64decode(member["path_base64"]) == b"/photos/caf\xe9.png"


def test_a_tie_names_its_member_as_that_member_is_named() -> None:
    document = json.loads(findings_as_json(made_findings()))
    members = document["clusters"][0]["members"]

    assert {m["evidence"]["to"] for m in members[1:]} <= {m["path"] for m in members}


def test_csv_has_a_row_a_member_and_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(findings_as_csv(made_findings()))))

    assert [row["role"] for row in rows] == [
        "keeper",
        "linked",
        "redundant",
        "redundant",
        "related",
    ]
    assert rows[4]["path"] == "/photos/web/small\n.jpg"
    assert rows[4]["similarity"] == "0.9123"
    assert rows[0]["tied_to"] == ""

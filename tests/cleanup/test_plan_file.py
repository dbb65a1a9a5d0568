"""A plan as a file: what may be edited is done, everything else is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.plan_file import plan_as_json, plan_from_json, refuse_stale
from copyfind.errors import OutputError, PlanError
from copyfind.plans import ActionKind
from copyfind.report.files import write_new
from tests.cleanup.conftest import Album, pair

GOLDEN = Path(__file__).parents[1] / "golden"


def test_rule_17_a_plan_is_written_over_nothing(album: Album) -> None:
    path = album.add("plan.json", "my notes")

    with pytest.raises(OutputError, match="exists already"):
        write_new(path, plan_as_json(pair(album).plan()))


EDITS: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("hash", lambda d: d["clusters"][0]["files"][1].update(sha256="0" * 64), "changed by hand"),
    ("tier", lambda d: d["clusters"][0]["files"][3].update(tier="identical"), "changed by hand"),
    ("path", lambda d: d["clusters"][0]["files"][1].update(path="/etc/passwd"), "by hand"),
    ("keeper", lambda d: d["clusters"][0]["files"][0].update(path="/etc/passwd"), "by hand"),
    ("inode", lambda d: d["clusters"][0]["files"][1].update(inode=1), "changed by hand"),
    ("no keeper", lambda d: d["clusters"][0]["files"].pop(0), "not among those that are kept"),
    ("swapped", lambda d: swap(d["clusters"][0]["files"]), "is the file that is kept"),
    ("all go", lambda d: d["clusters"][0]["files"][0].update(do="delete"), "that is kept"),
    ("action", lambda d: d["clusters"][0]["files"][1].update(do="burn"), "nothing that is known"),
    ("link", lambda d: d["clusters"][0]["files"][3].update(do="hardlink"), "the same bytes"),
    ("twice", lambda d: d["clusters"].append(d["clusters"][0]), "goes twice"),
    ("file twice", lambda d: double(d["clusters"][0]["files"]), "goes twice"),
    ("mixed", lambda d: mix(d["clusters"]), "changed by hand"),
    ("roots", lambda d: d.update(files_in_collection=1), "its head"),
    ("tiers", lambda d: d.update(tiers=["unverified"]), "its head was changed"),
    ("version", lambda d: d.update(made_by="0.0.9"), "was made by copyfind 0.0.9"),
    ("schema", lambda d: d.update(schema="other/1"), "no plan of this copyfind"),
    ("type", lambda d: d["clusters"][0]["files"][1].update(size="big"), "by hand"),
    ("missing", lambda d: d["clusters"][0]["files"][1].pop("seal"), "'seal' is missing"),
    ("list", lambda d: d.update(clusters={}), "'clusters' is missing, or is not a list"),
    ("null", lambda d: d["clusters"].append(None), "is no object"),
    ("place", lambda d: move(d["clusters"][0]["files"][1], "../x"), "no absolute, plain path"),
    ("no place", lambda d: d["clusters"][0]["files"][1].update(do="move"), "place to go to"),
]


def swap(files: list[dict[str, Any]]) -> None:
    files[0]["do"], files[1]["do"] = files[1]["do"], files[0]["do"]


def double(files: list[dict[str, Any]]) -> None:
    files.append(files[1])


def mix(clusters: list[dict[str, Any]]) -> None:
    clusters[0]["files"].append(clusters[1]["files"][1])


def move(file: dict[str, Any], to: str) -> None:
    file.update(do="move", to=to)


@pytest.mark.parametrize(("edit", "why"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_rule_19_nonsense_is_refused_with_the_reason(
    full_album: Album, edit: Callable[[dict[str, Any]], object], why: str
) -> None:
    document = json.loads(plan_as_json(full_album.plan()))
    edit(document)

    with pytest.raises(PlanError, match=why):
        plan_from_json(json.dumps(document).encode(), version="0.1.0")


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'{"schema": 1}', b"\xff", b"[" * 100_000])
def test_rule_19_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(PlanError):
        plan_from_json(text, version="0.1.0")


def test_rule_19_a_plan_older_than_the_catalog_is_refused(full_album: Album) -> None:
    plan = full_album.plan()

    refuse_stale(plan, state="state 1")
    with pytest.raises(PlanError, match="make a new plan"):
        refuse_stale(plan, state="state 2")


def test_rule_19_what_may_be_edited_is_done(full_album: Album) -> None:
    document = json.loads(plan_as_json(full_album.plan()))
    files = document["clusters"][0]["files"]
    del files[3]  # not this one
    files[2]["do"] = "keep"
    files[1]["do"] = "symlink"
    document["clusters"].pop()

    plan = plan_from_json(json.dumps(document).encode(), version="0.1.0")

    assert [(action.kind, action.file.path) for action in plan.actions] == [
        (ActionKind.SYMLINK, full_album.path("copies/a 1.jpg"))
    ]
    assert full_album.apply(plan).skipped == []
    assert full_album.at("copies/a 1.jpg").is_symlink()


def test_a_plan_that_version_0_1_0_wrote_is_read_and_would_be_written_alike() -> None:
    text = (GOLDEN / "plan-0.1.0.json").read_bytes()

    plan = plan_from_json(text, version="0.1.0")

    assert plan_as_json(plan).encode() == text
    quarantined, moved = plan.actions
    assert (quarantined.file.path, quarantined.loses) == (b"/photos/caf\xe9/copy.jpg", ("GPS",))
    assert [c.file.path for c in quarantined.companions] == [b"/photos/caf\xe9/copy.xmp"]
    assert (moved.kind, moved.to) == (ActionKind.MOVE, b"/away/copy.NEF")
    assert plan.clusters[0].sidecar is not None

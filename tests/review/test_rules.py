"""What rules would mark, and that they mark nothing that no plan would take."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.apply import Surroundings
from copyfind.cleanup.files import Files
from copyfind.cleanup.gathering import Maker
from copyfind.cleanup.journals import Journals
from copyfind.grouping.keeper import KeepRule
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import EXACT, PROVEN, TIERS, Findings, Tier
from copyfind.review.choices import Choices
from copyfind.review.clearing import Clearing
from copyfind.review.desk import Desk, Refusal, key_of
from copyfind.review.rules import CLEAR_IN, KEEP_IN, Rule, Rules
from copyfind.review.tools import Tools
from tests.review.conftest import Shelf

Review = tuple[Desk, Rules, Clearing]
Open = Callable[[Shelf], Review]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def made(shelf: Shelf) -> Review:
        files = Files()
        maker = Maker(shelf.catalog, "1", files)

        def find(rules: Sequence[KeepRule], _: object) -> Findings:
            return find_copies(shelf.catalog, keep=rules, tiers=(*PROVEN, Tier.LIKELY))

        journals = Journals(os.fsencode(tmp_path / "journals"), files)
        known = Surroundings(files, journals, b"")
        tools = Tools(
            known,
            make=maker.choices,
            draft=maker.draft,
            find=find,
            index=lambda folders, _: index_folders(folders, catalog=shelf.catalog),
            state=str,
            folder=tmp_path,
        )
        desk = Desk(find((), None), Choices(tmp_path / "choices.jsonl"))
        return desk, Rules(desk, tools), Clearing(desk, tools)

    return made


def marked(desk: Desk) -> set[str]:
    return {os.fsdecode(os.path.split(m.file.path)[1]) for _, m in desk.redundant()}


def applied(rules: Rules, rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = rules.preview(rule, None)
    rules.apply(shown["rule"])
    return shown


def folder(shelf: Shelf, name: str) -> tuple[bytes, ...]:
    return (os.fsencode(shelf.folder / name),)


def test_a_folder_is_cleared_of_what_is_also_elsewhere(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)

    shown = applied(rules, Rule(CLEAR_IN, folder(shelf, "camera")))

    assert shown["files"] == 2
    assert marked(desk) == {"coffee.png", "cat.png"}
    assert desk.undo()["totals"]["files"] == 0  # type: ignore[index] # a card
    assert marked(desk) == set()


def test_what_is_in_a_folder_is_kept(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)

    applied(rules, Rule(KEEP_IN, folder(shelf, "camera")))

    assert len(marked(desk)) == 3
    assert not marked(desk) & {"coffee.png", "cat.png", "small.jpg"}


def test_weaker_ties_go_where_they_are_named(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)
    rule = Rule(KEEP_IN, folder(shelf, "camera"), tiers=(*EXACT, Tier.NEAR))

    without = rules.preview(replace(rule, tiers=EXACT), None)
    applied(rules, rule)

    assert "small.jpg" in marked(desk)
    assert [one["reason"] for one in without["left"]["named"]] == ["is near"]  # type: ignore[index] # a card


def test_a_rule_of_the_library_decides_who_stays(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)
    kept = [cluster.keeper.file.path for cluster in desk.findings.clusters]
    smallest = find_copies(shelf.catalog, keep=[KeepRule.SMALLEST], tiers=PROVEN)
    assert [cluster.keeper.file.path for cluster in smallest.clusters] != kept

    applied(rules, Rule(KeepRule.SMALLEST, tiers=PROVEN))

    going = {m.file.path for _, m in desk.redundant()}
    for cluster in smallest.clusters:
        assert cluster.keeper.file.path not in going
        redundant = [m.file.path for m in cluster.members if m.role == "redundant"]
        assert set(redundant) <= going


def test_what_a_person_decided_stays(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)
    coffee = next(c for c in desk.findings.clusters if len(c.members) == 4)
    cat = next(c for c in desk.findings.clusters if c is not coffee)
    tiff = next(m for m in coffee.members if m.file.path.endswith(b".tif"))
    twin = next(m for m in coffee.members if m is not tiff and m.role != "related")
    desk.choose({key_of(twin): "keep"})
    desk.choose({cat.id: "skip"})

    applied(rules, Rule(KeepRule.LARGEST, tiers=PROVEN))

    assert twin.file.path not in desk.going()
    assert not {m.file.path for m in cat.members} & desk.going()


def test_what_was_shown_is_what_is_marked(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)
    shown = rules.preview(Rule(CLEAR_IN, folder(shelf, "camera")), None)
    desk.choose({desk.findings.clusters[0].id: "skip"})

    with pytest.raises(Refusal, match="the choices have changed"):
        rules.apply(str(shown["rule"]))
    assert marked(desk) == set()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rule("burn"),
        lambda: Rule(KEEP_IN),
        lambda: Rule(KeepRule.LARGEST, (b"/photos",)),
        lambda: Rule(KeepRule.LARGEST, tiers=(*EXACT, Tier.LIKELY)),
        lambda: Rule(KeepRule.LARGEST, tiers=TIERS),
    ],
)
def test_what_is_no_rule_is_refused(make: Callable[[], Rule]) -> None:
    with pytest.raises(Refusal):
        make()


def test_nothing_is_marked_that_belongs_to_what_stays(opened: Open, own_shelf: Shelf) -> None:
    """Half of a RAW+JPEG pair, a file with a sidecar that is a link, and a hard link."""
    camera, copies = own_shelf.folder / "camera", own_shelf.folder / "copies"
    (copies / "cat again.png.xmp").symlink_to(camera)
    os.link(camera / "coffee.png", camera / "link.png")
    shutil.copy(camera / "coffee.png", own_shelf.folder / "loose.png")
    index_folders([os.fsencode(own_shelf.folder)], catalog=own_shelf.catalog, workers=1)
    desk, rules, clearing = opened(own_shelf)

    for rule in (
        Rule(CLEAR_IN, folder(own_shelf, "copies"), tiers=PROVEN),
        Rule(KEEP_IN, folder(own_shelf, "camera"), tiers=PROVEN),
        Rule(KeepRule.SHORTEST_PATH, tiers=PROVEN),
    ):
        shown = rules.preview(rule, None)
        if shown["files"]:
            rules.apply(str(shown["rule"]))
        assert clearing.plan("quarantine")["files"] == len(desk.redundant())
        assert "cat again.png" not in marked(desk)
        if shown["files"]:
            desk.undo()


def test_only_clusters_of_the_list_are_marked(opened: Open, shelf: Shelf) -> None:
    desk, rules, _ = opened(shelf)
    cat = next(n for n, c in enumerate(desk.findings.clusters) if len(c.members) == 2)

    shown = rules.preview(Rule(CLEAR_IN, folder(shelf, "camera")), [cat])
    rules.apply(str(shown["rule"]))

    assert marked(desk) == {"cat.png"}
    with pytest.raises(Refusal, match="no such cluster"):
        rules.preview(Rule(KeepRule.LARGEST), [99])

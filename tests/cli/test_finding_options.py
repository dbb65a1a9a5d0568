"""Finding copies as the options say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from copyfind.cli.finding_options import find, keep_rules
from copyfind.cli.options import KEEP_RULES
from copyfind.grouping.keeper import KeepRule
from copyfind.records import Tier
from tests.cli.conftest import Collection, Run


def test_rules_are_told_apart_by_commas_and_keep_their_order() -> None:
    assert keep_rules("newest, largest,") == (KeepRule.NEWEST, KeepRule.LARGEST)
    assert keep_rules("") == ()


def test_every_rule_there_is_can_be_named() -> None:
    assert set(KEEP_RULES) == {rule.value for rule in KeepRule}


def test_a_rule_that_does_not_exist_is_wrong_usage() -> None:
    with pytest.raises(typer.BadParameter, match="'nicest' is not a rule; there are: largest"):
        keep_rules("largest,nicest")


def test_without_proof_nothing_edited_is_found(collection: Collection) -> None:
    proven = find(collection.catalog, None)
    unproven = find(collection.catalog, None, no_verify=True)

    assert Tier.NEAR in {cluster.tier for cluster in proven.clusters}
    assert {cluster.tier for cluster in unproven.clusters} <= {
        Tier.IDENTICAL,
        Tier.SAME_PIXELS,
        Tier.UNVERIFIED,
    }


@pytest.mark.parametrize("command", ["dupes", "plan", "review"])
@pytest.mark.parametrize("mistyped", ["copie", "copies/nowhere", "COPIES"])
def test_a_reference_that_protects_nothing_is_wrong_usage(
    run: Run, collection: Collection, command: str, mistyped: str
) -> None:
    more = ["--no-browser"] if command == "review" else []
    ran = run(command, "--reference", collection.at(mistyped), *more)

    assert ran.code == 2
    assert "no indexed file lies in" in ran.err
    assert ran.out == ""


def test_a_reference_by_another_name_protects_in_the_plan_too(
    run: Run, collection: Collection, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(collection.at("copies"))

    ran = run("plan", "--reference", tmp_path / "link", "-o", tmp_path / "plan.json")

    assert ran.code == 0
    planned = json.loads((tmp_path / "plan.json").read_text())
    assert [folder["path"] for folder in planned["protected"]] == [str(collection.at("copies"))]

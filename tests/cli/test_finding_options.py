"""Finding copies as the options say."""

from __future__ import annotations

import pytest
import typer

from copyfind.cli import finding_options
from copyfind.cli.finding_options import find, keep_rules
from copyfind.grouping.keeper import KeepRule
from copyfind.records import Tier
from tests.cli.conftest import Collection


def test_rules_are_told_apart_by_commas_and_keep_their_order() -> None:
    assert keep_rules("newest, largest,") == (KeepRule.NEWEST, KeepRule.LARGEST)
    assert keep_rules("") == ()


def test_every_rule_there_is_can_be_named() -> None:
    assert set(finding_options._RULES) == {rule.value for rule in KeepRule}


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

"""copyfind models: the networks that travel with copyfind."""

from __future__ import annotations

import json

from copyfind.descriptor.weights import DEFAULT_MODEL, bundled_weights, read_weights
from tests.cli.conftest import Run


def test_the_default_is_marked(run: Run) -> None:
    ran = run("models")

    assert ran.code == 0
    assert f"{DEFAULT_MODEL} (default)" in ran.out
    assert "efficientnet-lite0" in ran.out
    assert "288 px" in ran.out


def test_json_holds_the_whole_card(run: Run) -> None:
    cards = json.loads(run("models", "--format", "json").out)

    assert [card["id"] for card in cards] == [read_weights(path).id for path in bundled_weights()]
    assert [card["name"] for card in cards if card["default"]] == [DEFAULT_MODEL]
    assert cards[0]["thresholds"].keys() == {"p90", "p99", "p999", "measured_on"}


def test_how_often_proofs_are_right_is_told_with_intervals(run: Run) -> None:
    told = " ".join(run("models").out.split())

    assert "proven falsely 6 of 2,174 0.28 % 0.13 % to 0.60 %" in told

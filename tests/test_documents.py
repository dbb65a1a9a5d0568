"""Numbers that documents repeat are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.evidence.decide import decision

ROOT = Path(__file__).parent.parent


def text(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_the_threshold_of_the_readme_is_the_default() -> None:
    told = re.findall(r"default threshold of (\d\.\d+)", text("README.md"))
    assert told == [f"{read_weights(find_weights()).default_threshold:.2f}"]


def test_the_decision_is_as_large_as_it_is_said_to_be() -> None:
    told = re.search(r"([\d,]+) boosted trees over (\d+) measures", text("docs/decisions.md"))
    assert told
    trees, measures = (int(number.replace(",", "")) for number in told.groups())
    assert (trees, measures) == (len(decision().roots), len(decision().names))

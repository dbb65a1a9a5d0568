"""Numbers that documents repeat are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.evidence.decide import decision
from tests.cleanup.test_anything import fast
from tests.cleanup.test_authority import FORGERIES
from tests.imaging.surplus.test_surplus import HIDDEN

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


def test_the_table_of_safety_counts_what_is_tried() -> None:
    told = text("docs/safety.md")

    assert f"**{3 * len(FORGERIES)} forged journals** ({len(FORGERIES)} kinds" in told
    assert f"**{len(HIDDEN)} hiding places**" in told
    assert f"**{fast.max_examples + 800} drawn histories**" in told

"""Numbers that documents repeat are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.evidence.decide import decision
from copyfind.evidence.measured import PROVEN
from tests.cleanup.test_anything import fast
from tests.cleanup.test_authority import FORGERIES
from tests.imaging.surplus.test_surplus import HIDDEN

ROOT = Path(__file__).parent.parent


def text(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_the_threshold_of_the_questions_is_the_default() -> None:
    told = re.findall(r"default threshold of (\d\.\d+)", text("docs/faq.md"))
    assert told == [f"{read_weights(find_weights()).default_threshold:.2f}"]


def test_the_readme_says_how_large_the_network_is() -> None:
    told = re.findall(r"travels with the tool \((\d+) MB\)", text("README.md"))
    assert told == [f"{find_weights().stat().st_size / 1e6:.0f}"]


def cells(name: str, begins: str) -> list[str]:
    """The numbers of the first such row of a table, those of before calibration left out."""
    page = (ROOT / name).read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {begins}"))
    return re.findall(r"(?<![\w.])\d?\.\d{3}\b", re.sub(r"\([^)]*\)", "", row))


def test_what_training_tells_of_the_students_is_on_their_card() -> None:
    card = "weights/README.md"
    both, kinds = cells(card, "µAP over all"), cells(card, "light / single / stacked edits")
    first = cells(card, "original first: light / single / stacked")

    for place, student in enumerate(("bundled student", "shorter student")):
        wanted = [both[place], *kinds[3 * place : 3 * place + 3], first[3 * place + 2]]
        assert cells("docs/training.md", student) == wanted


def test_the_questions_and_the_card_agree_on_stacks() -> None:
    first = cells("weights/README.md", "original first: light / single / stacked")[2]
    told = re.findall(r"finds the original first for (\d+) % of stacks", text("docs/faq.md"))

    assert told == [f"{100 * float(first) + 1e-9:.0f}"]


def test_the_comparison_and_performance_agree_on_what_is_proven() -> None:
    proven = cells("docs/comparison.md", "copyfind, proven |")
    told = re.findall(r"\((\.\d+), (\.\d+) and (\.\d+) among 1,500", text("docs/performance.md"))

    assert told == [tuple(proven[:3])]


def test_the_readme_says_what_was_measured() -> None:
    def told(what: str, places: int, sign: str = "") -> str:
        one = next(measured for measured in PROVEN if measured.what == what)
        share, *ends = (
            re.sub(r"^0\.", ".", f"{100 * value:.{places}f}")
            for value in (one.count / one.of, *one.interval)
        )
        return f"{share}{sign} ({' to '.join(ends)})"

    readme = text("README.md")
    rows = {
        "light edits": "light edits",
        "strong edits": "strong edits",
        "several strong edits on each other": "stacked edits",
    }
    for row, edits in rows.items():
        both = told(f"{edits}, proven", 1), told(f"{edits}, proven or likely", 1)
        assert f"| {row} | {' | '.join(both)} |" in readme
    programs = told("of real programs, proven or likely", 1)
    assert f"| made by other programs, among lookalikes | | {programs} |" in readme
    for pictures in ("lookalikes", "edits"):
        assert told(f"{pictures}, proven falsely", 2, " %") in readme


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


def test_the_comparison_repeats_what_was_measured() -> None:
    shares = [f"{m.count / m.of:.3f}".lstrip("0") for m in PROVEN[:3]]

    assert cells("docs/comparison.md", "copyfind, proven |")[:3] == shares

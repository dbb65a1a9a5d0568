"""The 21 rules of safety: each has tests of its number, beside the part that holds it.

They were learnt from files that other tools have lost. What a crash or a failing call may do is in
`test_crash.py`; the rules are about what people, programs and plans may do.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RULES = {
    1: "the keeper is named, exists, is readable, another file, outside of what goes",
    2: "one plan is looked at over all of its clusters",
    3: "at least one member of a cluster stays",
    4: "both files are read again at the moment of acting",
    5: "only what is exact goes by itself; near and edited when named; the rest never",
    6: "what only the discarded file knows is said",
    7: "a rename on one volume, and nothing more dangerous instead",
    8: "links by temporary name; a failed roll-back is told with both paths",
    9: "hard links want one owner, one mode, the same bytes",
    10: "the journal comes first; undo overwrites nothing",
    11: "success is what the file system shows",
    12: "symlinks are no pictures; the names of one file stay together",
    13: "one file by two ways is one file",
    14: "nothing happens in protected folders",
    15: "what belongs together moves whole or not at all",
    16: "libraries, trash and placeholders are not touched",
    17: "nothing that exists is overwritten by an output",
    18: "the same input gives the same plan",
    19: "a plan that is old, of another version, or edited is refused",
    20: "a plan over much of a collection asks again",
    21: "pictures that say nothing prove nothing",
}


@pytest.mark.parametrize("number", RULES, ids=RULES.values())
def test_every_rule_has_a_test_of_its_number(number: int) -> None:
    tests = "".join(p.read_text("utf-8") for p in Path(__file__).parent.glob("test_*.py"))

    assert re.search(rf"^def test_rule_{number}_", tests, re.MULTILINE)

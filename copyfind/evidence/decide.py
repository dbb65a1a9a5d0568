"""Whether two pictures that lie on each other show one capture, as log odds.

Boosted trees weigh the measures. They were fitted to matched pairs, an edit of a picture against
that picture and against its lookalikes, by `benchmarks/fit_decision.py`, and travel in one small
file beside this one.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

from copyfind.evidence.laying import Laid
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from copyfind.records import Facts
from copyfind.trees import Trees, read_trees

# Log odds among matched pairs, of which half are copies and the others all lookalikes: from which
# a pair that no rule rules out is proven; from which it is where places are lit otherwise, or
# nothing names what was done, and that is all; from which it is where a third picture may be what
# they share; from which it is probably a copy, and the same where a rule speaks against it.
PROVEN, LIT_OTHERWISE, SHARED = 0.05, 1.9, 2.5
LIKELY, LIKELY_IN_SPITE = -2.5, 0.0

DECISION = Path(__file__).with_name("decision.npz")


def odds_of(laid: Laid, facts: tuple[Facts, Facts]) -> float:
    """Log odds that both show one capture; -inf where too little lies on each other to tell.

    facts: of both files, in either order.
    """
    maps = maps_of(laid)
    return -math.inf if maps is None else decision().odds(measures_of(laid, maps, facts))


@cache
def decision() -> Trees:
    """What travels with copyfind, read once."""
    return read_trees(DECISION)

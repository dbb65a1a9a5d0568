"""What a review needs of the world outside it: the tools that it is given when it starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from copyfind.cleanup.apply import Surroundings
from copyfind.cleanup.plan import Wishes
from copyfind.grouping.keeper import KeepRule
from copyfind.plans import Plan
from copyfind.records import Findings, Summary
from copyfind.watch import Watch

MakePlan = Callable[[Findings, Collection[bytes], Wishes], Plan]


@dataclass(frozen=True, slots=True)
class Tools:
    """What works on files and on the catalog.

    make: a plan of what a person has chosen to go of the findings, by path. draft: the same without
    what would be lost, which takes long. find: the findings as the catalog is now, by other rules
    of what is kept, or by those the review was started with. tell: whoever wants to know which
    paths are gone, which are back, and which hold other bytes than is remembered. index: brings
    the catalog up to date with folders. state: a word for what the catalog knows, another one when
    that changes. folder: where plans are saved. anywhere: whether folders may be scanned that never
    were, and files be opened in programs of this machine: not where others can see the page.
    """

    surroundings: Surroundings
    make: MakePlan
    draft: MakePlan
    find: Callable[[Sequence[KeepRule], Watch], Findings]
    index: Callable[[Sequence[bytes], Watch], Summary]
    state: Callable[[], str]
    folder: Path
    tell: Callable[[Collection[bytes], Collection[bytes], Collection[bytes]], object] = (
        lambda _gone, _back, _doubted: None
    )
    anywhere: bool = True

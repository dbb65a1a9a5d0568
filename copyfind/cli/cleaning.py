"""What the commands that clear away share: how they ask, and how they tell what was skipped."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from copyfind.cli.console import complain, stderr
from copyfind.errors import CleanupError
from copyfind.paths import shown

if TYPE_CHECKING:
    from copyfind.cleanup.apply import Skipped

SKIPPED = 3
_MOST_TOLD = 20  # lines a run; the journal has them all


def confirmed(question: str, *, word: str, given: bool, flag: str) -> bool:
    """Whether the user says the word; Enter is no. given: they have said so on the command line.

    Raises CleanupError where nobody can be asked.
    """
    if given:
        return True
    if not sys.stdin.isatty():
        raise CleanupError(f"nobody is there to ask: {question.lower()} Say so with {flag}")
    stderr().print(f"{question} Type {word} to go on, Enter to stop: ", end="", soft_wrap=True)
    return sys.stdin.readline().strip().lower() in (word, word[:1] if word == "yes" else word)


def tell_skipped(skipped: Iterable[Skipped], what: str) -> None:
    """Tell on stderr what was skipped and why, a line each, up to twenty."""
    told = list(skipped)
    for one in told[:_MOST_TOLD]:
        complain(f"{what} {shown(one.path)}: {one.reason}")
    if len(told) > _MOST_TOLD:
        complain(f"... and {len(told) - _MOST_TOLD:,} more; the journal has them all")

"""Lists of files with a reason each, of which a page is told the first by name."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from copyfind.paths import shown
from copyfind.report.cards import Card

NAMED = 12  # of the others there is the number


def named(files: Collection[tuple[bytes, str]]) -> Card:
    """How many files these are, and the first of them: paths, each with a reason."""
    return {
        "files": len(files),
        "named": [{"path": shown(path), "reason": reason} for path, reason in islice(files, NAMED)],
    }

"""The journals of a catalog for a page: what was cleared away when, and what can be undone."""

from __future__ import annotations

from copyfind.cleanup.fates import (
    UNDOABLE,
    applied,
    bytes_of,
    fate,
    fate_and_why,
    first_hand,
    how_it_stands,
    what,
)
from copyfind.cleanup.journals import Journals
from copyfind.paths import shown
from copyfind.report.cards import Card
from copyfind.review.desk import Refusal

_FILES = 200  # of a journal that are told at once


def all_journals(journals: Journals) -> Card:
    """Every journal with what it holds, the newest first, and those that cannot be used."""
    told = []
    for journal in reversed(journals.all()):
        if not journal.entries:
            continue
        done = applied(journal)
        told.append(
            {
                "name": journal.name,
                "made_at": journal.made_at,
                "files": len(done),
                "bytes": bytes_of(done),
                "kinds": sorted({entry.operation.kind.value for entry in done}),
                "stands": how_it_stands(journal, done),
                "undoable": any(fate(entry) == UNDOABLE for entry in first_hand(journal)),
            }
        )
    return {"journals": told, "left_out": [one.reason for one in journals.left_out()]}


def one_journal(journals: Journals, name: str, *, start: int = 0) -> Card:
    """The files of a journal, some at a time from a place on. Raises Refusal."""
    journal = next((one for one in journals.all() if one.name == name), None)
    if journal is None:
        raise Refusal("there is no such journal")
    entries = first_hand(journal)
    return {
        "files": len(entries),
        "named": [
            {
                "path": shown(entry.operation.file.path),
                "reason": f"{what(entry)}, {fate_and_why(entry)}",
            }
            for entry in entries[start : start + _FILES]
        ],
    }

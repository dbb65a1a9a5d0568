"""What became of the files of a journal, in the words of a list of journals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from copyfind.cleanup.journal import Entry, Journal, State
from copyfind.cleanup.operation import Purpose
from copyfind.paths import as_json
from copyfind.plans import ActionKind
from copyfind.report.numbers import counted

UNDOABLE = "can be undone"


def what(entry: Entry) -> str:
    """What was done with a file."""
    operation = entry.operation
    return "sidecar" if operation.purpose is Purpose.ANNOTATE else operation.kind.value


def fate(entry: Entry) -> str:
    """How it stands now."""
    if entry.taken_back:
        return "undone"
    if entry.emptied:
        return "emptied"
    if entry.state is not State.DONE:
        return entry.state.value
    return "gone for good" if entry.operation.kind is ActionKind.DELETE else UNDOABLE


def fate_and_why(entry: Entry) -> str:
    """How it stands now, with the reason where there is one."""
    return fate(entry) + (f": {entry.reason}" if entry.reason else "")


def bytes_of(entries: Iterable[Entry]) -> int:
    """The bytes of these files together."""
    return sum(entry.operation.file.file.size for entry in entries)


def applied(journal: Journal) -> list[Entry]:
    """The files that were cleared away, back by now or not."""
    entries = journal.entries.values()
    return [e for e in entries if e.operation.purpose is Purpose.APPLY and e.state is State.DONE]


def first_hand(journal: Journal) -> list[Entry]:
    """All that was done, in its order, without what took it back."""
    return [e for _, e in sorted(journal.entries.items()) if e.operation.of is None]


def how_it_stands(journal: Journal, done: list[Entry]) -> str:
    """What became of these files: '3 can be undone, 1 emptied'."""
    fates = Counter(fate(entry) for entry in done)
    told = [f"{number:,} {word}" if len(fates) > 1 else word for word, number in fates.items()]
    if cut := len(journal.open_entries()):
        told.append(f"{counted(cut, 'file')} cut off: run apply or undo")
    return ", ".join(told)


def journal_as_dict(journal: Journal, *, files: bool) -> dict[str, object]:
    """What a journal holds, with each of its files or with their numbers alone."""
    done = applied(journal)
    told: dict[str, object] = {
        "journal": journal.name,
        "made_at": journal.made_at,
        "files": len(done),
        "bytes": bytes_of(done),
        "actions": dict(Counter(entry.operation.kind.value for entry in done)),
        "state": dict(Counter(fate(entry) for entry in done)),
        "cut_off": len(journal.open_entries()),
    }
    if files:
        told["entries"] = [
            {
                **dict(zip(("path", "path_base64"), as_json(e.operation.file.path), strict=True)),
                "action": what(e),
                "state": fate(e),
                "reason": e.reason,
            }
            for e in first_hand(journal)
        ]
    return told

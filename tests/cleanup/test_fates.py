"""What became of the files of a journal, in words."""

from __future__ import annotations

import pytest

from copyfind.cleanup.fates import fate, what
from copyfind.cleanup.journal import Entry, State
from copyfind.cleanup.operation import Operation, Purpose
from copyfind.plans import ActionKind, PlannedFile
from tests.making import made_file


def entry(kind: ActionKind, purpose: Purpose = Purpose.APPLY, **of: bool | State) -> Entry:
    file = PlannedFile(made_file("/a.jpg"), b"\1" * 32)
    operation = Operation(
        number=1, purpose=purpose, kind=kind, cluster="c-1", file=file, keeper=file, steps=()
    )
    made = Entry(operation, State.DONE)
    for name, value in of.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (entry(ActionKind.QUARANTINE), ("quarantine", "can be undone")),
        (entry(ActionKind.QUARANTINE, taken_back=True), ("quarantine", "undone")),
        (entry(ActionKind.QUARANTINE, emptied=True), ("quarantine", "emptied")),
        (entry(ActionKind.DELETE), ("delete", "gone for good")),
        (entry(ActionKind.QUARANTINE, Purpose.ANNOTATE), ("sidecar", "can be undone")),
        (entry(ActionKind.TRASH, state=State.FAILED), ("trash", State.FAILED.value)),
    ],
)
def test_what_was_done_and_how_it_stands(made: Entry, words: tuple[str, str]) -> None:
    assert (what(made), fate(made)) == words

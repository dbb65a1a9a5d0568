"""copyfind undo: put back what was cleared away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.cleaning import (
    SKIPPED,
    named_journal,
    surroundings,
    tell_catalog,
    tell_skipped,
)
from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.cli.options import CatalogOption
from copyfind.errors import Interrupted
from copyfind.records import LINKS
from copyfind.report.numbers import counted


def undo(
    journal: Annotated[
        str | None,
        typer.Argument(
            metavar="JOURNAL", help="Name or file of a journal; the last one by default."
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Put files back where they were, byte for byte, with their times and modes.

    Nothing is overwritten. Says what cannot be put back: deleted, or emptied from the quarantine.
    """
    from copyfind.cleanup.undo import last_undoable, undo_journal

    where = Path(catalog).expanduser().absolute()
    known = surroundings(where)
    chosen = named_journal(journal, known) if journal else last_undoable(known)
    if chosen is None:
        note("there is nothing to undo")
        return
    kept = "what was put back so far"
    with following(terminate=True, kept=kept) as watch:
        undone = undo_journal(chosen, known, watch=watch)
        back = [operation.file.path for operation in undone.done if operation.kind not in LINKS]
        if back:
            tell_catalog(where, back=back)
        tell_skipped(undone.failed, "not put back:")
        note(f"{counted(len(undone.done), 'file')} of {chosen.name} put back")
        if undone.stopped:
            raise Interrupted(f"stopped; go on with: copyfind undo {chosen.name}")
    if undone.failed:
        raise typer.Exit(SKIPPED)

"""copyfind undo: put back what was cleared away."""

from __future__ import annotations

from typing import Annotated

import typer

from copyfind.cli.cleaning import SKIPPED, tell_skipped
from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.cli.options import CatalogOption
from copyfind.errors import Interrupted
from copyfind.paths import shown
from copyfind.report.numbers import counted


def undo(
    journal: Annotated[
        str | None,
        typer.Argument(
            metavar="JOURNAL", help="The name or file of a journal; the last one by default."
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Put files back where they were, byte for byte, with their times and modes.

    Nothing is overwritten. Says what cannot be put back: deleted, or emptied from the quarantine.
    """
    from copyfind.cleanup.ways import undo as put_back

    with following(terminate=True, kept="what was put back so far") as watch:
        restored = put_back(catalog.expanduser(), journal=journal, watch=watch)
        if restored.journal is None:
            note("there is nothing to undo")
            return
        tell_skipped(restored.failed, "not put back:")
        for folder in restored.made:
            note(f"made anew, as it was gone: {shown(folder)}")
        note(f"{counted(len(restored.done), 'file')} of {restored.journal} put back")
        if restored.stopped:
            raise Interrupted(f"stopped; go on with: copyfind undo {restored.journal}")
    if restored.failed:
        raise typer.Exit(SKIPPED)

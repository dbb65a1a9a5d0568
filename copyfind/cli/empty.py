"""copyfind empty: remove for good what has been in the quarantine long enough."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.cleaning import SKIPPED, confirmed, tell_skipped
from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.cli.options import CatalogOption
from copyfind.errors import Interrupted
from copyfind.report.numbers import counted, shown_bytes


def parse_older_than(text: str | timedelta) -> timedelta:
    """The value of --older-than; what is no age is wrong usage."""
    if isinstance(text, timedelta):
        return text
    from copyfind.cleanup.quarantine import parse_age

    try:
        return parse_age(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def empty(
    older_than: Annotated[
        timedelta,
        typer.Option(
            "--older-than",
            parser=parse_older_than,
            metavar="AGE",
            help="Only what has been there so long: 30d, 2w, 12h.",
        ),
    ] = "30d",  # type: ignore[assignment] # Typer parses it
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Remove for good what is in the quarantine. There is no undo after this.

    A file stays where the one that was kept for it is gone or has changed since.
    """
    from copyfind.cleanup.emptying import empty as remove
    from copyfind.cleanup.emptying import waiting
    from copyfind.cleanup.ways import surroundings

    known = surroundings(Path(catalog).expanduser().absolute())
    found = waiting(known, older_than=older_than)
    if not found:
        note("nothing has been in the quarantine for so long")
        return
    size = shown_bytes(sum(one.size for one in found))
    question = f"Remove {counted(len(found), 'file')} ({size}) for good?"
    if not confirmed(question, word="yes", given=yes, flag="--yes"):
        note("nothing was changed")
        raise typer.Exit(1)
    with following(terminate=True, kept="what was not removed") as watch:
        emptied = remove(known, older_than=older_than, watch=watch)
        tell_skipped(emptied.kept, "kept:")
        freed = shown_bytes(sum(one.size for one in emptied.done))
        note(f"{counted(len(emptied.done), 'file')} removed, {freed} freed")
        if emptied.stopped:
            raise Interrupted("stopped; go on with the same command")
    if emptied.kept:
        raise typer.Exit(SKIPPED)

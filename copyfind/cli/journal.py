"""copyfind journal: what was cleared away when, and how it stands."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.console import complain, emit, note, show
from copyfind.cli.options import CatalogOption, DataFormat, FormatOption
from copyfind.report.numbers import shown_bytes, shown_moment

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copyfind.cleanup.journal import Journal


def journal(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="JOURNAL", help="Show each file of this journal; all are listed by default."
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """List what was cleared away, the newest first, and what can be undone."""
    from copyfind.cleanup.fates import journal_as_dict
    from copyfind.cleanup.ways import surroundings

    known = surroundings(Path(catalog).expanduser().absolute()).journals
    if name is not None:
        one = known.named(name)
        if output_format is DataFormat.JSON:
            emit(json.dumps(journal_as_dict(one, files=True), indent=1, ensure_ascii=False) + "\n")
        else:
            show(_operations(one))
        return
    for left_out in known.left_out():
        complain(left_out.reason)
    journals = [journal for journal in reversed(known.all()) if journal.entries]
    if output_format is DataFormat.JSON:
        told = [journal_as_dict(one, files=False) for one in journals]
        emit(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        return
    if not journals:
        note("nothing was cleared away yet")
        return
    show(_list(journals))


def _list(journals: list[Journal]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from copyfind.cleanup.fates import applied, bytes_of, how_it_stands

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    for title in ("journal", "when", "cleared away", "now"):
        table.add_column(title, overflow="fold")
    for one in journals:
        done = applied(one)
        kinds = Counter(entry.operation.kind.value for entry in done)
        size = bytes_of(done)
        what = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        table.add_row(
            Text(one.name, "bold"),
            Text(shown_moment(one.made_at)),
            Text(f"{what or 'nothing'} · {shown_bytes(size)}"),
            Text(how_it_stands(one, done)),
        )
    return table


def _operations(one: Journal) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from copyfind.cleanup.fates import fate_and_why, first_hand, what
    from copyfind.report.fitting import shown_path

    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(overflow="fold")
    for entry in first_hand(one):
        table.add_row(
            Text(what(entry), "yellow"),
            Text(shown_path(entry.operation.file.path)),
            Text(fate_and_why(entry), "dim"),
        )
    return table

"""How much of a table is shown, and how: the options of every command that prints a long one."""

from __future__ import annotations

from typing import Annotated

import typer

from copyfind.cli.console import is_a_terminal
from copyfind.report.as_table import Shape

WideOption = Annotated[
    bool,
    typer.Option(
        "--wide", help="Whole paths, on lines as long as they come; a pipe or file gets them so."
    ),
]
TopOption = Annotated[
    int | None,
    typer.Option("--top", metavar="N", min=1, help="List the first N of them alone."),
]
SummaryOption = Annotated[bool, typer.Option("--summary", help="Only the totals, no cluster.")]
PagerOption = Annotated[
    bool,
    typer.Option(
        "--pager/--no-pager", help="Show what is longer than the terminal in $PAGER, or in less."
    ),
]


def shape_of(
    *, wide: bool, top: int | None, summary: bool, only: frozenset[str] | None = None
) -> Shape:
    """The shape of a table that these options ask for; nobody's window limits a pipe."""
    return Shape(0 if summary else top, wide or not is_a_terminal(), only)

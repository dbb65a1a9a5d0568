"""copyfind check: whether the catalog is sound and the files hold what it remembers."""

from __future__ import annotations

from typing import Annotated

import typer

from copyfind.cli.console import complain, note
from copyfind.cli.following import following
from copyfind.cli.options import CatalogOption
from copyfind.paths import shown
from copyfind.report.numbers import counted


def check(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file and compare it with its hash.")
    ] = False,
) -> None:
    """Check the database; with --deep every file too. Exits with 1 if anything is wrong."""
    from copyfind.pipeline.checking import check_catalog

    with following(kept="the catalog") as watch:
        checked = check_catalog(catalog, deep=deep, watch=watch)
    for fault in checked.faults:
        complain(f"database: {fault}")
    for path, what in checked.changed:
        complain(f"{shown(path)}: {what}")
    if checked.faults:
        note(f"move {catalog} away and index again; your photos are not affected")
    if checked.changed:
        note("bring the catalog up to date with: copyfind index FOLDER")
    if checked.faults or checked.changed:
        raise typer.Exit(1)
    files = f", {counted(checked.files, 'file')} as remembered" if deep else ""
    note(f"the catalog is sound{files}")

"""copyfind status: what the catalog holds, and what gave no picture."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from copyfind.cli.console import emit, note, show
from copyfind.cli.options import CatalogOption, DataFormat, FormatOption
from copyfind.paths import as_json
from copyfind.records import Counts, Model, Root, Unreadable
from copyfind.report.as_json import model_as_dict, skipped_as_dict
from copyfind.report.as_table import problems_table
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import counted, shown_bytes, shown_moment


def status(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    errors: Annotated[
        bool, typer.Option("--errors", help="List every file that gave no picture, and why.")
    ] = False,
    acknowledged: Annotated[
        bool,
        typer.Option(
            "--acknowledge",
            help="With --errors: you know of these; index exits with 3 for others alone.",
        ),
    ] = False,
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """Say what is indexed, where the catalog lies, and what could not be read."""
    from copyfind.collection.acknowledged import acknowledge, news
    from copyfind.collection.catalog import Catalog
    from copyfind.collection.database import open_for_reading

    if acknowledged:
        if not errors:
            raise typer.BadParameter("--acknowledge goes with --errors, which lists the files")
        note(f"acknowledged: {counted(acknowledge(catalog), 'file')}")
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        models = known.models()
        counts = known.counts(models[0] if models else None)
        roots, problems = known.roots(), known.problems()
        fresh = news(db, problems)
    if output_format is DataFormat.JSON:
        emit(json.dumps(_as_dict(catalog, models, counts, roots, problems, fresh), indent=1) + "\n")
    elif errors:
        show(problems_table(problems, fresh) if problems else Text("every file gave a picture"))
    else:
        show(_overview(catalog, models, counts, roots, fresh))


def _overview(
    catalog: Path,
    models: list[Model],
    counts: Counts,
    roots: list[Root],
    fresh: list[Unreadable],
) -> Group:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(
        "catalog",
        Text(f"{shown_path(os.fsencode(catalog))} ({shown_bytes(catalog.stat().st_size)})"),
    )
    for root in roots:
        when = shown_moment(root.scanned_at)
        table.add_row("folder", Text(f"{shown_path(root.path)}  indexed {when}"))
    for model in models:
        table.add_row("model", Text(f"{model.name}, {model.dim}-d, {model.weights[:12]}"))
    files = f"{counted(counts.files, 'file')}, {shown_bytes(counts.bytes)}"
    table.add_row("present", f"{files}; {counted(counts.contents, 'distinct content')}")
    table.add_row("described", f"{counts.described:,}")
    if counts.left_out:
        told = f"{counted(counts.left_out, 'file')} that the last index excluded"
        table.add_row("left out", told)
    if counts.missing:
        table.add_row("missing", f"{counted(counts.missing, 'file')}; see: copyfind prune")
    if counts.problems:
        known = counts.problems - len(fresh)
        told = f", {known:,} of them known to you" if known else ""
        table.add_row(
            "skipped", f"{counted(counts.problems, 'file')}{told}; see: copyfind status --errors"
        )
    return Group(table)


def _as_dict(
    catalog: Path,
    models: list[Model],
    counts: Counts,
    roots: list[Root],
    problems: list[Unreadable],
    fresh: list[Unreadable],
) -> dict[str, object]:
    return {
        "catalog": as_json(os.fsencode(catalog))[0],
        "models": [model_as_dict(model) for model in models],
        "roots": [{"path": as_json(r.path)[0], "scanned_at": r.scanned_at} for r in roots],
        "files": counts.files,
        "bytes": counts.bytes,
        "contents": counts.contents,
        "described": counts.described,
        "missing": counts.missing,
        "left_out": counts.left_out,
        "skipped": [
            {**skipped_as_dict(problem), "acknowledged": problem not in fresh}
            for problem in problems
        ],
    }

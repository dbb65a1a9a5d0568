"""copyfind index: bring the catalog up to date."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.cli.next_steps import after_index
from copyfind.cli.options import (
    BatchOption,
    CatalogOption,
    Device,
    DeviceOption,
    ExcludeOption,
    ModelOption,
    PresetOption,
    as_bytes,
    cache_folder,
    parse_size,
    scanning,
)
from copyfind.cli.stores import EngineName, Wanted, index_stores
from copyfind.paths import shown
from copyfind.records import Summary
from copyfind.report.numbers import counted, shown_bytes, shown_seconds

SOME_SKIPPED = 3
_STORES = "Object stores"
_NAMED = 5  # skipped files named in the summary


def index(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Folders of photos to index, or addresses such as s3://bucket/prefix.",
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    exclude: ExcludeOption = None,
    exclude_preset: PresetOption = None,
    min_size: Annotated[
        int,
        typer.Option(
            "--min-size",
            parser=parse_size,
            metavar="SIZE",
            help="Leave smaller files out; such as 20k or 1MB.",
        ),
    ] = 1,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Take hidden files and folders too.")
    ] = False,
    follow_symlinks: Annotated[
        bool, typer.Option("--follow-symlinks", help="Go where symbolic links lead.")
    ] = False,
    one_file_system: Annotated[
        bool, typer.Option("--one-file-system", help="Do not enter other volumes.")
    ] = False,
    hydrate: Annotated[
        bool, typer.Option("--hydrate", help="Download cloud placeholders and read them.")
    ] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read more paths from standard input, one a line.")
    ] = False,
    null: Annotated[
        bool, typer.Option("-0", "--null", help="Let paths on standard input end with a zero byte.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, help="How many processes decode; one for each core by default."
        ),
    ] = None,
    reread: Annotated[
        bool,
        typer.Option(
            "--reread",
            help="Read unchanged files again too; without PATH, in all folders indexed before.",
        ),
    ] = False,
    model: ModelOption = None,
    device: DeviceOption = Device.AUTO,
    batch_size: BatchOption = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help="Where a run over object stores is kept, such as s3://out/run.",
            rich_help_panel=_STORES,
        ),
    ] = None,
    list_file: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Read addresses, or pictures, from this Parquet file; or addresses from a text.",
            rich_help_panel=_STORES,
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            metavar="NAME",
            help="The column of --list: url by default, or one that holds bytes.",
            rich_help_panel=_STORES,
        ),
    ] = None,
    webdataset: Annotated[
        str | None,
        typer.Option(
            "--webdataset",
            metavar="PATTERN",
            help="Read the pictures in tars, such as 's3://b/{00000..00999}.tar'.",
            rich_help_panel=_STORES,
        ),
    ] = None,
    engine: Annotated[
        EngineName,
        typer.Option("--engine", help="What runs it.", rich_help_panel=_STORES),
    ] = EngineName.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="HOST",
            help="The Ray cluster: auto for the one of this machine; without it one is started.",
            rich_help_panel=_STORES,
        ),
    ] = None,
    estimate: Annotated[
        bool,
        typer.Option(
            "--estimate",
            help="Do the first shards, say what all will take, and stop.",
            rich_help_panel=_STORES,
        ),
    ] = False,
) -> None:
    """Bring the catalog up to date with the photos in folders.

    Unchanged files are not read again, moved ones not embedded again. Nothing of yours is changed.
    With --to, pictures in object stores become the rows of a run there: see docs/cluster.md.
    """
    from copyfind.descriptor.weights import DEFAULT_MODEL

    wanted = Wanted(
        sources=folders or (),
        to=to,
        list_file=list_file,
        column=column,
        webdataset=webdataset,
        engine=engine,
        address=address,
        estimate=estimate,
        model=model or DEFAULT_MODEL,
        device=device.value,
        batch_size=batch_size,
        workers=workers,
    )
    if wanted.is_any:
        local = exclude or exclude_preset or hidden or follow_symlinks or one_file_system
        if local or hydrate or stdin or null or reread or min_size != 1:
            raise typer.BadParameter("object stores are indexed whole: no such option goes with it")
        if index_stores(wanted):
            raise typer.Exit(SOME_SKIPPED)
        return
    from copyfind.pipeline.indexing import index_folders

    paths = _listed(null=null) if stdin or null else []
    if not folders and not paths and not reread:
        raise typer.BadParameter("name a folder, or give paths with --stdin")
    options = scanning(
        exclude,
        exclude_preset,
        minimum_size=min_size,
        hidden=hidden,
        follow_symlinks=follow_symlinks,
        one_file_system=one_file_system,
        hydrate=hydrate,
    )
    with following() as watch:
        summary = index_folders(
            [as_bytes(Path(folder)) for folder in folders or ()],
            catalog=catalog,
            cache=cache_folder(),
            paths=paths,
            options=options,
            model=model or DEFAULT_MODEL,
            device=device.value,
            batch_size=batch_size,
            workers=workers,
            reread=reread,
            watch=watch,
        )
    tell(summary)
    after_index(catalog)
    if summary.news:
        raise typer.Exit(SOME_SKIPPED)


def _listed(*, null: bool) -> list[bytes]:
    """The paths on standard input, bytes as they are; relative ones count from this folder."""
    entries = sys.stdin.buffer.read().split(b"\0" if null else b"\n")
    return [os.path.abspath(entry) for entry in entries if entry]  # noqa: PTH100 - bytes


def tell(summary: Summary) -> None:
    """Say what a run did."""
    pace = f", {summary.read / summary.seconds:.0f}/s" if summary.read else ""
    note(
        f"{counted(summary.files, 'picture')}, {shown_bytes(summary.size)}: "
        f"{summary.read:,} read, {summary.described:,} described "
        f"in {shown_seconds(summary.seconds)}{pace}",
        files=summary.files,
        read=summary.read,
        described=summary.described,
        missing=summary.missing,
        excluded=summary.excluded,
        skipped=len(summary.skipped),
        acknowledged=len(summary.skipped) - len(summary.news),
        seconds=round(summary.seconds, 2),
    )
    if summary.missing:
        note(
            f"{counted(summary.missing, 'file')} gone since the last run; forget them with: "
            "copyfind prune"
        )
    if summary.excluded:
        note(
            f"{counted(summary.excluded, 'file')} known before left out of this run: nothing is "
            "compared with them until they are indexed again"
        )
    for library in summary.left_out:
        note(f"left out {shown(library)}: photo libraries are entered only when named")
    if summary.news:
        note(f"{counted(len(summary.news), 'file')} skipped:")
        for skipped in summary.news[:_NAMED]:
            note(f"  {shown(skipped.path)}: {skipped.reason}")
        if len(summary.news) > _NAMED:
            note(f"  and {len(summary.news) - _NAMED:,} more; see: copyfind status --errors")
        note("  known and no harm? say so: copyfind status --errors --acknowledge")
    if known := len(summary.skipped) - len(summary.news):
        note(
            f"{counted(known, 'file')} skipped that {'was' if known == 1 else 'were'} acknowledged"
        )

"""copyfind go: from folders to the review, in one step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.configured import configured
from copyfind.cli.console import is_a_terminal, note
from copyfind.cli.following import following
from copyfind.cli.index import tell
from copyfind.cli.options import (
    LOOPBACK,
    AddressOption,
    BrowserOption,
    CatalogOption,
    HostOption,
    OthersOption,
    PortOption,
    as_bytes,
    cache_folder,
    scanning,
)
from copyfind.cli.review import may_begin, review
from copyfind.errors import CatalogError
from copyfind.paths import shown
from copyfind.records import Effort


def go(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER", help="Folders of photos; all that were indexed by default."
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    browser: BrowserOption = True,
    port: PortOption = 0,
    host: HostOption = LOOPBACK,
    address: AddressOption = None,
    let_others_in: OthersOption = False,
) -> None:
    """Index folders, find their copies, and look at them in the browser: all in one step.

    Copies are found among all that was ever indexed. Nothing of yours is changed before you say so
    on the page. `copyfind FOLDER` does the same.
    """
    from copyfind.descriptor.weights import DEFAULT_MODEL
    from copyfind.pipeline.indexing import index_folders

    own = configured(catalog)
    if folders:
        here = [as_bytes(folder) for folder in folders]
    else:
        here = [] if may_begin(catalog.expanduser().absolute()) else _indexed(catalog)
    with following() as watch:
        summary = index_folders(
            here,
            catalog=catalog,
            cache=cache_folder(),
            options=scanning(own.texts("exclude"), own.presets()),
            model=own.text("model") or DEFAULT_MODEL,
            watch=watch,
        )
    if here:
        tell(summary)
    review(
        catalog=catalog,
        effort=Effort(own.text("effort") or Effort.NORMAL),
        keep=own.text("keep") or "",
        reference=[Path(folder) for folder in own.texts("reference")],
        model=own.text("model"),
        browser=browser,
        port=port,
        host=host,
        address=address,
        let_others_in=let_others_in,
    )


def _indexed(catalog: Path) -> list[bytes]:
    """The folders that were indexed and are there now. Raises CatalogError."""
    from copyfind.collection.catalog import Catalog
    from copyfind.collection.database import open_for_reading

    with open_for_reading(catalog) as db:
        roots = [root.path for root in Catalog(db).roots()]
    here = [root for root in roots if Path(os.fsdecode(root)).is_dir()]
    for root in roots:
        if root not in here:
            note(f"{shown(root)} is not there now; what is known of it stays")
    if not here and (roots or not is_a_terminal()):
        raise CatalogError("no folder that was indexed is there; name one: copyfind go FOLDER")
    return here

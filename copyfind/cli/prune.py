"""copyfind prune: forget files that are gone."""

from __future__ import annotations

from copyfind.cli.console import note
from copyfind.cli.options import CatalogOption
from copyfind.report.units import counted


def prune(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Forget files that are gone from their folders, and what only they held. Deletes no photo."""
    from copyfind.collection.catalog import prune as forget
    from copyfind.collection.database import open_for_writing

    with open_for_writing(catalog, holder="prune", create=False) as db:
        files, contents = forget(db)
    note(f"forgot {counted(files, 'missing file')} and {counted(contents, 'content')} of theirs")

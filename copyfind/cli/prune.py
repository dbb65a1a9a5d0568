"""copyfind prune: forget files that are gone."""

from __future__ import annotations

from copyfind.cli.console import note
from copyfind.cli.options import CatalogOption, cache_folder
from copyfind.report.units import counted


def prune(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Forget files that are gone from their folders, and what only they held. Deletes no photo."""
    from copyfind.collection.catalog import content_hashes
    from copyfind.collection.catalog import prune as forget
    from copyfind.collection.database import open_for_writing
    from copyfind.collection.looks import open_looks

    with open_for_writing(catalog, holder="prune", create=False) as db:
        files, contents = forget(db)
        with open_looks(catalog, cache_folder()) as looks:
            looks.keep_only(content_hashes(db))
    note(f"forgot {counted(files, 'missing file')} and {counted(contents, 'content')} of theirs")

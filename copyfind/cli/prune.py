"""copyfind prune: forget files that are gone."""

from __future__ import annotations

from copyfind.cli.console import note
from copyfind.cli.options import CatalogOption, cache_folder
from copyfind.report.numbers import counted


def prune(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
) -> None:
    """Forget files that are gone or excluded, and what only they held. Deletes no photo."""
    from copyfind.collection.cache import open_cache
    from copyfind.collection.catalog import Catalog, content_hashes
    from copyfind.collection.catalog import prune as forget
    from copyfind.collection.database import open_for_writing

    with open_for_writing(catalog, holder="prune", create=False) as db:
        left_out = Catalog(db).counts(None).left_out
        files, contents = forget(db)
        with open_cache(catalog, cache_folder()) as cached:
            cached.keep_only(content_hashes(db))
    more = f", {counted(left_out, 'file')} that index excluded," if left_out else ""
    missing = counted(files - left_out, "missing file")
    note(f"forgot {missing}{more} and {counted(contents, 'content')} of theirs")

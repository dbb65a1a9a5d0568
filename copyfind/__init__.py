"""Find every copy of a photo, however it was edited.

    from pathlib import Path
    from copyfind import find_copies, index_folders

    catalog = Path("photos.sqlite")
    index_folders([b"/home/me/Photos"], catalog=catalog)
    for cluster in find_copies(catalog).clusters:
        print(cluster.tier, cluster.keeper.file.path, cluster.reclaimable_bytes)

Nothing here prints, and nothing changes a photo. Functions load when they are first used, so that
importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from copyfind.version import VERSION

if TYPE_CHECKING:
    from copyfind.collection.scan import ScanOptions
    from copyfind.descriptor.embed import Embedder, load_embedder
    from copyfind.errors import (
        CatalogError,
        CatalogLocked,
        CopyfindError,
        DeviceError,
        FolderError,
        Interrupted,
        OutputError,
        WeightsError,
    )
    from copyfind.pipeline.checking import check_catalog
    from copyfind.pipeline.comparing import compare_images
    from copyfind.pipeline.finding import find_copies
    from copyfind.pipeline.indexing import index_folders
    from copyfind.pipeline.searching import search_images
    from copyfind.records import Cluster, Findings, Member, Role, Summary, Tier
    from copyfind.report.as_json import findings_as_csv, findings_as_json
    from copyfind.watch import Progress

__version__ = VERSION
_HOMES = {
    "copyfind.pipeline.checking": ("check_catalog",),
    "copyfind.collection.scan": ("ScanOptions",),
    "copyfind.descriptor.embed": ("Embedder", "load_embedder"),
    "copyfind.errors": (
        "CatalogError",
        "CatalogLocked",
        "CopyfindError",
        "DeviceError",
        "FolderError",
        "Interrupted",
        "OutputError",
        "WeightsError",
    ),
    "copyfind.pipeline.finding": ("find_copies",),
    "copyfind.pipeline.indexing": ("index_folders",),
    "copyfind.records": ("Cluster", "Findings", "Member", "Role", "Summary", "Tier"),
    "copyfind.report.as_json": ("findings_as_csv", "findings_as_json"),
    "copyfind.pipeline.comparing": ("compare_images",),
    "copyfind.pipeline.searching": ("search_images",),
    "copyfind.watch": ("Progress",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [
    "CatalogError",
    "CatalogLocked",
    "Cluster",
    "CopyfindError",
    "DeviceError",
    "Embedder",
    "Findings",
    "FolderError",
    "Interrupted",
    "Member",
    "OutputError",
    "Progress",
    "Role",
    "ScanOptions",
    "Summary",
    "Tier",
    "WeightsError",
    "check_catalog",
    "compare_images",
    "find_copies",
    "findings_as_csv",
    "findings_as_json",
    "index_folders",
    "load_embedder",
    "search_images",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'copyfind' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)

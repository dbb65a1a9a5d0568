"""Find every copy of a photo, however it was edited.

    from copyfind import find_copies, index_folders

    index_folders("/home/me/Photos", catalog="photos.sqlite")
    for cluster in find_copies("photos.sqlite").clusters:
        print(cluster.tier, cluster.keeper.file.path, cluster.reclaimable_bytes)

Nothing here prints, and nothing but `apply_plan` and `undo` touches a photo. Paths may be `str`,
`bytes` or `PathLike`; those in records are bytes, as the file system has them. More examples are in
docs/library.md. Functions load when they are first used, so that importing the package costs
nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from copyfind.telemetry import switch_off as _switch_off
from copyfind.version import VERSION

if TYPE_CHECKING:
    from copyfind.answers import Answer, Comparison, Match
    from copyfind.cleanup.apply import Skipped
    from copyfind.cleanup.ways import (
        Cleared,
        Restored,
        apply_plan,
        make_plan,
        read_plan,
        undo,
        write_plan,
    )
    from copyfind.collection.identity import found_at
    from copyfind.collection.scan import ScanOptions
    from copyfind.descriptor.embed import DescribedBy, Embedder, Network, load_embedder
    from copyfind.descriptor.weights import Thresholds, Weights
    from copyfind.errors import (
        CatalogError,
        CatalogLocked,
        CleanupError,
        CopyfindError,
        DeviceError,
        FolderError,
        Interrupted,
        OutputError,
        PlanError,
        WeightsError,
    )
    from copyfind.grouping.keeper import KeepRule
    from copyfind.imaging.source import Opened, Source
    from copyfind.pipeline.checking import Checked, check_catalog
    from copyfind.pipeline.comparing import compare_images
    from copyfind.pipeline.describing import describe
    from copyfind.pipeline.finding import find_copies
    from copyfind.pipeline.importing import import_rows
    from copyfind.pipeline.indexing import index_folders
    from copyfind.pipeline.searching import search_images
    from copyfind.plans import (
        Action,
        ActionKind,
        Companion,
        LeftAlone,
        Plan,
        PlannedCluster,
        PlannedFile,
        Sidecar,
    )
    from copyfind.records import (
        Cluster,
        Content,
        Effort,
        Evidence,
        Extra,
        Facts,
        Findings,
        FoundFile,
        Member,
        Model,
        Picture,
        Problem,
        ReadFile,
        Role,
        Row,
        Standing,
        Summary,
        Tier,
        Unreadable,
    )
    from copyfind.report.as_json import findings_as_csv, findings_as_json
    from copyfind.totals import Share, Totals, totals_of
    from copyfind.watch import Progress, Stage, Watch

__version__ = VERSION
_switch_off()
_HOMES = {
    "copyfind.answers": "Answer Comparison Match",
    "copyfind.cleanup.apply": "Skipped",
    "copyfind.cleanup.ways": "Cleared Restored apply_plan make_plan read_plan undo write_plan",
    "copyfind.collection.identity": "found_at",
    "copyfind.collection.scan": "ScanOptions",
    "copyfind.descriptor.embed": "DescribedBy Embedder Network load_embedder",
    "copyfind.descriptor.weights": "Thresholds Weights",
    "copyfind.errors": """
        CatalogError CatalogLocked CleanupError CopyfindError DeviceError FolderError
        Interrupted OutputError PlanError WeightsError
    """,
    "copyfind.grouping.keeper": "KeepRule",
    "copyfind.imaging.source": "Opened Source",
    "copyfind.pipeline.checking": "Checked check_catalog",
    "copyfind.pipeline.comparing": "compare_images",
    "copyfind.pipeline.describing": "describe",
    "copyfind.pipeline.finding": "find_copies",
    "copyfind.pipeline.importing": "import_rows",
    "copyfind.pipeline.indexing": "index_folders",
    "copyfind.pipeline.searching": "search_images",
    "copyfind.plans": """
        Action ActionKind Companion LeftAlone Plan PlannedCluster PlannedFile Sidecar
    """,
    "copyfind.records": """
        Cluster Content Effort Evidence Extra Facts Findings FoundFile Member Model Picture
        Problem ReadFile Role Row Standing Summary Tier Unreadable
    """,
    "copyfind.report.as_json": "findings_as_csv findings_as_json",
    "copyfind.totals": "Share Totals totals_of",
    "copyfind.watch": "Progress Stage Watch",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = [
    "Action",
    "ActionKind",
    "Answer",
    "CatalogError",
    "CatalogLocked",
    "Checked",
    "CleanupError",
    "Cleared",
    "Cluster",
    "Companion",
    "Comparison",
    "Content",
    "CopyfindError",
    "DescribedBy",
    "DeviceError",
    "Effort",
    "Embedder",
    "Evidence",
    "Extra",
    "Facts",
    "Findings",
    "FolderError",
    "FoundFile",
    "Interrupted",
    "KeepRule",
    "LeftAlone",
    "Match",
    "Member",
    "Model",
    "Network",
    "Opened",
    "OutputError",
    "Picture",
    "Plan",
    "PlanError",
    "PlannedCluster",
    "PlannedFile",
    "Problem",
    "Progress",
    "ReadFile",
    "Restored",
    "Role",
    "Row",
    "ScanOptions",
    "Share",
    "Sidecar",
    "Skipped",
    "Source",
    "Stage",
    "Standing",
    "Summary",
    "Thresholds",
    "Tier",
    "Totals",
    "Unreadable",
    "Watch",
    "Weights",
    "WeightsError",
    "apply_plan",
    "check_catalog",
    "compare_images",
    "describe",
    "find_copies",
    "findings_as_csv",
    "findings_as_json",
    "found_at",
    "import_rows",
    "index_folders",
    "load_embedder",
    "make_plan",
    "read_plan",
    "search_images",
    "totals_of",
    "undo",
    "write_plan",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'copyfind' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return ["__version__", *__all__]

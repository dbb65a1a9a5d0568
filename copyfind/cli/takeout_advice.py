"""Advice where a Google Takeout lies beside an organised library: which of the two is kept."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

from copyfind.paths import lies_in
from copyfind.records import Cluster, Findings, Role
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import counted

_WITH_METADATA = "together with "  # how the reason begins of a file that something belongs to


@dataclass(frozen=True, slots=True)
class Instead:
    """Pictures of a Takeout that are kept instead of copies in a folder."""

    pictures: int
    folder: bytes

    def __str__(self) -> str:
        return (
            f"{counted(self.pictures, 'picture')} of a Google Takeout would be kept instead of the "
            f"copy in {shown_path(self.folder)}, because Google's metadata (JSON) lies beside "
            f"them; to keep your own: --reference {shown_path(self.folder)}"
        )


def kept_instead(findings: Findings) -> Instead | None:
    """What to advise; None where no Takeout takes the place of anything."""
    found = [cluster for cluster in findings.clusters if _is_takeout(cluster)]
    gone = Counter(
        _folder(member.file.path)
        for cluster in found
        for member in cluster.members[1:]
        if member.role is Role.REDUNDANT
        and _folder(member.file.path) != _folder(cluster.keeper.file.path)
    )
    if not gone:
        return None
    common = os.path.commonpath(list(gone))
    around_both = any(lies_in([common])(cluster.keeper.file.path) for cluster in found)
    folder = min(gone, key=lambda one: (-gone[one], one)) if around_both else common
    return Instead(sum(gone.values()), folder)


def _is_takeout(cluster: Cluster) -> bool:
    reason = cluster.keeper.reason or ""
    return reason.startswith(_WITH_METADATA) and reason.endswith(".json")


def _folder(path: bytes) -> bytes:
    return os.path.dirname(path)  # noqa: PTH120 - bytes

"""Advice where a Google Takeout lies beside an organised library: which of the two is kept."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from copyfind.paths import lies_in
from copyfind.records import Cluster, Findings, Role
from copyfind.report.fitting import shown_path, typed_path
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
            f"them; to keep your own: --reference {typed_path(self.folder)}"
        )


def kept_instead(findings: Findings) -> Instead | None:
    """What to advise; None where no Takeout takes the place of anything."""
    found = [cluster for cluster in findings.clusters if _is_takeout(cluster)]
    gone: Counter[bytes] = Counter()
    replaced = 0
    for cluster in found:
        takeout = _folder(cluster.keeper.file.path)
        copies = (m.file.path for m in cluster.members if m.role is Role.REDUNDANT)
        folders = {folder for path in copies if (folder := _folder(path)) != takeout}
        gone.update(folders)
        replaced += bool(folders)
    if not gone:
        return None
    return Instead(replaced, _library(gone, found, findings.roots))


def _library(gone: Counter[bytes], found: list[Cluster], roots: Sequence[bytes]) -> bytes:
    """The folder that a person would call their own: one that was indexed, if no Takeout lies in
    it; else what is around all that would go, or where most of it lies."""
    takeouts = [cluster.keeper.file.path for cluster in found]
    of_root: Counter[bytes] = Counter()
    for root in roots:
        is_in = lies_in([root])
        if not any(map(is_in, takeouts)):
            of_root[root] = sum(number for folder, number in gone.items() if is_in(folder))
    if any(of_root.values()):
        return min(of_root, key=lambda one: (-of_root[one], one))
    common = os.path.commonpath(list(gone))
    around_both = any(map(lies_in([common]), takeouts))
    return min(gone, key=lambda one: (-gone[one], one)) if around_both else common


def _is_takeout(cluster: Cluster) -> bool:
    reason = cluster.keeper.reason or ""
    return reason.startswith(_WITH_METADATA) and reason.endswith(".json")


def _folder(path: bytes) -> bytes:
    return os.path.dirname(path)  # noqa: PTH120 - bytes

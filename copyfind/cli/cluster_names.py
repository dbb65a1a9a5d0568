"""Clusters named on the command line: `c-` and the first digits of an id, or all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from copyfind.errors import CatalogError
from copyfind.records import Findings

_NAME = re.compile(r"c-[0-9a-f]{3,16}")


def is_cluster(word: Path | None) -> bool:
    """Whether a word names a cluster; a file of that name is named with a folder: ./c-123."""
    return word is not None and _NAME.fullmatch(str(word)) is not None


def apart(words: Sequence[Path] | None) -> tuple[list[Path], list[str]]:
    """The paths among the words, and the names of clusters."""
    named = [str(word) for word in words or () if is_cluster(word)]
    return [word for word in words or () if not is_cluster(word)], named


def ids_of(names: Sequence[str], findings: Findings) -> frozenset[str] | None:
    """The ids of the clusters that are named; None where none is. Raises CatalogError."""
    if not names:
        return None
    return frozenset(_id_of(name, findings) for name in names)


def _id_of(name: str, findings: Findings) -> str:
    found = [cluster.id for cluster in findings.clusters if cluster.id.startswith(name)]
    if len(found) > 1:
        raise CatalogError(f"{name} is how {len(found)} clusters begin; name more digits")
    if not found:
        raise CatalogError(
            f"there is no cluster {name} any more: its files have changed, or other options find "
            "other clusters; list them with: copyfind dupes"
        )
    return found[0]

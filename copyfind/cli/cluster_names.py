"""What words of the command line name: paths; clusters, by `c-` and the first digits of an id, or
all of them; runs in object stores, by their address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from copyfind.errors import CatalogError
from copyfind.paths import is_in_store
from copyfind.records import Findings

_NAME = re.compile(r"c-[0-9a-f]{3,16}")


@dataclass(frozen=True, slots=True)
class Named:
    """What some words name."""

    places: list[Path]
    clusters: list[str]
    run: str | None = None  # its address


def is_cluster(word: Path | str | None) -> bool:
    """Whether a word names a cluster; a file of that name is named with a folder: ./c-123."""
    return word is not None and _NAME.fullmatch(str(word)) is not None


def named(words: Sequence[str] | None) -> Named:
    """What each of the words names. Two runs are wrong usage."""
    words = words or ()
    runs = [word for word in words if is_in_store(word)]
    if len(runs) > 1:
        raise typer.BadParameter(f"{runs[1]}: one run at a time", param_hint="RUN")
    places = [Path(word) for word in words if not is_cluster(word) and not is_in_store(word)]
    return Named(places, [word for word in words if is_cluster(word)], runs[0] if runs else None)


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

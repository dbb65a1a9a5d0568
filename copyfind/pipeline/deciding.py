"""What a person says of pictures, named by their paths, and what has been said."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.decisions import decisions, forget_decisions, store_decisions
from copyfind.errors import CatalogError, DecisionError
from copyfind.paths import modified_ns, shown
from copyfind.records import Decision, ordered


@dataclass(frozen=True, slots=True)
class Said:
    """A decision with the present files of its two contents, by path; none where all are gone."""

    decision: Decision
    first: tuple[bytes, ...]
    second: tuple[bytes, ...]


def say_apart(catalog: Path, paths: Sequence[bytes]) -> int:
    """No two of these indexed files are copies of each other; returns of how many pairs that is
    news. Raises CatalogError, and DecisionError for files with the same bytes."""
    return store_decisions(catalog, _pairs(catalog, paths))


def take_back(catalog: Path, paths: Sequence[bytes]) -> int:
    """Forget what was said of every two of these files; returns of how many pairs it was."""
    return forget_decisions(catalog, _pairs(catalog, paths))


def said(catalog: Path) -> list[Said]:
    """All that has been said, oldest first."""
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        return [
            Said(decision, known.paths_of(decision.first), known.paths_of(decision.second))
            for decision in decisions(db)
        ]


def _pairs(catalog: Path, paths: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        hashes = [_content(known, path) for path in paths]
    pairs = set()
    for (a, first), (b, second) in combinations(zip(hashes, paths, strict=True), 2):
        if a == b:
            raise DecisionError(
                f"{shown(first)} and {shown(second)} have the same bytes: they are copies, "
                "whatever is said of them"
            )
        pairs.add(ordered(a, b))
    return sorted(pairs)


def _content(known: Catalog, path: bytes) -> bytes:
    """SHA-256 of what lies at the path, if the catalog still knows."""
    real = os.path.realpath(path)
    found = known.file_at(real)
    if found is None:
        raise CatalogError(
            f"{shown(path)} is not indexed; check the spelling, or do so with: "
            "copyfind index FOLDER"
        )
    file, sha256 = found
    try:
        status = Path(os.fsdecode(real)).stat()
    except OSError:
        return sha256  # its volume may be away; what it held is known
    if (status.st_size, modified_ns(status)) != (file.size, file.mtime_ns):
        raise CatalogError(
            f"{shown(path)} has changed since it was indexed; first run: copyfind index FOLDER"
        )
    return sha256

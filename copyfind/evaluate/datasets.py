"""Benchmarks as they lie in folders: queries, references, ground truth. Nothing is decoded."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from copyfind.errors import FolderError
from copyfind.records import Ints

_QUERY_FOLDERS = ("queries", "dev_queries", "final_queries")
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """Photos to look up and to find; `truth` and `tracks` count them in the order given here."""

    queries: tuple[Path, ...]
    references: tuple[Path, ...]
    truth: Ints  # (T, 2): query, reference
    tracks: Mapping[str, Ints] = field(default_factory=dict)  # query rows of each, no strangers

    def strangers(self) -> Ints:
        """Queries without a match among the references."""
        return np.setdiff1d(np.arange(len(self.queries)), self.truth[:, 0])


def read_disc(folder: Path) -> Benchmark:
    """The layout of DISC2021: references/, a folder of queries, and a CSV of the truth.

    The CSV holds query_id,reference_id with or without a header; a query without reference is a
    stranger. `edits.csv` (query_id,track,...) names tracks where it is there.
    """
    names = [name for name in _QUERY_FOLDERS if (folder / name).is_dir()]
    if not names or not (folder / "references").is_dir():
        raise FolderError(
            f"{folder}: no benchmark in DISC layout: it needs references/ and one of"
            f" {', '.join(f'{name}/' for name in _QUERY_FOLDERS)}"
        )
    queries, references = _pictures(folder / names[0]), _pictures(folder / "references")
    query_row = {path.stem: row for row, path in enumerate(queries)}
    reference_row = {path.stem: row for row, path in enumerate(references)}
    truth = [
        (query_row[row[0]], reference_row[row[1]])
        for row in _rows(_truth_file(folder))
        if len(row) > 1 and row[0] in query_row and row[1] in reference_row
    ]
    if not truth:
        raise FolderError(f"{folder}: its ground truth names none of its photos")
    matched = {query for query, _ in truth}
    tracks: dict[str, list[int]] = {}
    if (folder / "edits.csv").is_file():
        for query, track, *_ in _rows(folder / "edits.csv"):
            if query_row.get(query) in matched:
                tracks.setdefault(track, []).append(query_row[query])
    return Benchmark(
        queries,
        references,
        np.array(truth, np.int64),
        {track: np.array(sorted(rows), np.int64) for track, rows in sorted(tracks.items())},
    )


def _pictures(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES))


def _truth_file(folder: Path) -> Path:
    found = sorted(folder.glob("*ground_truth*.csv"))
    if not found:
        raise FolderError(f"{folder}: no ground truth (a CSV named ...ground_truth.csv)")
    return found[0]


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if row]

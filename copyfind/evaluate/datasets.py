"""Benchmarks as they lie in folders: queries, references, ground truth. Nothing is decoded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from copyfind.errors import FolderError
from copyfind.evaluate.names import Layout
from copyfind.records import Ints

_QUERY_FOLDERS = ("queries", "dev_queries", "final_queries", "NDEC_test_query")
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
_HEADER = ["query_id", "reference_id"]
_JPEG_QUALITIES = (3, 5, 8, 10, 15, 20, 30, 50, 75)
_CROPS = (10, 15, 20, 30, 40, 50, 60, 70, 80)
_COPYDAYS_FOLDERS = (
    "original",
    "strong",
    *(f"jpegqual/{quality}" for quality in _JPEG_QUALITIES),
    *(f"crops/{percent}" for percent in _CROPS),
)
_STRONG_PREFIX = 4  # characters that a strongly attacked photo shares with its original


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """Photos to look up and to find; `truth` and `tracks` count them in the order given here.

    A photo that only the ground truth names has a path without a file: it cannot be found, and
    counts as that.
    """

    queries: tuple[Path, ...]
    references: tuple[Path, ...]
    truth: Ints  # (T, 2): query, reference
    tracks: Mapping[str, Ints] = field(default_factory=dict)  # query rows of each, no strangers
    training: tuple[Path, ...] = ()  # photos that match nothing here
    query_ids: tuple[str, ...] = ()  # one a query; names of files without suffix by default
    reference_ids: tuple[str, ...] = ()
    layout: Layout = Layout.DISC

    def __post_init__(self) -> None:
        for ids, paths in (("query_ids", self.queries), ("reference_ids", self.references)):
            if not getattr(self, ids):
                object.__setattr__(self, ids, tuple(path.stem for path in paths))

    def strangers(self) -> Ints:
        """Queries without a match among the references."""
        return np.setdiff1d(np.arange(len(self.queries)), self.truth[:, 0])


def read_benchmark(
    layout: Layout,
    folder: Path,
    *,
    training: Path | None = None,
    distractors: Path | None = None,
    pictures: bool = True,
) -> Benchmark:
    """Read the benchmark in a folder. Raises FolderError where it lies in another way.

    training: a folder of training images instead of the benchmark's own.
    distractors: further references of Copydays.
    pictures: without, the ground truth of DISC or NDEC is enough.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder}: no such folder")
    if layout is Layout.COPYDAYS:
        return read_copydays(folder, training=training, distractors=distractors)
    return read_disc(folder, layout=layout, training=training, pictures=pictures)


def read_disc(
    folder: Path,
    *,
    layout: Layout = Layout.DISC,
    training: Path | None = None,
    pictures: bool = True,
) -> Benchmark:
    """Read a benchmark laid out as DISC2021: references/, a folder of queries, a CSV of the truth.

    The folders may lie in images/. The CSV holds query_id,reference_id with or without a header;
    a query without reference is a stranger. `edits.csv` (query_id,track,...) names tracks and
    train/ holds training images where they are there.
    """
    images = folder / "images" if (folder / "images" / "references").is_dir() else folder
    queries_folder, references_folder = _disc_folders(folder, images, pictures=pictures)
    rows = _truth_rows(_truth_file(folder, queries_folder.name))
    pairs = [(query, reference) for query, reference in rows if reference]
    if not pairs:
        raise FolderError(f"{folder}: its ground truth holds no pair")
    queries = _by_id(queries_folder, (query for query, _ in rows))
    references = _by_id(references_folder, (reference for _, reference in pairs))
    if pictures and not any(queries[q].is_file() and references[r].is_file() for q, r in pairs):
        raise FolderError(f"{folder}: its ground truth names none of its photos")
    query_row = {query: row for row, query in enumerate(queries)}
    reference_row = {reference: row for row, reference in enumerate(references)}
    truth = [(query_row[query], reference_row[reference]) for query, reference in pairs]
    return Benchmark(
        tuple(queries.values()),
        tuple(references.values()),
        np.array(truth, np.int64),
        _tracks(folder / "edits.csv", query_row, {query for query, _ in pairs}),
        _training(images, training),
        tuple(queries),
        tuple(references),
        layout,
    )


def _disc_folders(folder: Path, images: Path, *, pictures: bool) -> tuple[Path, Path]:
    """The folders of queries and of references; without `pictures` they need not be there."""
    names = [name for name in _QUERY_FOLDERS if (images / name).is_dir()]
    if pictures and not (names and (images / "references").is_dir()):
        raise FolderError(
            f"{folder}: no benchmark in DISC layout: it needs references/ and one of"
            f" {', '.join(f'{name}/' for name in _QUERY_FOLDERS)}"
        )
    if len(names) > 1:
        raise FolderError(
            f"{images}: which queries? It holds {' and '.join(f'{name}/' for name in names)};"
            " move one away"
        )
    return images / (names or ["queries"])[0], images / "references"


def _truth_rows(path: Path) -> list[tuple[str, str]]:
    """Queries and their references, in the order of the file; "" where a query has none."""
    return [(row[0], row[1] if len(row) > 1 else "") for row in _rows(path) if row != _HEADER]


def _by_id(folder: Path, named: Iterable[str]) -> dict[str, Path]:
    """The pictures of a folder by their ids, then those that only the ground truth names."""
    found = {path.stem: path for path in _pictures(folder)}
    for name in named:
        found.setdefault(name, folder / name)
    return found


def read_copydays(
    folder: Path, *, training: Path | None = None, distractors: Path | None = None
) -> Benchmark:
    """Read a benchmark laid out as Copydays: original/, strong/, jpegqual/N/ and crops/N/.

    References are the originals and the distractors; queries all folders, the originals too, as
    in the published evaluation. Each folder is a track. A file of strong/ belongs to the
    originals with the same first four characters; any other folder holds one file an original,
    in the order of their names.
    """
    originals = _pictures(folder / "original")
    if not originals:
        raise FolderError(f"{folder}: no benchmark in Copydays layout: it needs original/")
    queries: list[Path] = []
    truth: list[tuple[int, int]] = []
    tracks: dict[str, Ints] = {}
    for name in _COPYDAYS_FOLDERS:
        files = _pictures(folder / name)
        if not files:
            continue
        first = len(queries)
        queries += files
        tracks[name] = np.arange(first, len(queries))
        truth += [(first + row, match) for row, match in _matches(name, files, originals)]
    if len(tracks) == 1:
        raise FolderError(
            f"{folder}: no benchmark in Copydays layout: it needs one or more of strong/,"
            " jpegqual/N/ and crops/N/"
        )
    others = () if distractors is None else _all_pictures(distractors)
    return Benchmark(
        tuple(queries),
        (*originals, *others),
        np.array(truth, np.int64),
        tracks,
        _training(folder, training),
        tuple(_relative(path, folder) for path in queries),
        (
            *(_relative(path, folder) for path in originals),
            *(f"distractors/{_relative(path, distractors or folder)}" for path in others),
        ),
        Layout.COPYDAYS,
    )


def _matches(
    name: str, files: Sequence[Path], originals: Sequence[Path]
) -> Iterable[tuple[int, int]]:
    if name == "strong":
        return (
            (row, match)
            for row, path in enumerate(files)
            for match, original in enumerate(originals)
            if path.name[:_STRONG_PREFIX] == original.name[:_STRONG_PREFIX]
        )
    if len(files) != len(originals):
        raise FolderError(
            f"{files[0].parent}: {len(files)} photos for {len(originals)} originals; Copydays has"
            " one an original in every folder but strong/"
        )
    return zip(range(len(files)), range(len(files)), strict=True)


def _tracks(path: Path, query_row: Mapping[str, int], matched: set[str]) -> Mapping[str, Ints]:
    if not path.is_file():
        return {}
    tracks: dict[str, list[int]] = {}
    for query, *rest in _rows(path):
        if rest and query in matched:
            tracks.setdefault(rest[0], []).append(query_row[query])
    return {track: np.array(sorted(rows), np.int64) for track, rows in tracks.items()}


def _training(folder: Path, other: Path | None) -> tuple[Path, ...]:
    return _all_pictures(other) if other is not None else _pictures(folder / "train")


def _pictures(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES))


def _all_pictures(folder: Path) -> tuple[Path, ...]:
    """The photos of a folder at any depth; FolderError where there are none."""
    found = tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES))
    if not found:
        raise FolderError(f"{folder}: no photos there")
    return found


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _truth_file(folder: Path, queries: str) -> Path:
    """The CSV of the truth; where there are several, the one named after the folder of queries."""
    found = sorted({*folder.glob("*ground_truth*.csv"), *folder.glob("*groundtruth*.csv")})
    if not found:
        raise FolderError(f"{folder}: no ground truth (a CSV named ...ground_truth.csv)")
    split = queries.removesuffix("_queries")
    own = [path for path in found if path.name.startswith(split)] if len(found) > 1 else found
    if len(own) != 1:
        names = " and ".join(path.name for path in found)
        raise FolderError(f"{folder}: which ground truth? It holds {names}; move one away")
    return own[0]


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [[cell.strip() for cell in row] for row in csv.reader(file) if row]

"""Descriptors and predictions in files, so that other tools' output can be scored, and ours theirs.

CSV, HDF5 or Parquet by the suffix. HDF5 is as in DISC2021: the data sets `query`, `reference`
(N, D) and `query_ids`, `reference_ids`, and `train`, `train_ids` where there are training images.
Tables have one row a descriptor (`split`, `id`, then its numbers) or one a prediction
(`query_id`, `reference_id`, `score`; in CSV a first row of names may be missing). CSV always
works; the others need packages of the extra `train`.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from copyfind.errors import EvaluationError, OutputError
from copyfind.records import Doubles, Floats
from copyfind.whole_file import written_whole

_PACKAGES = {
    ".csv": None,
    ".h5": "h5py",
    ".hdf5": "h5py",
    ".parquet": "pyarrow.parquet",
}
_PREDICTION = ("query_id", "reference_id", "score")
_SPLITS = ("query", "reference", "train")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Descriptors of some pictures, and the ids by which the ground truth knows these."""

    ids: tuple[str, ...]
    vectors: Floats  # (N, D)

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.ids) != len(self.vectors):
            raise ValueError(f"{len(self.ids)} ids for descriptors of shape {self.vectors.shape}")
        if len(set(self.ids)) != len(self.ids):
            raise ValueError("a picture has two descriptors")
        if not np.isfinite(self.vectors).all():
            raise ValueError("a descriptor is not finite")


@dataclass(frozen=True, slots=True, eq=False)
class Descriptors:
    """All descriptors of one method on one benchmark, of the pictures that could be read."""

    queries: Rows
    references: Rows
    training: Rows | None = None

    def __post_init__(self) -> None:
        dims = {rows.vectors.shape[1] for rows in self._splits().values()}
        if len(dims) > 1:
            raise ValueError(f"descriptors of different lengths: {sorted(dims)}")

    def _splits(self) -> dict[str, Rows]:
        splits = zip(_SPLITS, (self.queries, self.references, self.training), strict=True)
        return {name: rows for name, rows in splits if rows is not None}


@dataclass(frozen=True, slots=True, eq=False)
class NamedPredictions:
    """Scored pairs by the ids of their pictures."""

    query: tuple[str, ...]
    reference: tuple[str, ...]
    score: Doubles  # (P,)


def check_writable(path: Path) -> None:
    """Raise OutputError or EvaluationError, before hours of work, where `path` is not writable."""
    _package(path)
    if path.exists():
        raise OutputError(f"{path} exists already; remove it or choose another name")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"cannot write {path}: its folder does not exist")


def read_descriptors(path: Path) -> Descriptors:
    """Read descriptors of queries, references and perhaps training images. EvaluationError."""
    with _explained(path) as package:
        if package is None:
            splits = _splits_of(_csv_rows(path))
        elif package.__name__ == "h5py":
            with package.File(path, "r") as file:
                splits = {
                    name: (_text(file[f"{name}_ids"][:]), file[name][:])
                    for name in _SPLITS
                    if name in file
                }
        else:
            table = package.read_table(path)
            columns = [name for name in table.column_names if name not in ("split", "id")]
            vectors = np.stack([table[name].to_numpy() for name in columns], axis=1)
            splits = _by_split(table["split"].to_pylist(), table["id"].to_pylist(), vectors)
        rows = {
            name: Rows(tuple(ids), np.ascontiguousarray(vectors, np.float32))
            for name, (ids, vectors) in splits.items()
        }
        return Descriptors(rows["query"], rows["reference"], rows.get("train"))


def write_descriptors(path: Path, descriptors: Descriptors) -> None:
    """Write descriptors to a new file. Raises OutputError, EvaluationError."""
    check_writable(path)
    package, splits = _package(path), descriptors._splits()
    with _written(path) as unfinished:
        if package is not None and package.__name__ == "h5py":
            with package.File(unfinished, "w") as file:
                for name, rows in splits.items():
                    file[name] = rows.vectors
                    file[f"{name}_ids"] = np.array([i.encode() for i in rows.ids], "S")
            return
        names = np.repeat(list(splits), [len(rows.ids) for rows in splits.values()]).tolist()
        ids = [i for rows in splits.values() for i in rows.ids]
        vectors = np.concatenate([rows.vectors for rows in splits.values()])
        columns = [str(column) for column in range(vectors.shape[1])]
        if package is None:
            _write_csv(
                unfinished,
                ("split", "id", *columns),
                (
                    (name, i, *map(str, row))
                    for name, i, row in zip(names, ids, vectors, strict=True)
                ),
            )
        else:
            table = dict(zip(columns, vectors.T, strict=True))
            _write_parquet(package, unfinished, {"split": names, "id": ids, **table})


def read_predictions(path: Path) -> NamedPredictions:
    """Read the predictions of any tool. Raises EvaluationError."""
    with _explained(path) as package:
        columns: Sequence[Any]
        if package is None:
            rows = list(_csv_rows(path))
            if rows and tuple(rows[0]) == _PREDICTION:
                del rows[0]
            columns = tuple(zip(*rows, strict=True)) or ((), (), ())
        elif package.__name__ == "h5py":
            with package.File(path, "r") as file:
                columns = [file[f"{name}s"][:] for name in _PREDICTION]
            columns = [_text(columns[0]), _text(columns[1]), columns[2]]
        else:
            table = package.read_table(path, columns=list(_PREDICTION))
            columns = [table[name].to_pylist() for name in _PREDICTION]
        queries, references, scores = columns
        return NamedPredictions(
            tuple(queries), tuple(references), np.asarray(scores).astype(np.float64)
        )


def write_predictions(path: Path, predictions: NamedPredictions) -> None:
    """Write predictions, with all digits, to a new file. Raises OutputError, EvaluationError."""
    check_writable(path)
    package = _package(path)
    queries, references, scores = predictions.query, predictions.reference, predictions.score
    with _written(path) as unfinished:
        if package is None:
            rows = zip(queries, references, map(repr, scores.tolist()), strict=True)
            _write_csv(unfinished, _PREDICTION, rows)
        elif package.__name__ == "h5py":
            with package.File(unfinished, "w") as file:
                file["query_ids"] = np.array([i.encode() for i in queries], "S")
                file["reference_ids"] = np.array([i.encode() for i in references], "S")
                file["scores"] = scores
        else:
            columns = (list(queries), list(references), scores)
            _write_parquet(package, unfinished, dict(zip(_PREDICTION, columns, strict=True)))


def _package(path: Path) -> ModuleType | None:
    """The package that reads and writes files of this suffix; None where Python itself does."""
    suffix = path.suffix.lower()
    if suffix not in _PACKAGES:
        raise EvaluationError(f"{path}: its name must end in {', '.join(_PACKAGES)}")
    name = _PACKAGES[suffix]
    if name is None:
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise EvaluationError(
            f"{path}: {suffix} files need {package}: pip install 'copyfind[train]', or use .csv"
        ) from None


@contextmanager
def _explained(path: Path) -> Iterator[ModuleType | None]:
    package = _package(path)
    try:
        yield package
    except FileNotFoundError:
        raise EvaluationError(f"{path}: no such file") from None
    except KeyError as error:
        raise EvaluationError(f"{path}: it holds no {error}; see copyfind eval --help") from None
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"{path}: not a file of the kind asked for ({error})") from None


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A name to write to that becomes `path` when all went well."""
    try:
        with written_whole(path) as unfinished:
            yield unfinished
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _csv_rows(path: Path) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from (row for row in csv.reader(file) if row)


def _splits_of(rows: Iterator[list[str]]) -> dict[str, tuple[Sequence[str], Floats]]:
    header = next(rows, [])
    if header[:2] != ["split", "id"]:
        raise ValueError("its first row must be split,id and the numbers of the columns")
    table = list(rows)
    vectors = np.array([row[2:] for row in table], dtype=np.float32)
    return _by_split([row[0] for row in table], [row[1] for row in table], vectors)


def _by_split(
    names: Sequence[str], ids: Sequence[str], vectors: Floats
) -> dict[str, tuple[Sequence[str], Floats]]:
    result: dict[str, tuple[Sequence[str], Floats]] = {}
    for split in _SPLITS:
        own = [row for row, name in enumerate(names) if name == split]
        if own:
            result[split] = ([ids[row] for row in own], vectors[own])
    return result


def _text(ids: Iterable[Any]) -> list[str]:
    return [i.decode() if isinstance(i, bytes) else str(i) for i in ids]


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_parquet(package: ModuleType, path: Path, columns: dict[str, Any]) -> None:
    import pyarrow

    package.write_table(pyarrow.table(columns), path)

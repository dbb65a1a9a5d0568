"""Files of descriptors and predictions: there and back, from other tools, and unusable ones."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from copyfind.errors import EvaluationError, OutputError
from copyfind.evaluate.exchange import (
    Descriptors,
    NamedPredictions,
    Rows,
    check_writable,
    read_descriptors,
    read_predictions,
    write_descriptors,
    write_predictions,
)

SUFFIXES = [".csv", ".h5", ".hdf5", ".parquet"]


def made_rows(letter: str, count: int) -> Rows:
    vectors = np.random.default_rng(ord(letter)).normal(size=(count, 3)).astype(np.float32)
    return Rows(tuple(f"{letter}{number}" for number in range(count)), vectors)


def made_predictions() -> NamedPredictions:
    return NamedPredictions(
        ("Q1", "Q1", "Q,2"), ("R1", "R2", "strong/1"), np.array([0.1, 1 / 3, -2])
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("training", [None, made_rows("T", 2)])
def test_descriptors_come_back_as_they_went(
    tmp_path: Path, suffix: str, training: Rows | None
) -> None:
    path = tmp_path / f"d{suffix}"
    written = Descriptors(made_rows("Q", 2), made_rows("R", 4), training)
    write_descriptors(path, written)
    read = read_descriptors(path)
    for before, after in (
        (written.queries, read.queries),
        (written.references, read.references),
        (training or made_rows("T", 0), read.training or made_rows("T", 0)),
    ):
        assert after.ids == before.ids
        np.testing.assert_array_equal(after.vectors, before.vectors)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_predictions_come_back_with_all_their_digits(tmp_path: Path, suffix: str) -> None:
    path, written = tmp_path / f"p{suffix}", made_predictions()
    write_predictions(path, written)
    read = read_predictions(path)
    assert (read.query, read.reference) == (written.query, written.reference)
    np.testing.assert_array_equal(read.score, written.score)


def test_descriptors_in_the_format_of_disc_are_read(tmp_path: Path) -> None:
    path = tmp_path / "submission.h5"
    with h5py.File(path, "w") as file:
        file["query"], file["reference"] = np.eye(2, dtype=np.float16), np.eye(2, dtype=np.float64)
        file["query_ids"] = ["Q0", "Q1"]
        file["reference_ids"] = np.array([b"R0", b"R1"])
    read = read_descriptors(path)
    assert (read.queries.ids, read.references.ids) == (("Q0", "Q1"), ("R0", "R1"))
    assert read.queries.vectors.dtype == read.references.vectors.dtype == np.float32


@pytest.mark.parametrize("header", ["", "query_id,reference_id,score\n"])
def test_predictions_are_read_with_and_without_header(tmp_path: Path, header: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"{header}Q1,R1,0.5\nQ2,R3,-1e-3\n")
    read = read_predictions(path)
    assert (read.query, read.score.tolist()) == (("Q1", "Q2"), [0.5, -0.001])


def test_no_predictions_are_predictions(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("")
    assert read_predictions(tmp_path / "p.csv").query == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Q1,R1\n", "not a file of the kind asked for"),
        ("Q1,R1,0.5\nQ1,R2\n", "not a file of the kind asked for"),
        ("Q1,R1,high\n", "could not convert"),
    ],
)
def test_predictions_of_another_shape_are_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(EvaluationError, match=complaint):
        read_predictions(tmp_path / "p.csv")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Q1,0.5\n", "first row must be split,id"),
        ("split,id,0\nquery,Q1,1\n", "holds no 'reference'"),
        ("split,id,0\nquery,Q1,1\nquery,Q1,2\nreference,R1,1\n", "two descriptors"),
        ("split,id,0\nquery,Q1,nan\nreference,R1,1\n", "not finite"),
        ("split,id,0,1\nquery,Q1,1\nreference,R1,1,2\n", "not a file of the kind"),
    ],
)
def test_descriptors_of_another_shape_are_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(EvaluationError, match=complaint):
        read_descriptors(tmp_path / "d.csv")


@pytest.mark.parametrize("suffix", [".h5", ".parquet"])
def test_damaged_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"d{suffix}"
    path.write_bytes(b"no such thing")
    for read in (read_descriptors, read_predictions):
        with pytest.raises(EvaluationError, match="not a file of the kind"):
            read(path)
        with pytest.raises(EvaluationError, match="no such file"):
            read(tmp_path / f"missing{suffix}")


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"must end in \.csv, \.h5"):
        read_predictions(tmp_path / "p.txt")


@pytest.mark.parametrize(("suffix", "package"), [(".h5", "h5py"), (".parquet", "pyarrow.parquet")])
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EvaluationError, match=r"pip install 'copyfind\[train\]'"):
        check_writable(tmp_path / f"d{suffix}")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_predictions(tmp_path / "p.csv", made_predictions())
    with pytest.raises(OutputError, match="folder does not exist"):
        check_writable(tmp_path / "nowhere/p.csv")
    assert (tmp_path / "p.csv").read_text() == "mine"

"""Folders in DISC layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.errors import FolderError
from copyfind.evaluate.datasets import read_disc


def lay_out(folder: Path, truth: str, *, queries: str = "queries") -> Path:
    for name, letter in ((queries, "Q"), ("references", "R")):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            (folder / name / f"{letter}{number:05d}.jpg").touch()
    (folder / "ground_truth.csv").write_text(truth)
    return folder


@pytest.mark.parametrize("header", ["", "query_id,reference_id\n"])
@pytest.mark.parametrize("queries", ["queries", "dev_queries", "final_queries"])
def test_the_truth_is_read_with_and_without_header(
    tmp_path: Path, header: str, queries: str
) -> None:
    folder = lay_out(tmp_path, header + "Q00001,R00002\nQ00000,\n", queries=queries)
    benchmark = read_disc(folder)
    assert benchmark.truth.tolist() == [[1, 2]]
    assert benchmark.queries[1].name == "Q00001.jpg"
    assert benchmark.strangers().tolist() == [0, 2]
    assert benchmark.tracks == {}


def test_tracks_hold_their_copies_and_no_strangers(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, "Q00000,R00000\nQ00002,R00001\n")
    (folder / "edits.csv").write_text(
        "query_id,track,edits\nQ00000,disc,blur\nQ00001,disc,\nQ00002,light,jpeg\n"
    )
    tracks = read_disc(folder).tracks
    assert {name: rows.tolist() for name, rows in tracks.items()} == {"disc": [0], "light": [2]}


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no benchmark in DISC layout"):
        read_disc(tmp_path)


def test_a_truth_about_other_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="names none of its photos"):
        read_disc(lay_out(tmp_path, "Q9,R9\n"))


def test_a_missing_truth_is_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, "Q00001,R00002\n")
    (folder / "ground_truth.csv").unlink()
    with pytest.raises(FolderError, match="no ground truth"):
        read_disc(folder)

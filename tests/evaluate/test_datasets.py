"""Folders in the layouts of DISC2021, NDEC and Copydays, and folders in none."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.errors import FolderError
from copyfind.evaluate.datasets import read_benchmark, read_copydays, read_disc
from copyfind.evaluate.names import Layout


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
    assert benchmark.query_ids == ("Q00000", "Q00001", "Q00002")
    assert benchmark.strangers().tolist() == [0, 2]
    assert benchmark.tracks == {}


def test_tracks_hold_their_copies_and_no_strangers(disc: Path) -> None:
    tracks = read_disc(disc).tracks
    assert {name: rows.tolist() for name, rows in tracks.items()} == {"light": [0], "hard": [1, 2]}


def test_training_images_are_those_of_the_data_set_or_of_a_folder(disc: Path) -> None:
    (disc / "train").mkdir()
    (disc / "train/T000000.jpg").touch()
    other = disc / "other/deep"
    other.mkdir(parents=True)
    (other / "a.JPG").touch()
    assert [path.name for path in read_disc(disc).training] == ["T000000.jpg"]
    assert [path.name for path in read_disc(disc, training=disc / "other").training] == ["a.JPG"]


def test_pictures_may_lie_in_a_folder_of_images(tmp_path: Path) -> None:
    lay_out(tmp_path / "images", "Q00000,R00000\n", queries="dev_queries")
    (tmp_path / "images/ground_truth.csv").rename(tmp_path / "dev_ground_truth.csv")
    assert read_disc(tmp_path).references[0] == tmp_path / "images/references/R00000.jpg"


def test_the_truth_of_several_is_that_of_the_queries(tmp_path: Path) -> None:
    lay_out(tmp_path, "Q00000,R00001\n", queries="final_queries")
    (tmp_path / "ground_truth.csv").rename(tmp_path / "final_ground_truth.csv")
    (tmp_path / "dev_ground_truth.csv").write_text("Q00000,R00002\n")
    assert read_disc(tmp_path).truth.tolist() == [[0, 1]]


def test_ndec_lies_as_disc_does(tmp_path: Path) -> None:
    lay_out(tmp_path, "Q00000,R00001\n", queries="NDEC_test_query")
    (tmp_path / "ground_truth.csv").rename(tmp_path / "public_ground_truth_h5.csv")
    assert read_benchmark(Layout.NDEC, tmp_path).truth.tolist() == [[0, 1]]


def test_a_pair_whose_picture_is_missing_still_counts(tmp_path: Path) -> None:
    benchmark = read_disc(lay_out(tmp_path, "Q00000,R00001\nQ00001,R77777\n"))
    assert benchmark.truth.tolist() == [[0, 1], [1, 3]]
    assert benchmark.reference_ids[3] == "R77777"
    assert not benchmark.references[3].exists()


def test_predictions_need_the_ground_truth_alone(tmp_path: Path) -> None:
    (tmp_path / "ground_truth.csv").write_text("Q1,R1\nQ2,\n")
    benchmark = read_benchmark(Layout.DISC, tmp_path, pictures=False)
    assert (benchmark.query_ids, benchmark.reference_ids) == (("Q1", "Q2"), ("R1",))
    with pytest.raises(FolderError, match="no benchmark in DISC layout"):
        read_benchmark(Layout.DISC, tmp_path)


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="needs references/ and one of queries/"):
        read_disc(tmp_path)
    with pytest.raises(FolderError, match="no such folder"):
        read_benchmark(Layout.DISC, tmp_path / "nowhere")


def test_two_folders_of_queries_are_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, "Q00000,R00000\n")
    (folder / "dev_queries").mkdir()
    with pytest.raises(FolderError, match="which queries"):
        read_disc(folder)


def test_a_truth_about_other_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="names none of its photos"):
        read_disc(lay_out(tmp_path, "Q9,R9\n"))


def test_a_truth_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="holds no pair"):
        read_disc(lay_out(tmp_path, "query_id,reference_id\nQ00000,\n"))


def test_a_missing_truth_is_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, "Q00001,R00002\n")
    (folder / "ground_truth.csv").unlink()
    with pytest.raises(FolderError, match="no ground truth"):
        read_disc(folder)


def test_copydays_matches_strong_attacks_by_the_first_four_characters(copydays: Path) -> None:
    for number in (200000, 200100):  # 2000 and 2001
        (copydays / f"original/{number}.png").rename(copydays / f"original/{number}.jpg")
    benchmark = read_copydays(copydays)
    by_name = [
        (benchmark.query_ids[q], benchmark.reference_ids[r]) for q, r in benchmark.truth.tolist()
    ]
    assert by_name == [
        ("original/200000", "original/200000"),
        ("original/200100", "original/200100"),
        ("strong/200001", "original/200000"),
        ("strong/200002", "original/200000"),
        ("strong/200101", "original/200100"),
        ("jpegqual/3/200000", "original/200000"),
        ("jpegqual/3/200100", "original/200100"),
    ]
    assert [name for name, rows in benchmark.tracks.items() if len(rows) == 2] == [
        "original",
        "jpegqual/3",
    ]


def test_distractors_are_further_references(copydays: Path, tmp_path: Path) -> None:
    (tmp_path / "yfcc/a").mkdir(parents=True)
    (tmp_path / "yfcc/a/1.jpg").touch()
    benchmark = read_benchmark(Layout.COPYDAYS, copydays, distractors=tmp_path / "yfcc")
    assert benchmark.reference_ids[2:] == ("distractors/a/1",)
    with pytest.raises(FolderError, match="no photos there"):
        read_copydays(copydays, distractors=tmp_path / "nothing")


def test_a_folder_of_copydays_with_a_photo_too_few_is_refused(copydays: Path) -> None:
    (copydays / "jpegqual/3/200000.png").unlink()
    with pytest.raises(FolderError, match="1 photos for 2 originals"):
        read_copydays(copydays)


def test_copydays_without_originals_or_attacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="needs original/"):
        read_copydays(tmp_path)
    (tmp_path / "original").mkdir()
    (tmp_path / "original/200000.jpg").touch()
    with pytest.raises(FolderError, match="one or more of strong/"):
        read_copydays(tmp_path)

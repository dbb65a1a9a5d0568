"""copyfind search: copies of pictures that need not be indexed."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SHOWN_STRANGE, Collection, Run
from tests.photos import photo


@pytest.fixture
def wanted(tmp_path: Path) -> Path:
    """A copy of the harbour that is not indexed."""
    path = tmp_path / "wanted.jpg"
    photo("coffee").resize((200, 150)).save(path, quality=85)
    return path


def answers(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    return found


def names(answer: dict[str, Any]) -> list[list[str]]:
    """The files of each match."""
    return [[Path(file["path"]).name for file in m["files"]] for m in answer["matches"]]


@pytest.mark.usefixtures("collection")
def test_copies_of_a_picture_that_is_not_indexed_are_found(run: Run, wanted: Path) -> None:
    ran = run("search", wanted, "--format", "json")

    (answer,) = answers(ran.out)
    assert ran.code == 0
    assert answer["query"] == str(wanted)
    assert sorted(chain.from_iterable(names(answer))) == [
        "harbour copy.png",
        "harbour.png",
        "harbour.tif",
        "small.jpg",
    ]
    assert {match["tier"] for match in answer["matches"]} <= {"near", "edited"}
    assert all(match["how"] and match["overlap"] for match in answer["matches"])


def test_the_same_bytes_and_the_same_pixels_are_called_so(run: Run, collection: Collection) -> None:
    (answer,) = answers(run("search", collection.at("copies/harbour.tif"), "--format", "json").out)

    tiers = {match["files"][0]["path"]: match["tier"] for match in answer["matches"]}
    assert tiers[str(collection.at("copies/harbour.tif"))] == "identical"
    assert tiers[str(collection.at("camera/harbour.png"))] == "same-pixels"
    assert tiers[str(collection.at("copies/small.jpg"))] == "near"


@pytest.mark.usefixtures("collection")
def test_the_table_names_the_files_most_similar_first(run: Run, wanted: Path) -> None:
    ran = run("search", wanted, "--threshold", "-1")

    lines = ran.out.splitlines()
    # One line a file, whatever the width: its likeness stands after its path.
    likeness = [float(found[1]) for line in lines if (found := re.search(r" (-?0\.\d{3})", line))]
    assert len(likeness) == len([line for line in lines if line.startswith("  ")]) > 6
    assert likeness == sorted(likeness, reverse=True)
    assert SHOWN_STRANGE in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.usefixtures("collection")
def test_no_more_than_k_answers_are_given(run: Run, wanted: Path) -> None:
    (answer,) = answers(run("search", wanted, "-k", "1", "--format", "json").out)

    assert len(answer["matches"]) == 1


@pytest.mark.usefixtures("collection")
def test_what_is_neither_proven_nor_alike_gives_no_answer(run: Run, tmp_path: Path) -> None:
    photo("temple").save(other := tmp_path / "other.png")

    ran = run("search", other, "--threshold", "1")

    assert ran.code == 0
    assert "nothing like it is indexed" in ran.out


@pytest.mark.usefixtures("collection")
def test_what_cannot_be_read_is_told_and_the_rest_is_answered(run: Run, wanted: Path) -> None:
    ran = run("search", "--quiet", wanted.with_name("missing.jpg"), wanted, "--format", "json")

    assert ran.code == 3
    assert [answer["query"] for answer in answers(ran.out)] == [str(wanted)]
    assert ran.err.startswith(f"{wanted.with_name('missing.jpg')}: ")
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("collection")
def test_pictures_of_any_number_a_pass_give_the_same_answer(run: Run, wanted: Path) -> None:
    both = (wanted, wanted)

    assert (
        run("search", *both, "--batch-size", "1").out
        == run("search", *both, "--batch-size", "2").out
    )


@pytest.mark.usefixtures("collection")
def test_a_device_that_is_not_there_is_an_error_that_says_what_to_do(
    run: Run, wanted: Path
) -> None:
    ran = run("search", wanted, "--device", "mps")

    assert ran.code == 1
    assert ran.err == "copyfind: no mps device on this machine; use --device auto or --device cpu\n"


@pytest.mark.usefixtures("collection")
def test_a_model_that_nothing_was_indexed_with_is_an_error(run: Run, wanted: Path) -> None:
    ran = run("search", wanted, "--model", "other")

    assert ran.code == 1
    assert "nothing was indexed with the model 'other'" in ran.err


def test_at_least_one_picture_is_needed(run: Run) -> None:
    assert run("search").code == 2


def test_without_a_catalog_the_error_says_how_to_make_one(
    run: Run, wanted: Path, tmp_path: Path
) -> None:
    ran = run("search", wanted, "--catalog", tmp_path / "none.sqlite")

    assert ran.code == 1
    assert "make one with: copyfind index FOLDER" in ran.err

"""copyfind compare: what ties two pictures, indexed or not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Collection, Run
from tests.photos import photo


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two files of every relation to a.png."""
    photo("coffee").save(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "identical.png")
    photo("coffee").save(tmp_path / "pixels.tif")
    photo("coffee").resize((160, 120)).save(tmp_path / "smaller.jpg")
    photo("coffee").crop((60, 50, 300, 230)).save(tmp_path / "cropped.jpg")
    photo("chelsea").save(tmp_path / "other.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("identical.png", "identical: the same bytes"),
        ("pixels.tif", "same-pixels: the same picture to the pixel"),
        ("smaller.jpg", "near: the whole picture, only resized or recompressed"),
        ("cropped.jpg", "edited: B was made from A, or A from B, or both from a third"),
        ("other.png", "different: nothing ties them"),
    ],
)
def test_the_strongest_tie_is_told(run: Run, pictures: Path, name: str, says: str) -> None:
    ran = run("compare", pictures / "a.png", pictures / name)

    assert ran.code == 0
    assert says in ran.out


def test_json_holds_the_same(run: Run, pictures: Path) -> None:
    document = json.loads(
        run("compare", pictures / "a.png", pictures / "pixels.tif", "--format", "json").out
    )

    assert document["tier"] == "same-pixels"
    assert document["second"]["path"] == str(pictures / "pixels.tif")
    assert document["first"].keys() == document["second"].keys()


def test_dupes_and_compare_say_the_same_of_a_pair(run: Run, pictures: Path) -> None:
    photo("coffee").resize((300, 200)).save(pictures / "unlike.jpg", quality=60)
    run("index", pictures)
    found = json.loads(run("dupes", "--format", "json").out)
    tied = [m for c in found["clusters"] for m in c["members"] if m["evidence"]]

    assert {m["evidence"]["tier"] for m in tied} >= {"identical", "same-pixels", "edited"}
    for member in tied:
        said = member["evidence"]
        compared = json.loads(run("compare", said["to"], member["path"], "--format", "json").out)
        for number in ("tier", "how", "overlap"):
            assert said[number] == compared[number], member["path"]
        assert said["similarity"] in (None, compared["similarity"]), member["path"]


def test_equal_bytes_are_drawn_to_differ_nowhere(run: Run, pictures: Path) -> None:
    page = pictures / "page.png"

    run("compare", pictures / "a.png", pictures / "identical.png", "--image", page)

    with Image.open(page) as drawn:
        difference = np.asarray(drawn.convert("RGB"))[-400:-60, -600:-60]
    assert difference.max() < 8


def test_a_cluster_stands_for_what_it_keeps_and_its_first_copy(
    run: Run, collection: Collection
) -> None:
    name = json.loads(run("dupes", "--format", "json").out)["clusters"][0]["id"]

    ran = run("compare", name[:9])

    assert ran.code == 0
    assert str(collection.at("camera/harbour.png")) in "".join(ran.out.split("\n"))
    assert "same-pixels: the same picture to the pixel" in ran.out
    assert "the first of 3 files beside the one to keep" in ran.err


def test_one_picture_alone_is_wrong_usage(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png")

    assert ran.code == 2
    assert "name two pictures" in ran.err


def test_how_one_was_made_from_the_other_is_told(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "cropped.jpg")

    assert "from A to B: cropped" in ran.out
    assert "100% of B in A" in ran.out


def test_the_other_way_round_is_told_too(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "cropped.jpg", "--format", "json")
    document = json.loads(ran.out)

    assert document["how_back"][0].startswith("more around it")
    assert document["evidence"]["adds"] == ["picture", "nothing"]
    assert len(document["evidence"]["matrix"]) == 3


@pytest.mark.parametrize("name", ["cropped.jpg", "other.png"])
def test_it_is_drawn(run: Run, pictures: Path, name: str) -> None:
    page = pictures / "page.png"
    ran = run("compare", pictures / "a.png", pictures / name, "--image", page)

    assert ran.code == 0
    with Image.open(page) as picture:
        assert min(picture.size) > 500


def test_no_file_is_overwritten(run: Run, pictures: Path) -> None:
    before = (pictures / "other.png").read_bytes()
    ran = run(
        "compare", pictures / "a.png", pictures / "cropped.jpg", "--image", pictures / "other.png"
    )

    assert ran.code == 2
    assert "already" in ran.err
    assert (pictures / "other.png").read_bytes() == before


def test_the_similarity_stands_beside_the_threshold(run: Run, pictures: Path) -> None:
    document = json.loads(
        run("compare", pictures / "a.png", pictures / "smaller.jpg", "--format", "json").out
    )

    assert 0.5 < document["threshold"] < document["similarity"] <= 1


def test_a_picture_compared_with_itself_is_identical(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "a.png")

    assert ran.code == 0
    assert "identical: the same bytes" in ran.out


def test_a_file_that_gives_no_picture_is_named_in_spite_of_quiet(run: Run, pictures: Path) -> None:
    (pictures / "letter.jpg").write_text("Dear all")

    ran = run("compare", "--quiet", pictures / "a.png", pictures / "letter.jpg")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"{pictures / 'letter.jpg'}: ")
    assert ran.err.count("\n") == 1


def test_a_folder_is_no_picture(run: Run, pictures: Path) -> None:
    (pictures / "folder").mkdir()

    ran = run("compare", pictures / "a.png", pictures / "folder")

    assert (ran.code, ran.out) == (1, "")
    assert str(pictures / "folder") in ran.err


def test_a_weights_file_that_is_not_there_is_named(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "other.png", "--model", "none.safetensors")

    assert ran.code == 1
    assert ran.err.startswith("copyfind: no model 'none.safetensors': neither a file nor bundled")


def test_a_device_that_is_not_there_is_an_error(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "other.png", "--device", "mps")

    assert ran.code == 1
    assert "use --device auto or --device cpu" in ran.err


def test_two_pictures_are_needed(run: Run, collection: Collection) -> None:
    assert run("compare", collection.at("camera/harbour.png")).code == 2


def test_sides_are_told_with_size_and_format(run: Run, pictures: Path) -> None:
    ran = run("compare", pictures / "a.png", pictures / "smaller.jpg")

    with Image.open(pictures / "smaller.jpg") as picture:
        assert picture.format == "JPEG"
    assert "320×240" in ran.out.splitlines()[0]
    assert "JPEG" in ran.out.splitlines()[1]

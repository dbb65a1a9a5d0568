"""What the catalog tells those who only read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from copyfind.collection.catalog import Catalog, prune, remember_model
from copyfind.collection.database import open_for_writing
from copyfind.collection.intake import Intake
from copyfind.collection.volumes import Volume
from copyfind.errors import CatalogError
from copyfind.records import (
    Counts,
    Extra,
    Facts,
    FoundFile,
    Model,
    Picture,
    Problem,
    ReadFile,
    Unreadable,
)
from tests.collection.keeping import keep

SQUARE = np.zeros((8, 8, 3), np.uint8)
FACTS = Facts(
    width=40,
    height=30,
    format="JPEG",
    camera="Camera One",
    rating=3,
    has_gps=True,
    surplus=(Extra("a gain map", "aa"), Extra("2 pages", "bb", in_pixels=True, valued=False)),
)


def remember(db: Database, name: str = "tiny", *, threshold: float = 0.7) -> Model:
    return remember_model(
        db,
        weights=name.encode().hex(),
        preprocess=1,
        name=name,
        dim=2,
        input_size=8,
        default_threshold=threshold,
    )


def found(path: str, *, size: int = 100) -> FoundFile:
    return FoundFile(
        path.encode(), device=1, inode=zlib.crc32(path.encode()), size=size, mtime_ns=5
    )


def picture(path: str, content: int, *, size: int = 100, pixels: int | None = None) -> ReadFile:
    """A file that was read: its content and its pixels are told by a number."""
    told = None if pixels is None else bytes([pixels]) * 32
    decoded = Picture(facts=FACTS, square=SQUARE, pixels=told)
    return ReadFile(found(path, size=size), bytes([content]) * 32, picture=decoded)


def broken(path: str, content: int) -> ReadFile:
    problem = Unreadable(path.encode(), Problem.DAMAGED, "cut off")
    return ReadFile(found(path), bytes([content]) * 32, problem=problem)


def store(db: Database, *read: ReadFile | Unreadable, model: str = "tiny") -> None:
    """One run that met these files; the descriptor of each is its place on a circle."""
    for table in ("met", "refused", "unlisted", "attached", "alike", "work"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    intake = Intake(db, model=remember(db, model), decoder="1")
    files = [r.file for r in read if isinstance(r, ReadFile)]
    intake.meet(files, volumes={1: Volume(b"/")})
    angles = [float(r.sha256[0]) for r in read if isinstance(r, ReadFile) and r.picture]
    vectors = np.array([(np.cos(a), np.sin(a)) for a in angles], np.float32)
    keep(intake, read, vectors.reshape(-1, 2))
    intake.forget_missing([b"/"], options="{}")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_for_writing(tmp_path / "catalog.sqlite", holder="test") as opened:
        yield opened


@pytest.fixture
def filled(db: Database) -> Database:
    """Two files of content 1, one of 2 with the pixels of 1, one of 3, a broken and a refused."""
    store(
        db,
        picture("/photos/a.jpg", 1, pixels=7),
        picture("/photos/in/copy.jpg", 1, pixels=7),
        picture("/photos/in/b.png", 2, pixels=7, size=900),
        picture("/photos-old/c.jpg", 3, pixels=8),
        broken("/photos/broken.jpg", 4),
        Unreadable(b"/photos/locked.jpg", Problem.PERMISSION, "you may not read it"),
    )
    return db


# Models


def test_a_model_is_remembered_once(db: Database) -> None:
    assert remember(db).key == remember(db).key
    assert len(Catalog(db).models()) == 1


def test_a_model_takes_the_threshold_it_was_given_last(db: Database) -> None:
    remember(db, threshold=0.7)
    assert remember(db, threshold=0.8).default_threshold == 0.8


def test_the_model_that_describes_most_is_the_first(filled: Database) -> None:
    remember(filled, "newer")
    assert [model.name for model in Catalog(filled).models()] == ["tiny", "newer"]
    assert Catalog(filled).model().name == "tiny"


def test_a_model_is_found_by_its_name_or_its_weights(filled: Database) -> None:
    newer = remember(filled, "newer")
    assert Catalog(filled).model("newer") == Catalog(filled).model(newer.weights) == newer


def test_for_a_model_that_describes_nothing_the_way_to_use_it_is_told(filled: Database) -> None:
    with pytest.raises(CatalogError, match=r"'other' \(there are: tiny\).*index --model other"):
        Catalog(filled).model("other")


def test_an_empty_catalog_says_how_to_begin(db: Database) -> None:
    with pytest.raises(CatalogError, match="nothing has been indexed yet; start with"):
        Catalog(db).model()


# Contents


def test_descriptors_come_by_content_and_only_of_present_files(filled: Database) -> None:
    rows, vectors = Catalog(filled).descriptors(remember(filled))
    assert rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(
        vectors, np.array([[np.cos(n), np.sin(n)] for n in (1.0, 2.0, 3.0)], np.float16)
    )
    store(filled, picture("/photos/a.jpg", 1))
    assert Catalog(filled).descriptors(remember(filled))[0].tolist() == [0]


def test_rows_are_in_the_order_of_hashes_whichever_content_was_met_first(db: Database) -> None:
    store(db, picture("/b.jpg", 9, pixels=7))
    store(db, picture("/b.jpg", 9, pixels=7), picture("/a.jpg", 4), picture("/c.jpg", 6, pixels=7))
    known = Catalog(db)

    rows, vectors = known.descriptors(remember(db))

    assert known.sha256s() == [bytes([n]) * 32 for n in (4, 6, 9)]
    assert rows.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(vectors[:, 0], np.cos([4.0, 6.0, 9.0]).astype(np.float16))
    assert [content.sha256[0] for content in known.contents(range(3)).values()] == [4, 6, 9]
    assert known.same_pixels() == [[1, 2]]


def test_only_what_lies_here_has_a_row(filled: Database) -> None:
    known = Catalog(filled, within=[b"/photos/in"])

    assert known.sha256s() == [b"\1" * 32, b"\2" * 32]
    assert known.rows_of(np.array([[1, 2], [3, 2]])).tolist() == [[0, 1], [-1, 1]]


def test_a_catalog_without_descriptors_gives_none(db: Database) -> None:
    rows, vectors = Catalog(db).descriptors(remember(db))
    assert (rows.shape, vectors.shape) == ((0,), (0, 2))


def test_contents_of_several_files_are_repeated(filled: Database) -> None:
    assert Catalog(filled).repeated_contents() == [0]
    assert Catalog(filled, within=[b"/photos/in"]).repeated_contents() == []


def test_contents_with_equal_pixels_come_together(filled: Database) -> None:
    assert Catalog(filled).same_pixels() == [[0, 1]]
    assert Catalog(filled, within=[b"/photos/a.jpg"]).same_pixels() == []


def test_a_content_is_told_with_its_facts_and_its_files_by_path(filled: Database) -> None:
    contents = Catalog(filled).contents([3, 0])
    assert list(contents) == [content.row for content in contents.values()] == [0, 3]
    assert contents[0].facts == FACTS
    assert contents[0].sha256 == b"\1" * 32
    assert [f.path for f in contents[0].files] == [b"/photos/a.jpg", b"/photos/in/copy.jpg"]
    assert contents[0].files[0] == found("/photos/a.jpg")
    assert (contents[3].facts, contents[3].problem) == (None, "cut off")


def test_facts_that_an_earlier_copyfind_stored_and_nobody_asks_for_are_passed_over(
    filled: Database,
) -> None:
    filled.execute("UPDATE contents SET facts = json_set(facts, '$.has_halo', json('true'))")

    assert Catalog(filled).contents([1])[1].facts == FACTS


def test_contents_have_only_the_files_that_were_asked_for(filled: Database) -> None:
    (content,) = Catalog(filled, within=[b"/photos/in"]).contents([0]).values()
    assert [f.path for f in content.files] == [b"/photos/in/copy.jpg"]


# Below folders


def paths(known: Catalog) -> list[bytes]:
    return [file.path for file, _ in known.present_files()]


def test_below_a_folder_is_not_below_another_whose_name_begins_alike(filled: Database) -> None:
    assert b"/photos-old/c.jpg" not in paths(Catalog(filled, within=[b"/photos"]))
    assert paths(Catalog(filled, within=[b"/photos-old"])) == [b"/photos-old/c.jpg"]


def test_a_file_named_is_found(filled: Database) -> None:
    assert paths(Catalog(filled, within=[b"/photos/a.jpg"])) == [b"/photos/a.jpg"]


def test_of_several_folders_all_count_and_none_twice(filled: Database) -> None:
    within = [b"/photos/in", b"/photos", b"/photos-old/"]
    assert paths(Catalog(filled, within=within)) == paths(Catalog(filled))


def test_one_reader_after_another_is_limited_by_its_own_folders(filled: Database) -> None:
    Catalog(filled, within=[b"/photos/in"])
    assert len(paths(Catalog(filled))) == 5


def test_files_below_the_minimum_size_do_not_count(filled: Database) -> None:
    assert paths(Catalog(filled, minimum_size=900)) == [b"/photos/in/b.png"]
    assert paths(Catalog(filled, minimum_size=901)) == []


# Problems and counts


def test_problems_come_by_path_with_their_reasons(filled: Database) -> None:
    assert Catalog(filled).problems() == [
        Unreadable(b"/photos/broken.jpg", Problem.DAMAGED, "cut off"),
        Unreadable(b"/photos/locked.jpg", Problem.PERMISSION, "you may not read it"),
    ]
    assert Catalog(filled, within=[b"/photos/in"]).problems() == []


def test_everything_is_counted(filled: Database) -> None:
    model = remember(filled)
    assert Catalog(filled).counts(model) == Counts(
        files=5, bytes=1300, contents=4, described=3, missing=0, problems=2
    )
    store(filled, picture("/photos/a.jpg", 1))
    assert Catalog(filled).counts(model) == Counts(
        files=1, bytes=100, contents=1, described=1, missing=4, problems=0
    )


def test_pictures_of_another_model_do_not_count_as_described(filled: Database) -> None:
    assert Catalog(filled).counts(remember(filled, "other")).described == 0
    assert Catalog(filled).counts(None).described == 0


# Integrity and prune


def test_a_sound_catalog_has_no_faults(filled: Database) -> None:
    assert Catalog(filled).integrity() == []


def test_a_row_that_refers_to_nothing_is_a_fault(filled: Database) -> None:
    filled.execute("PRAGMA foreign_keys = OFF")
    filled.execute("DELETE FROM contents WHERE id = 3")
    faults = Catalog(filled).integrity()
    assert len(faults) == 2
    assert all("refers to a contents that is not there" in fault for fault in faults)


def test_a_descriptor_of_the_wrong_length_is_a_fault(filled: Database) -> None:
    filled.execute("UPDATE descriptors SET vector = x'00' WHERE content = 2")
    assert Catalog(filled).integrity() == ["descriptor of content 2: 1 bytes where the model has 4"]


def test_prune_keeps_what_another_file_holds(filled: Database) -> None:
    store(filled, picture("/photos/a.jpg", 1))
    assert prune(filled) == (4, 3)
    assert Catalog(filled).sha256s() == [b"\1" * 32]
    assert Catalog(filled).descriptors(remember(filled))[0].tolist() == [0]
    assert Catalog(filled).integrity() == []


def test_prune_gives_back_what_windows_of_pictures_took(filled: Database) -> None:
    before = filled.execute("SELECT * FROM descriptors").fetchall()
    filled.execute("INSERT INTO descriptors SELECT content, model, 5, vector FROM descriptors")

    prune(filled)

    assert filled.execute("SELECT * FROM descriptors").fetchall() == before


def test_prune_with_nothing_missing_forgets_nothing(filled: Database) -> None:
    assert prune(filled) == (0, 0)
    assert len(paths(Catalog(filled))) == 5

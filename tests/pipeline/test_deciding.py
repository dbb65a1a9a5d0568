"""What a person has said of pictures is remembered by what they hold, and every report heeds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copyfind.collection.catalog import prune
from copyfind.collection.database import open_for_writing
from copyfind.errors import CatalogError, CatalogLocked, DecisionError
from copyfind.pipeline.deciding import said, say_apart, take_back
from tests.conftest import Album
from tests.older import make_older


def say_of(album: Album, *names: str) -> int:
    return say_apart(album.catalog, [os.fsencode(album.folder / name) for name in names])


def clustered(album: Album) -> list[set[str]]:
    return [
        {os.path.basename(os.fsdecode(m.file.path)) for m in c.members}  # noqa: PTH119 - bytes
        for c in album.findings().clusters
    ]


@pytest.fixture
def lookalikes(album: Album) -> Album:
    """One picture, saved well and less well."""
    album.add("a.jpg", 1, quality=95)
    album.add("b.jpg", 1, quality=80)
    album.index()
    return album


def test_what_is_said_not_to_be_copies_is_not_reported(lookalikes: Album) -> None:
    assert clustered(lookalikes) == [{"a.jpg", "b.jpg"}]

    assert say_of(lookalikes, "a.jpg", "b.jpg") == 1

    assert clustered(lookalikes) == []


def test_it_can_be_taken_back(lookalikes: Album) -> None:
    say_of(lookalikes, "a.jpg", "b.jpg")
    names = [os.fsencode(lookalikes.folder / name) for name in ("b.jpg", "a.jpg")]

    assert take_back(lookalikes.catalog, names) == 1
    assert take_back(lookalikes.catalog, names) == 0

    assert clustered(lookalikes) == [{"a.jpg", "b.jpg"}]


def test_every_two_of_the_named_are_meant(lookalikes: Album) -> None:
    lookalikes.add("c.jpg", 1, quality=70)
    lookalikes.index()

    assert say_of(lookalikes, "a.jpg", "b.jpg", "c.jpg") == 3
    assert say_of(lookalikes, "a.jpg", "b.jpg") == 0  # no news

    assert clustered(lookalikes) == []


def test_a_new_member_brings_them_back_still_decided(lookalikes: Album) -> None:
    say_of(lookalikes, "a.jpg", "b.jpg")
    lookalikes.add("c.jpg", 1, quality=90)
    lookalikes.index()

    (found,) = lookalikes.findings().clusters

    apart = {m.reason for m in found.members if m.reason and m.reason.startswith("you decided")}
    assert len(found.members) == 3
    assert apart in ({"you decided: not a copy of a.jpg"}, {"you decided: not a copy of b.jpg"})


def test_it_outlives_moving_pruning_and_indexing_again(lookalikes: Album) -> None:
    say_of(lookalikes, "a.jpg", "b.jpg")
    away = lookalikes.folder.parent / "away.jpg"
    (lookalikes.folder / "b.jpg").rename(away)
    lookalikes.index()
    with open_for_writing(lookalikes.catalog, holder="prune") as db:
        prune(db)
    (only,) = said(lookalikes.catalog)
    assert only.first == () or only.second == ()

    away.rename(lookalikes.folder / "elsewhere.jpg")
    lookalikes.index()

    assert clustered(lookalikes) == []


def test_equal_files_are_copies_whatever_is_said(lookalikes: Album) -> None:
    lookalikes.add("twin.jpg", 1, quality=95)
    lookalikes.index()

    with pytest.raises(DecisionError, match="have the same bytes"):
        say_of(lookalikes, "a.jpg", "b.jpg", "twin.jpg")

    assert said(lookalikes.catalog) == []


def test_a_file_that_is_not_indexed_is_told(lookalikes: Album) -> None:
    lookalikes.add("new.jpg", 2)
    with pytest.raises(CatalogError, match=r"new\.jpg is not indexed"):
        say_of(lookalikes, "a.jpg", "new.jpg")


def test_a_file_that_has_changed_is_told(lookalikes: Album) -> None:
    lookalikes.add("b.jpg", 7)
    with pytest.raises(CatalogError, match=r"b\.jpg has changed since it was indexed"):
        say_of(lookalikes, "a.jpg", "b.jpg")


def test_a_file_whose_volume_is_away_can_be_decided_of(lookalikes: Album) -> None:
    (lookalikes.folder / "b.jpg").unlink()
    assert say_of(lookalikes, "a.jpg", "b.jpg") == 1


def test_one_can_decide_while_another_copyfind_writes(lookalikes: Album) -> None:
    with open_for_writing(lookalikes.catalog, holder="index"):
        assert say_of(lookalikes, "a.jpg", "b.jpg") == 1
        with pytest.raises(CatalogLocked), open_for_writing(lookalikes.catalog, holder="index"):
            pass


def test_a_catalog_of_an_older_copyfind_learns_to_remember(lookalikes: Album) -> None:
    make_older(lookalikes.catalog, version=2)
    with pytest.raises(CatalogError, match="bring it up to date"):
        say_of(lookalikes, "a.jpg", "b.jpg")

    lookalikes.index()

    assert say_of(lookalikes, "a.jpg", "b.jpg") == 1


def test_raw_and_jpeg_of_one_shot_are_no_copies(album: Album) -> None:
    # The decoder goes by the bytes; what makes a RAW here is its name.
    album.add("DSC_1.jpg", 1, quality=95)
    shown = album.add("shown.jpg", 1, quality=90)
    shown.rename(album.folder / "DSC_1.NEF")
    album.index()

    assert album.findings().clusters == ()


def test_links_in_the_way_are_followed(lookalikes: Album) -> None:
    link = lookalikes.folder.parent / "link"
    link.symlink_to(lookalikes.folder, target_is_directory=True)
    paths = [os.fsencode(Path(link, name)) for name in ("a.jpg", "b.jpg")]
    assert say_apart(lookalikes.catalog, paths) == 1

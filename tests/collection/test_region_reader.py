"""Descriptors of regions come for the contents asked for, the whole first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_writing
from copyfind.collection.region_reader import RegionReader
from tests.collection.test_catalog import picture, remember, store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_for_writing(tmp_path / "catalog.sqlite", holder="test") as opened:
        yield opened


def test_regions_come_by_content_the_whole_first(db: Database) -> None:
    store(db, picture("/a.jpg", 1), picture("/b.jpg", 2), picture("/c.jpg", 3), regions=3)
    store(db, picture("/a.jpg", 1), picture("/c.jpg", 3), regions=3)

    vectors = RegionReader(Catalog(db), remember(db))(np.array([0, 1]))

    angles = np.array([[1, 2, 3], [3, 4, 5]], np.float64)
    np.testing.assert_array_equal(
        vectors, np.stack([np.cos(angles), np.sin(angles)], axis=2).astype(np.float16)
    )


def test_the_whole_stands_for_regions_that_an_older_copyfind_did_not_store(db: Database) -> None:
    store(db, picture("/a.jpg", 1))
    store(db, picture("/a.jpg", 1), picture("/b.jpg", 2), regions=2)
    db.execute("DELETE FROM descriptors WHERE content = 1 AND region = 1")

    vectors = RegionReader(Catalog(db), remember(db))(np.array([0, 1]))

    np.testing.assert_array_equal(vectors[0, 1], vectors[0, 0])
    assert (vectors[1, 1] != vectors[1, 0]).any()


def test_regions_come_in_the_order_asked_for(db: Database) -> None:
    store(db, picture("/b.jpg", 9), picture("/a.jpg", 4), picture("/c.jpg", 6), regions=2)
    read = RegionReader(Catalog(db), remember(db))
    everyone = read(np.array([0, 1, 2]))

    np.testing.assert_array_equal(read(np.array([2, 0])), everyone[[2, 0]])
    assert len(np.unique(everyone.reshape(6, 2), axis=0)) > 3

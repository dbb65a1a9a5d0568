"""What people have said of pairs is kept by hash, whatever the order, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.decisions import (
    decisions,
    forget_decisions,
    pairs_apart,
    store_decisions,
)
from copyfind.errors import CatalogError
from copyfind.records import Decision, DecisionKind, Pair
from tests.collection.conftest import add_contents

LOW, MIDDLE, HIGH = (bytes([n]) * 32 for n in (1, 2, 3))


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Two of the three contents have a file, the one with the higher hash met first."""
    path = tmp_path / "catalog.sqlite"
    with open_for_writing(path, holder="index") as db, db.atomic():
        add_contents(db, [HIGH, LOW])
    return path


def known(catalog: Path) -> tuple[list[Decision], frozenset[Pair]]:
    with open_for_reading(catalog) as db:
        return decisions(db), pairs_apart(Catalog(db))


def test_what_was_said_is_known_and_when(catalog: Path) -> None:
    assert store_decisions(catalog, [(HIGH, LOW), (MIDDLE, HIGH)]) == 2

    said, apart = known(catalog)

    assert apart == {(0, 1)}  # rows; of the content without a file nothing is asked
    assert [(d.first, d.second, d.kind) for d in said] == [
        (LOW, HIGH, DecisionKind.NOT_COPIES),
        (MIDDLE, HIGH, DecisionKind.NOT_COPIES),
    ]
    assert all(d.decided_at.endswith("+00:00") for d in said)


def test_saying_it_again_is_no_news_and_keeps_the_day(catalog: Path) -> None:
    store_decisions(catalog, [(LOW, HIGH)])
    before = known(catalog)

    assert store_decisions(catalog, [(HIGH, LOW), (LOW, MIDDLE)]) == 1

    assert before[0][0] in known(catalog)[0]


def test_only_what_was_said_can_be_forgotten(catalog: Path) -> None:
    store_decisions(catalog, [(LOW, HIGH)])

    assert forget_decisions(catalog, [(LOW, MIDDLE), (HIGH, LOW)]) == 1

    assert known(catalog) == ([], frozenset())


def test_a_catalog_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogError):
        store_decisions(tmp_path / "none.sqlite", [(LOW, HIGH)])

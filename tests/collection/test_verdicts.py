"""Verdicts live in the catalog, are stored beside its writer, and go with their contents."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest

from copyfind.collection.catalog import Catalog, prune
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.verdicts import (
    VerdictWriter,
    judged_pairs,
    proven_pairs,
    searched_contents,
    told_origins,
)
from copyfind.records import Pair, Tier
from copyfind.verdict import Verdict
from tests.collection.conftest import add_contents
from tests.conftest import Volume
from tests.older import make_older

COPY = Verdict(Tier.EDITED, ("mirrored",), ("mirrored",), (1.0, 1.0))
NOTHING = Verdict(Tier.UNVERIFIED)
HASHES = [bytes([n]) * 32 for n in (1, 2, 3)]
A, B, C = range(3)  # their rows


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Three contents, numbered against the order of their hashes, with a file each."""
    path = tmp_path / "catalog.sqlite"
    with open_for_writing(path, holder="test") as db, db.atomic():
        add_contents(db, reversed(HASHES))
    return path


def take_away_a(catalog: Path) -> None:
    with open_for_writing(catalog, holder="test") as db, db.atomic():
        db.execute("UPDATE files SET state = 'missing' WHERE content = 3")


def store(
    catalog: Path,
    verdicts: dict[Pair, Verdict],
    verifier: int = 1,
    hashes: Sequence[bytes] = HASHES,
) -> str | None:
    with VerdictWriter(catalog, hashes, verifier=verifier) as writer:
        writer.store(verdicts)
        return writer.trouble


def judged(catalog: Path, verifier: int = 1) -> set[Pair]:
    with open_for_reading(catalog) as db:
        lower, higher = judged_pairs(Catalog(db), verifier=verifier)
    return set(zip(lower.tolist(), higher.tolist(), strict=True))


def proven(catalog: Path) -> dict[Pair, Verdict]:
    with open_for_reading(catalog) as db:
        return proven_pairs(Catalog(db), verifier=1)


def searched(catalog: Path, way: str = "way") -> list[int]:
    with open_for_reading(catalog) as db:
        return [int(row) for row in searched_contents(Catalog(db), way=way)]


def mark(catalog: Path, *rows: int) -> None:
    with VerdictWriter(catalog, HASHES, verifier=1) as writer:
        writer.mark_searched(rows, way="way")


def test_a_verdict_comes_back_as_it_was_stored(catalog: Path) -> None:
    assert store(catalog, {(A, B): COPY, (B, C): NOTHING}) is None

    assert judged(catalog) == {(A, B), (B, C)}
    assert proven(catalog) == {(A, B): COPY}


def test_verdicts_of_another_verifier_do_not_count(catalog: Path) -> None:
    store(catalog, {(A, B): COPY}, verifier=1)

    assert judged(catalog, verifier=2) == set()
    store(catalog, {(A, B): NOTHING}, verifier=2)
    assert proven(catalog) == {(A, B): COPY}


def test_they_are_stored_while_the_writer_is_at_work(catalog: Path) -> None:
    with open_for_writing(catalog, holder="index") as db:
        with db.atomic():
            db.execute("UPDATE files SET mtime_ns = 2")

        assert store(catalog, {(A, B): COPY}) is None

        with db.atomic():
            db.execute("SELECT count(*) FROM files").fetchone()
            late = Thread(target=store, args=(catalog, {(A, C): COPY}))
            late.start()
            db.execute("UPDATE files SET mtime_ns = 3")
        late.join()
    assert judged(catalog) == {(A, B), (A, C)}


def test_a_content_that_has_gone_meanwhile_gets_no_verdict(catalog: Path) -> None:
    gone = bytes([9]) * 32
    verdicts = {(A, 3): COPY, (A, B): COPY}

    assert store(catalog, verdicts, hashes=[*HASHES, gone]) is None

    assert judged(catalog) == {(A, B)}


def test_of_pairs_that_do_not_take_part_nothing_is_told(catalog: Path) -> None:
    store(catalog, {(A, B): COPY, (B, C): COPY})
    mark(catalog, A, B)
    take_away_a(catalog)

    assert judged(catalog) == {(0, 1)}  # B and C are all that is left
    assert proven(catalog) == {(0, 1): COPY}
    assert searched(catalog) == [0]


def test_a_read_only_catalog_is_no_failure(catalog: Path, volume: Volume) -> None:
    path = volume.path / "catalog.sqlite"
    shutil.copy(catalog, path)
    volume.make_read_only()

    assert "verdicts cannot be kept" in (store(path, {(A, B): COPY}) or "")
    assert judged(path) == set()


def test_prune_forgets_the_verdicts_of_contents_that_are_gone(catalog: Path) -> None:
    store(catalog, {(A, B): COPY, (B, C): COPY})
    mark(catalog, A, B, C)
    take_away_a(catalog)
    with open_for_writing(catalog, holder="test") as db:
        prune(db)

    with open_for_reading(catalog) as db:
        assert db.execute("SELECT first, second FROM verdicts").fetchall() == [(2, 1)]
        assert db.execute("SELECT content FROM searched ORDER BY 1").fetchall() == [(1,), (2,)]


def test_contents_that_were_searched_are_known_by_the_way(catalog: Path) -> None:
    mark(catalog, A, C)

    assert searched(catalog) == [A, C]
    assert searched(catalog, "another way") == []


def test_what_was_away_while_others_were_searched_is_new_again(catalog: Path) -> None:
    mark(catalog, A, B)
    take_away_a(catalog)
    mark(catalog, C)
    with open_for_writing(catalog, holder="test") as db, db.atomic():
        db.execute("UPDATE files SET state = 'present'")

    assert searched(catalog) == [B, C]


def test_a_catalog_of_an_earlier_version_gets_the_tables(catalog: Path) -> None:
    make_older(catalog, version=1)
    with open_for_writing(catalog, holder="index"):
        pass

    assert store(catalog, {(A, B): COPY}) is None


def store_origins(catalog: Path, odds: dict[Pair, float], version: int = 1) -> str | None:
    with VerdictWriter(catalog, HASHES, verifier=1) as writer:
        writer.store_origins(odds, version=version)
        return writer.trouble


def origins(catalog: Path, version: int = 1) -> dict[Pair, float]:
    with open_for_reading(catalog) as db:
        return told_origins(Catalog(db), version=version)


def test_origins_come_back_as_they_were_told(catalog: Path) -> None:
    assert store_origins(catalog, {(A, B): -2.5, (B, C): 0.0}) is None
    assert origins(catalog) == {(A, B): -2.5, (B, C): 0.0}


def test_origins_of_another_version_do_not_count_and_are_replaced(catalog: Path) -> None:
    store_origins(catalog, {(A, B): -2.5, (B, C): 1.0})
    store_origins(catalog, {(A, B): 4.0}, version=2)

    assert origins(catalog) == {(B, C): 1.0}
    assert origins(catalog, version=2) == {(A, B): 4.0}


def test_origins_go_with_their_contents(catalog: Path) -> None:
    store_origins(catalog, {(A, B): 1.0, (B, C): 2.0})
    take_away_a(catalog)
    assert origins(catalog) == {(0, 1): 2.0}

    with open_for_writing(catalog, holder="test") as db:
        prune(db)

    with sqlite3.connect(catalog) as connection:
        assert connection.execute("SELECT count(*) FROM origins").fetchone() == (1,)
    connection.close()


def test_a_catalog_of_before_knows_no_origins_and_is_read(catalog: Path) -> None:
    make_older(catalog, version=4)

    assert origins(catalog) == {}
    assert "no such table" in (store_origins(catalog, {(A, B): 1.0}) or "")
    assert store(catalog, {(A, B): COPY}) is None

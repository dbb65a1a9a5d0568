"""What was found of pairs comes back from the objects of a run as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from copyfind.records import Tier
from copyfind.remote import verdicts
from copyfind.remote.store import Store
from copyfind.remote.verdicts import Tied, judged_as_parquet, judged_tables, key_of, tied
from copyfind.verdict import Verdict, as_matrix

A, B, C = (bytes([n]) * 32 for n in range(3))
EDITED = Verdict(
    Tier.EDITED,
    how=("cropped to 72%",),
    how_back=("part of it",),
    overlap=(0.72, 1.0),
    matrix=as_matrix(np.array([[1.2, 0, -0.1], [0, 1.2, 0], [0, 0, 1]])),
    scale=1.0,
    inliers=40,
    agreement=0.9,
    alike=0.95,
)
PAIRS = [Tied(A, B, 0.9, EDITED, -1.5), Tied(A, C, 0.5, Verdict(Tier.UNVERIFIED))]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"file://{tmp_path}")
    store.write(key_of([(A, B), (A, C)]), judged_as_parquet(PAIRS))
    return store


def test_what_ties_a_pair_comes_back_and_what_does_not_is_known(store: Store) -> None:
    (found,) = tied(store)
    (table,) = judged_tables(store)

    assert (found.first, found.second, found.verdict, found.odds) == (A, B, EDITED, -1.5)
    assert found.cosine == pytest.approx(0.9)
    assert [tuple(pair.values()) for pair in table.to_pylist()] == [(A, B), (A, C)]


@pytest.mark.usefixtures("store")
def test_other_programs_read_the_words_and_the_matrix(tmp_path: Path) -> None:
    (path,) = tmp_path.rglob("*.parquet")

    edited, nothing = pq.read_table(path).to_pylist()

    assert (edited["tier"], edited["how"]) == ("edited", ["cropped to 72%"])
    assert edited["matrix"] == [1.2, 0, -0.1, 0, 1.2, 0, 0, 0, 1]
    assert (nothing["tier"], nothing["matrix"], nothing["evidence"]) == ("unverified", None, None)


def test_a_pair_that_was_judged_twice_is_told_once(store: Store) -> None:
    store.write(key_of([(A, B)]), judged_as_parquet(PAIRS[:1]))

    assert len(list(tied(store))) == 1


def test_pairs_of_another_version_are_judged_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "_VERSIONS", {"verifier": 0})

    assert list(judged_tables(store)) == []
    assert list(tied(store)) == []


def test_the_name_is_of_the_pairs_and_not_of_their_order() -> None:
    assert key_of([(A, B), (A, C)]) == key_of([(A, C), (A, B)])
    assert key_of([(A, B)]) != key_of([(A, C)])

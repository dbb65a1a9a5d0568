"""Pairs that a task wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copyfind.errors import StoreError
from copyfind.records import Candidates
from copyfind.remote.close import key_of, pairs_as_parquet, read_pairs, written
from copyfind.remote.store import Store


def pairs(count: int) -> Candidates:
    first = np.arange(count, dtype=np.int64) * 10**10
    return Candidates(first, first + 1, np.linspace(0.6, 1, count, dtype=np.float32))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_what_was_written_is_read(tmp_path: Path, count: int) -> None:
    store = Store(f"file://{tmp_path}/run")
    assert written(store) == set()

    store.create(key_of("abc"), pairs_as_parquet(pairs(count)))

    assert written(store) == {"close/abc.parquet"}
    found, expected = read_pairs(store, "close/abc.parquet"), pairs(count)
    for column in ("first", "second", "similarity"):
        mine, theirs = getattr(found, column), getattr(expected, column)
        assert (mine.dtype, mine.tobytes()) == (theirs.dtype, theirs.tobytes())


@pytest.mark.parametrize("data", [b"", b"no pairs", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_damaged_object_is_named(tmp_path: Path, data: bytes) -> None:
    store = Store(f"file://{tmp_path}/run")
    store.create(key_of("abc"), data)

    with pytest.raises(StoreError, match=r"run/close/abc\.parquet is damaged"):
        read_pairs(store, key_of("abc"))

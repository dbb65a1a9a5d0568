"""Close pairs of a run, as tasks of the join found them: Parquet objects, before any is verified.

Columns: first, second (rows of the run in the order of SHA-256, first < second) and similarity.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.errors import StoreError
from copyfind.records import Candidates
from copyfind.remote.store import Store

CLOSE = "close"  # their folder
_SCHEMA = pa.schema([("first", pa.int64()), ("second", pa.int64()), ("similarity", pa.float32())])


def key_of(name: str) -> str:
    """Of the object with this name, in the run's folder."""
    return f"{CLOSE}/{name}.parquet"


def written(store: Store) -> set[str]:
    """The keys of those that are there."""
    try:
        return {store.key_of(listed.uri) for listed in store.listed(CLOSE)}
    except FileNotFoundError:  # a folder of this machine that is still to be made
        return set()


def pairs_as_parquet(pairs: Candidates) -> bytes:
    """The object that holds these pairs."""
    out = io.BytesIO()
    columns = [pairs.first, pairs.second, pairs.similarity]
    pq.write_table(pa.table(columns, schema=_SCHEMA), out, compression="ZSTD")
    return out.getvalue()


def read_pairs(store: Store, key: str) -> Candidates:
    """The pairs in an object. Raises OSError where the store does not give it, and StoreError where
    it holds none."""
    data = store.get(key)[1]
    try:
        with pq.ParquetFile(io.BytesIO(data)) as file:
            table = file.read().cast(_SCHEMA)
    except (pa.ArrowException, OSError, ValueError):
        raise StoreError(
            f"{store.uri(key)} is damaged; remove it, and run the same command again"
        ) from None
    first, second, similarity = (column.to_numpy() for column in table.columns)
    return Candidates(first, second, similarity)

"""What was found of pairs of pictures, as Parquet objects of a run, and what is there already.

Columns: first and second (SHA-256, the lower first), cosine, tier, how (words, of the second),
matrix (nine numbers that map the first onto the second, in 0..1 of each), odds (log odds that the
second was made from the first, where the files were asked), evidence (JSON of all that, as in a
catalog; null where nothing is proven). The versions of what judged stand in the metadata: pairs of
others are judged anew.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.evidence.verify import VERIFIER
from copyfind.imaging.lineage import LINEAGE
from copyfind.records import Tier
from copyfind.remote.store import Store
from copyfind.verdict import Verdict

FOLDER = "pairs"
_METADATA = b"copyfind"
_VERSIONS = {"verifier": VERIFIER, "lineage": LINEAGE}
_SCHEMA = pa.schema(
    [
        pa.field("first", pa.binary(32), nullable=False),
        pa.field("second", pa.binary(32), nullable=False),
        ("cosine", pa.float32()),
        pa.field("tier", pa.string(), nullable=False),
        ("how", pa.list_(pa.string())),
        ("matrix", pa.list_(pa.float64())),
        ("odds", pa.float64()),
        ("evidence", pa.string()),
    ],
    metadata={_METADATA: json.dumps(_VERSIONS, sort_keys=True)},
)
_KEYS = ("first", "second")


@dataclass(frozen=True, slots=True)
class Tied:
    """A pair of contents by SHA-256, the lower first, and what ties them."""

    first: bytes
    second: bytes
    cosine: float
    verdict: Verdict
    odds: float | None = None


def key_of(pairs: Iterable[tuple[bytes, bytes]]) -> str:
    """The key of the object of these pairs, by all that goes into it."""
    told = hashlib.sha256(json.dumps(_VERSIONS, sort_keys=True).encode())
    for first, second in sorted(pairs):
        told.update(first + second)
    return f"{FOLDER}/{told.hexdigest()[:32]}.parquet"


def judged_as_parquet(judged: Sequence[Tied]) -> bytes:
    """The object of these pairs."""
    out = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist([_columns(one) for one in judged], _SCHEMA),
        out,
        compression={name: "NONE" if name in _KEYS else "ZSTD" for name in _SCHEMA.names},
    )
    return out.getvalue()


def judged_tables(store: Store, columns: Sequence[str] = _KEYS) -> Iterator[pa.Table]:
    """Some columns of all pairs that were judged as this copyfind judges, an object at a time.
    Raises OSError."""
    for listed in store.listed(FOLDER):
        with pq.ParquetFile(store.open(store.key_of(listed.uri)), pre_buffer=True) as file:
            told = (file.schema_arrow.metadata or {}).get(_METADATA, b"{}")
            if json.loads(told) == _VERSIONS:
                yield file.read(columns)


def tied(store: Store) -> Iterator[Tied]:
    """The pairs that anything ties, each once. Raises OSError."""
    met: set[tuple[bytes, bytes]] = set()
    for table in judged_tables(store, (*_KEYS, "cosine", "tier", "odds", "evidence")):
        for one in table.to_pylist():
            pair = one["first"], one["second"]
            if one["tier"] != Tier.UNVERIFIED.value and pair not in met:
                met.add(pair)
                verdict = Verdict.from_dict(json.loads(one["evidence"]))
                yield Tied(*pair, one["cosine"], verdict, one["odds"])


def _columns(one: Tied) -> dict[str, object]:
    verdict = one.verdict
    nothing = verdict.tier is Tier.UNVERIFIED
    return {
        "first": one.first,
        "second": one.second,
        "cosine": one.cosine,
        "tier": verdict.tier.value,
        "how": list(verdict.how),
        "matrix": [number for row in verdict.matrix for number in row] if verdict.matrix else None,
        "odds": one.odds,
        "evidence": None if nothing else json.dumps(verdict.as_dict(), separators=(",", ":")),
    }

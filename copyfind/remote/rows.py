"""The rows of a shard, and the Parquet object that holds them: one row an object looked at.

Columns: uri, size, etag, modified; sha256, pixels, width, height, format, facts (JSON as the
catalog has it); problem and reason, in the words of `records.Problem`; descriptor (float16, as the
catalog has it) and thumbnail (JPEG). All but uri may be null. What described them stands in the
object's own metadata under `copyfind`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.collection.facts_json import facts_as_json, facts_of_json
from copyfind.records import Facts, FoundFile, Halves, Ints, Problem, Row, Unreadable

VERSION = 1  # of the columns and what they mean; raise it when rows of before cannot be used
_GROUP = 1000  # rows that a reader of all columns holds at a time
_METADATA = b"copyfind"
_PLAIN = ("sha256", "pixels", "descriptor", "thumbnail")  # does not compress


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What described the rows of a run; rows of another are never compared with them."""

    model: str  # id of the embedder, as `Row.model`
    name: str  # of it, for people
    dim: int
    side: int  # pixels of the squares it takes
    default_threshold: float
    decoder: str  # as `Row.decoder`
    version: int = VERSION

    @property
    def id(self) -> str:
        """As the embedder has it."""
        return self.model


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a store lists it, or as a list names it."""

    uri: str  # s3://bucket/key, and never with what gives access
    size: int | None = None  # bytes; None: not told, as of addresses in a list
    etag: str | None = None
    modified_ns: int = 0  # in whole microseconds since 1970; 0: not told


@dataclass(frozen=True, slots=True, eq=False)
class ObjectRow:
    """An object, and what was made of its bytes or why they were not had: one of the two."""

    listed: Listed  # as of the moment of reading
    row: Row | None = None
    trouble: Unreadable | None = None

    @property
    def file(self) -> FoundFile:
        """The object as catalogs remember it, by its address."""
        return file_of(self.listed)


def file_of(listed: Listed) -> FoundFile:
    """An object as catalogs remember it, by its address."""
    return FoundFile(listed.uri.encode(), 0, 0, listed.size or 0, listed.modified_ns)


def schema_of(made_by: MadeBy) -> pa.Schema:
    """The columns, and in the metadata what made them."""
    return pa.schema(
        [
            pa.field("uri", pa.string(), nullable=False),
            ("size", pa.int64()),
            ("etag", pa.string()),
            ("modified", pa.timestamp("us", tz="UTC")),
            ("sha256", pa.binary(32)),
            ("pixels", pa.binary()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("format", pa.string()),
            ("facts", pa.string()),
            ("problem", pa.string()),
            ("reason", pa.string()),
            ("descriptor", pa.binary(2 * made_by.dim)),
            ("thumbnail", pa.binary()),
        ],
        metadata={_METADATA: json.dumps(asdict(made_by), sort_keys=True)},
    )


def rows_as_parquet(rows: Sequence[ObjectRow], made_by: MadeBy) -> bytes:
    """The object that holds these rows, in their order. Raises ValueError for a row of another
    embedder."""
    schema = schema_of(made_by)
    out = io.BytesIO()
    compressed = {name: "NONE" if name in _PLAIN else "ZSTD" for name in schema.names}
    with pq.ParquetWriter(
        out, schema, compression=compressed, use_dictionary=["format", "problem", "reason"]
    ) as writer:
        for start in range(0, len(rows), _GROUP):
            some = [_columns(row, made_by) for row in rows[start : start + _GROUP]]
            writer.write_table(pa.Table.from_pylist(some, schema))
    return out.getvalue()


def made_by_of(schema: pa.Schema) -> MadeBy:
    """What described the rows under this schema. Raises ValueError where it is none of ours, or of
    a newer copyfind."""
    stored = (schema.metadata or {}).get(_METADATA)
    if stored is None:
        raise ValueError("no rows of copyfind")
    told = json.loads(stored)
    if told.get("version") != VERSION:
        raise ValueError(f"rows of version {told.get('version')}; this copyfind reads {VERSION}")
    return MadeBy(**told)


def read_table(
    stream: BinaryIO | pa.NativeFile, columns: Sequence[str] | None = None
) -> tuple[MadeBy, pa.Table]:
    """Some columns of a shard's object, or all of them; no more is read than they need. Raises
    ValueError."""
    with pq.ParquetFile(stream, pre_buffer=True) as file:
        return made_by_of(file.schema_arrow), file.read(columns)


def read_rows(stream: BinaryIO | pa.NativeFile) -> Iterator[ObjectRow]:
    """The rows of a shard's object, a thousand in memory at a time. Raises ValueError."""
    with pq.ParquetFile(stream, pre_buffer=True) as file:
        made_by = made_by_of(file.schema_arrow)
        for batch in file.iter_batches(_GROUP):
            yield from rows_of_table(batch, made_by)


def rows_of_table(table: pa.Table | pa.RecordBatch, made_by: MadeBy) -> Iterable[ObjectRow]:
    """The records of a table that has all columns."""
    modified = table.column("modified").cast(pa.int64()).to_pylist()
    rest = table.drop_columns(["modified"]).to_pylist()
    return (_record(one, us, made_by) for one, us in zip(rest, modified, strict=True))


def listed_of_table(table: pa.Table) -> Iterator[Listed]:
    """What the objects are called, of a table with uri, size, etag and modified."""
    modified = table.column("modified").cast(pa.int64()).to_pylist()
    told = table.select(["uri", "size", "etag"]).to_pylist()
    for one, us in zip(told, modified, strict=True):
        yield Listed(**one, modified_ns=(us or 0) * 1000)


def facts_of_table(table: pa.Table) -> list[Facts | None]:
    """What the pictures say of themselves, of a table with facts."""
    return [facts_of_json(text) if text else None for text in table.column("facts").to_pylist()]


def descriptors_of_table(table: pa.Table) -> tuple[Ints, Halves]:
    """The places (N,) of the rows that have a descriptor, and these: float16 (N, D)."""
    column = table.column("descriptor").combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # of newer pyarrow, where there is no row
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    there = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    width = column.type.byte_width
    data = column.take(pa.array(there)).buffers()[1]
    joined = np.frombuffer(data, np.float16, len(there) * width // 2) if data else np.empty(0, "f2")
    return there, joined.reshape(len(there), width // 2)


def _columns(one: ObjectRow, made_by: MadeBy) -> dict[str, object]:
    told: dict[str, object] = {
        "uri": one.listed.uri,
        "size": one.listed.size,
        "etag": one.listed.etag,
        "modified": one.listed.modified_ns // 1000 or None,
    }
    row, trouble = one.row, one.trouble
    if row is None:
        if trouble is None:
            raise ValueError(f"neither bytes nor a reason: {one.listed.uri}")
        return told | {"problem": trouble.problem.value, "reason": trouble.reason}
    if (row.model, row.decoder) != (made_by.model, made_by.decoder):
        raise ValueError(f"described by {row.model} and not by {made_by.model}: {one.listed.uri}")
    if row.facts is not None:
        facts = row.facts
        told |= {"width": facts.width, "height": facts.height, "format": facts.format}
        told["facts"] = facts_as_json(facts)
    return told | {
        "size": row.size,
        "sha256": row.sha256,
        "pixels": row.pixels,
        "problem": row.problem and row.problem.value,
        "reason": row.reason,
        "descriptor": None if row.descriptor is None else row.descriptor.tobytes(),
        "thumbnail": row.thumbnail,
    }


def _record(told: dict[str, Any], modified_us: int | None, made_by: MadeBy) -> ObjectRow:
    uri, size = told["uri"], told["size"]
    listed = Listed(uri, size, told["etag"], (modified_us or 0) * 1000)
    problem = told["problem"] and Problem(told["problem"])
    if told["sha256"] is None:
        return ObjectRow(listed, trouble=Unreadable(uri.encode(), problem, told["reason"]))
    descriptor = told["descriptor"]
    row = Row(
        sha256=told["sha256"],
        size=size,
        model=made_by.model,
        decoder=made_by.decoder,
        facts=facts_of_json(told["facts"]) if told["facts"] else None,
        pixels=told["pixels"],
        descriptor=None if descriptor is None else np.frombuffer(descriptor, np.float16),
        thumbnail=told["thumbnail"],
        problem=problem,
        reason=told["reason"],
    )
    return ObjectRow(listed, row)

"""Rows of a shard: what goes into a Parquet object comes out of it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copyfind.records import Extra, Facts, Problem, Row, Unreadable
from copyfind.remote.rows import (
    Listed,
    MadeBy,
    ObjectRow,
    descriptors_of_table,
    read_rows,
    read_table,
    rows_as_parquet,
)

MADE_BY = MadeBy("ab" * 32, "small", dim=4, side=32, default_threshold=0.6, decoder="2-x")
LISTED = Listed("s3://bucket/a b#ü.jpg", 10, '"etag"', 1_700_000_000_000_000_000)
ROW = Row(
    sha256=bytes(range(32)),
    size=10,
    model=MADE_BY.model,
    decoder=MADE_BY.decoder,
    facts=Facts(width=3, height=2, format="JPEG", frames=2, surplus=(Extra("a film", "ff"),)),
    pixels=b"p" * 16,
    descriptor=np.array([0.5, -0.5, 0.5, 0.5], np.float16),
    thumbnail=b"\xff\xd8\xff",
)
DAMAGED = Row(
    sha256=bytes(32),
    size=7,
    model=MADE_BY.model,
    decoder=MADE_BY.decoder,
    problem=Problem.DAMAGED,
    reason="it ends too soon",
)
GONE = Unreadable(b"s3://bucket/gone.jpg", Problem.VANISHED, "it is not there any more")
ROWS = [
    ObjectRow(LISTED, ROW),
    ObjectRow(replace(LISTED, uri="s3://bucket/bad.jpg", size=7), DAMAGED),
    ObjectRow(Listed("s3://bucket/gone.jpg"), trouble=GONE),
]


def test_rows_come_back_as_they_were() -> None:
    good, damaged, gone = read_rows(io.BytesIO(rows_as_parquet(ROWS, MADE_BY)))

    assert good.listed == LISTED
    assert good.row is not None
    assert good.row.facts == ROW.facts
    assert (good.row.sha256, good.row.pixels) == (ROW.sha256, ROW.pixels)
    assert (good.row.thumbnail, good.row.model) == (ROW.thumbnail, ROW.model)
    np.testing.assert_array_equal(good.row.descriptor, ROW.descriptor)
    assert good.file.path == LISTED.uri.encode()
    assert damaged.row is not None
    assert (damaged.row.problem, damaged.row.reason) == (Problem.DAMAGED, "it ends too soon")
    assert damaged.row.descriptor is None
    assert gone.listed == ROWS[2].listed
    assert gone.row is None
    assert gone.trouble == GONE


def test_the_same_rows_are_the_same_bytes() -> None:
    assert rows_as_parquet(ROWS, MADE_BY) == rows_as_parquet(ROWS, MADE_BY)


def test_descriptors_are_read_without_the_rest() -> None:
    data = rows_as_parquet([ROWS[2], *ROWS, *ROWS], MADE_BY)

    made_by, table = read_table(io.BytesIO(data), ["sha256", "descriptor"])
    places, descriptors = descriptors_of_table(table)

    assert made_by == MADE_BY
    assert table.column_names == ["sha256", "descriptor"]
    assert places.tolist() == [1, 4]
    np.testing.assert_array_equal(descriptors, [ROW.descriptor, ROW.descriptor])


def test_no_descriptor_at_all_is_an_empty_matrix() -> None:
    _, table = read_table(io.BytesIO(rows_as_parquet([], MADE_BY)))
    _, others = read_table(io.BytesIO(rows_as_parquet(ROWS[1:], MADE_BY)))

    assert descriptors_of_table(table)[1].shape == (0, 4)
    assert descriptors_of_table(others)[1].shape == (0, 4)


def test_more_rows_than_a_group_holds_come_back_in_their_order() -> None:
    many = [ObjectRow(replace(LISTED, uri=f"s3://b/{n}"), ROW) for n in range(2500)]

    back = list(read_rows(io.BytesIO(rows_as_parquet(many, MADE_BY))))

    assert [one.listed.uri for one in back] == [one.listed.uri for one in many]


def test_rows_of_another_model_or_decoder_are_refused() -> None:
    with pytest.raises(ValueError, match="described by"):
        rows_as_parquet([ObjectRow(LISTED, replace(ROW, model="other"))], MADE_BY)


def test_what_is_not_ours_or_newer_is_refused() -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"uri": ["x"]}), out)
    newer = rows_as_parquet([], replace(MADE_BY, version=99))

    with pytest.raises(ValueError, match="no rows of copyfind"):
        read_table(io.BytesIO(out.getvalue()))
    with pytest.raises(ValueError, match="version 99"):
        read_table(io.BytesIO(newer))

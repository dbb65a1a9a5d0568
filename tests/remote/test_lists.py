"""What may go is one list, and nothing that stays could be taken for a part of it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from copyfind.grouping.standing import with_standing
from copyfind.records import EXACT, Cluster, FoundFile, Tier
from copyfind.remote.lists import KEEP, REMOVE, key_in, lists_of, write_lists
from copyfind.remote.store import Store
from tests.making import made_findings


@pytest.fixture
def clusters() -> list[Cluster]:
    """A cluster with a member of every role, as if its files were objects."""
    found = []
    for cluster in made_findings().clusters:
        paths = {m.file.path: b"s3://bucket/%d.jpg" % n for n, m in enumerate(cluster.members)}
        members = [
            replace(
                member,
                file=FoundFile(paths[member.file.path], 0, 0, member.file.size, 0),
                evidence=member.evidence and replace(member.evidence, to=paths[member.evidence.to]),
            )
            for member in cluster.members
        ]
        last = members[-1].evidence
        near = replace(last, to=members[0].file.path, tier=Tier.NEAR) if last else None
        file = replace(members[2].file, path=b"s3://bucket/near.jpg")
        content = replace(members[-1].content, sha256=b"n" * 32)
        members.append(replace(members[2], file=file, content=content, evidence=near))
        found.append(replace(cluster, members=tuple(members)))
    return with_standing(found)


def read(data: bytes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(io.BytesIO(data)).to_pylist()
    return rows


def test_what_is_safe_goes_and_the_rest_says_why_it_stays(clusters: list[Cluster]) -> None:
    keep, remove = (read(data) for data in lists_of(clusters))

    safe = {m.file.path.decode() for c in clusters for m in c.members if m.standing == "safe"}
    everything = {m.file.path.decode() for c in clusters for m in c.members}
    assert safe
    assert {row["id"] for row in remove} == safe
    assert {row["uri"] for row in keep} == everything - safe
    assert {row["tier"] for row in remove} <= {tier.value for tier in EXACT}
    assert {row["keeper"] for row in remove} <= everything - safe
    assert {row["standing"] for row in keep} >= {"never"}


def test_near_copies_go_when_they_are_asked_for(clusters: list[Cluster]) -> None:
    by_default = {row["id"] for row in read(lists_of(clusters)[1])}

    remove = read(lists_of(clusters, tiers=(*EXACT, Tier.NEAR))[1])

    more = [row for row in remove if row["id"] not in by_default]
    assert [(row["id"], row["tier"], row["standing"]) for row in more] == [
        ("s3://bucket/near.jpg", "near", "consent")
    ]


def test_all_tables_of_a_folder_may_be_read_as_what_goes(
    clusters: list[Cluster], tmp_path: Path
) -> None:
    """As NeMo Curator's stage reads them: every table, the column alone."""
    count = write_lists(Store(f"file://{tmp_path}"), clusters)

    schema = pa.schema([pa.field("id", pa.string())])
    ids = ds.dataset(str(tmp_path), format="parquet", schema=schema).to_table(columns=["id"])

    assert {path.name for path in tmp_path.iterdir()} == {KEEP, REMOVE}
    told = {one for one in ids.column("id").to_pylist() if one is not None}
    assert told == {row["id"] for row in read((tmp_path / REMOVE).read_bytes())}
    assert len(told) == count


def test_an_empty_list_has_its_columns() -> None:
    keep, remove = lists_of([])

    assert "id" in pq.read_schema(io.BytesIO(remove)).names
    assert "id" not in pq.read_schema(io.BytesIO(keep)).names


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("s3://bucket/a/b.c.jpg", "b.c"),
        ("s3://bucket/00000.tar#512/000000123.jpg", "000000123"),
        ("s3://bucket/train.parquet#17", "17"),
        ("s3://bucket/no suffix", "no suffix"),
    ],
)
def test_a_key_is_the_name_of_a_sample(uri: str, key: str) -> None:
    assert key_in(uri) == key

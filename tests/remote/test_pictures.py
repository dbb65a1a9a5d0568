"""What a run holds of pictures, as finding copies sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from copyfind.records import Facts, Problem, Row, Unreadable
from copyfind.remote.pictures import Pictures, read_pictures
from copyfind.remote.rows import Listed, MadeBy, ObjectRow, rows_as_parquet
from copyfind.remote.run import Finished, ShardName, begin_run

MADE_BY = MadeBy("ab" * 32, "small", 4, 32, 0.7, "2")
FACTS = Facts(width=400, height=300, format="JPEG", surplus=())


def row(number: int, **more: object) -> Row:
    """A described picture; its hash begins and ends with zeros where the number has them."""
    made = Row(
        sha256=number.to_bytes(32, "little"),
        size=number,
        model=MADE_BY.model,
        decoder=MADE_BY.decoder,
        facts=FACTS,
        descriptor=np.array([number, 1, 0, 0], np.float16),
    )
    return replace(made, **more)  # type: ignore[arg-type] # of a test


def at(name: str, one: Row) -> ObjectRow:
    return ObjectRow(Listed(f"s3://b/{name}", one.size, "e", 1000), one)


BROKEN = {"facts": None, "descriptor": None, "problem": Problem.CRASHED, "reason": "it crashed"}
GONE = ObjectRow(
    Listed("s3://b/gone", 5), trouble=Unreadable(b"s3://b/gone", Problem.PERMISSION, "no right")
)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """Two shards: 3 in both, 512 crashed in the first and is described in the second."""
    run = begin_run(f"file://{tmp_path}/run", MADE_BY)
    shards = [
        [at("a", row(3)), at("b", row(512, **BROKEN)), GONE, at("c", row(2, pixels=b"p" * 32))],
        [at("d", row(3)), at("e", row(512)), at("f", row(7, **BROKEN))],
    ]
    names = [ShardName(f"{n:016}", f"{n:032}") for n in range(len(shards))]
    for name, rows in zip(names, shards, strict=True):
        run.store.write(name.key, rows_as_parquet(rows, MADE_BY))
    run.finish(Finished("s3://b", tuple(names)))
    return read_pictures(run)


def test_contents_are_in_the_order_of_their_hashes(pictures: Pictures) -> None:
    hashes = pictures.sha256s(np.arange(len(pictures)))

    assert hashes == sorted(number.to_bytes(32, "little") for number in (2, 3, 7, 512))
    asked = np.frombuffer(b"".join([*hashes, b"x" * 32]), np.uint8).reshape(-1, 32)
    assert pictures.rows_of(asked).tolist() == [0, 1, 2, 3, -1]
    assert pictures.objects == 7


def test_a_content_is_described_if_any_of_its_objects_is(pictures: Pictures) -> None:
    described = [int.from_bytes(one, "little") for one in pictures.sha256s(pictures.described)]

    assert described == pictures.descriptors[:, 0].tolist()
    assert set(described) == {2, 3, 512}
    assert [said.path for said, _ in pictures.problems()] == [b"s3://b/f", b"s3://b/gone"]


def test_objects_are_found_by_their_contents(pictures: Pictures) -> None:
    (three,) = pictures.repeated()[pictures.width[pictures.repeated()] > 0][:1]
    objects = pictures.objects_of(pictures.repeated())

    assert {one.uri[-1] for one in pictures.listed(objects).values()} == set("abde")
    assert {one.listed.uri[-1] for _, one in pictures.rows(objects)} == set("abde")
    assert pictures.asked(np.array([three]))[0].sha256 in pictures.sha256s(pictures.repeated())


def test_pixels_are_known_where_a_row_has_them(pictures: Pictures) -> None:
    known = pictures.pixels.any(axis=1)

    assert pictures.pixels[known].tobytes() == b"p" * 32
    assert pictures.sha256s(np.flatnonzero(known)) == [(2).to_bytes(32, "little")]

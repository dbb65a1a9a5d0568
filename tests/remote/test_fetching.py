"""Bytes are fetched in their order, and a signature goes no further than the request."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from copyfind.records import Problem
from copyfind.remote.fetching import Fetcher, picture_bytes
from copyfind.remote.rows import Listed
from copyfind.remote.shards import Objects
from copyfind.remote.web import Web
from tests.remote.serving import Served, here, serving


@pytest.fixture
def served() -> Served:
    return Served({"/a.jpg": b"first", "/b.jpg": b"second"})


def test_objects_of_the_web_come_in_their_order(served: Served, tmp_path: Path) -> None:
    with serving(served) as address:
        uris = [f"{address}/a.jpg", f"{address}/gone.jpg", f"{address}/b.jpg"]
        work = Objects(
            tuple(Listed(uri) for uri in uris), {uris[0]: uris[0] + "?X-Amz-Signature=s3cr3t"}
        )
        fetched = list(Fetcher(tmp_path, here()).fetch(work, lambda _: True))

    assert [one.listed.uri for one in fetched] == uris
    assert [one.data for one in fetched] == [b"first", None, b"second"]
    assert fetched[0].listed.etag == '"5"'
    assert fetched[1].trouble is not None
    assert fetched[1].trouble.problem is Problem.VANISHED
    assert "/a.jpg?X-Amz-Signature=s3cr3t" in served.asked
    assert "s3cr3t" not in repr([one.listed for one in fetched])


def test_what_a_private_address_has_is_a_row_with_its_reason(
    served: Served, tmp_path: Path
) -> None:
    with serving(served) as address:
        work = Objects((Listed(f"{address}/a.jpg"),))
        (one,) = Fetcher(tmp_path, Web()).fetch(work, lambda _: True)

    assert one.trouble is not None
    assert "private network" in one.trouble.reason
    assert one.failed is None
    assert served.asked == []


def test_only_what_is_wanted_is_fetched(served: Served, tmp_path: Path) -> None:
    with serving(served) as address:
        work = Objects(tuple(Listed(address + name) for name in ("/a.jpg", "/b.jpg")))
        (one,) = Fetcher(tmp_path, here()).fetch(work, lambda uri: uri.endswith("b.jpg"))

    assert one.data == b"second"
    assert served.asked == ["/b.jpg"]


def test_bytes_come_out_of_binary_and_struct_columns() -> None:
    assert picture_bytes(pa.array([b"a", None])) == [b"a", None]
    structs = pa.array([{"bytes": b"a", "jpg": b"b"}, None])
    assert picture_bytes(structs) == [b"a", None]
    assert picture_bytes(structs, "jpg") == [b"b", None]

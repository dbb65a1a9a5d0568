"""A folder in a store, here one of this machine; servers are in test_servers.py."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from copyfind.errors import StoreError
from copyfind.remote.store import Replaced, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path}/run")


def test_what_is_written_is_listed_and_read(store: Store) -> None:
    store.write("rows/b.parquet", b"two")
    store.write("rows/a b#ü?%20.parquet", b"one")
    store.write("manifest/run.json", b"{}")

    listed = list(store.listed("rows"))

    assert [store.key_of(one.uri) for one in listed] == ["rows/a b#ü?%20.parquet", "rows/b.parquet"]
    assert [one.size for one in listed] == [3, 3]
    now, data = store.get("rows/a b#ü?%20.parquet")
    assert (now, data) == (listed[0], b"one")
    assert b"".join(store.pieces("rows/b.parquet")[1]) == b"two"
    assert store.part("rows/b.parquet", 1, 2) == b"wo"
    assert [one.uri for one in pickle.loads(pickle.dumps(store)).listed("rows")] == [
        one.uri for one in listed
    ]


def test_what_is_there_is_not_created_again(store: Store) -> None:
    assert store.create("rows/a", b"first")
    assert not store.create("rows/a", b"second")
    assert store.get("rows/a")[1] == b"first"


def test_a_replaced_object_is_not_taken_for_the_one_that_was_listed(store: Store) -> None:
    store.write("a", b"before")
    (listed,) = store.listed()
    store.write("a", b"after it")

    with pytest.raises(Replaced):
        store.get("a", etag=listed.etag)
    with pytest.raises(Replaced):
        store.pieces("a", etag=listed.etag)


def test_an_object_is_sought_in(store: Store) -> None:
    store.write("a", bytes(range(200)))

    with store.open("a") as stream:
        stream.seek(-10, 2)
        assert stream.read() == bytes(range(190, 200))
        stream.seek(5)
        assert stream.read(3) == b"\5\6\7"
        assert stream.tell() == 8
        stream.seek(500)
        assert stream.read(3) == b""


def test_what_is_not_there_is_told_so(store: Store) -> None:
    with pytest.raises(FileNotFoundError, match="no such object or bucket"):
        list(store.listed())
    store.write("a", b"")
    with pytest.raises(FileNotFoundError) as missing:
        store.get("b")
    assert missing.value.filename == store.uri("b")
    with pytest.raises(FileNotFoundError):
        store.open("b")
    assert list(store.listed("nothing")) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://host/x",
        "s3:/bucket",
        "s3://",
        "s3://buck et/x",
        "file://relative/x",
        "file:///",
        "memory:///",
        "/folder",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store(url)


def test_an_address_with_credentials_is_refused_and_not_repeated() -> None:
    with pytest.raises(StoreError) as refused:
        Store("s3://AKIAKEY:s3cr3t@bucket/x")

    assert "s3cr3t" not in str(refused.value)
    assert "AKIAKEY" not in str(refused.value)


def test_an_address_is_one_however_it_ends() -> None:
    assert Store("s3://bucket/run/") == Store("s3://bucket/run")
    assert Store("s3://bucket").uri("a") == "s3://bucket/a"
    with pytest.raises(ValueError, match="not below"):
        Store("s3://bucket/run").key_of("s3://bucket/runner/a")

"""The cache of thumbnails and features: shared, bounded, and never a reason to fail."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from copyfind.collection import cache as module
from copyfind.collection.cache import PictureCache, looks_path, open_cache
from tests.conftest import Volume, run_python

A, B, C = (bytes([n]) * 32 for n in range(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "looks.sqlite"


@pytest.fixture
def cached(path: Path) -> Iterator[PictureCache]:
    with closing(PictureCache(path)) as opened:
        yield opened


def test_what_was_stored_is_there_for_the_next_run(path: Path) -> None:
    with closing(PictureCache(path)) as first:
        first.store_thumbnails({A: b"a", B: b"b"})
        first.store_features({A: b"points"}, version=3)

    with closing(PictureCache(path)) as second:
        assert second.thumbnails([A, B, C]) == {A: b"a", B: b"b"}
        assert second.features([A, B], version=3) == {A: b"points"}
        assert second.trouble is None


def test_features_of_another_version_are_not_there_and_are_replaced(cached: PictureCache) -> None:
    cached.store_features({A: b"old"}, version=1)

    assert cached.features([A], version=2) == {}
    cached.store_features({A: b"new"}, version=2)
    assert cached.features([A], version=2) == {A: b"new"}


def test_any_number_of_contents_may_be_asked_for(cached: PictureCache) -> None:
    many = {n.to_bytes(32, "big"): str(n).encode() for n in range(1200)}
    cached.store_thumbnails(many)

    assert cached.thumbnails(many) == many


def test_a_catalog_has_one_cache_file_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    here = looks_path(tmp_path / "catalog.sqlite", tmp_path)

    assert looks_path(tmp_path / "link" / "catalog.sqlite", tmp_path) == here
    assert looks_path(tmp_path / "other.sqlite", tmp_path) != here


def test_what_no_content_needs_is_forgotten(cached: PictureCache, path: Path) -> None:
    cached.store_thumbnails({A: bytes(200_000), B: b"b"})
    cached.store_features({A: b"points"}, version=1)
    before = path.stat().st_size

    cached.keep_only([B, C])

    assert cached.thumbnails([A, B]) == {B: b"b"}
    assert cached.features([A], version=1) == {}
    cached.close()
    assert path.stat().st_size < before or before < 200_000


def test_a_file_of_another_version_is_made_anew(path: Path) -> None:
    with closing(PictureCache(path)) as old:
        old.store_thumbnails({A: b"a"})
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("CREATE TABLE more (id)")

    with closing(PictureCache(path)) as new:
        assert new.thumbnails([A]) == {}
        new.store_thumbnails({A: b"again"})
        assert new.thumbnails([A]) == {A: b"again"}
        assert new.trouble is None


@pytest.mark.parametrize("damage", [b"no database at all" * 1000, b""])
def test_a_damaged_file_is_made_anew(path: Path, damage: bytes) -> None:
    with closing(PictureCache(path)) as old:
        old.store_thumbnails({A: b"a"})
    path.write_bytes(damage)

    with closing(PictureCache(path)) as new:
        assert new.thumbnails([A]) == {}
        new.store_thumbnails({A: b"again"})
    with closing(PictureCache(path)) as later:
        assert later.thumbnails([A]) == {A: b"again"}


def test_damage_that_shows_late_is_made_anew(path: Path) -> None:
    with closing(PictureCache(path)) as old:
        old.store_thumbnails({n.to_bytes(32, "big"): bytes(5000) for n in range(100)})
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))

    with closing(PictureCache(path)) as new:
        assert new.thumbnails([bytes(32)]) in ({}, {bytes(32): bytes(5000)})
        new.store_thumbnails({A: b"a"})
        assert new.thumbnails([A]) == {A: b"a"}


def test_without_a_folder_it_is_kept_in_memory_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"not a folder")

    with open_cache(tmp_path / "catalog.sqlite", tmp_path / "file" / "cache") as cached:
        cached.store_thumbnails({A: b"a"})
        assert cached.thumbnails([A, B]) == {A: b"a"}
        assert cached.trouble
        assert "going on without it" in cached.trouble


def test_no_cache_is_no_trouble(tmp_path: Path) -> None:
    with open_cache(tmp_path / "catalog.sqlite", None) as cached:
        cached.store_thumbnails({A: b"a"})
        assert cached.thumbnails([A]) == {A: b"a"}
        assert cached.trouble is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 2000)
    with open_cache(tmp_path / "catalog.sqlite", None) as cached:
        for key in (A, B, C):
            cached.store_thumbnails({key: bytes(400)})

        assert set(cached.thumbnails([A, B, C])) == {B, C}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of POSIX")
def test_a_read_only_volume_is_read_from(volume: Volume) -> None:
    path = volume.path / "looks.sqlite"
    with closing(PictureCache(path)) as first:
        first.store_thumbnails({A: b"a"})
    volume.make_read_only()

    with closing(PictureCache(path)) as cached:
        cached.store_thumbnails({B: b"b"})
        assert cached.thumbnails([A, B]) == {A: b"a", B: b"b"}
        assert cached.trouble


def test_a_full_volume_is_no_failure(volume: Volume) -> None:
    with closing(PictureCache(volume.path / "looks.sqlite")) as cached:
        cached.store_thumbnails({A: b"a"})
        volume.fill()
        cached.store_thumbnails({B: bytes(300_000)})
        cached.store_thumbnails({C: b"c"})

        assert cached.thumbnails([A, C]) == {A: b"a", C: b"c"}
        assert cached.thumbnails([B]) == {B: bytes(300_000)}


def test_several_threads_share_it(cached: PictureCache) -> None:
    def work(number: int) -> bool:
        key = number.to_bytes(32, "big")
        cached.store_thumbnails({key: key})
        return cached.thumbnails([key]) == {key: key}

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))


WRITER = """
import sys
from pathlib import Path
from copyfind.collection.cache import PictureCache
cached = PictureCache(Path(sys.argv[1]))
for number in range(100):
    cached.store_thumbnails({(100 * int(sys.argv[2]) + number).to_bytes(32, "big"): b"x"})
assert cached.trouble is None, cached.trouble
cached.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="one platform is enough for SQLite's locks")
def test_several_processes_share_it(path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        ran = list(threads.map(lambda n: run_python(WRITER, str(path), str(n)), range(3)))

    assert [done.stderr for done in ran] == ["", "", ""]
    with closing(PictureCache(path)) as cached:
        assert len(cached.thumbnails(n.to_bytes(32, "big") for n in range(300))) == 300

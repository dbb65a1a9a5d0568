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

from copyfind.collection import looks as module
from copyfind.collection.looks import Looks, looks_path, open_looks
from tests.conftest import Volume, run_python

A, B, C = (bytes([n]) * 32 for n in range(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "looks.sqlite"


@pytest.fixture
def looks(path: Path) -> Iterator[Looks]:
    with closing(Looks(path)) as opened:
        yield opened


def test_what_was_stored_is_there_for_the_next_run(path: Path) -> None:
    with closing(Looks(path)) as first:
        first.store_thumbnails({A: b"a", B: b"b"})
        first.store_features({A: b"points"}, version=3)

    with closing(Looks(path)) as second:
        assert second.thumbnails([A, B, C]) == {A: b"a", B: b"b"}
        assert second.features([A, B], version=3) == {A: b"points"}
        assert second.trouble is None


def test_features_of_another_version_are_not_there_and_are_replaced(looks: Looks) -> None:
    looks.store_features({A: b"old"}, version=1)

    assert looks.features([A], version=2) == {}
    looks.store_features({A: b"new"}, version=2)
    assert looks.features([A], version=2) == {A: b"new"}


def test_any_number_of_contents_may_be_asked_for(looks: Looks) -> None:
    many = {n.to_bytes(32, "big"): str(n).encode() for n in range(1200)}
    looks.store_thumbnails(many)

    assert looks.thumbnails(many) == many


def test_a_catalog_has_one_cache_file_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    here = looks_path(tmp_path / "catalog.sqlite", tmp_path)

    assert looks_path(tmp_path / "link" / "catalog.sqlite", tmp_path) == here
    assert looks_path(tmp_path / "other.sqlite", tmp_path) != here


def test_what_no_content_needs_is_forgotten(looks: Looks, path: Path) -> None:
    looks.store_thumbnails({A: bytes(200_000), B: b"b"})
    looks.store_features({A: b"points"}, version=1)
    before = path.stat().st_size

    looks.keep_only([B, C])

    assert looks.thumbnails([A, B]) == {B: b"b"}
    assert looks.features([A], version=1) == {}
    looks.close()
    assert path.stat().st_size < before or before < 200_000


def test_a_file_of_another_version_is_made_anew(path: Path) -> None:
    with closing(Looks(path)) as old:
        old.store_thumbnails({A: b"a"})
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("CREATE TABLE more (id)")

    with closing(Looks(path)) as new:
        assert new.thumbnails([A]) == {}
        new.store_thumbnails({A: b"again"})
        assert new.thumbnails([A]) == {A: b"again"}
        assert new.trouble is None


@pytest.mark.parametrize("damage", [b"no database at all" * 1000, b""])
def test_a_damaged_file_is_made_anew(path: Path, damage: bytes) -> None:
    with closing(Looks(path)) as old:
        old.store_thumbnails({A: b"a"})
    path.write_bytes(damage)

    with closing(Looks(path)) as new:
        assert new.thumbnails([A]) == {}
        new.store_thumbnails({A: b"again"})
    with closing(Looks(path)) as later:
        assert later.thumbnails([A]) == {A: b"again"}


def test_damage_that_shows_late_is_made_anew(path: Path) -> None:
    with closing(Looks(path)) as old:
        old.store_thumbnails({n.to_bytes(32, "big"): bytes(5000) for n in range(100)})
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))

    with closing(Looks(path)) as new:
        assert new.thumbnails([bytes(32)]) in ({}, {bytes(32): bytes(5000)})
        new.store_thumbnails({A: b"a"})
        assert new.thumbnails([A]) == {A: b"a"}


def test_without_a_folder_it_is_kept_in_memory_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"not a folder")

    with open_looks(tmp_path / "catalog.sqlite", tmp_path / "file" / "cache") as looks:
        looks.store_thumbnails({A: b"a"})
        assert looks.thumbnails([A, B]) == {A: b"a"}
        assert looks.trouble
        assert "going on without it" in looks.trouble


def test_no_cache_is_no_trouble(tmp_path: Path) -> None:
    with open_looks(tmp_path / "catalog.sqlite", None) as looks:
        looks.store_thumbnails({A: b"a"})
        assert looks.thumbnails([A]) == {A: b"a"}
        assert looks.trouble is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 2000)
    with open_looks(tmp_path / "catalog.sqlite", None) as looks:
        for key in (A, B, C):
            looks.store_thumbnails({key: bytes(400)})

        assert set(looks.thumbnails([A, B, C])) == {B, C}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of POSIX")
def test_a_read_only_volume_is_read_from(volume: Volume) -> None:
    path = volume.path / "looks.sqlite"
    with closing(Looks(path)) as first:
        first.store_thumbnails({A: b"a"})
    volume.make_read_only()

    with closing(Looks(path)) as looks:
        looks.store_thumbnails({B: b"b"})
        assert looks.thumbnails([A, B]) == {A: b"a", B: b"b"}
        assert looks.trouble


def test_a_full_volume_is_no_failure(volume: Volume) -> None:
    with closing(Looks(volume.path / "looks.sqlite")) as looks:
        looks.store_thumbnails({A: b"a"})
        volume.fill()
        looks.store_thumbnails({B: bytes(300_000)})
        looks.store_thumbnails({C: b"c"})

        assert looks.thumbnails([A, C]) == {A: b"a", C: b"c"}
        assert looks.thumbnails([B]) == {B: bytes(300_000)}


def test_several_threads_share_it(looks: Looks) -> None:
    def work(number: int) -> bool:
        key = number.to_bytes(32, "big")
        looks.store_thumbnails({key: key})
        return looks.thumbnails([key]) == {key: key}

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))


WRITER = """
import sys
from pathlib import Path
from copyfind.collection.looks import Looks
looks = Looks(Path(sys.argv[1]))
for number in range(100):
    looks.store_thumbnails({(100 * int(sys.argv[2]) + number).to_bytes(32, "big"): b"x"})
assert looks.trouble is None, looks.trouble
looks.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="one platform is enough for SQLite's locks")
def test_several_processes_share_it(path: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        ran = list(threads.map(lambda n: run_python(WRITER, str(path), str(n)), range(3)))

    assert [done.stderr for done in ran] == ["", "", ""]
    with closing(Looks(path)) as looks:
        assert len(looks.thumbnails(n.to_bytes(32, "big") for n in range(300))) == 300

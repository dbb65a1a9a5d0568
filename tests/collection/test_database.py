"""Opening the catalog: who may read, who may write, and what is said when it cannot be used."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from copyfind.collection import migrations
from copyfind.collection.catalog import Catalog, remember_model
from copyfind.collection.database import (
    LATEST,
    open_for_adding,
    open_for_reading,
    open_for_writing,
)
from copyfind.collection.migrations import migrate
from copyfind.errors import CatalogError, CatalogLocked
from copyfind.pipeline.checking import check_catalog
from tests.collection.conftest import Folder, not_as_root
from tests.conftest import Volume, surroundings
from tests.older import make_older

posix = pytest.mark.skipif(os.name != "posix", reason="rights and signals of POSIX")

_HOLD = """
import sys, time
from pathlib import Path
from copyfind.collection.database import open_for_writing
with open_for_writing(Path(sys.argv[1]), holder="index"):
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def make(path: Path) -> None:
    with open_for_writing(path, holder="index") as db:
        remember(db)


def remember(db: Database) -> None:
    remember_model(
        db,
        weights="ab" * 32,
        preprocess=1,
        name="tiny",
        dim=2,
        input_size=8,
        default_threshold=0.7,
    )


def store_much(path: Path) -> None:
    """A thousand batches of 10 kB."""
    with open_for_writing(path, holder="index") as db:
        for number in range(1000):
            with db.atomic():
                db.execute(
                    "INSERT INTO contents (id, sha256, size, settled, decoder, facts) "
                    "VALUES (?, ?, 1, 0, '1', ?)",
                    (number, number.to_bytes(32, "big"), "x" * 10_000),
                )


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def models(path: Path) -> list[str]:
    with open_for_reading(path) as db:
        return [model.name for model in Catalog(db).models()]


@contextmanager
def another_writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process


def test_what_was_written_can_be_read(catalog: Path) -> None:
    make(catalog)
    assert models(catalog) == ["tiny"]


def test_folders_on_the_way_to_a_new_catalog_are_made(tmp_path: Path) -> None:
    make(tmp_path / "a" / "b" / "catalog.sqlite")
    assert models(tmp_path / "a" / "b" / "catalog.sqlite") == ["tiny"]


def test_without_a_catalog_the_reader_is_told_how_to_make_one(catalog: Path) -> None:
    with pytest.raises(CatalogError, match=r"no catalog at .* make one with: copyfind index"):
        models(catalog)
    assert not catalog.exists()


def test_nothing_but_the_catalog_and_its_lock_stays_behind(catalog: Path) -> None:
    make(catalog)
    left = {path.name for path in catalog.parent.iterdir()}
    assert left <= {"catalog.sqlite", "catalog.sqlite.lock"}


def test_a_reader_cannot_write(catalog: Path) -> None:
    make(catalog)
    with pytest.raises(CatalogError, match="read-only"), open_for_reading(catalog) as db:
        remember(db)


def test_a_catalog_of_a_newer_copyfind_is_left_alone(catalog: Path) -> None:
    make(catalog)
    set_version(catalog, LATEST + 1)
    before = catalog.read_bytes()
    with pytest.raises(CatalogError, match=r"newer copyfind; update"):
        models(catalog)
    with pytest.raises(CatalogError, match=r"newer copyfind; update"):
        make(catalog)
    assert catalog.read_bytes() == before


def test_a_catalog_of_an_older_copyfind_is_brought_up_to_date_by_a_writer_only(
    catalog: Path,
) -> None:
    catalog.touch()  # SQLite takes a file of no bytes for a database of version 0
    with pytest.raises(CatalogError, match=r"older copyfind; bring it up to date with"):
        models(catalog)
    make(catalog)
    assert models(catalog) == ["tiny"]


def test_a_catalog_from_before_volumes_were_noted_is_read_as_it_is(catalog: Path) -> None:
    """A plan that version 0.1 made can be applied and undone before the next index."""
    make(catalog)
    make_older(catalog, version=3)
    before = catalog.read_bytes()

    assert models(catalog) == ["tiny"]
    with open_for_adding(catalog) as connection:
        assert connection.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)
    assert catalog.read_bytes() == before
    with open_for_writing(catalog, holder="index") as db:
        assert db.execute("SELECT count(*) FROM files WHERE doubted").fetchone() == (0,)


def test_a_file_that_is_no_database_is_left_alone(catalog: Path) -> None:
    catalog.write_bytes(b"my diary\n" * 1000)
    with pytest.raises(CatalogError, match=r"is not a catalog or is damaged.*move it away"):
        models(catalog)
    with pytest.raises(CatalogError, match=r"is not a catalog or is damaged.*move it away"):
        make(catalog)
    assert catalog.read_bytes() == b"my diary\n" * 1000


@pytest.mark.parametrize("version", [0, LATEST, LATEST + 5])
def test_a_database_of_another_program_is_left_alone(catalog: Path, version: int) -> None:
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("CREATE TABLE diary (entry TEXT)")
    set_version(catalog, version)
    before = catalog.read_bytes()
    with pytest.raises(CatalogError, match="belongs to another program"):
        models(catalog)
    with pytest.raises(CatalogError, match="belongs to another program"):
        make(catalog)
    assert catalog.read_bytes() == before


def test_a_folder_is_no_catalog(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="is a folder"):
        models(tmp_path)
    with pytest.raises(CatalogError, match="is a folder"):
        make(tmp_path)


def test_a_catalog_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CatalogError, match=r"cannot be written .*; use --catalog FILE"):
        make(tmp_path / "file" / "catalog.sqlite")


def test_damage_in_a_catalog_is_told(catalog: Path) -> None:
    make(catalog)
    damaged = bytearray(catalog.read_bytes())
    damaged[4096:] = b"\xa5" * (len(damaged) - 4096)  # all pages but the first
    catalog.write_bytes(damaged)
    with pytest.raises(CatalogError, match=r"damaged.*move it away and index again.*photos"):
        check_catalog(catalog)


def test_the_second_writer_is_told_who_is_the_first(catalog: Path) -> None:
    with another_writer(catalog) as holder:
        said = rf"copyfind index \(process {holder.pid}, since \d\d:\d\d\) is writing"
        with pytest.raises(CatalogLocked, match=said):
            make(catalog)
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait()
    make(catalog)


def test_what_a_writer_has_not_finished_is_not_seen_by_a_reader(catalog: Path) -> None:
    make(catalog)
    with open_for_writing(catalog, holder="index") as db:
        db.execute("BEGIN")
        db.execute("DELETE FROM models")
        assert models(catalog) == ["tiny"]
        db.conn.commit()
        assert models(catalog) == []


def test_readers_do_not_wait_for_a_writer(catalog: Path) -> None:
    make(catalog)
    with another_writer(catalog) as holder:
        assert models(catalog) == ["tiny"]
        holder.kill()


@posix
def test_a_writer_that_was_killed_holds_nothing(catalog: Path) -> None:
    with another_writer(catalog) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    make(catalog)
    assert models(catalog) == ["tiny"]


@posix
def test_a_catalog_that_may_not_be_written_can_be_read(open_way: Folder) -> None:
    catalog = Path(os.fsdecode(open_way.at("catalog.sqlite")))
    make(catalog)
    catalog.chmod(0o444)
    with not_as_root():
        assert models(catalog) == ["tiny"]
        with pytest.raises(CatalogError, match=r"cannot be written|is read-only") as caught:
            make(catalog)
    assert "use --catalog FILE for another place" in str(caught.value)


@posix
def test_a_catalog_that_may_not_be_written_beside_its_free_lock_is_read_only(
    open_way: Folder,
) -> None:
    catalog = Path(os.fsdecode(open_way.at("catalog.sqlite")))
    make(catalog)
    os.chmod(open_way.path, 0o777)
    catalog.chmod(0o444)
    catalog.with_name(catalog.name + ".lock").unlink(missing_ok=True)
    with not_as_root(), pytest.raises(CatalogError, match=r"is read-only; make it writable or use"):
        make(catalog)


@posix
def test_a_catalog_in_a_folder_that_may_not_be_written_can_be_read(open_way: Folder) -> None:
    catalog = Path(os.fsdecode(open_way.at("catalog.sqlite")))
    make(catalog)
    catalog.chmod(0o644)  # its owner lets others read it
    os.chmod(open_way.path, 0o555)
    with not_as_root():
        assert models(catalog) == ["tiny"]


@posix
def test_a_catalog_that_may_not_be_read_says_so(open_way: Folder) -> None:
    catalog = Path(os.fsdecode(open_way.at("catalog.sqlite")))
    make(catalog)
    catalog.chmod(0)
    with not_as_root(), pytest.raises(CatalogError, match=r"catalog.sqlite"):
        models(catalog)


def test_a_catalog_on_a_read_only_volume_can_be_read(volume: Volume) -> None:
    make(volume.path / "catalog.sqlite")
    volume.make_read_only()
    assert models(volume.path / "catalog.sqlite") == ["tiny"]


def test_a_catalog_on_a_read_only_volume_cannot_be_written(volume: Volume) -> None:
    make(volume.path / "catalog.sqlite")
    volume.make_read_only()
    with pytest.raises(CatalogError, match=r"cannot be written .*Read-only.* use --catalog FILE"):
        make(volume.path / "catalog.sqlite")


def test_a_full_disk_is_told_and_what_is_finished_is_kept(volume: Volume) -> None:
    catalog = volume.path / "catalog.sqlite"
    make(catalog)
    with pytest.raises(CatalogError, match=r"no room left .* kept: free some space"):
        store_much(catalog)
    assert check_catalog(catalog).faults == ()
    with open_for_reading(catalog) as db:
        (kept,) = db.execute("SELECT count(*) FROM contents").fetchone()
    assert 0 < kept < 1000


def test_a_disk_that_was_full_before_is_told(volume: Volume) -> None:
    volume.fill()
    with pytest.raises(CatalogError, match=r"no room left .* free some space"):
        make(volume.path / "catalog.sqlite")


def test_trouble_that_is_not_the_catalogs_is_not_blamed_on_it(catalog: Path) -> None:
    with pytest.raises(PermissionError), open_for_writing(catalog, holder="index"):
        raise PermissionError(13, "Permission denied", "/elsewhere")


def test_a_migration_that_fails_leaves_nothing_behind(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(catalog)

    def m999_fails(db: Database) -> None:
        db.execute("CREATE TABLE half (done INT)")
        db.execute("SELECT no_such_function()")

    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, m999_fails))
    with pytest.raises(CatalogError, match="no_such_function"):
        make(catalog)
    with closing(sqlite3.connect(catalog)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (LATEST,)
        assert (
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall() == []
        )


def test_migrating_twice_changes_nothing(catalog: Path) -> None:
    make(catalog)
    before = catalog.read_bytes()
    with open_for_writing(catalog, holder="index") as db:
        migrate(db)
    assert catalog.read_bytes() == before

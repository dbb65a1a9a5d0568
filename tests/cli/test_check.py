"""copyfind check: is the catalog sound, do files hold what it remembers."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing

import pytest

from tests.cli.conftest import Collection, Run


@pytest.mark.usefixtures("collection")
def test_a_sound_catalog_is_called_so(run: Run) -> None:
    ran = run("check")

    assert (ran.code, ran.out, ran.err) == (0, "", "the catalog is sound\n")


@pytest.mark.usefixtures("collection")
def test_deep_reads_every_file(run: Run) -> None:
    ran = run("check", "--deep")

    assert (ran.code, ran.err) == (0, "the catalog is sound, 10 files as remembered\n")


@pytest.fixture
def changed(run: Run, album: Collection) -> Collection:
    """A file that changed behind the back of its size and time, and one that is gone."""
    flipped = album.add("flipped.png")
    gone = album.add("gone.png", "chelsea")
    run("index", album.folder)
    status = flipped.stat()
    content = bytearray(flipped.read_bytes())
    content[-20] ^= 1
    flipped.write_bytes(content)
    os.utime(flipped, ns=(status.st_atime_ns, status.st_mtime_ns))
    gone.unlink()
    return album


@pytest.mark.usefixtures("changed")
def test_only_deep_finds_files_that_changed(run: Run) -> None:
    assert run("check").code == 0


def test_deep_names_what_changed_and_says_what_to_do(run: Run, changed: Collection) -> None:
    ran = run("check", "--deep")

    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"{changed.at('flipped.png')}: holds other bytes than when it was indexed",
        f"{changed.at('gone.png')}: gone",
        "bring the catalog up to date with: copyfind index FOLDER",
    ]


def test_what_is_wrong_is_told_in_spite_of_quiet(run: Run, changed: Collection) -> None:
    ran = run("check", "--deep", "--quiet")

    assert ran.code == 1
    assert f"{changed.at('gone.png')}: gone" in ran.err.splitlines()


@pytest.mark.usefixtures("changed")
def test_json_log_tells_errors_as_lines(run: Run) -> None:
    lines = [json.loads(line) for line in run("check", "--deep", "--json-log").err.splitlines()]

    assert [line["event"] for line in lines] == ["error", "error", "note"]


def test_a_damaged_descriptor_is_found(run: Run, album: Collection) -> None:
    album.add("a.png")
    run("index", album.folder)
    with closing(sqlite3.connect(album.catalog)) as db, db:
        db.execute("UPDATE descriptors SET vector = x'00'")

    ran = run("check")

    assert ran.code == 1
    assert "database: descriptor of content 1: 1 bytes where the model has 512" in ran.err
    assert f"move {album.catalog} away and index again; your photos are not affected" in ran.err


def test_a_named_catalog_is_the_one_checked(
    run: Run, collection: Collection, album: Collection
) -> None:
    del collection

    assert run("check", "--catalog", album.catalog).code == 1

"""copyfind prune: forget files that are gone, and delete no photo."""

from __future__ import annotations

import hashlib
import json

from copyfind.cli.options import cache_folder
from copyfind.collection.cache import open_cache
from tests.cli.conftest import Collection, Run


def files_and_contents(run: Run) -> tuple[int, int, int]:
    known = json.loads(run("status", "--format", "json").out)
    return known["files"], known["contents"], known["missing"]


def test_what_is_gone_is_forgotten_and_what_is_there_is_not(run: Run, album: Collection) -> None:
    kept = album.add("kept.png")
    gone = album.add("gone.png", "chelsea")
    run("index", album.folder)
    gone.unlink()
    run("index", album.folder)

    ran = run("prune")

    assert (ran.code, ran.err) == (0, "forgot 1 missing file and 1 content of theirs\n")
    assert files_and_contents(run) == (1, 1, 0)
    assert kept.is_file()


def test_thumbnails_of_what_is_gone_are_forgotten(run: Run, album: Collection) -> None:
    kept, gone = album.add("kept.png"), album.add("gone.png", "chelsea")
    hashes = [hashlib.sha256(path.read_bytes()).digest() for path in (kept, gone)]
    run("index", album.folder)
    gone.unlink()
    run("index", album.folder)

    run("prune")

    with open_cache(album.catalog, cache_folder()) as cached:
        assert list(cached.thumbnails(hashes)) == hashes[:1]


def test_there_may_be_nothing_to_forget(run: Run, album: Collection) -> None:
    album.add("kept.png")
    run("index", album.folder)

    ran = run("prune", "--catalog", album.catalog)

    assert (ran.code, ran.err) == (0, "forgot 0 missing files and 0 contents of theirs\n")


def test_without_a_catalog_none_is_made(run: Run, album: Collection) -> None:
    ran = run("prune")

    assert ran.code == 1
    assert "no catalog at" in ran.err
    assert not album.catalog.exists()

"""What version 0.1.0 left, catalog, plan, journal and manifest, is opened, applied and taken back.

Its files lie in `tests/golden/version-0.1.0`, as it wrote them, but for paths. The numbers that
volumes give to files are put in here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from copyfind.cleanup.emptying import empty
from copyfind.cleanup.journal import read_journal
from copyfind.cleanup.plan_file import plan_from_json
from copyfind.cleanup.undo import undo_journal
from copyfind.collection.database import LATEST, open_for_writing
from copyfind.pipeline.finding import find_copies
from copyfind.plans import Plan
from tests.cleanup.conftest import Album, Tree

GOLDEN = Path(__file__).parents[1] / "golden" / "version-0.1.0"
NAME = "20261128-133303-24e98077"  # of the journal
GONE = ("b/copy.png", "b/same.bmp", "b/other (1).jpg")  # in the order of its operations
SOURCES = {
    "a/keep.png": "keep.png",
    "a/other.jpg": "other.jpg",
    "b/copy.png": "keep.png",
    "b/other (1).jpg": "other.jpg",
}


@pytest.fixture
def noted() -> dict[int, tuple[str, int]]:
    """By the inode that 0.1.0 noted: the name of a photo and its time."""
    with closing(sqlite3.connect(":memory:")) as catalog:
        catalog.executescript((GOLDEN / "catalog.sql").read_text())
        rows = catalog.execute("SELECT inode, path, mtime_ns FROM files").fetchall()
    return {inode: (os.fsdecode(path).removeprefix("/photos/"), time) for inode, path, time in rows}


@pytest.fixture
def photos(album: Album, noted: dict[int, tuple[str, int]]) -> Tree:
    """The photos, as 0.1.0 found them."""
    for name, source in SOURCES.items():
        album.at(name).parent.mkdir(exist_ok=True)
        shutil.copyfile(GOLDEN / source, album.at(name))
    with Image.open(GOLDEN / "keep.png") as image:
        image.save(album.at("b/same.bmp"))
    for name, time in noted.values():
        os.utime(album.at(name), ns=(0, time))
    album.catalog.parent.mkdir(mode=0o700)
    return album.tree()


@pytest.fixture
def catalog(album: Album, photos: Tree, noted: dict[int, tuple[str, int]]) -> Path:
    """Its catalog."""
    assert photos
    folder = os.fsencode(album.folder)
    with closing(sqlite3.connect(album.catalog)) as catalog, catalog:
        catalog.executescript((GOLDEN / "catalog.sql").read_text())
        for table in ("files", "roots"):
            for (path,) in catalog.execute(f"SELECT path FROM {table}").fetchall():
                now = folder + path.removeprefix(b"/photos")
                catalog.execute(f"UPDATE {table} SET path = ? WHERE path = ?", (now, path))
        for name, _ in noted.values():
            here = album.found(name)
            catalog.execute(
                "UPDATE files SET device = ?, inode = ? WHERE path = ?",
                (here.device, here.inode, here.path),
            )
    return album.catalog


def today(document: Any, album: Album, noted: dict[int, tuple[str, int]]) -> Any:
    """The same, with the folder and the numbers of today."""
    if isinstance(document, list):
        return [today(one, album, noted) for one in document]
    if isinstance(document, str):
        return document.replace("/photos", str(album.folder), 1)
    if not isinstance(document, dict):
        return document
    said = {today(k, album, noted): today(v, album, noted) for k, v in document.items()}
    if document.get("inode") in noted:
        here = album.found(noted[document["inode"]][0])
        said |= {"device": here.device, "inode": here.inode}
    return said


def seal(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def plan(album: Album, noted: dict[int, tuple[str, int]]) -> Plan:
    """Its plan, under the seals that it would have now."""
    document = today(json.loads((GOLDEN / "plan.json").read_text()), album, noted)
    beside = ("schema", "about", "seal", "totals", "clusters", "left_alone")
    head = seal({key: value for key, value in document.items() if key not in beside})
    for cluster in document["clusters"]:
        for file in cluster["files"]:
            fixed = {k: v for k, v in file.items() if k not in ("do", "seal")}
            kept = file["do"] == "keep"
            file["seal"] = seal([head, cluster["id"], cluster["tier"], kept, fixed])
    return plan_from_json(json.dumps(document | {"seal": head}).encode(), version="0.1.0")


@pytest.fixture
def cleared(album: Album, photos: Tree, noted: dict[int, tuple[str, int]]) -> Tree:
    """The photos, cleared away by 0.1.0; what there was before."""
    lines = [json.loads(line) for line in (GOLDEN / "journal.jsonl").read_text().splitlines()]
    said = [json.dumps(today(line, album, noted)) + "\n" for line in lines]
    quarantine = album.at(".copyfind-quarantine") / NAME
    for number, name in enumerate(GONE, start=1):
        to = quarantine / str(number) / Path(name).name
        to.parent.mkdir(parents=True)
        album.at(name).rename(to)
    journal = album.catalog.with_name("catalog.sqlite.journals") / f"{NAME}.jsonl"
    journal.parent.mkdir()
    journal.write_text("".join(said))
    begun = [text for text, line in zip(said, lines, strict=True) if line["event"] != "done"]
    (quarantine / "manifest.jsonl").write_text("".join(begun))
    for path in (quarantine.parent, *quarantine.parent.rglob("*"), *journal.parent.rglob("*")):
        if path.is_dir() or path.suffix == ".jsonl":
            path.chmod(0o700 if path.is_dir() else 0o600)
    return photos


def clusters(catalog: Path) -> list[tuple[str, set[bytes]]]:
    found = find_copies(catalog, verify=False, tiers=("identical", "same-pixels"))  # type: ignore[arg-type] # words will do
    return sorted((c.id, {m.file.path for m in c.members}) for c in found.clusters)


def test_its_catalog_is_read_before_and_after_it_is_brought_up_to_date(
    album: Album, catalog: Path
) -> None:
    before = clusters(catalog)
    with open_for_writing(catalog, holder="index") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (LATEST,)

    assert clusters(catalog) == before
    assert [members for _, members in before] == [
        {album.path(name) for name in ("a/keep.png", "b/copy.png", "b/same.bmp")},
        {album.path(name) for name in ("a/other.jpg", "b/other (1).jpg")},
    ]


def test_its_plan_is_applied_and_taken_back(
    album: Album, photos: Tree, noted: dict[int, tuple[str, int]]
) -> None:
    applied = album.apply(plan(album, noted))

    assert (len(applied.done), applied.skipped) == (3, [])
    assert not any(album.at(name).exists() for name in GONE)
    assert all(undone.failed == [] for undone in album.undo())
    assert album.tree() == photos


def test_what_it_cleared_away_is_known_and_taken_back(
    album: Album, cleared: Tree, noted: dict[int, tuple[str, int]]
) -> None:
    assert [len(undone.done) for undone in album.undo()] == [3]
    assert album.tree() == cleared
    assert len(album.apply(plan(album, noted)).done) == 3


def test_so_it_is_by_its_manifest_alone(album: Album, cleared: Tree) -> None:
    shutil.rmtree(album.catalog.parent)
    known = album.surroundings()
    manifest = album.path(f".copyfind-quarantine/{NAME}/manifest.jsonl")

    undone = undo_journal(read_journal(manifest, known.files), known)

    assert (len(undone.done), undone.failed) == (3, [])
    assert album.tree() == cleared


def test_it_is_emptied_only_while_what_was_kept_is_there(album: Album, cleared: Tree) -> None:
    assert len(cleared) == 7
    album.at("a/keep.png").write_bytes(b"another picture")

    emptied = empty(album.surroundings(), older_than=timedelta(0))

    assert [Path(os.fsdecode(one.entry.operation.file.path)).name for one in emptied.done] == [
        "other (1).jpg"
    ]
    assert len(emptied.kept) == 2
    assert album.at(f".copyfind-quarantine/{NAME}/1/copy.png").exists()

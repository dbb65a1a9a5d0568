"""A folder is scanned while the page is open, and what changes meanwhile is noticed."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import Any

import pytest

from copyfind.collection.decisions import store_decisions
from copyfind.pipeline.indexing import index_folders
from tests.review.conftest import Reviewed, Shelf, Start


def pulse(review: Reviewed) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(review.ask("/api/pulse")[2])
    return told


def ended(review: Reviewed) -> dict[str, Any]:
    for _ in range(2400):
        if not (now := pulse(review))["running"]:
            return now
        time.sleep(0.1)
    raise AssertionError("the scan does not end")


def test_what_a_scan_finds_lies_on_the_desk(start: Start, own_shelf: Shelf) -> None:
    review = start(of=own_shelf)
    review.post("/api/mark-safe", {"clusters": [0, 1], "edition": 1})
    card = own_shelf.folder.parent / "card"
    card.mkdir()
    shutil.copy(own_shelf.folder / "camera" / "cat.png", card / "cat on a card.png")

    status, said = review.post("/api/scan", {"folder": str(card)})
    now = ended(review)

    assert (status, said["running"]) == (200, True)
    assert (now["edition"], now["failed"], now["changed"]) == (2, False, False)
    assert "1 picture met, 1 read" in now["said"]
    assert json.loads(review.ask("/api/overview")[2])["totals"]["files"] == 3  # choices stay
    names = {os.fsdecode(m.file.path) for c in review.desk.findings.clusters for m in c.members}
    assert str(card / "cat on a card.png") in names


def test_a_change_by_others_is_noticed_and_its_own_are_not(start: Start, own_shelf: Shelf) -> None:
    review = start(of=own_shelf)
    assert pulse(review)["changed"] is False

    index_folders([os.fsencode(own_shelf.folder)], catalog=own_shelf.catalog, workers=1)
    assert pulse(review)["changed"] is True

    review.post("/api/scan", {})
    assert ended(review)["changed"] is False


def test_what_the_page_says_of_pairs_is_no_news(start: Start, own_shelf: Shelf) -> None:
    review = start(of=own_shelf)
    pair = (b"\1" * 32, b"\2" * 32)

    with review.desk.telling():
        store_decisions(own_shelf.catalog, [pair])

    assert pulse(review)["changed"] is False


@pytest.mark.parametrize(
    "folder", ["", "photos", "/nowhere/at/all", "~nobody/x", "/\0", "/\ud800", 7]
)
def test_only_folders_are_scanned(start: Start, folder: object) -> None:
    review = start()

    assert review.post("/api/scan", {"folder": folder})[0] in (400, 409)
    assert pulse(review)["running"] is False


def test_where_others_see_the_page_only_indexed_folders_are_scanned(
    start: Start, own_shelf: Shelf
) -> None:
    review = start(of=own_shelf, anywhere=False)

    status, said = review.post("/api/scan", {"folder": str(own_shelf.folder.parent)})

    assert status == 409
    assert "only folders that were indexed" in said["error"]

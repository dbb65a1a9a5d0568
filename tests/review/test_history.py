"""The journals as a page shows them."""

from __future__ import annotations

import json

from tests.review.conftest import Reviewed, Shelf, Start


def cleared(start: Start, shelf: Shelf) -> tuple[Reviewed, str]:
    """A review in which three copies were cleared away, and the name of the journal."""
    review = start(of=shelf)
    review.post("/api/mark-safe", {"clusters": [0, 1], "edition": 1})
    _, plan = review.post("/api/plan", {"kind": "quarantine"})
    _, done = review.post("/api/plan/apply", {"plan": plan["plan"]})
    return review, done["journal"]


def test_what_was_cleared_away_is_listed_and_undone_from_there(
    start: Start, own_shelf: Shelf
) -> None:
    review, name = cleared(start, own_shelf)

    (listed,) = json.loads(review.ask("/api/journal")[2])["journals"]
    files = json.loads(review.ask(f"/api/journal/{name}")[2])
    review.post("/api/take-back", {"journal": name})
    (after,) = json.loads(review.ask("/api/journal")[2])["journals"]

    assert (listed["name"], listed["files"], listed["undoable"]) == (name, 3, True)
    assert files["files"] == 3
    assert {one["reason"] for one in files["named"]} == {"quarantine, can be undone"}
    assert (after["undoable"], after["stands"]) == (False, "undone")
    assert (own_shelf.folder / "copies" / "cat again.png").exists()


def test_a_journal_is_no_way_to_other_files(start: Start) -> None:
    review = start()

    assert json.loads(review.ask("/api/journal")[2]) == {"journals": [], "left_out": []}
    assert review.ask("/api/journal/..%2f..%2fetc%2fpasswd")[0] in (404, 409)
    assert review.ask("/api/journal/none")[0] == 409

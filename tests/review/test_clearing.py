"""From the page to the files and back: what was shown is what is done, all of it checked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.review.conftest import Reviewed, Shelf, Start


def tree(shelf: Shelf) -> dict[str, bytes]:
    """Every file below the folder that is not hidden, with its bytes."""
    return {
        str(path.relative_to(shelf.folder)): path.read_bytes()
        for path in sorted(shelf.folder.rglob("*"))
        if path.is_file()
        and not any(p.startswith(".") for p in path.relative_to(shelf.folder).parts)
    }


@pytest.fixture
def review(start: Start, own_shelf: Shelf) -> Reviewed:
    """All three proven copies are marked."""
    review = start(of=own_shelf)
    every = list(range(len(review.findings.clusters)))
    marked = review.post("/api/mark-safe", {"clusters": every, "edition": 1})[1]
    assert marked["totals"]["files"] == 3
    return review


def shown(review: Reviewed, kind: str = "quarantine") -> dict[str, Any]:
    status, plan = review.post("/api/plan", {"kind": kind})
    assert status == 200
    assert isinstance(plan, dict)
    return plan


def test_showing_a_plan_changes_nothing(review: Reviewed, own_shelf: Shelf) -> None:
    before = tree(own_shelf)

    plan = shown(review)

    assert (plan["files"], plan["clusters"]) == (3, 2)
    assert plan["tiers"] == {"identical": 1, "same-pixels": 2}
    assert tree(own_shelf) == before


def test_a_rehearsal_changes_nothing(review: Reviewed, own_shelf: Shelf) -> None:
    before = tree(own_shelf)

    status, said = review.post("/api/plan/rehearse", {"plan": shown(review)["plan"]})

    assert (status, said["files"], said["skipped"]["files"]) == (200, 3, 0)
    assert tree(own_shelf) == before


def test_applied_and_taken_back_the_files_are_as_they_were(
    review: Reviewed, own_shelf: Shelf
) -> None:
    before = tree(own_shelf)

    status, done = review.post("/api/plan/apply", {"plan": shown(review)["plan"]})
    assert (status, done["files"], done["totals"]["files"]) == (200, 3, 0)
    assert len(review.desk.cleared) == 3
    assert len(tree(own_shelf)) == len(before) - 3

    status, back = review.post("/api/take-back", {"journal": done["journal"]})
    assert (status, back["files"], back["totals"]["files"]) == (200, 3, 3)
    assert tree(own_shelf) == before


def test_a_file_that_changed_meanwhile_stays_with_its_cluster(
    review: Reviewed, own_shelf: Shelf
) -> None:
    plan = shown(review)
    (own_shelf.folder / "copies" / "cat again.png").write_bytes(b"something else now")

    _, done = review.post("/api/plan/apply", {"plan": plan["plan"]})

    assert (done["files"], done["skipped"]["files"]) == (2, 1)
    assert done["skipped"]["named"][0]["path"].endswith("cat again.png")
    assert (own_shelf.folder / "copies" / "cat again.png").read_bytes() == b"something else now"


def test_other_choices_void_the_plan_that_was_shown(review: Reviewed, own_shelf: Shelf) -> None:
    plan = shown(review)
    review.post("/api/undo", {})
    before = tree(own_shelf)

    status, said = review.post("/api/plan/apply", {"plan": plan["plan"]})

    assert status == 409
    assert said["error"].startswith("the choices have changed")
    assert tree(own_shelf) == before


@pytest.mark.parametrize("name", ["", "0" * 64, "../plan"])
def test_only_the_plan_that_was_shown_is_applied(review: Reviewed, name: str) -> None:
    assert review.post("/api/plan/apply", {"plan": name})[0] == 409


@pytest.mark.parametrize("kind", ["delete", "symlink", "move", "", "burn"])
def test_nothing_is_done_that_cannot_be_undone(review: Reviewed, kind: str) -> None:
    status, said = review.post("/api/plan", {"kind": kind})

    assert status == 409
    assert "cannot be done from here" in said["error"]


def test_links_are_made_of_equal_bytes_only(review: Reviewed) -> None:
    plan = shown(review, "hardlink")

    assert (plan["files"], plan["left"]["files"]) == (2, 1)
    assert "only files with the same bytes become links" in plan["left"]["named"][0]["reason"]


def test_the_plan_can_be_taken_along(review: Reviewed, tmp_path: Path) -> None:
    plan = shown(review)

    status, headers, text = review.ask(f"/plan/{plan['plan']}/plan.json")
    _, saved = review.post("/api/plan/save", {"plan": plan["plan"]})
    _, again = review.post("/api/plan/save", {"plan": plan["plan"]})

    assert (status, headers["content-disposition"]) == (200, 'attachment; filename="plan.json"')
    assert json.loads(text)["schema"] == "copyfind.plan/1"
    assert Path(saved["path"]).read_bytes() == text
    assert Path(again["path"]) == tmp_path / "plan-2.json"  # nothing is written over


def test_what_is_away_is_known_after_a_restart(
    review: Reviewed, start: Start, own_shelf: Shelf
) -> None:
    review.post("/api/plan/apply", {"plan": shown(review)["plan"]})

    again = start(of=own_shelf)

    assert len(again.desk.cleared) == 3
    assert json.loads(again.ask("/api/overview")[2])["totals"]["files"] == 0


@pytest.mark.parametrize("name", ["", "../../catalog.sqlite", "/etc/passwd", "20260101-0000"])
def test_only_what_is_in_a_journal_of_this_catalog_is_taken_back(
    review: Reviewed, name: str
) -> None:
    status, said = review.post("/api/take-back", {"journal": name})

    assert status == 409
    assert "copyfind journal" in said["error"]


def test_not_a_copy_is_a_decision_that_undo_forgets(start: Start) -> None:
    review = start()
    cluster = next(c for c in review.findings.clusters if len(c.members) == 4)
    card = review.desk.cluster(cluster.id)["members"]
    assert isinstance(card, list)
    tiff = next(m for m in card if m["tier"] == "same-pixels")

    review.post("/api/choose", {"changes": {tiff["key"]: "not-a-copy"}})
    assert len(review.said) >= 1

    review.post("/api/undo", {})
    assert review.said == []

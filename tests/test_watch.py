"""Who follows a run is told, and may stop it; where nobody follows, nothing happens."""

from __future__ import annotations

import pytest

from copyfind.errors import Interrupted
from copyfind.watch import NOBODY, Progress, Stage, Watch, counted_in


def test_it_is_told_how_far_a_stage_is() -> None:
    told: list[Progress] = []

    Watch(on_progress=told.append).show(Stage.READ, 3, 7, size=10, total_size=20)

    assert told == [Progress(Stage.READ, 3, 7, 10, 20)]


def test_every_stage_says_what_it_counts() -> None:
    assert counted_in(Stage.VERIFY) == "pair"
    assert {counted_in(stage) for stage in Stage} == {"file", "picture", "pair", "group", "row"}
    assert counted_in("distill") == ""


def test_it_is_told_what_happened() -> None:
    told: list[str] = []

    Watch(on_note=told.append).note("nothing new")

    assert told == ["nothing new"]


def asked_to_stop() -> Watch:
    return Watch(should_stop=lambda: True)


def test_a_run_that_is_asked_to_stop_says_how_to_go_on() -> None:
    with pytest.raises(Interrupted, match=r"^stopped; run the same command again to go on$"):
        asked_to_stop().check()


def test_it_says_where_it_was_stopped_and_what_is_kept() -> None:
    with pytest.raises(Interrupted, match=r"^stopped after 3 of 7, all kept; run the same command"):
        asked_to_stop().check("after 3 of 7, all kept")


def test_it_may_go_on_in_another_way() -> None:
    with pytest.raises(Interrupted, match=r"^stopped; nothing was written$"):
        asked_to_stop().check(then="nothing was written")


def test_a_stage_of_several_parts_is_counted_as_one() -> None:
    told: list[Progress] = []

    for part in Watch(on_progress=told.append).counting(Stage.SEARCH).split(2):
        part.show(1, 5)
        part.show(5, 5)

    assert [(p.stage, p.files, p.total_files) for p in told] == [
        (Stage.SEARCH, done, 5) for done in (0, 2, 3, 5)
    ]


def test_a_part_may_have_parts_of_its_own() -> None:
    told: list[Progress] = []

    first, second = Watch(on_progress=told.append).counting(Stage.SEARCH).split(2)
    for part in (*first.split(2), second):
        part.show(8, 8)

    assert [p.files for p in told] == [2, 4, 8]


def test_who_counts_a_stage_may_be_asked_to_stop() -> None:
    with pytest.raises(Interrupted, match=r"^stopped while searching copies; run the same command"):
        asked_to_stop().counting(Stage.SEARCH).show(1, 5)


def test_where_nobody_follows_nothing_happens() -> None:
    NOBODY.show(Stage.SCAN, 1)
    NOBODY.note("scanned")
    NOBODY.check()

"""Which clusters a list holds, in which order, and what a row says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.records import Findings
from copyfind.review.choices import Choices
from copyfind.review.desk import Desk, Refusal
from copyfind.review.listing import Asked, Lists
from tests.making import made_findings, made_proofs

FIRST, HARBOUR, SHOTS = range(3)  # numbers of the clusters


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    first, others = made_findings(), made_proofs()
    both = replace(first, clusters=(*first.clusters, *others.clusters), roots=(b"/photos", b"/web"))
    return Desk(both, Choices(tmp_path / "choices.jsonl"))


def order(desk: Desk, **words: str) -> list[int]:
    return Lists(desk).now().order(Asked.of(words), desk.stands)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ({}, [FIRST, HARBOUR, SHOTS]),
        ({"tier": "edited"}, [HARBOUR]),
        ({"folder": "SOMMER"}, [FIRST]),
        ({"folder": "web"}, [FIRST, HARBOUR]),
        ({"format": "PNG"}, [FIRST]),
        ({"camera": "Camera One"}, [FIRST, HARBOUR, SHOTS]),
        ({"camera": "another"}, []),
        ({"least": "4.15MB"}, [FIRST, HARBOUR]),
        ({"since": "2019-07-22"}, [FIRST, HARBOUR, SHOTS]),
        ({"until": "2019-07-20"}, []),
        ({"sort": "members", "tier": "edited"}, [HARBOUR]),
        ({"sort": "largest"}, [FIRST, HARBOUR, SHOTS]),
        ({"sort": "folder"}, [FIRST, HARBOUR, SHOTS]),
        ({"sort": "gain"}, [FIRST, HARBOUR, SHOTS]),
    ],
)
def test_filters_and_orders(desk: Desk, words: dict[str, str], numbers: list[int]) -> None:
    assert order(desk, **words) == numbers


def test_what_is_decided_is_a_filter(desk: Desk) -> None:
    desk.choose({desk.findings.clusters[SHOTS].id: "skip"})
    desk.choose(dict.fromkeys(desk.laid.keys[HARBOUR][1:], "keep"))

    assert order(desk, which="skip") == [SHOTS]
    assert order(desk, which="done") == [HARBOUR]
    assert order(desk, which="open") == [FIRST]


@pytest.mark.parametrize(
    "words", [{"sort": "colour"}, {"which": "both"}, {"least": "big"}], ids=str
)
def test_nonsense_is_refused_in_words(desk: Desk, words: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        order(desk, **words)


def test_a_row_names_the_file_that_is_kept_and_its_folder(desk: Desk) -> None:
    (row,) = Lists(desk).now().rows([HARBOUR])

    assert (row["name"], row["folder"], row["members"]) == ("harbour.jpg", "/photos", 5)
    assert row["id"] == desk.findings.clusters[HARBOUR].id
    assert isinstance(row["pictures"], list)
    assert len(row["pictures"]) == 2


def test_there_are_rows_of_clusters_alone(desk: Desk) -> None:
    with pytest.raises(Refusal, match="no such cluster"):
        Lists(desk).now().rows([3])


def test_folders_are_offered_up_to_what_was_indexed(desk: Desk) -> None:
    listing = Lists(desk).now()

    assert listing.choices["folders"] == [
        *("/photos", "/backup", "/photos/Sommer [bold]", "/photos/web", "/web"),
    ]
    assert listing.folder("/photos/") == (b"/photos",)
    with pytest.raises(Refusal, match="no picture of these clusters"):
        listing.folder("/etc")


def test_other_findings_have_a_list_of_their_own(desk: Desk) -> None:
    lists = Lists(desk)
    lists.now()

    desk.lay(without_clusters(desk.findings))

    assert lists.now().order(Asked.of({}), desk.stands) == []


def without_clusters(findings: Findings) -> Findings:
    return replace(findings, clusters=())

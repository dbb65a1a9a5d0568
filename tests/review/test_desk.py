"""What may be decided, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.records import Findings, Tier
from copyfind.review.choices import Choices
from copyfind.review.desk import Desk, Refusal, key_of
from tests.making import made_findings

KEEPER, LINK, TWIN, PNG, SMALL = range(5)  # members of the made findings


@pytest.fixture
def findings() -> Findings:
    return made_findings()


@pytest.fixture
def keys(findings: Findings) -> list[str]:
    return [key_of(member) for member in findings.clusters[0].members]


@pytest.fixture
def desk(findings: Findings, tmp_path: Path) -> Desk:
    return Desk(findings, Choices(tmp_path / "choices.jsonl"))


def marked(desk: Desk) -> list[bytes]:
    return [member.file.path for _, member in desk.redundant()]


def test_nothing_is_marked_by_itself(desk: Desk) -> None:
    assert desk.totals() == {"files": 0, "bytes": 0, "clusters": 0, "tiers": {}}


def test_marked_files_are_summed(desk: Desk, keys: list[str]) -> None:
    desk.choose({keys[TWIN]: "redundant", keys[PNG]: "redundant"})

    assert desk.totals() == {
        "files": 2,
        "bytes": 14_100_000,
        "clusters": 1,
        "tiers": {"identical": 1, "same-pixels": 1},
    }


def test_the_keeper_may_be_another_one(desk: Desk, keys: list[str], findings: Findings) -> None:
    desk.choose({keys[TWIN]: "keep", keys[KEEPER]: "redundant"})

    assert marked(desk) == [findings.clusters[0].keeper.file.path]


def test_one_picture_of_every_cluster_stays(desk: Desk, keys: list[str]) -> None:
    desk.choose({keys[TWIN]: "redundant", keys[PNG]: "redundant"})

    with pytest.raises(Refusal, match="one picture of every cluster stays"):
        desk.choose({keys[KEEPER]: "redundant"})
    assert len(marked(desk)) == 2


def test_what_is_no_copy_cannot_be_what_stays(desk: Desk, keys: list[str]) -> None:
    desk.choose({keys[TWIN]: "redundant", keys[PNG]: "not-a-copy"})

    with pytest.raises(Refusal, match="one picture of every cluster stays"):
        desk.choose({keys[KEEPER]: "redundant"})


def test_what_is_not_proven_stays(desk: Desk, keys: list[str]) -> None:
    with pytest.raises(Refusal, match="nothing proves"):
        desk.choose({keys[SMALL]: "redundant"})


def test_what_belongs_to_another_one_says_so(findings: Findings, tmp_path: Path) -> None:
    (cluster,) = findings.clusters
    members = list(cluster.members)
    members[SMALL] = replace(members[SMALL], reason="RAW+JPEG pair of a.dng")
    told = replace(findings, clusters=(replace(cluster, members=tuple(members)),))
    desk = Desk(told, Choices(tmp_path / "choices.jsonl"))

    with pytest.raises(Refusal, match=r"it is kept: RAW\+JPEG pair of a\.dng"):
        desk.choose({key_of(members[SMALL]): "redundant"})


@pytest.fixture
def likely(findings: Findings) -> Findings:
    """The made findings, in which the small picture is likely a copy."""
    (cluster,) = findings.clusters
    small = cluster.members[SMALL]
    assert small.evidence is not None
    told = replace(small, evidence=replace(small.evidence, tier=Tier.LIKELY))
    members = (*cluster.members[:SMALL], told, *cluster.members[SMALL + 1 :])
    return replace(findings, clusters=(replace(cluster, members=members),))


def test_a_likely_copy_is_marked_one_by_one(
    likely: Findings, keys: list[str], tmp_path: Path
) -> None:
    desk = Desk(likely, Choices(tmp_path / "choices.jsonl"))

    desk.mark_safe([0])
    assert likely.clusters[0].members[SMALL].file.path not in marked(desk)

    desk.choose({keys[SMALL]: "redundant"})
    assert likely.clusters[0].members[SMALL].file.path in marked(desk)


def test_a_likely_copy_cannot_be_what_stays(
    likely: Findings, keys: list[str], tmp_path: Path
) -> None:
    desk = Desk(likely, Choices(tmp_path / "choices.jsonl"))
    desk.choose({keys[TWIN]: "redundant", keys[PNG]: "redundant", keys[SMALL]: "redundant"})

    with pytest.raises(Refusal, match="one picture of every cluster stays"):
        desk.choose({keys[KEEPER]: "redundant"})
    desk.choose({keys[SMALL]: "keep"})
    with pytest.raises(Refusal, match="one picture of every cluster stays"):
        desk.choose({keys[KEEPER]: "redundant"})


def test_a_hard_link_frees_nothing(desk: Desk, keys: list[str]) -> None:
    with pytest.raises(Refusal, match="the same file under another name"):
        desk.choose({keys[LINK]: "redundant"})


@pytest.mark.parametrize("word", ["delete", "", "skip", "REDUNDANT"])
def test_other_words_are_no_choices(desk: Desk, keys: list[str], word: str) -> None:
    with pytest.raises(Refusal):
        desk.choose({keys[TWIN]: word})


@pytest.mark.parametrize("key", ["", "/etc/passwd", "0" * 24, "../catalog.sqlite"])
def test_only_what_is_on_the_desk_can_be_decided(desk: Desk, key: str) -> None:
    with pytest.raises(Refusal, match="no such file"):
        desk.choose({key: "redundant"})


def test_a_cluster_is_skipped(desk: Desk, findings: Findings) -> None:
    state = desk.choose({findings.clusters[0].id: "skip"})

    touched = state["touched"]
    assert isinstance(touched, list)
    assert [(one["stand"], one["choices"]) for one in touched] == [
        ("s", {findings.clusters[0].id: "skip"})
    ]
    with pytest.raises(Refusal):
        desk.choose({findings.clusters[0].id: "redundant"})


def test_an_unknown_cluster_is_refused(desk: Desk) -> None:
    with pytest.raises(Refusal, match="no such cluster"):
        desk.cluster("c-none")


def test_proven_copies_are_marked_together_and_taken_back_together(
    desk: Desk,
) -> None:
    desk.mark_safe([0])
    assert len(marked(desk)) == 2

    desk.undo()
    assert marked(desk) == []


def test_marking_many_leaves_alone_what_is_decided(
    desk: Desk, keys: list[str], findings: Findings
) -> None:
    desk.choose({keys[TWIN]: "keep"})

    desk.mark_safe([0])

    assert marked(desk) == [findings.clusters[0].members[PNG].file.path]


def test_undo_says_where_it_was(desk: Desk, keys: list[str], findings: Findings) -> None:
    desk.choose({keys[TWIN]: "redundant"})

    assert desk.undo()["cluster"] == findings.clusters[0].id


def test_what_is_kept_of_other_findings_does_not_count(
    findings: Findings, tmp_path: Path, keys: list[str]
) -> None:
    choices = Choices(tmp_path / "choices.jsonl")
    Desk(findings, choices).choose({keys[TWIN]: "redundant"})

    elsewhere = Desk(replace(findings, clusters=()), choices)

    assert elsewhere.totals()["files"] == 0


def test_the_page_never_learns_a_way_to_name_a_path(desk: Desk, findings: Findings) -> None:
    card = desk.cluster(findings.clusters[0].id)

    members = card["members"]
    assert isinstance(members, list)
    assert all(len(m["key"]) == 24 and len(m["picture"]) == 64 for m in members)

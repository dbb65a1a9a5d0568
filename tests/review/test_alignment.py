"""How the pictures of a cluster lie on each other."""

from __future__ import annotations

from copyfind.records import Cluster, Evidence, Member, Role, Tier
from copyfind.review.alignment import alignments
from tests.making import made_content, made_file, made_findings


def test_identical_pictures_lie_on_each_other() -> None:
    findings = made_findings()
    found = alignments(findings.clusters[0])

    members = findings.clusters[0].members
    assert set(found) == {m.file.path for m in members[:4]}  # not what nothing proves


def test_members_tied_in_a_ring_do_no_harm() -> None:
    one, two, three = (made_file(f"/{n}.jpg", inode=n) for n in (1, 2, 3))
    tie = Tier.IDENTICAL
    cluster = Cluster(
        "c-1",
        tie,
        (
            Member(one, made_content(1, one), Role.KEEPER, "x"),
            Member(two, made_content(2, two), Role.REDUNDANT, None, Evidence(three.path, tie, 1.0)),
            Member(
                three, made_content(3, three), Role.REDUNDANT, None, Evidence(two.path, tie, 1.0)
            ),
        ),
        0,
    )

    assert set(alignments(cluster)) == {one.path}

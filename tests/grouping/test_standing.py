"""What may go of a cluster by default, what with consent, and what never."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.cleanup.plan import Origin, Wishes, plan_copies
from copyfind.grouping.standing import with_standing
from copyfind.grouping.surplus import with_surplus_kept
from copyfind.plans import Unit
from copyfind.records import EXACT, PROVEN, Cluster, Evidence, Extra, Role, Standing, Tier
from tests.grouping.making import keeper, made_cluster, pairs, tied
from tests.making import made_findings

SAFE, CONSENT, NEVER = Standing.SAFE, Standing.CONSENT, Standing.NEVER
ORIGIN = Origin("2026-11-21T10:00:00Z", "0.1.0", "state")


def standing(cluster: Cluster) -> dict[str, Standing | None]:
    return {member.file.path.decode(): member.standing for member in cluster.members}


def test_each_tier_has_its_standing() -> None:
    cluster = made_cluster(
        keeper("/keeper", 1, pixels=b"p"),
        tied("/twin", 1, "/keeper", Tier.IDENTICAL, pixels=b"p"),
        tied("/png", 2, "/keeper", Tier.SAME_PIXELS, pixels=b"p"),
        tied("/near", 3, "/keeper", Tier.NEAR),
        tied("/edited", 4, "/keeper", Tier.EDITED),
        tied("/likely", 5, "/keeper", Tier.LIKELY, role=Role.RELATED),
        tied("/series", 6, "/keeper", Tier.SERIES, role=Role.RELATED),
        tied("/reference", 1, "/keeper", Tier.IDENTICAL, role=Role.REFERENCE),
    )

    (found,) = with_standing([cluster])

    assert standing(found) == {
        "/keeper": None,
        "/twin": SAFE,
        "/png": SAFE,
        "/near": CONSENT,
        "/edited": CONSENT,
        "/likely": NEVER,
        "/series": NEVER,
        "/reference": None,
    }
    assert found.reclaimable_bytes == 4000


def test_the_twin_of_an_edited_copy_is_safe_because_that_copy_stays() -> None:
    cluster = made_cluster(
        keeper("/keeper", 1),
        tied("/edited", 2, "/keeper", Tier.EDITED),
        tied("/twin", 2, "/edited", Tier.IDENTICAL),
    )

    (found,) = with_standing([cluster])

    assert standing(found) == {"/keeper": None, "/edited": CONSENT, "/twin": SAFE}


def test_a_file_with_several_names_frees_nothing() -> None:
    one, other = (
        tied("/name", 1, "/keeper", Tier.IDENTICAL),
        tied("/other name", 1, "/name", Tier.IDENTICAL, role=Role.LINKED),
    )
    linked = [replace(m, file=replace(m.file, inode=7)) for m in (one, other)]

    (found,) = with_standing([made_cluster(keeper("/keeper", 1), *linked)])

    assert standing(found) == {"/keeper": None, "/name": NEVER, "/other name": None}
    assert found.reclaimable_bytes == 0
    assert [m.reason for m in found.members[1:]] == ["hard links of it stay", None]


def test_what_lies_in_a_library_or_has_a_link_for_a_sidecar_never_goes() -> None:
    cluster = made_cluster(keeper("/keeper", 1), tied("/twin", 1, "/keeper", Tier.IDENTICAL))

    (found,) = with_standing([cluster], barred={b"/twin"})

    assert standing(found)["/twin"] is NEVER


@pytest.mark.parametrize("passing", [b"/keeper", b"/twin"])
def test_what_is_in_a_snapshot_neither_goes_nor_holds_a_picture(passing: bytes) -> None:
    cluster = made_cluster(keeper("/keeper", 1), tied("/twin", 1, "/keeper", Tier.IDENTICAL))

    (found,) = with_standing([cluster], passing={passing})

    assert standing(found)["/twin"] is NEVER


def test_a_raw_goes_no_sooner_than_its_jpeg() -> None:
    raws = made_cluster(keeper("/1.NEF", 1), tied("/2.NEF", 1, "/1.NEF", Tier.IDENTICAL))
    jpegs = made_cluster(keeper("/1.JPG", 2), tied("/2.JPG", 3, "/1.JPG", Tier.NEAR))

    found = with_standing([raws, jpegs], pairs(("/1.NEF", "/1.JPG"), ("/2.NEF", "/2.JPG")))

    assert standing(found[0])["/2.NEF"] is CONSENT
    assert standing(found[1])["/2.JPG"] is CONSENT


def test_a_unit_without_partners_changes_nothing() -> None:
    cluster = made_cluster(keeper("/keeper", 1), tied("/twin", 1, "/keeper", Tier.IDENTICAL))

    (found,) = with_standing([cluster], {b"/twin": Unit(b"/twin")})

    assert standing(found)["/twin"] is SAFE


EXTRA = Extra("a gain map", "aa")
MEMBERS = st.lists(
    st.tuples(
        st.sampled_from([Tier.IDENTICAL, Tier.SAME_PIXELS, *Tier]),
        st.sampled_from([Role.REDUNDANT, Role.REDUNDANT, Role.RELATED, Role.REFERENCE]),
        st.integers(0, 5),  # the member before that it is tied to
        st.sampled_from([(), (EXTRA,)]),
    ),
    min_size=1,
    max_size=6,
)


def drawn(members: list[tuple[Tier, Role, int, tuple[Extra, ...]]]) -> Cluster:
    """A cluster whose members are tied as drawn: of equal bytes or pixels where the tie says so."""
    made = [keeper("/0", 1, pixels=b"pixels 1")]
    for number, (tier, role, to, surplus) in enumerate(members, start=1):
        other = made[min(to, number - 1)]
        path = other.file.path.decode()
        member = tied(f"/{number}", number + 1, path, tier, role=role, surplus=surplus)
        content = replace(member.content, pixels=b"pixels %d" % (number + 1))
        if tier is Tier.IDENTICAL:
            content = other.content
        elif tier is Tier.SAME_PIXELS:
            content = replace(content, pixels=other.content.pixels)
        if not tier.is_proven:
            member = replace(member, role=Role.RELATED)
        made.append(replace(member, content=content))
    return made_cluster(*made)


@given(clusters=st.lists(MEMBERS, max_size=2))
def test_a_plan_takes_what_is_safe_and_with_consent_all_that_may_go(
    clusters: list[list[tuple[Tier, Role, int, tuple[Extra, ...]]]],
) -> None:
    apart = []
    for place, members in enumerate(clusters):
        cluster = drawn(members)
        moved = tuple(
            replace(
                m,
                file=replace(m.file, path=b"/%d%b" % (place, m.file.path)),
                evidence=m.evidence and moved_to(m.evidence, place),
            )
            for m in cluster.members
        )
        apart.append(replace(cluster, members=moved))
    found = with_standing(with_surplus_kept(apart))
    findings = replace(made_findings(), clusters=tuple(found))

    for tiers, standings in ((EXACT, {SAFE}), (PROVEN, {SAFE, CONSENT})):
        plan = plan_copies(findings, Wishes(tiers=tiers), ORIGIN)
        goes = {action.file.path for action in plan.actions}
        assert goes == {m.file.path for c in found for m in c.members if m.standing in standings}


def moved_to(evidence: Evidence, place: int) -> Evidence:
    return replace(evidence, to=b"/%d%b" % (place, evidence.to))

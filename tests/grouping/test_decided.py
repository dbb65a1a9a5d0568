"""What a person has said of two pictures stands in every report."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from copyfind.grouping.decided import as_decided
from copyfind.records import Cluster, Pair, Role, Tier, ordered
from tests.grouping.making import keeper, made_cluster, tied, told


def said(*pairs: Pair) -> list[Pair]:
    """Pairs of contents that are no copies."""
    return [ordered(a, b) for a, b in pairs]


def test_without_decisions_nothing_changes() -> None:
    cluster = made_cluster(keeper("/a", 1), tied("/b", 2, "/a"))
    assert as_decided([cluster], []) == (cluster,)
    assert as_decided([cluster], said((1, 3))) == (cluster,)


def test_two_that_are_not_copies_are_no_cluster() -> None:
    cluster = made_cluster(keeper("/a", 1), tied("/b", 2, "/a"))
    assert as_decided([cluster], said((1, 2))) == ()


def test_a_new_member_brings_them_back_and_the_decision_with_them() -> None:
    cluster = made_cluster(keeper("/a", 1), tied("/b", 2, "/a"), tied("/new", 3, "/a"))

    (found,) = as_decided([cluster], said((1, 2)))

    assert told(found) == {
        "/a": ("keeper", None, None),
        "/new": ("redundant", "near /a", None),
        "/b": ("related", "near /a", "you decided: not a copy of a"),
    }


def test_what_was_tied_only_to_the_one_set_apart_goes_with_it() -> None:
    cluster = made_cluster(keeper("/a", 1), tied("/b", 2, "/a"), tied("/c", 3, "/b"))

    (found,) = as_decided([cluster], said((1, 2)))

    assert {p: role for p, (role, _, _) in told(found).items()} == {
        "/b": "keeper",
        "/c": "redundant",
    }


def test_copies_of_the_one_set_apart_stay_its_copies() -> None:
    cluster = made_cluster(
        keeper("/a", 1),
        tied("/a2", 1, "/a", Tier.IDENTICAL),
        tied("/b", 2, "/a"),
        tied("/b2", 2, "/b", Tier.IDENTICAL),
    )

    found = as_decided([cluster], said((1, 2)))

    assert [set(told(c)) for c in found] == [{"/a", "/a2"}, {"/b", "/b2"}]
    assert told(found[1])["/b2"] == ("redundant", "identical /b", None)


def test_a_decision_holds_for_all_that_have_the_same_pixels() -> None:
    members = (
        keeper("/a", 1, pixels=b"x"),
        tied("/a.png", 4, "/a", Tier.SAME_PIXELS, pixels=b"x"),
        tied("/b", 2, "/a"),
    )
    (found,) = as_decided([made_cluster(*members)], said((2, 4)))
    assert told(found)["/b"][0] == "related"


def test_same_pixels_may_be_said_not_to_be_copies() -> None:
    members = keeper("/a", 1, pixels=b"x"), tied("/b", 2, "/a", Tier.SAME_PIXELS, pixels=b"x")
    assert as_decided([made_cluster(*members)], said((1, 2))) == ()


def test_two_members_apart_are_not_both_redundant() -> None:
    cluster = made_cluster(keeper("/a", 1), tied("/b", 2, "/a"), tied("/c", 3, "/a"))

    (found,) = as_decided([cluster], said((2, 3)))

    assert told(found)["/c"] == ("related", "near /b", "you decided: not a copy of b")


@st.composite
def any_cluster(draw: st.DrawFn) -> Cluster:
    members = [keeper("/0", 1)]
    for place in range(1, draw(st.integers(2, 7))):
        to = members[draw(st.integers(0, place - 1))]
        content = draw(st.integers(1, 5))
        equal = content == to.content.row
        tiers = [Tier.IDENTICAL] if equal else [Tier.NEAR, Tier.EDITED, Tier.UNVERIFIED]
        tier = draw(st.sampled_from(tiers))
        role = Role.RELATED if tier is Tier.UNVERIFIED else Role.REDUNDANT
        members.append(tied(f"/{place}", content, to.file.path.decode(), tier, role=role))
    return made_cluster(*members)


decided = st.lists(
    st.sampled_from(list(combinations(range(1, 6), 2))), max_size=5, unique=True
).map(lambda pairs: said(*pairs))


@given(any_cluster(), decided)
def test_no_two_that_were_said_apart_are_copies_of_each_other(
    cluster: Cluster, apart: list[Pair]
) -> None:
    found = as_decided([cluster], apart)

    paths = [m.file.path for c in found for m in c.members]
    assert len(paths) == len(set(paths))
    assert set(paths) <= {m.file.path for m in cluster.members}
    for c in found:
        assert c.keeper.role is Role.KEEPER
        here = {m.file.path for m in c.members}
        assert all(m.evidence is not None and m.evidence.to in here for m in c.members[1:])
        copies = {m.content.row for m in c.members if m.reason is None or m is c.keeper}
        assert not any((a, b) in apart for a, b in combinations(sorted(copies), 2))

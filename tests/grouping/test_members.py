"""A cluster from its members."""

from __future__ import annotations

from copyfind.grouping.members import cluster_of, held_back, in_order
from copyfind.records import Role, Tier
from tests.grouping.making import keeper, tied


def test_a_cluster_is_as_sure_as_its_weakest_proof() -> None:
    members = [keeper("/a", 1), tied("/b", 2, "/a"), tied("/c", 3, "/a", Tier.EDITED)]
    likely = tied("/d", 4, "/a", Tier.LIKELY, role=Role.RELATED)

    assert cluster_of(members).tier is Tier.EDITED
    assert cluster_of([*members, likely]).tier is Tier.EDITED
    assert cluster_of([members[0], likely]).tier is Tier.LIKELY


def test_its_name_is_that_of_its_contents() -> None:
    one = cluster_of([keeper("/a", 1), tied("/b", 2, "/a")])
    moved = cluster_of([keeper("/new/b", 2), tied("/new/a", 1, "/new/b")])

    assert one.id == moved.id
    assert one.id != cluster_of([keeper("/a", 1), tied("/b", 3, "/a")]).id


def test_what_gains_most_comes_first() -> None:
    small = cluster_of([keeper("/a", 1), tied("/b", 2, "/a")])
    large = cluster_of([keeper("/x", 3), tied("/y", 4, "/x"), tied("/z", 5, "/x")])

    assert in_order([small, large]) == (large, small)


def test_the_first_file_of_a_picture_stays_and_says_why() -> None:
    picture = [tied("/b", 2, "/a"), tied("/b again", 2, "/b", Tier.IDENTICAL)]
    reference = tied("/r", 2, "/a", role=Role.REFERENCE)

    first, again = held_back(picture, "it may be what the other was made from")

    assert (first.role, first.reason, first.held_back) == (
        Role.RELATED,
        "it may be what the other was made from",
        True,
    )
    assert again == picture[1]
    assert held_back([reference], "why") == [reference]

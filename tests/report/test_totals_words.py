"""The totals in words."""

from __future__ import annotations

import pytest

from copyfind.report.totals_words import (
    in_a_sentence,
    in_short,
    not_listed,
    proposal,
    sums,
    word_of,
)
from copyfind.totals import Share, Totals, totals_of
from tests.making import made_findings, made_proofs


@pytest.mark.parametrize(
    ("totals", "said", "short"),
    [
        (Totals(), "nothing to clear", "nothing to clear"),
        (Totals(safe=Share(2, 10)), "2 safe to clear", "2 safe"),
        (Totals(never=Share(1, 10)), "1 stays", "1 stay"),
        (
            Totals(Share(1, 1), Share(1200, 1), Share(3, 1)),
            "1 safe to clear, 1,200 with your consent, 3 stay",
            "1 safe, 1,200 ask, 3 stay",
        ),
    ],
)
def test_a_cluster_is_headed_by_what_is_proposed(totals: Totals, said: str, short: str) -> None:
    assert (proposal(totals), in_short(totals)) == (said, short)


def test_every_member_has_a_word() -> None:
    (cluster,) = made_findings().clusters

    assert [word_of(m) for m in cluster.members] == ["keep", "link", "safe", "safe", "stay"]


def test_likely_copies_are_named_as_what_may_be_marked() -> None:
    told = sums(totals_of(made_proofs().clusters))

    assert [(word, share.files) for word, share, _ in told] == [
        ("safe", 0),
        ("ask", 2),
        ("stay", 2),
    ]
    assert "1 likely copy to mark in the review" in told[2][2]
    assert "likely" not in sums(Totals())[2][2]


def test_a_page_says_all_of_it_in_a_sentence() -> None:
    assert in_a_sentence(totals_of(made_findings().clusters)) == (
        "2 files safe to clear (14.1 MB), 0 with your consent (0 B), 1 stays"
    )


def test_what_is_counted_and_not_listed_says_how_to_list_it() -> None:
    assert not_listed(made_proofs()) == [
        "7 pictures that look alike, without proof: --tier unverified"
    ]

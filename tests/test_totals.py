"""One set of totals: what may go, and what does not, in files and bytes."""

from __future__ import annotations

from dataclasses import replace

from copyfind.totals import Share, numbers_of, totals_of
from tests.making import made_findings, made_proofs


def test_files_and_bytes_are_told_by_what_may_happen_to_them() -> None:
    totals = totals_of(made_findings().clusters)

    assert totals.safe == Share(2, 14_100_000)
    assert totals.consent == Share()
    assert totals.never == Share(1, 80_000)
    assert totals.clearable == Share(2, 14_100_000)


def test_what_is_likely_a_copy_is_a_part_of_what_is_never_planned() -> None:
    totals = totals_of(made_proofs().clusters)

    assert totals.consent == Share(2, 790_000)
    assert totals.likely == Share(1, 310_000)
    assert totals.never == Share(2, 4_310_000)


def test_without_clusters_there_is_nothing() -> None:
    assert totals_of([]).clearable == Share(0, 0)


def test_the_number_of_a_cluster_is_the_same_in_any_order() -> None:
    small, large = made_proofs().clusters[0], made_findings().clusters[0]
    none = replace(made_proofs().clusters[1], reclaimable_bytes=0)

    assert numbers_of([none, small, large]) == {large.id: 1, small.id: 2, none.id: 3}
    assert numbers_of([large, none, small]) == numbers_of([none, small, large])

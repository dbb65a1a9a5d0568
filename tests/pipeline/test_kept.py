"""What was made last."""

from __future__ import annotations

from collections.abc import Callable

from copyfind.pipeline.kept import Kept


def noted(made: list[int]) -> Callable[[int], int]:
    def make(key: int) -> int:
        made.append(key)
        return key

    return make


def test_what_was_made_is_not_made_again() -> None:
    made: list[int] = []
    kept = Kept(noted(made), size_of=lambda _: 1, most=3)

    assert [kept.of(key) for key in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert made == [1, 2]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    made: list[int] = []
    kept = Kept(noted(made), size_of=lambda _: 1, most=2)

    for key in (1, 2, 1, 3, 1, 2):
        kept.of(key)

    assert made == [1, 2, 3, 2]


def test_one_that_is_larger_than_all_is_kept_alone() -> None:
    made: list[int] = []
    kept = Kept(noted(made), size_of=lambda value: value, most=5)

    for key in (3, 2, 9, 9, 3):
        kept.of(key)

    assert made == [3, 2, 9, 3]

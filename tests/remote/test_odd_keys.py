"""Which keys the stores' client does not take; listing past them is in test_servers.py."""

from __future__ import annotations

import pytest

from copyfind.remote.odd_keys import odd_folder_of


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("a/b.jpg", None),
        ("a.b/..c/d.jpg", None),
        ("a/", None),  # stands for the folder
        ("a//b.jpg", "a//"),
        ("a//", "a//"),
        ("/a.jpg", "/"),
        ("a/./b/c.jpg", "a/./"),
        ("a/../b//c.jpg", "a/../"),
    ],
)
def test_the_first_part_that_is_none(key: str, odd: str | None) -> None:
    assert odd_folder_of(key) == odd

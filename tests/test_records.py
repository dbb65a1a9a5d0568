"""What records say of themselves beyond their fields."""

from __future__ import annotations

import re

from copyfind.records import EXACT, PROVEN, TIERS, Model, Tier, ordered
from tests.making import made_file


def test_only_what_has_the_same_pixels_may_go_unseen() -> None:
    assert EXACT == (Tier.IDENTICAL, Tier.SAME_PIXELS)


def test_nothing_is_proven_but_the_four_strongest_tiers() -> None:
    assert PROVEN == TIERS[:4] == (*EXACT, Tier.NEAR, Tier.EDITED)


def test_two_names_of_one_inode_are_one_file() -> None:
    assert made_file("/a", inode=7).identity == made_file("/b", inode=7).identity


def test_one_inode_on_two_volumes_is_two_files() -> None:
    here = made_file("/a", inode=7)

    assert here.identity != type(here)(b"/a", here.device + 1, 7, 0, 0).identity


def test_where_a_volume_numbers_no_files_every_path_is_one() -> None:
    assert made_file("/a").identity != made_file("/b").identity
    assert made_file("/a").identity == made_file("/a").identity


def test_a_pair_has_one_order_by_row_and_by_hash() -> None:
    assert ordered(3, 1) == ordered(1, 3) == (1, 3)
    assert ordered(b"\2", b"\1") == (b"\1", b"\2")


def test_models_are_told_apart_by_a_mark_however_alike_their_ids_begin() -> None:
    def marked(weights: str) -> str:
        return Model(1, "mine", weights, 8, 32, 0.5).mark

    assert marked("0123456789abcdef" + 48 * "0") == "0123456789abcdef"
    assert marked("my own embedder, version 1") != marked("my own embedder, version 2")
    assert re.fullmatch("[0-9a-f]{16}", marked("my own embedder, version 1"))

"""An operation is announced, done whole, or put back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from copyfind.errors import CleanupError
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, pair
from tests.cleanup.faulty import Failing, Recording


@pytest.mark.parametrize("at", range(1, 80, 7))
def test_rule_8_whatever_fails_the_target_is_where_it_was(album: Album, at: int) -> None:
    before = pair(album).pictures()

    with suppress(CleanupError):
        album.apply(album.plan(ActionKind.HARDLINK), Failing(at))

    assert album.pictures() == before


def test_rule_8_a_failed_roll_back_names_both_paths(album: Album) -> None:
    plan = pair(album).plan()

    class Occupied(Recording):
        """Somebody puts a file there as soon as ours has gone, and the keeper vanishes."""

        def after(self, name: str, arguments: tuple[Any, ...]) -> None:
            if name == "rename_exclusively" and arguments[0] == album.path("copy.jpg"):
                album.at("copy.jpg").write_bytes(b"another picture")
                album.at("keep.jpg").rename(album.at("elsewhere.jpg"))

    applied = album.apply(plan, Occupied())

    (stranded,) = applied.stranded
    assert str(album.at("copy.jpg")) in stranded.reason
    assert ".copyfind-quarantine" in stranded.reason
    assert b"picture" in album.contents()
    assert album.at("copy.jpg").read_bytes() == b"another picture"
    album.at("copy.jpg").unlink()
    album.undo()  # asks the file system again: now it can be put back
    assert album.at("copy.jpg").read_bytes() == b"picture"

"""The steps of an operation, before anything happens."""

from __future__ import annotations

from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, assert_skipped, pair


def test_rule_17_a_move_overwrites_nothing(album: Album) -> None:
    plan = pair(album).plan(ActionKind.MOVE)
    (album.top / "moved").mkdir()
    (album.top / "moved" / "copy.jpg").write_text("was here first")

    assert_skipped(album, plan, "there is something already")
    assert (album.top / "moved" / "copy.jpg").read_text() == "was here first"

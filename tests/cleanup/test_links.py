"""Links in place of copies: only where they are the same file to everybody."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.files import Files
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, Copy, assert_skipped, filled, new_album, pair


def test_rule_9_hard_links_want_the_same_owner_and_mode(album: Album) -> None:
    pair(album)
    album.at("copy.jpg").chmod(0o600)
    album.findings_ = []
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))

    assert_skipped(album, album.plan(ActionKind.HARDLINK), "one owner and one mode")


def test_rule_9_a_keeper_with_too_many_names_gets_no_other(album: Album) -> None:
    class Crowded(Files):
        def look(self, path: bytes) -> Any:
            seen = super().look(path)
            crowded = seen is not None and path.endswith(b"keep.jpg")
            return replace(seen, links=65_000) if crowded and seen else seen

    plan = pair(album).plan(ActionKind.HARDLINK)
    album.files = Crowded()

    assert_skipped(album, plan, "65,000 names already")


def test_a_link_is_what_it_says(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.HARDLINK))

    assert album.at("copies/b.jpg").samefile(album.at("b.jpg"))
    assert not album.at("copies/b.jpg").is_symlink()


def test_a_symlink_leads_to_the_keeper_wherever_both_are_moved(album: Album) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(ActionKind.SYMLINK))

    album.folder.rename(album.top / "renamed")

    link = album.top / "renamed" / "copies" / "b.jpg"
    assert os.readlink(link) == "../b.jpg"
    assert link.read_bytes() == b"picture B"


@pytest.fixture
def btrfs(tmp_path: Path) -> Iterator[Path]:
    """A volume that shares blocks."""
    image, place = tmp_path / "image", tmp_path.resolve() / "btrfs"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(150 << 20)
    try:
        subprocess.run(["mkfs.btrfs", "-q", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no btrfs can be made here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.slow
def test_a_real_reflink_is_a_file_of_its_own_and_is_undone(btrfs: Path) -> None:
    album = filled(new_album(btrfs), same_bytes_only=True)
    before = album.tree()

    applied = album.apply(album.plan(ActionKind.REFLINK))

    assert (len(applied.done), applied.skipped) == (3, [])
    assert album.tree() == before
    assert not album.at("copies/b.jpg").samefile(album.at("b.jpg"))
    (undone,) = album.undo()
    assert undone.failed == []
    assert album.tree() == before

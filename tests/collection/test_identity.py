"""A file as it is now, and its numbers as SQLite holds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.collection.identity import found_at, found_file, int64


@given(number=st.integers(0, 2**64 - 1))
def test_every_inode_comes_back_as_it_was(number: int) -> None:
    stored = int64(number)

    assert -(2**63) <= stored < 2**63
    assert found_file(b"/a", stored, stored, 1, 2).inode == number


@pytest.mark.parametrize("kind", [Path, str, os.fsencode])
def test_a_file_is_found_by_a_path_of_any_kind(tmp_path: Path, kind: type) -> None:
    path = tmp_path.resolve() / "a.jpg"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1, 1_000_000_007))

    found = found_at(kind(path))

    assert (found.path, found.size, found.mtime_ns) == (os.fsencode(path), 5, 1_000_000_007)
    assert (found.device, found.inode) == (path.stat().st_dev, path.stat().st_ino)


def test_a_link_leads_to_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path.resolve() / "a.jpg"
    path.touch()
    (tmp_path / "link").symlink_to(path)

    assert found_at(tmp_path / "link") == found_at(path)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        found_at(tmp_path / "nothing")

"""What a run needs later waits in a file without a name; what is not there is simply not known."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from copyfind.collection import spool as module
from copyfind.collection.spool import Spool


def test_what_was_put_there_is_found_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "cache")

    spool.put({b"one": b"1" * 1000, b"two": b"22"})
    spool.put({b"three": b"333", b"one": b"never looked at twice"})

    assert spool.get([b"three", b"none", b"one"]) == {b"three": b"333", b"one": b"1" * 1000}


@pytest.mark.skipif(sys.platform == "win32", reason="an open file has a name there")
def test_the_file_has_no_name_and_its_room_is_given_back(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").exists() else []
    spool = Spool(tmp_path)
    spool.put({b"one": b"1"})

    assert list(tmp_path.iterdir()) == []

    spool.close()
    assert spool.get([b"one"]) == {}
    assert not before or len(os.listdir("/proc/self/fd")) == len(before)


def test_without_a_folder_nothing_is_kept_and_nothing_fails() -> None:
    spool = Spool(None)

    spool.put({b"one": b"1"})

    assert spool.get([b"one"]) == {}


def test_what_does_not_fit_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    spool = Spool(tmp_path)

    spool.put({b"one": b"1" * 6, b"two": b"2" * 6, b"three": b"3"})
    spool.put({b"four": b"4" * 4})

    assert spool.get([b"one", b"two", b"three", b"four"]) == {b"one": b"1" * 6, b"four": b"4" * 4}


@pytest.mark.skipif(sys.platform == "win32", reason="folders take new files there")
def test_a_folder_that_takes_no_file_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    spool = Spool(tmp_path / "taken")

    spool.put({b"one": b"1"})

    assert spool.get([b"one"]) == {}

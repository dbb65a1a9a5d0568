"""What strangers wrote may crash, hang or swell whatever reads it: that costs the file alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from copyfind.imaging.apart import Apart, at_once
from copyfind.imaging.formats import Undecodable
from copyfind.records import Problem


def opened(path: Path) -> int:
    with path.open("rb") as file:
        return len(file.read(10))


def killed(_: None) -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def raising(_: None) -> None:
    raise ValueError("no")


def process_of(_nothing: None) -> int:
    return os.getpid()


def test_a_process_of_its_own_says_what_this_one_would(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"four")

    with Apart() as apart:
        assert apart(opened, path) == at_once(opened, path) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name here")
def test_a_file_that_never_ends_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with Apart(time_limit=5) as apart:
        told = apart(opened, pipe)
        assert isinstance(told, Undecodable)
        assert told.problem is Problem.TIMED_OUT
        assert apart(opened, Path(os.devnull)) == 0


@pytest.mark.parametrize("function", [killed, raising])
def test_what_ends_a_process_is_told(function: Callable[[None], None]) -> None:
    with Apart() as apart:
        told = apart(function, None)
        assert isinstance(told, Undecodable)
        assert apart(opened, Path(os.devnull)) == 0


def test_no_process_starts_where_nothing_is_asked() -> None:
    with Apart() as apart:
        assert not apart.is_running


def test_stages_that_ask_one_after_the_other_ask_the_same_process() -> None:
    with Apart() as apart:
        ((_, first),) = apart.readers.each(process_of, [None])
        second = apart(process_of, None)

    assert first == second
    assert first != os.getpid()

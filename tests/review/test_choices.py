"""Choices are on disk when they are taken, and there again after a restart, a crash included."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from copyfind.errors import OutputError
from copyfind.review.choices import Choice, Choices


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite.review.jsonl"


def test_choices_are_there_after_a_restart(path: Path) -> None:
    choices = Choices(path)
    choices.take({"a": Choice.REDUNDANT, "b": Choice.KEEP})
    choices.take({"a": Choice.NOT_A_COPY})

    again = Choices(path)

    assert again.now() == {"a": Choice.NOT_A_COPY, "b": Choice.KEEP}
    assert again.steps == 2


def test_the_last_step_is_taken_back_whole(path: Path) -> None:
    choices = Choices(path)
    choices.take({"a": Choice.KEEP})
    choices.take({"a": Choice.REDUNDANT, "b": Choice.KEEP})

    assert choices.undo() == ({"a": Choice.KEEP, "b": None}, ())
    assert Choices(path).now() == choices.now() == {"a": Choice.KEEP}


def test_everything_can_be_taken_back_after_a_restart(path: Path) -> None:
    for choice in (Choice.KEEP, Choice.REDUNDANT):
        Choices(path).take({"a": choice})

    Choices(path).undo()
    Choices(path).undo()

    assert Choices(path).now() == {}
    assert Choices(path).undo() == ({}, ())


def test_what_was_told_apart_is_known_when_it_is_taken_back(path: Path) -> None:
    Choices(path).take({"a": Choice.NOT_A_COPY}, apart=(("01", "02"),))

    assert Choices(path).undo() == ({"a": None}, (("01", "02"),))


def test_what_changes_nothing_is_no_step(path: Path) -> None:
    choices = Choices(path)
    choices.take({"a": Choice.KEEP})
    choices.take({"a": Choice.KEEP, "b": None})

    assert choices.steps == 1


def test_a_line_that_was_cut_off_costs_itself_alone(path: Path) -> None:
    Choices(path).take({"a": Choice.KEEP})
    with path.open("ab") as file:
        file.write(b'{"v":1,"step":{"b":"re')

    Choices(path).take({"c": Choice.SKIP})

    assert Choices(path).now() == {"a": Choice.KEEP, "c": Choice.SKIP}


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b'{"step":{"a":"burn"}}', b'{"step":[1]}', b"\xff", b"null", b"7"]
)
def test_lines_that_are_no_choices_are_left_out(path: Path, line: bytes) -> None:
    Choices(path).take({"a": Choice.KEEP})
    with path.open("ab") as file:
        file.write(line + b"\n")

    assert Choices(path).now() == {"a": Choice.KEEP}


def test_what_cannot_be_kept_is_not_decided(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "no such folder" / "choices.jsonl")

    with pytest.raises(OutputError, match="the choice cannot be kept in"):
        choices.take({"a": Choice.KEEP})
    assert choices.now() == {}


def test_several_threads_lose_nothing(path: Path) -> None:
    choices = Choices(path)
    threads = [
        threading.Thread(target=choices.take, args=({str(n): Choice.KEEP},)) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(Choices(path).now()) == 20


def test_looking_writes_nothing(path: Path) -> None:
    Choices(path).now()

    assert os.listdir(path.parent) == []  # noqa: PTH208 - names are what is asked for

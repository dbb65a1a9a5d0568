"""The journal tells what happened, whatever tore it; without one nothing is done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import State, read_journal
from copyfind.cleanup.operation import as_dict
from copyfind.errors import CleanupError
from copyfind.plans import ActionKind
from tests.cleanup.conftest import Album, pair
from tests.conftest import Volume

GOLDEN = Path(__file__).parents[1] / "golden"


def test_rule_11_the_journal_tells_what_is_there_afterwards(album: Album) -> None:
    album.apply(pair(album).plan())
    (journal,) = album.journals()
    lines = [json.loads(line) for line in Path(os.fsdecode(journal.path)).read_text().splitlines()]

    seen = lines[-1]["seen"]

    assert lines[-1]["event"] == State.DONE
    assert seen[str(album.at("copy.jpg"))] is None
    assert [what[0] for path, what in seen.items() if "quarantine" in path] == ["file"]


def test_a_journal_that_is_torn_in_its_last_line_is_read(full_album: Album) -> None:
    plan = full_album.plan()
    full_album.apply(plan)
    (journal,) = full_album.journals()
    path = Path(os.fsdecode(journal.path))
    text = path.read_bytes()
    path.write_bytes(text[: len(text) - 30])

    (torn,) = full_album.journals()

    assert torn.torn
    assert [entry.state for entry in torn.entries.values()].count(State.BEGUN) == 1
    assert full_album.apply(plan).already == 4
    full_album.undo()
    assert full_album.at("copies/b.jpg").exists()


@pytest.mark.parametrize("text", [b'{"schema": "other"}\n', b'{"schema": "copyfind.journal/1"}\n'])
def test_what_is_no_journal_is_refused(album: Album, text: bytes) -> None:
    path = album.top / "x.jsonl"
    path.write_bytes(text)

    with pytest.raises(CleanupError):
        read_journal(os.fsencode(path), Files())


@pytest.mark.parametrize("junk", [None, 1.5, "x", [], [1], {}, {"a": 1}, 2**70, "\ud800"], ids=repr)
def test_whatever_a_journal_holds_in_any_place_it_is_refused_or_read(
    full_album: Album, junk: object
) -> None:
    full_album.apply(full_album.plan(ActionKind.HARDLINK))
    (journal,) = full_album.journals()
    path = Path(os.fsdecode(journal.path))
    lines = path.read_text().splitlines()
    where = list(places(json.loads(lines[1])))
    assert len(where) > 60

    for place in where:
        changed = json.loads(lines[1])
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = junk
        path.write_text("\n".join([lines[0], json.dumps(changed), *lines[2:], ""]))
        with suppress(CleanupError):
            read_journal(journal.path, Files())


def places(known: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each value in it."""
    below = known.items() if isinstance(known, dict) else enumerate(known)
    for key, value in below:
        yield (key,)
        if isinstance(value, dict | list):
            yield from ((key, *rest) for rest in places(value))


def test_without_a_journal_nothing_is_done(full_album: Album, volume: Volume) -> None:
    plan = full_album.plan()
    before = full_album.tree()
    (volume.path / "data").mkdir()
    (full_album.top / "data").symlink_to(volume.path / "data")
    (volume.path / "data" / "catalog.sqlite.journals").mkdir()
    (volume.path / "data" / "catalog.sqlite.journals" / ".lock").touch()
    volume.fill()

    with pytest.raises(CleanupError, match="cannot be written"):
        full_album.apply(plan)

    assert full_album.tree() == before
    volume.make_room()
    assert full_album.apply(plan).skipped == []


def test_a_journal_that_version_0_1_0_wrote_is_read() -> None:
    path = GOLDEN / "journal-0.1.0.jsonl"
    announced = [json.loads(line) for line in path.read_bytes().splitlines()]

    journal = read_journal(os.fsencode(path), Files())

    entries = list(journal.entries.values())
    assert [entry.state for entry in entries] == [
        State.DONE,
        State.FAILED,
        State.DONE,
        State.BEGUN,
    ]
    assert [entry.taken_back for entry in entries] == [True, False, False, False]
    assert [as_dict(entry.operation) for entry in entries] == [
        line["operation"] for line in announced if line["event"] == "begin"
    ]
    assert (journal.plan, journal.next_number, journal.torn) == ("ab" * 32, 5, False)

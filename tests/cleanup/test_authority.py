"""A journal from elsewhere is no authority: what copyfind never does is not done for it.

Each forgery is a journal that somebody else has written: in a folder of journals, as a manifest in
a quarantine, or in any other file. Whatever it asks for, no file goes, none appears.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copyfind.cleanup.authority import why_no_authority
from copyfind.cleanup.emptying import empty
from copyfind.cleanup.journal import Journal, read_journal
from copyfind.cleanup.undo import undo_journal
from copyfind.errors import CleanupError
from copyfind.plans import LINKS, ActionKind
from tests.cleanup.conftest import Album, filled, pair

EVIL = b"what somebody brought"
ONLY = b"the only copy"
Json = dict[str, Any]


class Stage:
    """An album with a victim, and a stick on the same volume."""

    def __init__(self, album: Album) -> None:
        self.album = album
        self.victim = album.add("victim/only.jpg", ONLY)
        self.sidecar = album.add("victim/only.xmp", "<x/>")
        self.folder = album.at("victim/empty")
        self.folder.mkdir()
        self.home = album.at("home")
        self.home.mkdir()
        self.stick = album.at("stick")
        self.run = self.stick / ".copyfind-quarantine" / "run"
        self.room = self.run / "1"
        self.room.mkdir(parents=True, mode=0o700)
        self.brought = self.room / "IMG_1.jpg"
        self.brought.write_bytes(EVIL)
        for name in (".bash_profile", "x.yml", "a.jpg.desktop", "x.txt"):
            (self.room / name).write_bytes(EVIL)
        (self.stick / "keep.jpg").write_bytes(EVIL)

    def move(self, path: Path | str, to: Path | str, content: bytes = EVIL) -> Json:
        return {"step": "move", "file": a_file(path, content), "to": str(to), "link": None}

    def forge(self, *steps: Json, **fields: Any) -> Json:
        """An operation with these steps, about the first file that is moved."""
        moved = [step["file"] for step in steps if step["step"] == "move"]
        return {
            "number": 1,
            "purpose": "apply",
            "kind": "quarantine",
            "cluster": "c-1",
            "file": moved[0] if moved else a_file(self.stick / "IMG_1.jpg", EVIL),
            "keeper": a_file(self.stick / "keep.jpg", EVIL),
            "steps": list(steps),
            "folders": [],
            "dress": None,
            "of": None,
        } | fields


def a_file(path: Path | str, content: bytes) -> Json:
    numbers = dict.fromkeys(("device", "inode", "mtime_ns"), 0)
    digest = hashlib.sha256(content).hexdigest()
    return {"path": str(path), "size": len(content), "sha256": digest} | numbers


def a_make(path: Path, how: str = "note", text: bytes = b"", **fields: Any) -> Json:
    make = {"how": how, "path": str(path), "source": None, "target": None, "dress": None}
    return {"step": "make", **make, "text": base64.b64encode(text).decode()} | fields


def a_remove(path: Path, content: bytes, held_by: Path, holds: bytes) -> Json:
    files = {"file": a_file(path, content), "held_by": a_file(held_by, holds)}
    return {"step": "remove", "path": str(path), "link": None} | files


def _old(path: Path) -> Path:
    return path.with_name(".copyfind-0123456789abcdef.old")


def _replacing(s: Stage, how: str, **made: Any) -> list[Json]:
    """The steps of a link in the place of the victim, as copyfind takes them, but for `made`."""
    path = s.victim
    name = path.with_name(".copyfind-0123456789abcdef.new")
    make = a_make(name, how, source=a_file(s.stick / "keep.jpg", EVIL)) | made
    return [
        make,
        s.move(path, _old(path), ONLY),
        {"step": "place", "made": make, "to": str(path)},
        a_remove(_old(path), ONLY, s.stick / "keep.jpg", EVIL),
    ]


FORGERIES: dict[str, Callable[[Stage], Json]] = {
    "removes a photo as a torn note": lambda s: s.forge(
        a_make(s.victim), s.move("/nonexistent/a", "/nonexistent/b")
    ),
    "removes a photo as a note of the trash": lambda s: s.forge(
        a_make(s.victim, text=b"[Trash Info]\nPath=/IMG_1.jpg\n"),
        s.move(s.stick / "IMG_1.jpg", s.stick / "Trash" / "files" / "IMG_1.jpg"),
        kind="trash",
    ),
    "removes a photo as a torn copy": lambda s: s.forge(*_replacing(s, "copy", path=str(s.victim))),
    "removes a photo as a hard link": lambda s: s.forge(
        *_replacing(s, "hardlink", path=str(s.victim)), kind="hardlink"
    ),
    "removes a photo as a symlink": lambda s: s.forge(
        *_replacing(s, "symlink", path=str(s.victim)), kind="symlink"
    ),
    "removes a sidecar as its own": lambda s: s.forge(
        a_make(s.sidecar, text=b"<x/>"),
        {"step": "place", "made": a_make(s.sidecar, text=b"<x/>"), "to": str(s.sidecar)},
        purpose="annotate",
        file=a_file(s.sidecar, b"<x/>"),
    ),
    "removes a photo as a sidecar": lambda s: s.forge(
        a_make(s.victim.with_name(".copyfind-0123456789abcdef.new"), text=ONLY),
        {
            "step": "place",
            "made": a_make(s.victim.with_name(".copyfind-0123456789abcdef.new"), text=ONLY),
            "to": str(s.victim),
        },
        purpose="annotate",
        file=a_file(s.victim, ONLY),
    ),
    "removes an empty folder": lambda s: s.forge(
        s.move(s.stick / "IMG_1.jpg", s.room / "IMG_1.jpg"), folders=[str(s.folder)]
    ),
    "plants a file in the home folder": lambda s: s.forge(
        s.move(s.home / ".bash_profile", s.brought)
    ),
    "plants it under the name it has": lambda s: s.forge(
        s.move(s.home / ".bash_profile", s.room / ".bash_profile")
    ),
    "plants it through dots": lambda s: s.forge(s.move(f"{s.stick}/../home/IMG_1.jpg", s.brought)),
    "plants settings that a program obeys": lambda s: s.forge(
        s.move(s.stick / ".config" / "x" / "x.yml", s.room / "x.yml")
    ),
    "plants settings under a picture's name": lambda s: s.forge(
        s.move(s.stick / ".config" / "autostart" / "a.jpg.desktop", s.room / "a.jpg.desktop")
    ),
    "plants a hidden text": lambda s: s.forge(s.move(s.stick / ".x" / "x.txt", s.room / "x.txt")),
    "plants a hidden file beside the quarantine": lambda s: s.forge(
        s.move(s.stick / ".bash_profile", s.room / ".bash_profile")
    ),
    "plants a picture elsewhere": lambda s: s.forge(s.move(s.home / "IMG_1.jpg", s.brought)),
    "takes a photo away": lambda s: s.forge(s.move(s.stick / "IMG_1.jpg", s.victim, ONLY)),
    "takes a photo away under its name": lambda s: s.forge(
        s.move(s.stick / "only.jpg", s.victim, ONLY)
    ),
    "takes two, one of them rightly": lambda s: s.forge(
        s.move(s.stick / "IMG_1.jpg", s.brought), s.move(s.stick / "only.jpg", s.victim, ONLY)
    ),
    "moves with a link": lambda s: s.forge(
        s.move(s.stick / "IMG_1.jpg", s.brought) | {"link": "../keep.jpg"}
    ),
    "has no steps": lambda s: s.forge(),
    "moves another file than it says": lambda s: s.forge(
        s.move(s.stick / "IMG_1.jpg", s.brought), file=a_file(s.home / "x.jpg", EVIL)
    ),
    "throws away": lambda s: s.forge({"step": "throw", "file": a_file(s.victim, ONLY)}),
    "removes only": lambda s: s.forge(a_remove(s.victim, ONLY, s.stick / "keep.jpg", EVIL)),
    "goes to a hidden folder": lambda s: s.forge(
        s.move(s.home / ".config" / "autostart" / "x.desktop", s.stick / "x.desktop"), kind="move"
    ),
    "undoes what was never done": lambda s: s.forge(
        s.move(s.victim, s.home / "only.jpg", ONLY), purpose="undo", of=7
    ),
    "empties what was never done": lambda s: s.forge(
        a_remove(s.victim, ONLY, s.stick / "keep.jpg", EVIL), purpose="empty", of=1
    ),
    "names a path that is none": lambda s: s.forge(
        s.move(s.stick / "IMG_1.jpg", s.brought), folders=["home"]
    ),
}


def written(path: Path, *operations: Json, mode: int = 0o600) -> Path:
    lines: list[Json] = [
        {"event": "journal", "schema": "copyfind.journal/1", "plan": "p", "at": "2026"}
    ]
    lines += [{"event": "begin", "at": "", "operation": operation} for operation in operations]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    path.chmod(mode)
    return path


def home(album: Album) -> Path:
    return Path(f"{album.catalog}.journals") / "20260101-000000-evil.jsonl"


@pytest.mark.parametrize("place", ["at home", "as a manifest", "elsewhere"])
@pytest.mark.parametrize("name", FORGERIES)
def test_what_copyfind_never_does_is_not_done(album: Album, name: str, place: str) -> None:
    stage = Stage(album)
    places = {
        "at home": home(album),
        "as a manifest": stage.run / "manifest.jsonl",
        "elsewhere": stage.stick / "fresh.jsonl",
    }
    path = written(places[place], FORGERIES[name](stage))
    before = album.tree()
    surroundings = album.surroundings()

    with pytest.raises(CleanupError, match=r"copyfind's own|only undone by"):
        surroundings.journals.named(str(path))

    assert surroundings.journals.all() == []
    empty(surroundings, older_than=timedelta(0))
    assert album.undo() == []
    assert album.tree() == before


def test_a_forged_journal_stops_no_other(album: Album) -> None:
    stage = Stage(album)
    written(home(album), FORGERIES["plants a file in the home folder"](stage))
    applied = album.apply(pair(album).plan())

    assert [action.file.path for action in applied.done] == [album.path("copy.jpg")]
    assert [len(undone.done) for undone in album.undo()] == [1]
    assert [one.name for one in album.surroundings().journals.left_out()] == [
        "20260101-000000-evil"
    ]


def test_a_manifest_speaks_only_of_what_lies_beside_it(album: Album) -> None:
    """Even of what any journal might: another run's files are another manifest's."""
    stage = Stage(album)
    operation = stage.forge(stage.move(stage.stick / "IMG_1.jpg", stage.brought))
    other = written(stage.run.parent / "other" / "manifest.jsonl", operation)
    other.parent.chmod(0o700)

    with pytest.raises(CleanupError, match="does not lie beside it"):
        album.surroundings().journals.named(str(other))


@pytest.mark.parametrize("kind", [ActionKind.MOVE, ActionKind.TRASH, ActionKind.HARDLINK])
def test_a_journal_from_elsewhere_speaks_only_of_a_quarantine(
    album: Album, kind: ActionKind
) -> None:
    filled(album, same_bytes_only=True)
    album.apply(album.plan(kind))
    (journal,) = album.journals()
    away = album.top / "journal.jsonl"
    away.write_bytes(Path(os.fsdecode(journal.path)).read_bytes())
    away.chmod(0o600)

    with pytest.raises(CleanupError, match="--catalog"):
        album.surroundings().journals.named(str(away))


def test_bytes_that_are_not_those_that_were_there_do_not_come_back(album: Album) -> None:
    stage = Stage(album)
    operation = stage.forge(stage.move(stage.stick / "IMG_1.jpg", stage.brought, b"other bytes"))
    manifest = written(stage.run / "manifest.jsonl", operation)
    # One that was cut off gives back what lies there: it may have been saved at that very moment.
    with manifest.open("a") as file:
        file.write(json.dumps({"event": "done", "number": 1, "at": "", "reason": None}) + "\n")
    surroundings = album.surroundings()

    undone = undo_journal(surroundings.journals.named(str(manifest)), surroundings)

    assert undone.done == []
    assert not (stage.stick / "IMG_1.jpg").exists()
    assert stage.brought.read_bytes() == EVIL


@pytest.mark.parametrize("which", ["where it was", "where it is"])
def test_nothing_goes_back_through_a_link(album: Album, which: str) -> None:
    stage = Stage(album)
    (stage.stick / "photos").symlink_to(stage.home)
    if which == "where it was":
        operation = stage.forge(stage.move(stage.stick / "photos" / "IMG_1.jpg", stage.brought))
    else:
        stage.brought.rename(stage.victim.with_name("IMG_1.jpg"))
        for planted in stage.room.iterdir():
            planted.unlink()
        stage.room.rmdir()
        stage.room.symlink_to(stage.victim.parent)
        operation = stage.forge(stage.move(stage.stick / "IMG_1.jpg", stage.brought))
    manifest = written(stage.run / "manifest.jsonl", operation)
    before = album.tree()
    surroundings = album.surroundings()

    undone = undo_journal(surroundings.journals.named(str(manifest)), surroundings)

    assert undone.done == []
    assert album.tree().keys() == before.keys()


def test_all_that_copyfind_does_is_its_own(applied: tuple[Album, ActionKind]) -> None:
    album, kind = applied
    album.apply(album.plan(kind))
    (journal,) = album.journals()
    assert authority(journal) is None

    album.undo()

    (journal,) = album.journals()
    assert authority(journal) is None
    assert len(journal.entries) == (8 if kind is not ActionKind.DELETE else 4) - 2 * (kind in LINKS)


def authority(journal: Journal) -> str | None:
    read = read_journal(journal.path, journal.files)
    operations = {number: entry.operation for number, entry in read.entries.items()}
    return why_no_authority(operations, path=journal.path, at_home=True)

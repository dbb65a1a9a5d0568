"""An operation is the same after a way through the journal, and can be told in words."""

from __future__ import annotations

import json

import pytest

from copyfind.cleanup.files import Dress
from copyfind.cleanup.operation import (
    How,
    Make,
    Move,
    Operation,
    Place,
    Purpose,
    Remove,
    Step,
    Throw,
    as_dict,
    folder_of,
    from_dict,
    in_words,
)
from copyfind.plans import ActionKind, PlannedFile
from copyfind.records import FoundFile

DRESS = Dress(0o640, (1000, 100), 10**18 + 1, 10**18 + 2, (("user.stars", b"\x00\xff"),))
FILE = PlannedFile(FoundFile(b"/photos/caf\xe9\n.jpg", 2**63, 2**64 - 1, 7, -5), b"\x01" * 32)
KEEPER = PlannedFile(FoundFile("/photos/ß.jpg".encode(), 1, 2, 7, 10**18), b"\x02" * 32)
MADE = Make(How.REFLINK, b"/photos/.new", KEEPER, dress=DRESS)
STEPS: list[tuple[Step, tuple[str, tuple[bytes, ...]]]] = [
    (Move(FILE, b"/q/1/x.jpg"), ("rename", (FILE.path, b"/q/1/x.jpg"))),
    (Move(FILE, b"/q/1/x.jpg", link=b"../x"), ("rename", (FILE.path, b"/q/1/x.jpg"))),
    (MADE, ("make a reflink of", (KEEPER.path, b"/photos/.new"))),
    (
        Make(How.SYMLINK, b"/photos/.new", KEEPER, b"../x"),
        ("make a symlink of", (KEEPER.path, b"/photos/.new")),
    ),
    (Make(How.NOTE, b"/t/info/x", text=b"\xff note"), ("write", (b"/t/info/x",))),
    (Place(MADE, FILE.path), ("rename", (b"/photos/.new", FILE.path))),
    (Remove(b"/photos/.old", FILE, KEEPER), ("remove", (b"/photos/.old",))),
    (Remove(b"/photos/.old", FILE, KEEPER, b"../x"), ("remove", (b"/photos/.old",))),
    (Throw(FILE), ("trash", (FILE.path,))),
]


def made(*steps: Step) -> Operation:
    return Operation(
        number=3,
        purpose=Purpose.APPLY,
        kind=ActionKind.REFLINK,
        cluster="c-1",
        file=FILE,
        keeper=KEEPER,
        steps=steps,
        folders=(b"/q", b"/q/caf\xe9"),
        dress=DRESS,
        of=2,
    )


@pytest.mark.parametrize("step", [step for step, _ in STEPS])
def test_every_step_comes_back_as_it_was(step: Step) -> None:
    operation = made(step)

    line = json.dumps(as_dict(operation)).encode("ascii")

    assert from_dict(json.loads(line)) == operation


@pytest.mark.parametrize(("step", "told"), STEPS)
def test_a_step_is_told_with_its_paths(step: Step, told: tuple[str, tuple[bytes, ...]]) -> None:
    assert in_words(step) == told


@pytest.mark.parametrize(
    ("key", "value"),
    [("purpose", "party"), ("kind", None), ("steps", [{"step": "jump"}]), ("file", {"path": 3})],
)
def test_what_is_no_operation_is_refused(key: str, value: object) -> None:
    known = {**as_dict(made()), key: value}

    with pytest.raises((KeyError, TypeError, ValueError)):
        from_dict(known)


def test_the_folder_of_a_path() -> None:
    assert folder_of(b"/photos/a.jpg") == b"/photos"

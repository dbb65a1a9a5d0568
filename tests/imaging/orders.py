"""What the tests tell workers to do, the ways of a broken decoder included.

Workers import this module, so it loads nothing heavy.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copyfind.imaging.reading import ReadJob
    from copyfind.records import ReadFile, Unreadable

_PIECE = 8 << 20  # bytes
_MOST = 1 << 30  # bytes: far above any limit of the tests, and no danger where nobody stops it


def suffer(how: str, *, mark: Path) -> None:
    """Do what the word says, and nothing for a word that is not known here. `mark` is a file that
    what happens once leaves behind."""
    match how:
        case "segfault":
            ctypes.string_at(0)
        case "abort":
            os.abort()
        case "exit":
            os._exit(3)
        case "hang":
            time.sleep(3600)  # longer than any test may take: whoever gets past it was freed
        case "eat":
            eaten = [b"x" * _PIECE for _ in _slowly(_MOST // _PIECE)]
            time.sleep(3600)
            del eaten
        case "raise":
            raise ZeroDivisionError("on purpose")
        case "print":
            os.write(1, b"a library that prints\n")
        case "slow":
            time.sleep(0.1)
        case "once" if not mark.exists():
            mark.touch()
            os._exit(3)


def _slowly(count: int) -> Iterator[int]:
    """So slowly that somebody who looks ten times a second sees it grow."""
    for number in range(count):
        time.sleep(0.005)
        yield number


def act(order: tuple[str, Path]) -> str:
    """Suffer as the word says, or give it back. What happens once marks the folder."""
    how, folder = order
    suffer(how, mark=folder / "mark")
    return how


def pillows_limit(_: object) -> int | None:
    """How many pixels Pillow warns of in this process; it refuses twice as many."""
    from PIL import Image

    return Image.MAX_IMAGE_PIXELS


def read_or_suffer(job: ReadJob, *, side: int) -> ReadFile | Unreadable:
    """Do what the file's name says, as a broken decoder might; read all others."""
    from copyfind.imaging.reading import read_file

    path = Path(os.fsdecode(job.file.path))
    suffer(path.name.split("-")[0], mark=path.with_suffix(".mark"))
    return read_file(job, side=side)


def loaded_with(module: str) -> set[str]:
    """The top names of what is loaded once the module is."""
    import_module(module)
    return {name.partition(".")[0] for name in sys.modules}


def garbage_is_collected(_: object) -> tuple[bool, bool]:
    """Whether this process looks for garbage, and whether it passes over what was imported."""
    return gc.isenabled(), gc.get_freeze_count() > 0

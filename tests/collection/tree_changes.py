"""What people do to their files between two runs, drawn at random, on a real folder."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from hypothesis import strategies as st
from PIL import Image

Action = Literal["create", "copy", "move", "link", "delete", "modify", "touch"]
_NAMES = ("a.png", "b.png", "c.png", "in/d.png", "in/e.png")
_KINDS: tuple[Action, ...] = ("create", "copy", "move", "link", "delete", "modify", "touch")


@dataclass(frozen=True)
class Change:
    """One action; what it cannot be done to is left as it is."""

    action: Action
    name: str
    other: str
    seed: int


changes = st.builds(
    Change,
    st.sampled_from(_KINDS),
    st.sampled_from(_NAMES),
    st.sampled_from(_NAMES),
    st.integers(0, 3),
)
histories = st.lists(st.lists(changes, min_size=1, max_size=6), min_size=1, max_size=4)


def picture_bytes(seed: int) -> bytes:
    """A tiny picture; the same seed gives the same bytes, and all have one size."""
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "BMP")
    return stream.getvalue()


def _ticks() -> Iterator[int]:
    return itertools.count(1_600_000_000_000_000_000, 1_000_000_000)


@dataclass
class Tree:
    """A folder and its clock: no two changes happen at one time, as on a disk."""

    folder: Path
    clock: Iterator[int] = field(default_factory=_ticks)

    def apply(self, change: Change) -> None:
        path, other = self.folder / change.name, self.folder / change.other
        path.parent.mkdir(exist_ok=True)
        other.parent.mkdir(exist_ok=True)
        if change.action in ("create", "modify"):
            if path.exists() == (change.action == "modify"):
                path.write_bytes(picture_bytes(change.seed))
                self._tick(path)
        elif path.exists():
            self._apply_to_present(change.action, path, other)

    def _apply_to_present(self, action: Action, path: Path, other: Path) -> None:
        match action:
            case "copy" if not other.exists():
                shutil.copyfile(path, other)
                self._tick(other)
            case "move":
                path.replace(other)
            case "link" if not other.exists():
                os.link(path, other)
            case "delete":
                path.unlink()
            case "touch":
                self._tick(path)
            case _:
                pass

    def _tick(self, path: Path) -> None:
        now = next(self.clock)
        os.utime(path, ns=(now, now))

    def contents(self) -> dict[bytes, bytes]:
        """The SHA-256 of every file, by its path: the truth."""
        return {
            os.fsencode(path): hashlib.sha256(path.read_bytes()).digest()
            for path in self.folder.rglob("*.png")
        }

"""Arrays in files that are mapped to memory: larger than what a process may hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Ints
from copyfind.search.rows import let_go

_AT_ONCE = 262_144  # rows that are read before the pages they lay in are let go of


@dataclass(frozen=True, slots=True)
class Mapped:
    """An array as `numpy.save` writes it. The path travels, the array does not."""

    path: Path

    def open(self) -> NDArray[Any]:
        """The array, for reading."""
        found: NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return found

    def rows(self, numbers: Ints) -> NDArray[Any]:
        """The rows of these numbers, ascending, in memory; and of the rest of the file nothing."""
        whole = self.open()
        found = np.empty((len(numbers), *whole.shape[1:]), whole.dtype)
        for start in range(0, len(numbers), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            found[some] = whole[numbers[some]]
            let_go(whole)
        return found


def created(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """A new array in a file, to be filled."""
    made: NDArray[Any] = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    return made

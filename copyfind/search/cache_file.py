"""Arrays in a cache file that is replaced whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.private import make_file, make_folder
from copyfind.whole_file import written_whole


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write them where `np.load` finds them by name; the folder is made. Raises OSError."""
    make_folder(path.parent)
    with written_whole(path) as unfinished:
        make_file(unfinished)
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type] # its stubs confuse names with options

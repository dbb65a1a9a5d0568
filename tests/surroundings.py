"""Environments for children: our Python, less some packages, as if these were never installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import copyfind

OURS = Path(copyfind.__file__).parents[1]
_WITHOUT_TORCH = ("torch", "functorch", "timm", "nvidia", "triton")


def without_torch(folder: Path) -> dict[str, str]:
    """The environment of a child, started with `-S`, that has all our packages but PyTorch's.

    folder: where links to the others are made.
    """
    folder.mkdir()
    for site in (Path(path) for path in sys.path if path.endswith("site-packages")):
        for installed in site.iterdir():
            if not installed.name.startswith(_WITHOUT_TORCH) and installed.suffix != ".pth":
                (folder / installed.name).symlink_to(installed)
    return os.environ | {"PYTHONPATH": f"{OURS}:{folder}", "OMP_NUM_THREADS": "1"}

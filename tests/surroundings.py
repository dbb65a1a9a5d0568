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
    for site in sites():
        link_without_torch(site, folder, seen_as=site)
    return os.environ | {"PYTHONPATH": f"{OURS}:{folder}", "OMP_NUM_THREADS": "1"}


def sites() -> list[Path]:
    """The folders of our packages."""
    return [Path(path) for path in sys.path if path.endswith("site-packages")]


def link_without_torch(site: Path, folder: Path, *, seen_as: Path) -> None:
    """Link to the packages of one folder but PyTorch's; seen_as: where that folder is for those who
    follow the links."""
    folder.mkdir(exist_ok=True)
    for installed in site.iterdir():
        if not installed.name.startswith(_WITHOUT_TORCH) and installed.suffix != ".pth":
            (folder / installed.name).symlink_to(seen_as / installed.name)

"""Data sets that lie beside a clone where quality is measured; every behaviour they show has a test
on drawn pictures too, so a clone without them misses none."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def needs(folder: str) -> pytest.MarkDecorator:
    """Skips a test, or `pytestmark` a module, where that folder of SHARED is missing. Mark it
    `data` too: such tests run by `make data` alone."""
    return pytest.mark.skipif(not (SHARED / folder).is_dir(), reason=f"no ../shared/{folder}")

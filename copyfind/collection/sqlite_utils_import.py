"""The one place that imports sqlite-utils, which loads pandas wherever it is installed.

It is used there to know pandas' timestamps, which no catalog holds, and takes more than a quarter
of the time that a command needs to start.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Database"]

_HEAVY = "pandas"


@contextmanager
def _hidden() -> Iterator[None]:
    """As if it were not installed, for as long as something is imported; what is loaded stays."""
    if _HEAVY in sys.modules:
        yield
        return
    sys.modules[_HEAVY] = None  # type: ignore[assignment] # which is how Python marks what is absent
    try:
        yield
    finally:
        del sys.modules[_HEAVY]


with _hidden():
    from sqlite_utils import Database

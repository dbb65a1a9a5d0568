"""How much may run at once."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Cores this process may use, where the platform tells."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1

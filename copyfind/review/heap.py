"""What Python has freed goes back to the system, where the C library would keep it."""

from __future__ import annotations

import ctypes
import gc
import platform


def give_back() -> None:
    """Let go of what is no longer used: after finding copies among 100,000 files that was 40 MB.
    Where the C library is not glibc nothing is done."""
    if platform.libc_ver()[0] == "glibc":
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)

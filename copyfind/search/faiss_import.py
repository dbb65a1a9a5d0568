"""The one place that imports faiss, whose matrix products may not know a young processor.

Its wheels bring an OpenBLAS of 2021, which takes an Intel processor younger than that for one of
2004 (mended in OpenBLAS 0.3.19, pull request 3485) and then takes three to five times as long to
find the best centres of a row. So it is told which kernels this processor can run, unless the user
has done so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["faiss"]

_ASKED = "OPENBLAS_CORETYPE"  # looked at once, while OpenBLAS is loaded
_PROCESSORS = Path("/proc/cpuinfo")  # of Linux, the one platform whose wheels are known to do this
# What kernels need, the fastest first.
_KERNELS = {
    "SKYLAKEX": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
    "HASWELL": {"avx2", "fma"},
}


@contextmanager
def _told() -> Iterator[None]:
    """The kernels named in the environment, for as long as something is imported: whatever is
    loaded later, or by a process that we start, may know better."""
    kernels = None if os.environ.get(_ASKED) else fastest_kernels(_flags())
    if kernels is None:
        yield
        return
    os.environ[_ASKED] = kernels
    try:
        yield
    finally:
        del os.environ[_ASKED]


def fastest_kernels(flags: set[str]) -> str | None:
    """OpenBLAS's name for the fastest of its kernels that a processor with these flags can run;
    None for what it should find out by itself."""
    return next((name for name, needed in _KERNELS.items() if needed <= flags), None)


def _flags() -> set[str]:
    """What the first processor can do, as Linux tells of x86; nothing elsewhere."""
    try:
        with _PROCESSORS.open(encoding="utf-8", errors="replace") as lines:
            of_first = next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return set()
    return set(of_first.partition(":")[2].split())


with _told():
    import faiss

"""Tests of copyfind; they mirror the package."""

import os

# pytest-xdist starts a process for each core, which needs no threads beside it; two that have two
# each wait for one another. Numpy and torch read this when they are first imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

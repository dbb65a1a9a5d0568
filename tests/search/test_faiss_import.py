"""faiss multiplies with the kernels that this processor can run."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from copyfind.search.faiss_import import fastest_kernels

_AVX512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
_TOLD = """
import os
from threadpoolctl import threadpool_info
from copyfind.search.faiss_import import faiss
theirs = [one for one in threadpool_info() if "faiss" in one["filepath"]]
print(*{one["architecture"] for one in theirs if one["user_api"] == "blas"})
print(os.environ.get("OPENBLAS_CORETYPE"))
"""


@pytest.mark.parametrize(
    ("flags", "kernels"),
    [
        ({"sse3", "avx2", "fma", *_AVX512}, "SKYLAKEX"),
        ({"sse3", "avx2", "fma", "avx512f"}, "HASWELL"),  # a part of it is not enough
        ({"sse3", "avx2"}, None),
        ({"sse3"}, None),
        (set[str](), None),
    ],
)
def test_the_fastest_kernels_are_those_whose_every_need_is_met(
    flags: set[str], kernels: str | None
) -> None:
    assert fastest_kernels(flags) == kernels


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="flags are of x86 on Linux"
)
@pytest.mark.parametrize("chosen", [None, "Nehalem"])
def test_faiss_multiplies_with_them_and_nothing_else_is_told(chosen: str | None) -> None:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    flags = next(line for line in lines if line.startswith("flags")).split()
    expected = chosen or fastest_kernels(set(flags))
    if expected is None:
        pytest.skip("a processor without AVX2")
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    environment |= {"OPENBLAS_CORETYPE": chosen} if chosen else {}

    told = subprocess.run(
        [sys.executable, "-c", _TOLD], env=environment, capture_output=True, text=True, check=True
    )

    used, left = told.stdout.split()
    assert used.upper() == expected.upper()
    assert left == str(chosen)

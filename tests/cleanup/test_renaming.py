"""The rename of the C library goes over nothing."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest

from copyfind.cleanup.renaming import exclusive_rename


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other calls")
def test_it_fails_where_there_is_something(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    rename = exclusive_rename()
    assert rename is not None

    assert rename(os.fsencode(first), os.fsencode(second)) != 0
    assert ctypes.get_errno() == errno.EEXIST
    assert rename(os.fsencode(first), os.fsencode(tmp_path / "third")) == 0
    assert second.read_bytes() + (tmp_path / "third").read_bytes() == b"21"

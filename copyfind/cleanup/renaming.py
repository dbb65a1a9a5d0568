"""The rename of the C library that fails where there is something already."""

from __future__ import annotations

import ctypes
import sys

_NO_REPLACE = 1  # RENAME_NOREPLACE of Linux
_EXCLUSIVE = 4  # RENAME_EXCL of macOS
_HERE = -100  # AT_FDCWD


class _Call:
    """A rename of the C library that takes two paths and a flag."""

    def __init__(self, name: str) -> None:
        self._call = getattr(ctypes.CDLL(None, use_errno=True), name)
        self._linux = name == "renameat2"

    def __call__(self, path: bytes, to: bytes) -> int:
        if self._linux:
            return int(self._call(_HERE, path, _HERE, to, ctypes.c_uint(_NO_REPLACE)))
        return int(self._call(path, to, ctypes.c_uint(_EXCLUSIVE)))


def exclusive_rename() -> _Call | None:
    """The call of this system: two paths, and 0 where it worked; None where it has none."""
    name = {"linux": "renameat2", "darwin": "renamex_np"}.get(sys.platform)
    try:
        return _Call(name) if name else None
    except (OSError, AttributeError):
        return None

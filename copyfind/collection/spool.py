"""What is needed later in the same run and not tomorrow: bytes by key, in a file without a name.

What cannot be put there costs time alone: it is made again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from copyfind.private import make_folder

MOST = 8 << 30  # bytes
_SHARE = 0.1  # of the room that the volume has left


class Spool:
    """Bytes by key; what was put in last may be missing where there is no room.

    folder: on whose volume the file lies, which is gone with this process; without one, or where
    nothing can be written, nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._places: dict[bytes, tuple[int, int]] = {}  # where it begins, how long it is
        self._end = self._most = 0
        self._file: int | None = None
        if folder is not None:
            with suppress(OSError):
                make_folder(folder)
                self._most = min(MOST, int(_SHARE * shutil.disk_usage(folder).free))
                with TemporaryFile(dir=folder, buffering=0) as file:
                    self._file = os.dup(file.fileno())

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._places.clear()

    def put(self, new: Mapping[bytes, bytes]) -> None:
        """Keep these, as long as there is room."""
        kept = []
        end = self._end
        for key, data in new.items():
            if self._file is not None and key not in self._places:
                if end + len(data) > self._most:
                    break
                kept.append((key, data, end))
                end += len(data)
        if self._file is None or not kept:
            return
        with suppress(OSError):  # no room after all: nothing of these is known
            os.lseek(self._file, self._end, os.SEEK_SET)
            left = memoryview(b"".join(data for _, data, _ in kept))
            while left:
                left = left[os.write(self._file, left) :]
            self._places |= {key: (start, len(data)) for key, data, start in kept}
            self._end = end

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Those of them that are here."""
        found = {}
        for key in keys:
            start, length = self._places.get(key, (0, 0))
            if length and self._file is not None:
                os.lseek(self._file, start, os.SEEK_SET)  # Windows has no pread
                data = os.read(self._file, length)
                if len(data) == length:
                    found[key] = data
        return found

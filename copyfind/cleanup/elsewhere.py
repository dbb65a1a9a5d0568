"""A volume that is mounted elsewhere now, seen under the paths that it had.

A journal goes on speaking of the paths of the day on which files were cleared away; what is done
is done where they are today.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import replace

from copyfind.cleanup.files import Dress, Files, Seen
from copyfind.cleanup.holding import Held
from copyfind.collection.volumes import Volume
from copyfind.paths import below


class Elsewhere(Files):
    """The file system, with one folder under another path: what was below `was` is below `now`."""

    def __init__(self, files: Files, *, was: bytes, now: bytes) -> None:
        self._files = files
        self._was, self._now = was, now

    def today(self, path: bytes) -> bytes:
        """Where a path is now."""
        return _moved(self._files.today(path), self._was, self._now)

    def _then(self, path: bytes) -> bytes:
        return _moved(path, self._now, self._was)

    def look(self, path: bytes) -> Seen | None:
        seen = self._files.look(self.today(path))
        return seen and replace(seen, path=path)

    def resolve(self, path: bytes) -> bytes:
        return self._then(self._files.resolve(self.today(path)))

    def volume(self, path: bytes) -> Volume:
        volume = self._files.volume(self.today(path))
        return replace(volume, top=self._then(volume.top))

    def may_write_in(self, folder: bytes) -> bool:
        return self._files.may_write_in(self.today(folder))

    def is_ours(self, here: Seen) -> bool:
        return self._files.is_ours(here)

    def keeps_modes(self, folder: bytes) -> bool:
        return self._files.keeps_modes(self.today(folder))

    def examine(self, path: bytes) -> tuple[Seen, bytes]:
        seen, digest = self._files.examine(self.today(path))
        return replace(seen, path=path), digest

    def hold(self, path: bytes) -> AbstractContextManager[Held]:
        return self._files.hold(self.today(path))

    def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
        return self._files.compare(self.today(first), self.today(second))

    def digest(self, path: bytes) -> bytes:
        return self._files.digest(self.today(path))

    def read(self, path: bytes) -> bytes:
        return self._files.read(self.today(path))

    def read_link(self, path: bytes) -> bytes:
        return self._files.read_link(self.today(path))

    def names(self, folder: bytes) -> list[bytes]:
        return self._files.names(self.today(folder))

    def dress(self, path: bytes) -> Dress:
        return self._files.dress(self.today(path))

    def make_folder(self, path: bytes, mode: int = 0o777) -> None:
        self._files.make_folder(self.today(path), mode)

    def remove_folder(self, path: bytes) -> None:
        self._files.remove_folder(self.today(path))

    def rename_new(self, path: bytes, to: bytes) -> None:
        self._files.rename_new(self.today(path), self.today(to))

    def link(self, path: bytes, name: bytes) -> None:
        self._files.link(self.today(path), self.today(name))

    def symlink(self, target: bytes, name: bytes) -> None:
        self._files.symlink(target, self.today(name))

    def clone(self, path: bytes, name: bytes) -> None:
        self._files.clone(self.today(path), self.today(name))

    def copy(self, path: bytes, name: bytes) -> None:
        self._files.copy(self.today(path), self.today(name))

    def write_new(self, path: bytes, text: bytes) -> None:
        self._files.write_new(self.today(path), text)

    def append(self, path: bytes, text: bytes) -> None:
        self._files.append(self.today(path), text)

    def put_on(self, path: bytes, dress: Dress) -> None:
        self._files.put_on(self.today(path), dress)

    def set_time(self, path: bytes, mtime_ns: int) -> None:
        self._files.set_time(self.today(path), mtime_ns)

    def unlink(self, path: bytes) -> None:
        self._files.unlink(self.today(path))

    def sync_folder(self, path: bytes) -> None:
        self._files.sync_folder(self.today(path))

    def throw_away(self, path: bytes) -> None:
        self._files.throw_away(self.today(path))


def _moved(path: bytes, was: bytes, now: bytes) -> bytes:
    low, high = below(was)
    if path != was and not low <= path < high:
        return path
    rest = path[len(low) :]
    return os.path.join(now, rest) if rest else now

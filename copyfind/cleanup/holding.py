"""Two files held open while one of them goes: nobody writes to them meanwhile, and what has just
lost its name can be written down again.

Where the system knows leases (Linux, on volumes of its own), a file that another program has open
for writing is not let go, and one that opens it meanwhile waits. Elsewhere the open file alone is
held: its bytes outlast its name.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

if sys.platform == "linux":
    import fcntl
    import signal

_BLOCK = 1 << 20  # bytes read at a time


@dataclass(slots=True)
class Held:
    """A regular file that is open here. Everything raises OSError."""

    path: bytes
    descriptor: int
    busy: bool = False  # another program has it open for writing
    leased: bool = False
    counted: bool = True  # its volume counts the names of a file

    def status(self) -> os.stat_result:
        """What the file is now, whatever its path leads to."""
        return os.fstat(self.descriptor)

    def digest(self) -> bytes:
        """SHA-256 of its bytes."""
        digest = hashlib.sha256()
        for block in self._blocks():
            digest.update(block)
        return digest.digest()

    def let_go(self) -> None:
        """Close it where an open file cannot lose its name (Windows)."""
        if sys.platform == "win32":
            os.close(self.descriptor)
            self.descriptor = -1

    def is_disturbed(self) -> bool:
        """Whether another program has it open for writing, or wants to since it is held, as far as
        the volume lets us know."""
        if self.busy:
            return True
        if not self.leased or sys.platform != "linux":
            return False
        return fcntl.fcntl(self.descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK

    def is_in_place(self) -> bool:
        """Whether its path still leads to this very file, and the file has a name."""
        mine = self.status()
        try:
            there = os.lstat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        has_name = mine.st_nlink > 0 or not self.counted
        return has_name and (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)

    def write_down(self) -> None:
        """Give its bytes their name again, with mode and times, on disk when this returns; never
        over anything."""
        mine = self.status()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        target = os.open(self.path, flags, 0o600)
        try:
            for block in self._blocks():
                while block:
                    block = block[os.write(target, block) :]
            if sys.platform != "win32":
                with suppress(OSError):  # only root gives files away
                    os.fchown(target, mine.st_uid, mine.st_gid)
                os.fchmod(target, stat.S_IMODE(mine.st_mode))
            os.fsync(target)
        finally:
            os.close(target)
        os.utime(self.path, ns=(mine.st_atime_ns, mine.st_mtime_ns))

    def _blocks(self) -> Iterator[bytes]:
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        while block := os.read(self.descriptor, _BLOCK):
            yield block


@contextmanager
def held(path: bytes, descriptor: int) -> Iterator[Held]:
    """Hold a file that is open for reading, and close it in the end."""
    file = Held(path, descriptor)
    try:
        file.counted = file.status().st_nlink > 0
        _lease(file)
        yield file
    finally:
        if file.descriptor >= 0:
            os.close(file.descriptor)  # the lease ends with it


def _lease(file: Held) -> None:
    """Ask for a lease that readers do not disturb: indexers open whatever is renamed. Volumes and
    owners for which there is none are no failure."""
    if sys.platform != "linux":
        return
    try:
        # Who asks for the file meanwhile is made known by a signal; this one nobody dies of.
        fcntl.fcntl(file.descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file.descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        file.busy = True
    except OSError:
        pass
    else:
        file.leased = True

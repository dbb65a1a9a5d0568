"""The file system as a parameter: the few operations that clearing away uses, each one small.

None of them overwrites a file. `Files` is the real one; a test breaks any of them at any moment.
Every path is absolute. All raise OSError.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import secrets
import stat
import sys
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from enum import StrEnum

from copyfind.cleanup.holding import Held, held
from copyfind.cleanup.renaming import exclusive_rename
from copyfind.collection.placeholders import is_placeholder
from copyfind.collection.volumes import Volume, volume_of
from copyfind.paths import modified_ns
from copyfind.plans import PlannedFile
from copyfind.records import FoundFile, Identity, identity_of
from copyfind.whole_file import sync_folder

_BLOCK = 1 << 20  # bytes read at a time
_FICLONE = 0x40049409
# What a file system, or an old kernel, says that does not know the flag.
_UNKNOWN_FLAG = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LINKS = _UNKNOWN_FLAG | {errno.EPERM, errno.EMLINK, errno.EACCES}
# Windows has no such choice, and means the link itself.
_THE_LINK_ITSELF = {"follow_symlinks": False} if os.link in os.supports_follow_symlinks else {}
_BINARY = getattr(os, "O_BINARY", 0)
_NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | _BINARY


class Kind(StrEnum):
    """What kind of thing is at a path."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symlink"
    OTHER = "device or pipe"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at a path itself; a link at its end is not followed."""

    path: bytes
    kind: Kind
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    owner: tuple[int, int]  # user, group
    links: int
    placeholder: bool  # reading would download

    @property
    def identity(self) -> Identity:
        """What this file or folder is under each of its names."""
        return identity_of(self.path, self.device, self.inode)

    def planned(self, sha256: bytes) -> PlannedFile:
        """This regular file as a plan has it, with the SHA-256 of its bytes."""
        found = FoundFile(self.path, self.device, self.inode, self.size, self.mtime_ns)
        return PlannedFile(found, sha256)

    def is_as(self, planned: PlannedFile) -> bool:
        """Whether this may be the regular file that was planned, as far as can be told unread: the
        numbers of files and volumes are others after a mount, on some after a rename."""
        file = planned.file
        known = (file.size, file.mtime_ns)
        return self.kind is Kind.FILE and known == (self.size, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Dress:
    """Everything a file has beside its bytes."""

    mode: int
    owner: tuple[int, int]
    atime_ns: int
    mtime_ns: int
    attributes: tuple[tuple[str, bytes], ...] = ()  # extended ones, access lists among them


class Files:
    """The operations of the real file system that clearing away uses."""

    def look(self, path: bytes) -> Seen | None:
        """What is at a path; None if nothing is."""
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _seen(path, status)

    def resolve(self, path: bytes) -> bytes:
        """The path without links in it."""
        return os.path.realpath(path)

    def today(self, path: bytes) -> bytes:
        """Where a path is now, on a volume that may be mounted elsewhere (see `elsewhere`)."""
        return path

    def volume(self, path: bytes) -> Volume:
        """The volume that a file or folder is on."""
        return volume_of(path)

    def may_write_in(self, folder: bytes) -> bool:
        """Whether we may add names there; a folder in which everyone may is no place to keep
        things, unless it is ours."""
        try:
            status = os.stat(folder)
        except OSError:
            return False
        if status.st_mode & stat.S_ISVTX and status.st_uid != _user():
            return False
        return os.access(folder, os.W_OK | os.X_OK)

    def is_ours(self, here: Seen) -> bool:
        """Whether we own it, and nobody else may write to it. Systems without users always say
        yes."""
        user = _user()
        return user < 0 or (here.owner[0] == user and not here.mode & 0o022)

    def keeps_modes(self, folder: bytes) -> bool:
        """Whether a file that we make there for our eyes alone belongs to us and has that mode: FAT
        and many network drives give every file the same owner and mode. Raises OSError."""
        name = os.path.join(folder, b".copyfind-" + secrets.token_hex(8).encode() + b".new")
        self.write_new(name, b"")
        try:
            made = self.look(name)
        finally:
            self.unlink(name)
        return made is not None and self.is_ours(made)

    def digest(self, path: bytes) -> bytes:
        """SHA-256 of the bytes of a regular file."""
        descriptor = _open_to_read(path)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").digest()

    def examine(self, path: bytes) -> tuple[Seen, bytes]:
        """What the regular file that opens at a path is, and the SHA-256 of its bytes: a name that
        is only remembered does not open, and what is only remembered of a file is asked anew."""
        with os.fdopen(_open_to_read(path), "rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            return _seen(path, os.fstat(file.fileno())), digest

    def hold(self, path: bytes) -> AbstractContextManager[Held]:
        """Hold a regular file open, so that nobody writes to it meanwhile (see `holding`)."""
        return held(path, _open_to_read(path))

    def compare(self, first: bytes, second: bytes) -> tuple[bytes, bytes, bool]:
        """Both digests, and whether the bytes are equal, in one reading of each."""
        hashes = hashlib.sha256(), hashlib.sha256()
        equal = True
        with (
            os.fdopen(_open_to_read(first), "rb") as a,
            os.fdopen(_open_to_read(second), "rb") as b,
        ):
            while True:
                blocks = a.read(_BLOCK), b.read(_BLOCK)
                if not any(blocks):
                    return hashes[0].digest(), hashes[1].digest(), equal
                equal = equal and blocks[0] == blocks[1]
                for state, block in zip(hashes, blocks, strict=True):
                    state.update(block)

    def read(self, path: bytes) -> bytes:
        """All bytes of one of our own small files."""
        with os.fdopen(_open_to_read(path), "rb") as file:
            return file.read()

    def read_link(self, path: bytes) -> bytes:
        """Where the symlink at a path points."""
        return os.readlink(path)

    def names(self, folder: bytes) -> list[bytes]:
        """What is in a folder, sorted."""
        return sorted(os.listdir(folder))

    def dress(self, path: bytes) -> Dress:
        """Everything the file has beside its bytes."""
        status = os.lstat(path)
        attributes: list[tuple[str, bytes]] = []
        if sys.platform == "linux":
            with suppress(OSError):  # a file system may have none
                for name in sorted(os.listxattr(path, follow_symlinks=False)):
                    attributes.append((name, os.getxattr(path, name, follow_symlinks=False)))
        return Dress(
            stat.S_IMODE(status.st_mode),
            (status.st_uid, status.st_gid),
            status.st_atime_ns,
            status.st_mtime_ns,
            tuple(attributes),
        )

    def make_folder(self, path: bytes, mode: int = 0o777) -> None:
        """Make one folder, in a folder that exists."""
        os.mkdir(path, mode)

    def remove_folder(self, path: bytes) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def rename_new(self, path: bytes, to: bytes) -> None:
        """Rename, never over anything. On a file system that cannot in one step, a crash may
        leave both names to one file."""
        for way in (self.rename_exclusively, self.rename_by_link):
            try:
                way(path, to)
            except OSError as error:
                unable = _UNKNOWN_FLAG if way == self.rename_exclusively else _NO_LINKS
                if error.errno not in unable:
                    raise
            else:
                return
        # Neither: a volume such as FAT behind FUSE. Between look and rename a file may appear.
        if os.path.lexists(to):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), to)
        self.rename_plainly(path, to)

    def rename_exclusively(self, path: bytes, to: bytes) -> None:
        """Rename in one step that fails where there is something."""
        if sys.platform == "win32":
            os.rename(path, to)  # refuses by itself
            return
        call = exclusive_rename()
        if call is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), path)
        if call(path, to):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path, None, to)

    def rename_by_link(self, path: bytes, to: bytes) -> None:
        """Rename in two steps: make a second name, which fails where there is something, then
        remove the first, unless another file has taken its place in between."""
        os.link(path, to, **_THE_LINK_ITSELF)
        if not _are_one(os.lstat(path), os.lstat(to)):
            raise OSError(errno.ESTALE, "another file has just taken its place", path)
        self.unlink(path)

    def rename_plainly(self, path: bytes, to: bytes) -> None:
        """Rename as the system does it, perhaps over something: the caller has looked."""
        os.rename(path, to)

    def link(self, path: bytes, name: bytes) -> None:
        """Make a second name for a file."""
        os.link(path, name, **_THE_LINK_ITSELF)

    def symlink(self, target: bytes, name: bytes) -> None:
        """Make a name that points to a path."""
        os.symlink(target, name)

    def clone(self, path: bytes, name: bytes) -> None:
        """Make a new file that shares its bytes on disk until one of the two is written to."""
        if sys.platform != "linux":
            raise OSError(errno.ENOTSUP, "this system has no reflinks for us", path)
        import fcntl

        source = _open_to_read(path)
        try:
            target = _open_new(name)
            try:
                fcntl.ioctl(target, _FICLONE, source)
                os.fsync(target)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def copy(self, path: bytes, name: bytes) -> None:
        """Make a new file with the same bytes, on disk when this returns."""
        source = _open_to_read(path)
        try:
            target = _open_new(name)
            try:
                while block := os.read(source, _BLOCK):
                    _write_all(target, block)
                os.fsync(target)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def write_new(self, path: bytes, text: bytes) -> None:
        """Write a new small file of our own, on disk when this returns."""
        target = _open_new(path)
        try:
            _write_all(target, text)
            os.fsync(target)
        finally:
            os.close(target)

    def append(self, path: bytes, text: bytes) -> None:
        """Add to a file of our own, made if need be, on disk when this returns."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NOT_THROUGH_LINKS
        target = os.open(path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(target).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            _write_all(target, text)
            os.fsync(target)
        finally:
            os.close(target)

    def put_on(self, path: bytes, dress: Dress) -> None:
        """Give a file an owner where that is allowed, attributes where its volume has them, mode
        and times; on disk when this returns."""
        if hasattr(os, "chown"):
            with suppress(PermissionError):  # only root gives files away
                os.chown(path, *dress.owner, follow_symlinks=False)
        if sys.platform == "linux":
            for name, value in dress.attributes:
                with suppress(OSError):
                    os.setxattr(path, name, value, follow_symlinks=False)
        os.chmod(path, dress.mode)
        os.utime(path, ns=(dress.atime_ns, dress.mtime_ns))
        descriptor = os.open(path, os.O_RDONLY | _NOT_THROUGH_LINKS)
        try:
            with suppress(OSError):  # Windows syncs only what is open for writing
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def set_time(self, path: bytes, mtime_ns: int) -> None:
        """Give a file its time of change, and leave the time at which it was read as it is."""
        os.utime(path, ns=(os.lstat(path).st_atime_ns, mtime_ns))

    def unlink(self, path: bytes) -> None:
        """Remove one name of a file."""
        os.unlink(path)

    def sync_folder(self, path: bytes) -> None:
        """Make what was done to the names in a folder outlast a power cut."""
        sync_folder(path)

    def throw_away(self, path: bytes) -> None:
        """Give a file to the system's own trash, which does not say where that is (macOS,
        Windows)."""
        from send2trash import send2trash

        send2trash(os.fsdecode(path))


def _are_one(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether two names are of one file. Pooled volumes number each of them apart."""
    if (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino):
        return True
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _seen(path: bytes, status: os.stat_result) -> Seen:
    kinds = ((stat.S_ISREG, Kind.FILE), (stat.S_ISDIR, Kind.FOLDER), (stat.S_ISLNK, Kind.LINK))
    return Seen(
        path=path,
        kind=next((kind for test, kind in kinds if test(status.st_mode)), Kind.OTHER),
        device=status.st_dev % 2**64,  # as the catalog has them
        inode=status.st_ino % 2**64,
        size=status.st_size,
        mtime_ns=modified_ns(status),
        ctime_ns=status.st_ctime_ns,
        mode=stat.S_IMODE(status.st_mode),
        owner=(status.st_uid, status.st_gid),
        links=status.st_nlink,
        placeholder=is_placeholder(status),
    )


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else -1


def _open_to_read(path: bytes) -> int:
    """Open a regular file: not through a link at its end, no pipe that would make us wait."""
    descriptor = os.open(path, os.O_RDONLY | _NOT_THROUGH_LINKS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor


def _open_new(path: bytes) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)


def _write_all(descriptor: int, text: bytes) -> None:
    while text:
        text = text[os.write(descriptor, text) :]

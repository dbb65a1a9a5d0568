"""Walk folders and tell what is in them: files that may be pictures, and what kept us from some.

A scan never stops for what it meets. Its records say enough to tell a deleted file from one that
could not be seen: a known file below the folder is gone if the scan ended without meeting it,
nothing at or above its path is an `UnlistedFolder`, and its device is among those met.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from copyfind.collection.excludes import IGNORE_FILE, Excludes, compile_patterns
from copyfind.collection.libraries import is_furniture, is_never_a_picture, library_at
from copyfind.collection.pictures import PICTURE_SUFFIXES, begins_like_a_picture, suffix_of
from copyfind.collection.placeholders import in_words, is_placeholder, stubbed_name, stubbed_size
from copyfind.paths import modified_ns
from copyfind.records import FoundFile, Identity, Problem, Unreadable, identity_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """What a scan takes. Libraries, trash and thumbnails are left out whatever is asked here.

    Raises ValueError for a pattern that is none.
    """

    exclude: tuple[str, ...] = ()  # .gitignore syntax, relative to the scanned folder
    minimum_size: int = 1  # bytes; empty files that are named like a picture are told anyway
    hidden: bool = False  # names with a leading dot, and the attribute on Windows and macOS
    follow_symlinks: bool = False
    one_file_system: bool = False
    hydrate: bool = False  # take cloud placeholders, although reading one downloads it

    def __post_init__(self) -> None:
        for pattern in self.exclude:
            try:
                compile_patterns([pattern])
            except ValueError as error:
                raise ValueError(f"not a pattern in .gitignore syntax: {pattern!r}") from error


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder that was listed, told before anything in it."""

    path: bytes
    device: int


@dataclass(frozen=True, slots=True)
class UnlistedFolder:
    """A folder that could not be listed: of what is at or below it, nothing is known."""

    path: bytes
    problem: Problem
    reason: str  # one line for people


@dataclass(frozen=True, slots=True)
class LeftOutLibrary:
    """A library or catalog of another program that was not entered."""

    path: bytes
    kind: str  # "Apple Photos library"


Found = FoundFile | Unreadable
Met = Found | ListedFolder | UnlistedFolder | LeftOutLibrary

_WINDOWS = os.name == "nt"
_HIDDEN_ON_WINDOWS = 0x2  # FILE_ATTRIBUTE_HIDDEN
_HIDDEN_ON_MACOS = 0x8000  # UF_HIDDEN
_JUNCTION = 0xA000_0003  # IO_REPARSE_TAG_MOUNT_POINT: a symlink that does not say so


def scan(folder: bytes, options: ScanOptions) -> Iterator[Met]:
    """Tell everything below `folder`, depth-first, names in the order of their bytes.

    Paths are absolute and resolved. A folder reached by two ways (a second mount, a followed
    link) is told once, under the first.

    With `follow_symlinks`, links are looked at after all else, and what they lead to is told
    under its own path, once, and only if the scan did not come by it. A folder reached in this
    way is scanned like one the user named: patterns are relative to it.
    """
    top = os.path.realpath(folder)
    walk = _Walk(top, options)
    yield from walk.tree(top)
    yield from walk.linked()


def scan_paths(paths: Iterable[bytes], options: ScanOptions) -> Iterator[Met]:
    """Tell the files named, in their order; a folder among them is scanned.

    A file named is taken whatever its suffix, its name or its place; only `minimum_size` and
    `hydrate` apply. Links named are resolved, as they are for folders. Nothing is told twice.
    """
    told: set[tuple[type, bytes]] = set()
    for path in paths:
        if not path:  # what follows a list's last separator would else be the working folder
            continue
        for met in _named(path, options):
            key = (type(met), met.path)
            if key not in told:
                told.add(key)
                yield met


class _Walk:
    """One scan: where it has been, and the links it has put off."""

    def __init__(self, top: bytes, options: ScanOptions) -> None:
        self.top = top
        self.options = options
        self.device: int | None = None  # that of `top`
        self.visited: set[Identity] = set()
        self.links: deque[bytes] = deque()

    def tree(self, top: bytes) -> Iterator[Met]:
        """Tell `top` and what is below. The stack is ours, so any depth will do."""
        ways = [self.folder(top, Excludes.below(top, self.options.exclude))]
        while ways:
            met = next(ways[-1], None)
            if met is None:
                ways.pop()
            elif isinstance(met, _Below):
                ways.append(self.folder(met.path, met.excludes))
            else:
                yield met

    def folder(self, path: bytes, excludes: Excludes) -> Iterator[Met | _Below]:
        """Tell one folder, and name those below it in their place."""
        try:
            status = os.stat(path)
            if self.is_foreign(status) or identity(path, status) in self.visited:
                return
            with os.scandir(path) as listing:
                entries = sorted(listing, key=_told_name)
            if any(entry.name == IGNORE_FILE and entry.is_file() for entry in entries):
                excludes = excludes.with_ignore_file(path)
        except OSError as error:
            yield UnlistedFolder(path, _problem(error), _reason("cannot be listed", error))
            return
        except ValueError as error:  # to go on would take what the user wants left out
            yield UnlistedFolder(path, Problem.IO, f"its .copyfindignore cannot be used: {error}")
            return
        self.visited.add(identity(path, status))
        yield ListedFolder(path, status.st_dev)
        names = {entry.name for entry in entries}
        for entry in entries:
            met = self.look_at(entry, excludes, names)
            if met is not None:
                yield met

    def look_at(
        self, entry: os.DirEntry[bytes], excludes: Excludes, names: set[bytes]
    ) -> Met | _Below | None:
        """What there is to tell of one name in a folder. Links wait for the end of the scan."""
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            if _is_link(entry):
                if self.options.follow_symlinks and self.wants(entry, excludes, is_folder=False):
                    self.links.append(entry.path)
                return None
            if is_folder:
                return self.subfolder(entry, excludes)
            if entry.is_file(follow_symlinks=False):
                return self.file(entry, excludes, names)
        except OSError as error:  # some file systems tell a folder from a file only if we may look
            return UnlistedFolder(entry.path, _problem(error), _reason("cannot be read", error))
        return None  # a pipe, a socket, a device

    def subfolder(
        self, entry: os.DirEntry[bytes], excludes: Excludes
    ) -> _Below | LeftOutLibrary | None:
        if is_furniture(entry.name) or not self.wants(entry, excludes, is_folder=True):
            return None
        if kind := library_at(entry.path):
            return LeftOutLibrary(entry.path, kind)
        return _Below(entry.path, excludes)

    def file(
        self, entry: os.DirEntry[bytes], excludes: Excludes, names: set[bytes]
    ) -> Found | None:
        if (name := stubbed_name(entry.name)) is not None:
            return None if name in names else self.stub(entry, name, excludes)
        suffix = suffix_of(entry.name)
        if suffix and suffix not in PICTURE_SUFFIXES:
            return None
        if is_never_a_picture(entry.name):
            return None
        try:
            if not self.wants(entry, excludes, is_folder=False):
                return None
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            return Unreadable(entry.path, _problem(error), _reason("cannot be read", error))
        return _take(entry.path, status, self.options, look_inside=not suffix)

    def stub(self, entry: os.DirEntry[bytes], name: bytes, excludes: Excludes) -> Unreadable | None:
        """Tell the file that an iCloud stub stands for, under the file's own path."""
        path = os.path.join(os.path.dirname(entry.path), name)
        if suffix_of(name) not in PICTURE_SUFFIXES or excludes.cover(path):
            return None
        size = stubbed_size(entry.path)
        amount = "its bytes are" if size is None else f"{in_words(size)} are"
        reason = f"{amount} in iCloud only; download it in the Finder to have it searched"
        return Unreadable(path, Problem.PLACEHOLDER, reason)

    def wants(self, entry: os.DirEntry[bytes], excludes: Excludes, *, is_folder: bool) -> bool:
        if not self.options.hidden:
            if entry.name.startswith(b"."):
                return False
            if is_marked_hidden(entry.stat(follow_symlinks=False)):
                return False
        return not excludes.cover(entry.path, is_folder=is_folder)

    def is_foreign(self, status: os.stat_result) -> bool:
        """Whether what has this status is on a file system that was not asked for."""
        if self.device is None:
            self.device = status.st_dev
        return self.options.one_file_system and status.st_dev != self.device

    def linked(self) -> Iterator[Met]:
        """Tell what the links lead to that were met; folders first, as they may hold the files."""
        files: dict[bytes, os.stat_result] = {}
        while self.links:
            target = os.path.realpath(self.links.popleft())
            try:
                status = os.stat(target)
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ELOOP):  # these lead nowhere
                    reason = _reason("a link leads here, which cannot be followed", error)
                    yield UnlistedFolder(target, _problem(error), reason)
                continue
            if self.is_in_library(target):
                continue
            if stat.S_ISDIR(status.st_mode):
                yield from self.tree(target)
            elif stat.S_ISREG(status.st_mode) and suffix_of(target) in PICTURE_SUFFIXES:
                files[target] = status
        for path, status in files.items():
            if not self.is_foreign(status) and not self.has_visited(os.path.dirname(path)):
                found = _take(path, status, self.options)
                if found is not None:
                    yield found

    def has_visited(self, folder: bytes) -> bool:
        try:
            return identity(folder, os.stat(folder)) in self.visited
        except OSError:
            return False

    def is_in_library(self, path: bytes) -> bool:
        """Whether a link to `path` would pull in what the walk itself leaves out."""
        while path != self.top and path != os.path.dirname(path):
            if is_furniture(os.path.basename(path)) or library_at(path):
                return True
            path = os.path.dirname(path)
        return False


@dataclass(frozen=True, slots=True)
class _Below:
    """A folder to be told next, before what follows it."""

    path: bytes
    excludes: Excludes


def _take(
    path: bytes, status: os.stat_result, options: ScanOptions, *, look_inside: bool = False
) -> Found | None:
    """The record of a regular file, if it deserves one."""
    size = status.st_size
    if size == 0:
        empty = Unreadable(path, Problem.EMPTY, "0 bytes: it never arrived, or was lost")
        return None if look_inside else empty
    if size < options.minimum_size:
        return None
    if is_placeholder(status) and not options.hydrate:
        reason = f"{in_words(size)} are in the cloud only; --hydrate downloads them"
        return Unreadable(path, Problem.PLACEHOLDER, reason)
    try:
        if look_inside and not begins_like_a_picture(path):
            return None
        if _WINDOWS:  # what a listing gives there lacks device and inode
            status = os.stat(path)
    except OSError as error:
        return Unreadable(path, _problem(error), _reason("cannot be read", error))
    return FoundFile(path, status.st_dev, status.st_ino, size, modified_ns(status))


def _named(path: bytes, options: ScanOptions) -> Iterable[Met]:
    try:
        path = os.path.realpath(path)
        status = os.stat(path)
    except OSError as error:
        return [Unreadable(path, _problem(error), _reason("cannot be read", error))]
    except ValueError:
        reason = "no path holds a zero byte; a list from `find -print0` needs -0"
        return [Unreadable(path, Problem.IO, reason)]
    if stat.S_ISDIR(status.st_mode):
        return scan(path, options)
    if not stat.S_ISREG(status.st_mode):
        return [Unreadable(path, Problem.IO, "neither a file nor a folder")]
    found = _take(path, status, options)
    return [] if found is None else [found]


def identity(path: bytes, status: os.stat_result) -> Identity:
    """What a file or folder is under each of its names, from its status."""
    return identity_of(path, status.st_dev, status.st_ino)


def _told_name(entry: os.DirEntry[bytes]) -> bytes:
    return stubbed_name(entry.name) or entry.name


def is_marked_hidden(status: object) -> bool:
    """Whether Windows or macOS hide it; `status` is an `os.stat_result` or alike."""
    attributes: int = getattr(status, "st_file_attributes", 0)
    flags: int = getattr(status, "st_flags", 0)
    return bool(attributes & _HIDDEN_ON_WINDOWS or flags & _HIDDEN_ON_MACOS)


def _is_link(entry: os.DirEntry[bytes]) -> bool:
    return entry.is_symlink() or (_WINDOWS and is_junction(entry.stat(follow_symlinks=False)))


def is_junction(status: object) -> bool:
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION


def _problem(error: OSError) -> Problem:
    if isinstance(error, PermissionError):
        return Problem.PERMISSION
    if isinstance(error, FileNotFoundError):
        return Problem.VANISHED
    return Problem.IO


def _reason(what: str, error: OSError) -> str:
    return f"{what}: {error.strerror or error}"

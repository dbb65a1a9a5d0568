"""A folder to fill, seen as a scan sees it: bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database

from copyfind.collection.scan import Met, ScanOptions, scan
from copyfind.records import FoundFile

JPEG = b"\xff\xd8\xff\xe0 as much of a JPEG as a scan looks at"


def add_contents(db: Database, hashes: Iterable[bytes]) -> None:
    """Contents numbered from 1 on, each with a file named by the first byte of its hash."""
    for number, sha256 in enumerate(hashes, start=1):
        db.execute(
            "INSERT INTO contents (id, sha256, size, settled, decoder) VALUES (?, ?, 1, 0, '')",
            (number, sha256),
        )
        db.execute(
            "INSERT INTO files (path, device, inode, size, mtime_ns, content, state) "
            "VALUES (?, 1, ?, 1, 1, ?, 'present')",
            (sha256[:1], number, number),
        )


@dataclass(frozen=True)
class Folder:
    """A real folder; names are relative to it, with `/` between them."""

    path: bytes

    def at(self, name: str | bytes) -> bytes:
        return os.path.join(self.path, os.fsencode(name))

    def add(self, name: str | bytes, content: bytes = JPEG) -> bytes:
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def link(self, name: str | bytes, target: bytes) -> bytes:
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
        return path

    def scan(self, options: ScanOptions | None = None) -> list[Met]:
        return list(scan(self.path, options or ScanOptions()))

    def found(self, options: ScanOptions | None = None) -> list[str]:
        """The names of the files found, in the order they were told."""
        begin = len(self.path) + 1
        met = self.scan(options)
        return [os.fsdecode(one.path[begin:]) for one in met if isinstance(one, FoundFile)]


@contextmanager
def not_as_root() -> Iterator[None]:
    """Root is refused nothing, so root's tests about rights act as "nobody" for a while."""
    nobody = 65534
    if os.geteuid() != 0:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(nobody)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    top = os.path.realpath(os.fsencode(tmp_path / "photos"))
    os.mkdir(top)
    return Folder(top)


@pytest.fixture
def open_way() -> Iterator[Folder]:
    """A folder to which another user finds the way, unlike pytest's own."""
    top = tempfile.mkdtemp(dir="/tmp")
    os.chmod(top, 0o755)
    yield Folder(os.path.realpath(os.fsencode(top)))
    subprocess.run(["chmod", "-R", "u+rwx", top], check=True)
    shutil.rmtree(top)


@pytest.fixture
def mounted(folder: Folder) -> Iterator[Folder]:
    """`first/album/a.jpg`, and `first` mounted a second time: as `second` and in itself."""
    folder.add("first/album/a.jpg")
    done: list[bytes] = []
    try:
        for place in [folder.at("second"), folder.at("first/loop")]:
            os.mkdir(place)
            if not mount(folder.at("first"), place):
                pytest.skip("mounting is not allowed here")
            done.append(place)
        yield folder
    finally:
        for place in reversed(done):
            subprocess.run(["umount", os.fsdecode(place)], check=True)


def mount(folder: bytes, place: bytes) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    command = ["mount", "--bind", os.fsdecode(folder), os.fsdecode(place)]
    return subprocess.run(command, capture_output=True).returncode == 0

"""Pictures drawn for a test, and an album: a folder of them with its catalog beside it."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

import copyfind
from copyfind.cleanup.files import Files
from copyfind.collection.scan import ScanOptions
from copyfind.collection.volumes import volume_of
from copyfind.descriptor.weights import DEFAULT_MODEL
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Effort, Findings, Floats, Summary
from copyfind.watch import NOBODY, Watch
from tests.browsing import chromium, open_page

__all__ = ["chromium", "open_page"]  # fixtures: one browser for all tests of a worker

# How long an example takes depends on what else the machine does.
settings.register_profile("copyfind", deadline=None)
settings.load_profile("copyfind")

_SHAPES = 14
_HERE = str(Path(copyfind.__file__).parents[1])


def draw(seed: int, *, width: int = 160, height: int = 120) -> Image.Image:
    """A picture like no other seed's: shapes on a sky, with the grain of a photo."""
    chance = np.random.default_rng(seed)
    ends = chance.integers(0, 256, (2, 1, 3)).astype(np.float32)
    slope = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = (ends[0] * (1 - slope) + ends[1] * slope).repeat(width, axis=1)
    picture = Image.fromarray(sky.astype(np.uint8))
    pencil = ImageDraw.Draw(picture)
    for _ in range(_SHAPES):
        x, y = chance.uniform(0, 0.8, 2) * (width, height)
        w, h = chance.uniform(0.05, 0.5, 2) * (width, height)
        colour = tuple(chance.integers(0, 256, 3).tolist())
        paint = pencil.ellipse if chance.random() < 0.5 else pencil.rectangle
        paint((x, y, x + w, y + h), fill=colour)
    grain = chance.integers(-6, 7, (height, width, 3))
    return Image.fromarray((np.asarray(picture, np.int16) + grain).clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Album:
    """A real folder with pictures, and the catalog that indexes it."""

    folder: Path
    catalog: Path

    def add(self, name: str, seed: int, **saving: Any) -> Path:
        """A drawn picture, in the format that its name says."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(seed).save(path, **saving)
        return path

    def index(
        self,
        *folders: Path,
        model: str = DEFAULT_MODEL,
        options: ScanOptions | None = None,
        paths: Sequence[bytes] = (),
        batch_size: int | None = None,
        workers: int = 1,
        watch: Watch = NOBODY,
    ) -> Summary:
        """Index the folder, or others."""
        named = folders or (() if paths else (self.folder,))
        return index_folders(
            [os.fsencode(folder) for folder in named],
            catalog=self.catalog,
            paths=paths,
            options=options,
            model=model,
            batch_size=batch_size,
            workers=workers,
            watch=watch,
        )

    def findings(self, *within: Path, effort: Effort = Effort.NORMAL) -> Findings:
        here = [os.fsencode(path) for path in within]
        return find_copies(self.catalog, within=here, effort=effort)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the catalog as they are stored."""
        with closing(sqlite3.connect(self.catalog)) as db:
            return db.execute(sql).fetchall()

    def states(self) -> dict[str, str]:
        """The state of every file remembered, by its name in the folder."""
        rows = self.query("SELECT path, state FROM files ORDER BY path")
        return {os.path.relpath(os.fsdecode(path), self.folder): state for path, state in rows}

    def stored(self) -> Stored:
        """What the catalog holds, whatever order it was learnt in."""
        return Stored(
            files={
                path: tuple(known)
                for path, *known in self.query(
                    "SELECT f.path, f.state, f.size, f.mtime_ns, c.sha256, f.reason "
                    "FROM files f LEFT JOIN contents c ON c.id = f.content"
                )
            },
            contents={
                sha256: tuple(facts)
                for sha256, *facts in self.query(
                    "SELECT sha256, size, width, height, format, facts, pixels, problem, reason "
                    "FROM contents"
                )
            },
            descriptors={
                (sha256, weights): np.frombuffer(vector, np.float16).astype(np.float32)
                for sha256, weights, vector in self.query(
                    "SELECT c.sha256, m.weights, d.vector FROM descriptors d "
                    "JOIN contents c ON c.id = d.content JOIN models m ON m.id = d.model"
                )
            },
        )


@dataclass(frozen=True, eq=False)
class Stored:
    """The catalog's tables by what they are about, without the catalog's own numbers."""

    files: Mapping[bytes, tuple[Any, ...]]
    contents: Mapping[bytes, tuple[Any, ...]]
    descriptors: Mapping[tuple[bytes, str], Floats]


def assert_same_descriptors(
    some: Mapping[tuple[bytes, str], Floats], others: Mapping[tuple[bytes, str], Floats]
) -> None:
    """Every one of some is among the others, and points the same way."""
    for key, vector in some.items():
        assert float(vector @ others[key]) >= 0.999


def problems_of(summary: Summary) -> dict[str, str]:
    """What was skipped and why, by the last part of its path."""
    return {os.path.basename(os.fsdecode(s.path)): s.problem.value for s in summary.skipped}  # noqa: PTH119 - bytes


def child(*words: str) -> list[str]:
    """The command line of `copyfind` in a process of its own."""
    return [sys.executable, "-m", "copyfind", *words]


def surroundings() -> dict[str, str]:
    """The environment in which a child finds this copyfind, and computes with one thread."""
    return os.environ | {"PYTHONPATH": _HERE, "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}


def run_copyfind(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(child(*words), env=surroundings(), capture_output=True, text=True)


def run_python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines of Python in a process of their own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *words],
        env=surroundings(),
        capture_output=True,
        text=True,
    )


@pytest.fixture(autouse=True, scope="session")
def nothing_outside_of_tests() -> Iterator[None]:
    """A quarantine lies in the topmost folder we may write in: for root, that would be /. Here it
    is a folder of this run, not the one that pytest has for all runs."""
    real = Files.may_write_in

    def confined(files: Files, folder: bytes) -> bool:
        return re.search(rb"/pytest-(?!of-)", folder) is not None and real(files, folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Files, "may_write_in", confined)
        yield


@pytest.fixture(autouse=True, scope="session")
def one_core_each() -> Iterator[None]:
    """The other cores run other tests; each worker process that a command starts for one takes a
    quarter of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
        yield


@pytest.fixture
def album(tmp_path: Path) -> Album:
    folder = tmp_path.resolve() / "photos"
    folder.mkdir()
    return Album(folder, tmp_path / "catalog.sqlite")


@pytest.fixture
def drawn_album(album: Album) -> Album:
    """Three different pictures."""
    for seed, name in enumerate(["a.jpg", "b.png", "inner/c.jpg"]):
        album.add(name, seed)
    return album


@dataclass(frozen=True)
class Volume:
    """A small file system of its own."""

    path: Path

    def unplug(self) -> None:
        """Leave the empty folder it was mounted at."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)

    def make_read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.path / "filling").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self) -> None:
        (self.path / "filling").unlink()


@pytest.fixture
def lasting_numbers(tmp_path: Path) -> None:
    """Where files are known by their numbers: not in memory, in a container, on FAT."""
    if not volume_of(os.fsencode(tmp_path.resolve())).keeps_numbers:
        pytest.skip("the numbers of files do not last here")


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Volume]:
    path = tmp_path.resolve() / "disks" / "volume"
    path.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "copyfind-test", str(path)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("mounting is not allowed here")
    volume = Volume(path)
    yield volume
    if path.is_mount():
        volume.unplug()

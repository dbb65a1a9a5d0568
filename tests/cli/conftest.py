"""A small collection of photos, indexed once, and a way to run commands on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest
from PIL import Image

import copyfind
from copyfind.cli.app import main
from copyfind.cli.console import Settings, settings
from tests.photos import photo

if TYPE_CHECKING:  # most commands are tested without torch
    from copyfind.learn.attack.sprites import Sprites

STRANGE = "[bold]\x1b[31mred\nline[/bold].png"
SHOWN_STRANGE = "[bold]\\x1b[31mred\\nline[/bold].png"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote where."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Collection:
    """A folder of pictures, and the catalog that knows it."""

    folder: Path
    catalog: Path

    def at(self, name: str) -> Path:
        return self.folder / name

    def add(self, name: str, of: str = "coffee") -> Path:
        """A real photo under this name: what is drawn by chance, the network finds all alike."""
        path = self.at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(of).save(path)
        return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `main` in this process."""

    def run_main(*words: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        written = capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return run_main


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing of the user's own: catalog, cache, colours, width."""
    monkeypatch.setenv("COPYFIND_CATALOG", str(tmp_path / "catalog.sqlite"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    yield
    fresh = Settings()
    settings.quiet, settings.json_log, settings.debug = fresh.quiet, fresh.json_log, fresh.debug


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Copies of every kind, a hard link, a name that is an attack, and a file that is broken.

    Read-only for tests: all of them share it.
    """
    top = tmp_path_factory.mktemp("collection").resolve()
    collection = Collection(top / "photos", top / "catalog.sqlite")
    original = collection.add("camera/harbour.png", "coffee")
    (collection.at("copies")).mkdir()
    shutil.copy(original, collection.at("copies/harbour copy.png"))
    with Image.open(original) as picture:
        picture.save(collection.at("copies/harbour.tif"))
        picture.resize((160, 120)).save(collection.at("copies/small.jpg"), quality=80)
    market = collection.add("camera/market.png", "chelsea")
    os.link(market, collection.at("camera/market link.png"))
    shutil.copy(collection.add(f"names/{STRANGE}", "astronaut"), collection.at("names/plain.png"))
    collection.add("camera/alone.png", "rocket")
    collection.at("broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 the rest was lost")
    with pytest.raises(SystemExit) as ended:
        main(["--quiet", "index", str(collection.folder), "--catalog", str(collection.catalog)])
    assert ended.value.code == 3
    return collection


@pytest.fixture
def collection(indexed: Collection, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The indexed collection, whose catalog is the default one."""
    monkeypatch.setenv("COPYFIND_CATALOG", str(indexed.catalog))
    return indexed


@pytest.fixture
def album(tmp_path: Path) -> Collection:
    """A folder of this test's own, with nothing indexed yet in the default catalog."""
    folder = tmp_path.resolve() / "photos"
    folder.mkdir()
    return Collection(folder, tmp_path / "catalog.sqlite")


@pytest.fixture(scope="session")
def sprites() -> Sprites:
    """A small bank of text and emoji."""
    from copyfind.learn.attack.sprites import draw_sprites  # torch loads here

    return draw_sprites(lines=8, emoji=8)


@pytest.fixture
def ground(tmp_path: Path, sprites: Sprites) -> Iterator[Path]:
    """Drawn photos, a tiny teacher, start weights and sprites; one thread for tiny tensors."""
    import torch

    from tests.training import make_ground

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    make_ground(tmp_path, sprites)
    yield tmp_path
    torch.set_num_threads(before)


@pytest.fixture
def train(run: Run) -> Run:
    """Run `copyfind train` in this process."""
    return lambda *words: run("train", *words)


@pytest.fixture
def distill(train: Run, ground: Path) -> Run:
    """Run `copyfind train`, everything tiny, from a teacher that is given."""
    from tests.training import tiny_options

    return lambda *more: train(*tiny_options(ground), "--teacher", ground / "teacher.pt", *more)


def child(*words: str | Path) -> list[str]:
    """The command line of `copyfind` in a process of its own."""
    return [sys.executable, "-m", "copyfind", *map(str, words)]


def outside() -> dict[str, str]:
    """The environment in which a child finds this copyfind, and computes with one thread: what
    tests describe is small, and threads of many processes wait for each other."""
    here = str(Path(copyfind.__file__).parents[1])
    return os.environ | {"PYTHONPATH": here, "OMP_NUM_THREADS": "1"}


@contextmanager
def serving(*words: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`copyfind` in a process of its own that serves a page, and where; it ends with the block."""
    with started(child(*words), outside()) as serves:
        yield serves


@contextmanager
def started(
    command: list[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """What a command serves that runs in this environment, and where."""
    with subprocess.Popen(
        command,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def serving_at_a_terminal(*words: str | Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The same, where what it writes goes to somebody's terminal."""
    master, slave = os.openpty()
    with (
        os.fdopen(master, "rb", buffering=0) as seen,
        subprocess.Popen(
            child(*words), env=outside() | {"PYTHONUNBUFFERED": "1"}, stdout=slave, stderr=PIPE
        ) as process,
    ):
        os.close(slave)
        try:
            told = b""
            with suppress(OSError):  # how the end of a terminal is read
                while not told.endswith(b"\n") and (more := seen.read(1)):
                    told += more
            yield process, told.decode().strip()
        finally:
            process.kill()


def page_at(address: str) -> bytes:
    """What is served there, once it is, to who keeps its cookies."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(address, timeout=200) as answer:
        page: bytes = answer.read()
    return page


YES = ("--yes", "--yes-large")


@pytest.fixture
def copies(run: Run, album: Collection) -> Collection:
    """Two photos, each with a copy; one of them has a sidecar, and so has its copy."""
    album.add("camera/one.png", "coffee")
    album.add("camera/two.png", "chelsea")
    album.at("copies").mkdir()
    for name in ("one", "two"):
        shutil.copy2(album.at(f"camera/{name}.png"), album.at(f"copies/{name} copy.png"))
    for name in ("camera/two.png", "copies/two copy.png"):
        album.at(f"{name}.xmp").write_text('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    run("index", album.folder)
    return album


def tree(collection: Collection) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(collection.folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(collection.folder.rglob("*"))
        if path.is_file()
    }


def planned(run: Run, tmp_path: Path, *words: str) -> Path:
    path = tmp_path / "plan.json"
    ran = run("plan", "-o", path, *words)
    assert ran.code == 0, ran.err
    return path

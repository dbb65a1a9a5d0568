"""Whenever a run of `index` is killed or stopped, nothing is lost and the next run completes it."""

from __future__ import annotations

import math
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from copyfind.pipeline.checking import check_catalog
from tests.collection.tree_changes import picture_bytes
from tests.conftest import (
    Album,
    Stored,
    Volume,
    assert_same_descriptors,
    child,
    draw,
    run_copyfind,
    surroundings,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and mounts of Linux")

_PICTURES = 70  # more than one batch
_LOOK = 0.002  # seconds between two looks at a run; the limit of a whole test ends what hangs


def fill(folder: Path) -> None:
    """Tiny pictures, a copy, the same pixels in two formats, a broken file."""
    for number in range(_PICTURES):
        (folder / f"{number}.bmp").write_bytes(picture_bytes(number))
    shutil.copyfile(folder / "1.bmp", folder / "copy.bmp")
    (folder / "broken.jpg").write_bytes(b"broken")
    for name in ["large.png", "large.bmp"]:
        draw(1).save(folder / name)


@dataclass(frozen=True, eq=False)
class Undisturbed:
    """A folder, what a run that nobody disturbs stores of it, and how often it writes: to the
    catalog, to the caches, to its workers."""

    folder: Path
    stored: Stored
    writes: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    place = tmp_path_factory.mktemp("undisturbed").resolve()
    album = Album(place / "photos", place / "catalog.sqlite")
    album.folder.mkdir()
    fill(album.folder)
    with start(album) as process:
        writes = follow(process)
    assert process.returncode == 3  # one file is broken
    return Undisturbed(album.folder, album.stored(), writes)


@pytest.fixture
def album(undisturbed: Undisturbed, tmp_path: Path) -> Album:
    """The same folder, with a catalog of its own."""
    return Album(undisturbed.folder, tmp_path / "catalog.sqlite")


def start(album: Album, *options: str) -> subprocess.Popen[str]:
    words = ["index", str(album.folder), "--catalog", str(album.catalog), "--workers", "2"]
    return subprocess.Popen(
        child(*words, *options), env=surroundings(), stderr=subprocess.PIPE, text=True
    )


def follow(process: subprocess.Popen[str], *, until: float = math.inf) -> int:
    """Wait until the run has written so often, or has ended; returns how often it was.

    That is how far it has come, however busy the machine is: seconds are not.
    """
    run, writes = psutil.Process(process.pid), 0
    while process.poll() is None and writes < until:
        with suppress(psutil.Error):  # it has ended and is not reaped yet
            writes = run.io_counters().write_count
        time.sleep(_LOOK)
    return writes


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(_LOOK)


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return list(psutil.Process(process.pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def assert_gone(workers: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert alive == []


def assert_holds(later: Stored, earlier: Stored) -> None:
    """Nothing of what was stored before is lost or changed."""
    assert later.contents.keys() >= earlier.contents.keys()
    assert later.descriptors.keys() >= earlier.descriptors.keys()
    assert_same_descriptors(earlier.descriptors, later.descriptors)


def assert_completes(album: Album, undisturbed: Undisturbed) -> None:
    """The next run brings the catalog to where an undisturbed one brings it."""
    album.index()
    stored, expected = album.stored(), undisturbed.stored
    assert stored.files == expected.files
    assert stored.contents == expected.contents
    assert stored.descriptors.keys() == expected.descriptors.keys()
    assert_same_descriptors(stored.descriptors, expected.descriptors)


def kill_after(album: Album, writes: int) -> list[psutil.Process]:
    """Start a run and kill it when it has written so often; returns its workers."""
    with start(album) as process:
        follow(process, until=writes)
        workers = descendants(process)
        process.kill()
    return workers


def survive_kills(album: Album, undisturbed: Undisturbed, *, kills: int, seed: int) -> None:
    """Kill runs at any moment, one after the other; the last of them may complete."""
    stored = Stored({}, {}, {})
    chance = random.Random(seed)
    for _ in range(kills):
        assert_gone(kill_after(album, chance.randrange(undisturbed.writes)))
        if has_tables(album):
            assert check_catalog(album.catalog).faults == ()
            before, stored = stored, album.stored()
            assert_holds(stored, before)
    assert_completes(album, undisturbed)


def has_tables(album: Album) -> bool:
    return album.catalog.exists() and album.query("PRAGMA user_version") != [(0,)]


def test_killed_again_and_again_a_run_loses_nothing(album: Album, undisturbed: Undisturbed) -> None:
    survive_kills(album, undisturbed, kills=4, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_killed_at_many_moments_a_run_loses_nothing(
    album: Album, undisturbed: Undisturbed, seed: int
) -> None:
    survive_kills(album, undisturbed, kills=5, seed=seed)


def stored_pictures(album: Album) -> int:
    """How many descriptors the catalog holds, once there is one."""
    if not has_tables(album):
        return 0
    ((number,),) = album.query("SELECT count(*) FROM descriptors")
    return int(number)


def test_killed_between_two_batches_a_run_keeps_the_first(
    album: Album, undisturbed: Undisturbed
) -> None:
    process = start(album)
    with process:
        wait_until(lambda: stored_pictures(album) > 0)
        workers = descendants(process)
        process.kill()
    assert_gone(workers)
    kept = album.stored()
    assert kept.descriptors
    assert check_catalog(album.catalog).faults == ()
    assert_completes(album, undisturbed)
    assert_holds(album.stored(), kept)


def test_interrupted_a_run_keeps_its_batch_and_says_how_to_go_on(
    album: Album, undisturbed: Undisturbed
) -> None:
    process = start(album)
    with process:
        wait_until(lambda: len(descendants(process)) == 2)
        workers = descendants(process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 130
    assert "all of them kept; run the same command again to go on" in said
    assert_gone(workers)
    assert len(album.stored().descriptors) >= 63  # of a batch of 64, one is the broken file
    assert_completes(album, undisturbed)


def test_interrupted_twice_a_run_stops_at_once(album: Album, undisturbed: Undisturbed) -> None:
    process = start(album)
    with process:
        wait_until(lambda: len(descendants(process)) == 2)
        workers = descendants(process)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        heard = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert "Ctrl-C again to stop at once" in heard
    assert process.returncode == 130
    assert "kept" in said
    assert "Traceback" not in said
    assert_gone(workers)
    assert check_catalog(album.catalog).faults == ()
    assert_completes(album, undisturbed)


def test_a_run_that_ends_leaves_no_worker_behind(album: Album) -> None:
    process = start(album)
    with process:
        wait_until(lambda: len(descendants(process)) == 2)
        workers = descendants(process)
        assert process.wait() == 3  # one file is broken
    assert_gone(workers)


def test_the_second_of_two_runs_says_who_is_the_first(
    album: Album, undisturbed: Undisturbed
) -> None:
    first = start(album)
    with first:
        wait_until(lambda: len(descendants(first)) == 2)  # it has the lock before its workers
        first.send_signal(signal.SIGSTOP)  # it cannot finish before the second asks
        second = run_copyfind("index", str(album.folder), "--catalog", str(album.catalog))
        assert second.returncode == 4
        assert f"copyfind index (process {first.pid}, since" in second.stderr
        assert "wait until it has finished, or stop it" in second.stderr
        first.kill()
    assert_completes(album, undisturbed)


def test_a_disk_that_fills_up_ends_a_run_and_loses_nothing(volume: Volume, tmp_path: Path) -> None:
    album = Album(tmp_path / "photos", volume.path / "catalog.sqlite")
    album.folder.mkdir()
    fill(album.folder)
    album.index()
    before = album.stored()
    volume.fill()
    for path in album.folder.iterdir():
        path.touch()
    done = run_copyfind("index", str(album.folder), "--catalog", str(album.catalog))
    assert done.returncode == 1
    assert "no room left for the catalog" in done.stderr
    assert "free some space, run it again" in done.stderr
    assert "Traceback" not in done.stderr
    assert check_catalog(album.catalog).faults == ()
    assert album.findings().files == len(before.files)
    volume.make_room()
    assert_holds(album.stored(), before)
    assert album.index().described == 0
    assert album.stored().contents == before.contents

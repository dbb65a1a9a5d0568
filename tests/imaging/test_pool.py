"""Real worker processes, and tasks that end them: each costs its own task alone."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.pool import Pool
from copyfind.records import Problem
from tests.conftest import surroundings
from tests.imaging.orders import act

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and programs of POSIX")


def outcomes(
    folder: Path,
    *words: str,
    workers: int = 2,
    time_limit: float = 300,
    memory_limit: int = 1 << 30,
) -> list[str | Undecodable]:
    """What becomes of each task."""
    pool = Pool(workers=workers, time_limit=time_limit, memory_limit=memory_limit)
    try:
        futures = [pool.submit(act, (word, folder)) for word in words]
        return [outcome(future) for future in futures]
    finally:
        pool.close()


def outcome(future: Future[Any]) -> str | Undecodable:
    try:
        return str(future.result())
    except Undecodable as error:
        return error


def only_one_suffers(folder: Path, how: str, **limits: Any) -> Undecodable:
    """What becomes of a task between others, which are unharmed."""
    neighbours = ["one", "two", "three"]

    before: list[str] = []
    after: list[str] = []
    suffered = None
    for result in outcomes(folder, *neighbours, how, *neighbours, **limits):
        if isinstance(result, Undecodable):
            assert suffered is None
            suffered = result
        else:
            (before if suffered is None else after).append(result)

    assert (before, after) == (neighbours, neighbours)
    assert suffered is not None
    return suffered


@pytest.mark.parametrize("how", ["segfault", "abort", "exit"])
def test_a_crash_costs_one_task(tmp_path: Path, how: str) -> None:
    error = only_one_suffers(tmp_path, how)

    assert error.problem is Problem.CRASHED
    assert "crashed" in error.reason


def test_a_hang_costs_one_task_and_its_time_limit(tmp_path: Path) -> None:
    # The limit is also of the neighbours, who need next to none even where everything is slow.
    error = only_one_suffers(tmp_path, "hang", time_limit=5)

    assert error.problem is Problem.TIMED_OUT
    assert "5 s" in error.reason


def test_eating_memory_costs_one_task(tmp_path: Path) -> None:
    error = only_one_suffers(tmp_path, "eat", memory_limit=300_000_000)

    assert error.problem is Problem.OUT_OF_MEMORY
    assert "0.30 GB" in error.reason


def test_an_error_costs_one_task_and_no_process(tmp_path: Path) -> None:
    error = only_one_suffers(tmp_path, "raise")

    assert error.problem is Problem.CRASHED
    assert "on purpose" in error.reason


def test_an_accident_that_does_not_repeat_costs_nothing(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "once", "more") == ["once", "more"]


def test_many_that_suffer_in_a_row(tmp_path: Path) -> None:
    words = ["exit", "raise", "ok", "exit", "exit", "fine"]

    assert [word for word in outcomes(tmp_path, *words) if isinstance(word, str)] == ["ok", "fine"]


def test_what_cannot_be_sent_is_raised_where_it_is_submitted() -> None:
    pool = Pool(workers=1, time_limit=300, memory_limit=1 << 30)
    try:
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pool.submit(lambda word: word, "one")
    finally:
        pool.close()


@POSIX
def test_workers_that_never_start_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))

    with pytest.raises(RuntimeError, match="do not start"):
        outcomes(tmp_path, "one", workers=1)


def test_closing_ends_workers_at_their_work(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    pool = Pool(workers=2, time_limit=300, memory_limit=1 << 30)
    futures = [pool.submit(act, ("hang", tmp_path)) for _ in range(5)]
    wait_until_two_work(psutil.Process(), before)

    pool.close()

    assert set(psutil.Process().children(recursive=True)) - before == set()
    assert not any(future.done() and not future.cancelled() for future in futures)


def wait_until_two_work(
    parent: psutil.Process, before: AbstractSet[psutil.Process] = frozenset()
) -> list[psutil.Process]:
    """Two new child processes of the parent, as soon as there are."""
    while len(workers := set(parent.children(recursive=True)) - before) < 2:
        time.sleep(0.02)
    return list(workers)


PARENT = """
    import signal, sys
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from pathlib import Path
    from copyfind.imaging.pool import Pool
    from tests.imaging.orders import act

    pool = Pool(workers=2, time_limit=300, memory_limit=1 << 30)
    try:
        tasks = [pool.submit(act, (how, Path())) for how in ("ok", "hang", "hang", "hang", "hang")]
        print(tasks[0].result(), flush=True)
        tasks[1].result()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    finally:
        pool.close()
"""


def parent_with_hanging_workers(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A program without a main guard whose two workers hang, in a process group of its own."""
    script = folder / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ok\n"
    return process, wait_until_two_work(psutil.Process(process.pid))


@POSIX
def test_ctrl_c_prints_no_traces_and_leaves_no_workers(tmp_path: Path) -> None:
    process, workers = parent_with_hanging_workers(tmp_path)

    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate()

    assert (process.returncode, output, errors) == (0, "interrupted\n", "")
    gone, alive = psutil.wait_procs(workers, timeout=120)
    assert (len(gone), alive) == (2, [])


@POSIX
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    process, workers = parent_with_hanging_workers(tmp_path)

    process.kill()
    process.communicate()

    gone, alive = psutil.wait_procs(workers, timeout=120)
    assert (len(gone), alive) == (2, [])

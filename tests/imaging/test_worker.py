"""The worker process, spoken to over its pipes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from copyfind.imaging.opening import PIXEL_LIMIT
from copyfind.imaging.worker import Failed
from tests.conftest import surroundings
from tests.imaging.orders import act, garbage_is_collected, loaded_with, pillows_limit

START = "from copyfind.imaging.worker import main; main()"


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A worker that said it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=surroundings(),
    ) as process:
        assert answer_of(process) == b"ready"
        yield process
        process.kill()


def pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None
    return end


def order(worker: subprocess.Popen[bytes], function: object, argument: object) -> None:
    pickle.dump((function, argument, 300.0), pipe(worker.stdin))
    pipe(worker.stdin).flush()


def answer_of(worker: subprocess.Popen[bytes]) -> object:
    return pickle.load(pipe(worker.stdout))


def test_orders_sent_ahead_are_answered_in_their_order(worker: subprocess.Popen[bytes]) -> None:
    for word in ("a", "bb", "ccc"):
        order(worker, len, word)

    assert [answer_of(worker) for _ in range(3)] == [1, 2, 3]


def test_an_error_is_an_answer_and_the_worker_goes_on(worker: subprocess.Popen[bytes]) -> None:
    order(worker, len, 5)
    order(worker, len, "five")

    assert answer_of(worker) == Failed("TypeError: object of type 'int' has no len()")
    assert answer_of(worker) == 4


def test_what_a_library_prints_is_no_part_of_an_answer(worker: subprocess.Popen[bytes]) -> None:
    order(worker, act, ("print", Path()))

    assert answer_of(worker) == "print"


def test_it_ends_with_the_pipe_whatever_it_is_at(worker: subprocess.Popen[bytes]) -> None:
    order(worker, act, ("hang", Path()))

    pipe(worker.stdin).close()

    assert worker.wait() == 0


def test_it_loads_neither_torch_nor_what_it_does_not_need(
    worker: subprocess.Popen[bytes],
) -> None:
    order(worker, loaded_with, "copyfind.imaging.reading")

    loaded = answer_of(worker)

    assert isinstance(loaded, set)
    assert {"numpy", "PIL"} <= loaded
    assert not loaded & {"torch", "scipy", "cv2", "skimage", "sklearn", "typer", "rawpy"}


def test_pillow_refuses_nothing_that_our_own_limit_allows(
    worker: subprocess.Popen[bytes],
) -> None:
    order(worker, pillows_limit, None)

    assert answer_of(worker) == PIXEL_LIMIT // 2


def test_garbage_is_looked_for_from_the_first_order_on(worker: subprocess.Popen[bytes]) -> None:
    order(worker, garbage_is_collected, None)

    assert answer_of(worker) == (True, True)

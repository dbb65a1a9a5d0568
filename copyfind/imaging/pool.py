"""Worker processes that may crash, hang or eat memory: whatever one does costs its task alone.

Each process has a pipe and a thread of the parent to itself, so there is no queue or lock that a
dying process could take along, and none of them imports the program's `__main__`. A thread sends
its process one task ahead; the next is there when an answer leaves. One more thread watches time
and memory of them all and kills; the death is then noticed at the pipe like any other.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

import psutil

from copyfind.imaging.formats import Undecodable
from copyfind.imaging.worker import Failed
from copyfind.records import Problem

# Not "-m copyfind.imaging.worker": its answers would be pickled as of another `__main__`.
_START = "from copyfind.imaging.worker import main; main()"
_SENT_AHEAD = 2  # tasks in a worker: the one at work and the next
_SWEEP = 0.1  # seconds between two looks at time and memory
_STARTS = 3  # failed starts in a row after which no worker will ever run
# Bytes of what glibc's malloc takes from its own heap, and of what it keeps there once free.
_KEPT_BELOW, _KEPT_IN_ALL = 16 << 20, 64 << 20
_ATTEMPTS = 2  # a file is blamed when it ended two workers: the first may have been an accident


@dataclass(slots=True)
class _Task:
    message: bytes  # pickled where it is submitted, so that a failure to do so is raised there
    future: Future[Any] = field(default_factory=Future)
    attempts: int = 0


class Pool:
    """Runs functions of one argument in `workers` processes, in the order of submission.

    A task's future raises `Undecodable` with CRASHED, TIMED_OUT or OUT_OF_MEMORY where its
    process ended over it.
    """

    def __init__(self, *, workers: int, time_limit: float, memory_limit: int) -> None:
        self._time_limit = time_limit
        self._waiting: SimpleQueue[_Task | None] = SimpleQueue()
        self._closing = Event()
        self._workers = [
            _Worker(self._waiting, self._closing, time_limit=time_limit, memory_limit=memory_limit)
            for _ in range(workers)
        ]
        self._threads = [Thread(target=worker.run, daemon=True) for worker in self._workers]
        self._threads.append(Thread(target=self._watch, daemon=True))
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[Any], object], argument: object) -> Future[Any]:
        """Run `function` on `argument` in a worker. Both are pickled, so the function has to be
        importable by its name, or a partial of such a one."""
        task = _Task(pickle.dumps((function, argument, self._time_limit)))
        self._waiting.put(task)
        return task.future

    def close(self) -> None:
        """End all processes at once, whatever they are at."""
        self._closing.set()
        for worker in self._workers:
            self._waiting.put(None)
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        while not self._closing.wait(_SWEEP):
            for worker in self._workers:
                worker.look()


class _Worker:
    """One process after another, and what the thread that feeds them knows."""

    def __init__(
        self,
        waiting: SimpleQueue[_Task | None],
        closing: Event,
        *,
        time_limit: float,
        memory_limit: int,
    ) -> None:
        self._waiting = waiting
        self._closing = closing
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._sent: deque[_Task] = deque()
        self._lock = Lock()  # of the four below, which two threads use
        self._process: subprocess.Popen[bytes] | None = None
        self._memory: psutil.Process | None = None
        self._since: float | None = None  # when the process began its task; None: idle
        self._verdict: Undecodable | None = None  # why we killed it

    def run(self) -> None:
        """Feed processes until the pool closes."""
        failed_starts = 0
        while not self._closing.is_set():
            if self._start():
                failed_starts = 0
                self._serve()
                self._bury()
            else:
                failed_starts += 1
                self._bury()
                if failed_starts == _STARTS and not self._closing.is_set():
                    self._refuse_all()
        for task in self._sent:
            task.future.cancel()

    def kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def look(self) -> None:
        """Kill the process if its task takes too long or too much."""
        with self._lock:
            if self._since is None or self._memory is None or self._verdict is not None:
                return
            if time.monotonic() - self._since > self._time_limit:
                reason = f"it took longer than {self._time_limit:g} s"
                self._condemn(Undecodable(Problem.TIMED_OUT, reason))
                return
            with contextlib.suppress(psutil.Error):  # it is ending by itself
                used: int = self._memory.memory_info().rss
                if used > self._memory_limit:
                    reason = (
                        f"it took {used / 1e9:.2f} GB of memory, "
                        f"more than the limit of {self._memory_limit / 1e9:.2f} GB"
                    )
                    self._condemn(Undecodable(Problem.OUT_OF_MEMORY, reason))

    def _condemn(self, verdict: Undecodable) -> None:
        self._verdict = verdict
        if self._process is not None:
            self._process.kill()

    def _start(self) -> bool:
        """A new process, waited for until it is ready."""
        try:
            process = _spawn()
        except OSError:  # no memory or no more processes for now
            return False
        with self._lock:
            self._process = process
            self._since = self._verdict = None
            with contextlib.suppress(psutil.Error):
                self._memory = psutil.Process(process.pid)
        if self._closing.is_set():
            process.kill()
        try:
            return bool(self._receive() == b"ready")
        except (EOFError, OSError):
            return False

    def _serve(self) -> None:
        """Send tasks and hand out answers until the process is gone or the pool closes."""
        try:
            for task in self._sent:  # the neighbours of one that ended the process before
                self._send(task)
            self._begin_next()
            while self._fill():
                answer = self._receive()
                task = self._sent.popleft()
                self._begin_next()
                if isinstance(answer, Failed):
                    reason = f"its decoder failed ({answer.reason})"
                    task.future.set_exception(Undecodable(Problem.CRASHED, reason))
                else:
                    task.future.set_result(answer)
        except (EOFError, OSError):
            return

    def _fill(self) -> bool:
        """Send tasks up to the most that a process may hold; False when the pool closes."""
        while len(self._sent) < _SENT_AHEAD:
            try:
                task = self._waiting.get(block=not self._sent)
            except Empty:
                return True
            if task is None:
                return False
            if not task.future.set_running_or_notify_cancel():
                continue
            self._sent.append(task)
            self._send(task)
            if len(self._sent) == 1:
                self._begin_next()
        return True

    def _send(self, task: _Task) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin is None:
            raise EOFError
        stdin.write(task.message)
        stdin.flush()

    def _receive(self) -> object:
        stdout = self._process.stdout if self._process else None
        if stdout is None:
            raise EOFError
        try:
            return pickle.load(stdout)
        except Exception as error:  # half an answer raises anything
            raise EOFError from error

    def _begin_next(self) -> None:
        with self._lock:
            self._since = time.monotonic() if self._sent else None

    def _bury(self) -> None:
        """Reap a process that is gone or to go, and settle the task that it was at."""
        with self._lock:
            process, self._process, self._memory = self._process, None, None
            began, self._since, verdict = self._since, None, self._verdict
        if process is None:
            return
        process.kill()
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if began is None or not self._sent or self._closing.is_set():
            return
        task = self._sent[0]
        task.attempts += 1
        verdict = verdict or Undecodable(Problem.CRASHED, f"its decoder crashed ({_cause(code)})")
        if verdict.problem is Problem.TIMED_OUT or task.attempts == _ATTEMPTS:
            self._sent.popleft().future.set_exception(verdict)

    def _refuse_all(self) -> None:
        """Say to everyone who waits, from now on, that no worker will ever run."""
        error = RuntimeError(
            f"worker processes do not start; {sys.executable} -c '{_START}' says why"
        )
        while not self._closing.is_set():
            while self._sent:
                self._sent.popleft().future.set_exception(error)
            task = self._waiting.get()
            if task is not None and task.future.set_running_or_notify_cancel():
                self._sent.append(task)


def _cause(code: int) -> str:
    """How a process ended: by itself, or by a signal such as SIGSEGV."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _spawn() -> subprocess.Popen[bytes]:
    """A worker that finds what we find, uses one thread, and is out of reach of Ctrl-C."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
        # Pictures come and go by the megabyte. glibc would ask the kernel for each and give it
        # back, which clears every page anew: a fifth of the time of a second look.
        "MALLOC_MMAP_THRESHOLD_": str(_KEPT_BELOW),
        "MALLOC_TRIM_THRESHOLD_": str(_KEPT_IN_ALL),
    }
    command = [sys.executable, "-P", "-c", _START]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment, creationflags=flags
        )
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment, process_group=0
    )

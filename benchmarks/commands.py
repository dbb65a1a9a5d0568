"""Run copyfind's own commands and tell what they took: seconds, CPU time of all, memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOOKS = 0.1  # seconds between two looks at memory


@dataclass(frozen=True, slots=True)
class Spent:
    """Time that passed, and CPU time."""

    seconds: float
    cpu: float

    @classmethod
    def now(cls, *, by_children_only: bool = False) -> Spent:
        """So far, by this process and its children that ended."""
        times = os.times()
        own = 0.0 if by_children_only else times.user + times.system
        cpu = own + times.children_user + times.children_system
        return cls(time.perf_counter(), cpu)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.seconds - other.seconds, self.cpu - other.cpu)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended well."""

    spent: Spent
    peak: int  # bytes of all its processes together, pages they share counted once for each
    main_peak: int  # bytes of the main process alone
    output: str


def run_copyfind(arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Ran:
    """Run one command of this very copyfind. Raises SystemExit where it fails."""
    command = [sys.executable, "-m", "copyfind", *arguments]
    with tempfile.TemporaryFile() as output:
        started = Spent.now(by_children_only=True)
        process = psutil.Popen(
            [*command, "--quiet"],
            stdout=output,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        peak = main_peak = 0
        while process.poll() is None:
            used = [_memory(one) for one in (process, *_children(process))]
            peak, main_peak = max(peak, sum(used)), max(main_peak, used[0])
            time.sleep(_LOOKS)
        spent = Spent.now(by_children_only=True) - started
        if process.returncode not in {0, 3}:  # 3: some files skipped
            raise SystemExit(f"{arguments[0]} ended with code {process.returncode}")
        output.seek(0)
        return Ran(spent, peak, main_peak, output.read().decode())


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def commit() -> str:
    """Which copyfind this is."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown commit"
    return f"commit {said.stdout.strip()}"


def machine() -> str:
    """What it ran on, in a few words."""
    cores = len(psutil.Process().cpu_affinity())
    return f"{platform.system()} {platform.machine()}, {cores} cores, {platform.python_version()}"

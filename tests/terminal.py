"""A shell in a terminal of its own, at which a test types as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import copyfind

_PROMPT = "ready> "
_ROWS, _COLUMNS = 24, 80
_PATIENCE = 250.0  # seconds: other tests run beside this one


@dataclass
class Terminal:
    """What is typed goes to the shell; what is read of it is kept."""

    master: int
    seen: str = ""
    read_up_to: int = 0  # characters of `seen` that somebody has waited for

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self.master, f"{line}\n".encode())

    def wait_for(self, *texts: str) -> str:
        """Read until one of the texts stands there, and return that one."""
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            fresh = self.seen[self.read_up_to :]
            if found := [text for text in texts if text in fresh]:
                first = min(found, key=fresh.index)
                self.read_up_to += fresh.index(first) + len(first)
                return first
            if select.select([self.master], [], [], 1)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
        raise AssertionError(f"none of {texts} after\n{self.seen}")

    def run(self, line: str, *, answers: dict[str, str] | None = None) -> str:
        """Type a command, answer what it asks, and return all that stood there in the end."""
        self.wait_for(_PROMPT)
        begins = self.read_up_to
        self.type(line)
        answers = answers or {}
        while (met := self.wait_for(*answers, _PROMPT)) != _PROMPT:
            self.type(answers[met])
        self.read_up_to -= len(_PROMPT)
        return self.seen[begins : self.read_up_to]


@contextmanager
def terminal(folder: Path, home: Path) -> Iterator[Terminal]:
    """A shell in a folder, with nothing of the user's own, in which `copyfind` is this one."""
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "copyfind"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m copyfind "$@"\n')
    program.chmod(0o755)
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(copyfind.__file__).parents[1]),
        "HOME": str(home),
        "PS1": _PROMPT,
        "TERM": "xterm",
        "OMP_NUM_THREADS": "1",
    }
    shell = subprocess.Popen(
        ["sh", "-i"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(master)
    finally:
        with suppress(ProcessLookupError):
            shell.kill()
        shell.wait()
        os.close(master)

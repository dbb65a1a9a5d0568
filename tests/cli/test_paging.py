"""A long table goes through the pager of the user, a short one does not."""

from __future__ import annotations

import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from copyfind.cli.paging import in_pager
from tests.cli.conftest import Collection, child, outside

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")


def on_a_screen(*words: str | Path, rows: int, columns: int = 80, **env: str) -> str:
    """What a terminal of that size shows of a command, without colours."""
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        child("--quiet", *words),
        env=outside() | {"TERM": "xterm", "NO_COLOR": "1"} | env,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    screen = b""
    try:
        while part := os.read(ours, 4096):
            screen += part
    except OSError:  # Linux ends a terminal that nobody holds with EIO
        pass
    os.close(ours)
    _, said = process.communicate()
    assert process.returncode == 0, said
    return re.sub(r"\x1b\[[0-9;]*m", "", screen.decode().replace("\r\n", "\n"))


PAGER = "sed s/^/paged:/"


def test_what_is_longer_than_the_screen_is_paged(collection: Collection) -> None:
    del collection

    text = on_a_screen("dupes", rows=5, PAGER=PAGER)

    assert all(line.startswith("paged:") for line in text.splitlines())
    assert "2 clusters among 10 files" in text


def test_without_a_pager_every_file_has_one_line(collection: Collection) -> None:
    del collection

    text = on_a_screen("dupes", "--no-pager", rows=5, PAGER=PAGER)

    lines = text.splitlines()
    files = lines[: lines.index("")]
    assert "paged:" not in text
    assert len(files) == 2 + 6  # headlines, files
    assert max(map(len, lines)) <= 80
    assert any("copies/harbour copy.png" in line for line in files)


def test_what_fits_the_screen_is_not_paged(collection: Collection) -> None:
    del collection

    assert on_a_screen("dupes", "--summary", rows=60, PAGER=PAGER).startswith("2 clusters among")


@pytest.mark.parametrize("pager", ["cat", "a-pager-that-is-not-there", "'a quote without end", ""])
def test_a_pager_that_is_none_pages_nothing(monkeypatch: pytest.MonkeyPatch, pager: str) -> None:
    monkeypatch.setenv("PAGER", pager)

    assert not in_pager("line\n")


def test_a_pager_that_is_closed_early_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "true")

    assert in_pager("line\n" * 100_000)


def test_where_the_terminal_is_dumb_nothing_is_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PAGER", "true")

    assert not in_pager("line\n")

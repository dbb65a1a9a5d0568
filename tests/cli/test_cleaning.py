"""Whoever is asked says no by pressing Enter."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Collection, Ran, Run, child, outside, planned, tree


def ask(answer: str, *words: str | Path) -> Ran:
    """Run a command at a terminal, where somebody types."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        child(*words), stdin=follower, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=outside()
    ) as process:
        os.close(follower)
        os.write(leader, answer.encode())
        out, err = process.communicate()
    os.close(leader)
    return Ran(process.returncode, out.decode(), err.decode())


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("answer", ["\n", "no\n", "y es\n", "\x04"])
def test_enter_is_no(run: Run, copies: Collection, tmp_path: Path, answer: str) -> None:
    before, plan = tree(copies), planned(run, tmp_path)

    ran = ask(answer, "apply", plan)

    assert ran.code == 1
    assert "Enter to stop" in ran.err
    assert "nothing was changed" in ran.err
    assert tree(copies) == before

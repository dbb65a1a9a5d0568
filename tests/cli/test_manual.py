"""The manual page says what the help says, and is the one that travels with copyfind."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from copyfind.cli.commands import COMMANDS
from tests.cli.conftest import Run

PAGE = Path(__file__).parents[2] / "docs" / "man" / "copyfind.1"


def test_the_page_is_what_the_help_makes(run: Run) -> None:
    assert run("--man").out == PAGE.read_text(encoding="utf-8"), "write it anew: make manual"


def test_it_names_every_command_and_what_an_option_takes() -> None:
    page = PAGE.read_text(encoding="utf-8")

    for listed in COMMANDS:
        assert f'.SS "copyfind {listed.name} ' in page
    assert "\\fB\\-\\-port\\fR NUMBER\n" in page
    assert "\\fB\\-\\-device\\fR auto|cpu|cuda|mps\n" in page
    assert "<" not in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_it_can_be_set_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", str(PAGE)], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")

"""The list of commands, against the commands."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import copyfind.cli
from copyfind.cli.commands import COMMANDS, Listed


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_a_command_is_listed_with_the_first_line_of_its_own_help(listed: Listed) -> None:
    explained = (inspect.getdoc(listed.load()) or "").partition("\n")[0]

    assert listed.says == explained


def test_every_command_is_listed_once() -> None:
    files = Path(copyfind.cli.__path__[0]).glob("*.py")
    commands = {file.stem for file in files if f'"""copyfind {file.stem}:' in file.read_text()}

    assert sorted(listed.name for listed in COMMANDS) == sorted(commands)


def test_commands_of_a_panel_stand_together() -> None:
    panels = [listed.panel for listed in COMMANDS]

    assert panels == sorted(panels, key=panels.index)

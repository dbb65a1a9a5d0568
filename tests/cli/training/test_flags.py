"""Flags of settings say what their fields say."""

from __future__ import annotations

import pytest
import typer

from copyfind.cli.app import main
from copyfind.cli.train import train
from copyfind.cli.training.flags import Stage
from copyfind.learn.recipe_file import SETTINGS

app = typer.Typer()
app.command()(train)
FLAGS = {parameter.name: parameter for parameter in typer.main.get_command(app).params}


@pytest.mark.parametrize("name", ["dim", "steps", "batch", "side", "seed", "memory"])
def test_a_flag_of_a_setting_has_its_help_its_bounds_and_its_default(name: str) -> None:
    flag, setting = FLAGS[name], SETTINGS[name]

    assert getattr(flag, "help", "").startswith(setting.help)
    assert flag.default is None  # a recipe decides
    assert getattr(flag, "multiple", None) == setting.several


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--dim", "1"),
        ("--dim", "513"),
        ("--steps", "0"),
        ("--batch", "1"),
        ("--side", "31"),
        ("--memory", "-1"),
    ],
)
def test_a_flag_keeps_the_bounds_of_its_setting(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", flag, value, "--show-recipe"])

    assert ended.value.code == 2
    assert f"Invalid value for '{flag}'" in capsys.readouterr().err


def test_stages_are_those_of_the_way() -> None:
    assert [stage.value for stage in Stage] == ["teacher", "distill", "calibrate"]

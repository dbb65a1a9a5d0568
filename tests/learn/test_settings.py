"""What a setting may be, as a word and as a value, and what is said where it may not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from copyfind.learn.settings import Value, check, setting, settings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One setting of every kind."""

    steps: int = setting(3, "Steps.", low=1, source="nobody")
    rate: float = setting(0.5, "A rate.", low=0, high=1)
    wide: bool = setting(False, "Whether wide.")  # noqa: FBT003 - a default
    mode: str = setting("on", "A mode.", among=("on", "off", "auto"), name="the_mode")
    title: str = setting("", "A title.")
    lengths: tuple[int, ...] = setting((8,), "Lengths.", low=2)
    folders: tuple[Path, ...] = setting((), "Folders.")
    bench: Path | None = setting(None, "A benchmark.")
    size: int | None = setting(None, "A size.", low=32)


SETTINGS = settings_of(Example)


def test_a_field_is_known_by_its_name_with_its_help_and_where_its_default_comes_from() -> None:
    steps = SETTINGS["steps"]

    assert (steps.help, steps.default, steps.source) == ("Steps.", 3, "nobody")
    assert SETTINGS["the_mode"].field == "mode"
    assert "mode" not in SETTINGS


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("steps", "12", 12),
        ("rate", "1e-3", 0.001),
        ("rate", "1", 1.0),
        ("wide", "true", True),
        ("wide", "False", False),
        ("the_mode", "auto", "auto"),
        ("title", "a = b, c", "a = b, c"),
        ("lengths", "64,8,64", (8, 64)),
        ("folders", "b,a", (Path("b"), Path("a"))),
        ("bench", "~/bench", Path("~/bench").expanduser()),
        ("size", "32", 32),
    ],
)
def test_a_word_becomes_a_value(name: str, word: str, value: Value) -> None:
    read = SETTINGS[name].read(word)

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "word", "allowed"),
    [
        ("steps", "0", "a whole number from 1"),
        ("steps", "1.5", "a whole number from 1"),
        ("rate", "1.1", "a number from 0 to 1"),
        ("rate", "nan", "a number from 0 to 1"),
        ("rate", "", "a number from 0 to 1"),
        ("wide", "yes", "true or false"),
        ("the_mode", "dim", "on, off or auto"),
        ("lengths", "8,1", "whole numbers from 2, with commas between them"),
        ("lengths", ",", "whole numbers from 2, with commas between them"),
        ("bench", "", "a path"),
        ("size", "31", "a whole number from 32"),
    ],
)
def test_any_other_word_is_refused_with_what_is_allowed(name: str, word: str, allowed: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name} cannot be .*: give {allowed}$"):
        SETTINGS[name].read(word)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", True),
        ("steps", 3.0),
        ("steps", "3"),
        ("rate", "0.5"),
        ("rate", False),
        ("wide", 1),
        ("title", 1),
        ("lengths", 8),
        ("lengths", ["8"]),
        ("steps", None),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} cannot be "):
        SETTINGS[name].take(value)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("rate", 1, 1.0),
        ("lengths", [64, 8], (8, 64)),
        ("folders", [], ()),
        ("bench", "bench", Path("bench")),
        ("size", None, None),
    ],
)
def test_a_value_of_a_file_is_taken(name: str, value: object, taken: Value) -> None:
    assert SETTINGS[name].take(value) == taken


def test_a_whole_recipe_is_looked_at() -> None:
    check(Example())

    with pytest.raises(ValueError, match="the_mode cannot be dim: give on, off or auto"):
        check(Example(mode="dim"))

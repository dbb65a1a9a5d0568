"""All settings of a run by their names: words of the command line, and a TOML file.

A name is one everywhere, and stands alone: the teacher's number of steps is `teacher_steps` in a
file and on the command line. What is written here is read back as it was.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Any, TypeVar

from copyfind.errors import RecipeError
from copyfind.learn.recipes import CalibrationRecipe, Conditions, Recipe, TeacherRecipe
from copyfind.learn.settings import Setting, Value, settings_of

WIDTH = 98  # characters of a comment
Values = Mapping[str, Value]  # by the names of their settings
T = TypeVar("T")
Part = TypeVar("Part", Recipe, TeacherRecipe, CalibrationRecipe, Conditions)
TITLES = {
    Recipe: "Distillation (RDCD, arXiv:2405.17928)",
    TeacherRecipe: "Training the teacher (SSCD, arXiv:2202.10261)",
    CalibrationRecipe: "Calibration",
    Conditions: "The run",
}
# InfoNCE with entropy and mixed views, or the baseline without both that SSCD improves on.
OBJECTIVES: Mapping[str, Values] = {
    "sscd": {"entropy_weight": TeacherRecipe().entropy_weight, "mixed": TeacherRecipe().mixed},
    "simclr": {"entropy_weight": 0.0, "mixed": 0.0},
}
OBJECTIVE = Setting(
    name="objective",
    field="",
    kind=str,
    several=False,
    optional=False,
    default="sscd",
    help="What the teacher learns by; short for entropy_weight and mixed.",
    source="SSCD",
    low=None,
    high=None,
    among=tuple(OBJECTIVES),
)
SETTINGS: Mapping[str, Setting] = {
    **{name: one for part in reversed(TITLES) for name, one in settings_of(part).items()},
    OBJECTIVE.name: OBJECTIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """Every setting of a run, in the parts that use them."""

    distillation: Recipe = field(default=Recipe())
    teacher: TeacherRecipe = field(default=TeacherRecipe())
    calibration: CalibrationRecipe = field(default=CalibrationRecipe())
    conditions: Conditions = field(default=Conditions())

    def changed(self, values: Values) -> Recipes:
        """The recipes with other values; a name that two parts share, `seed`, is set in both."""
        return Recipes(
            distillation=_changed(self.distillation, values),
            teacher=_changed(self.teacher, values),
            calibration=_changed(self.calibration, values),
            conditions=_changed(self.conditions, values),
        )

    def parts(self) -> tuple[Recipe, TeacherRecipe, CalibrationRecipe, Conditions]:
        """The parts in the order in which they are shown."""
        return self.distillation, self.teacher, self.calibration, self.conditions


def read_words(words: Iterable[str]) -> Values:
    """Read NAME=VALUE of the command line, the last of a name counting; RecipeError else."""
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise RecipeError(f"--set {word}: give NAME=VALUE, such as queue=4096")
        given[name] = value
    return _values(given, Setting.read, where="--set")


def read_recipe(path: Path) -> Values:
    """Read a file as `as_toml` writes it, or a part of one; RecipeError where it is none."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: the recipe cannot be read ({error.strerror})") from None
    except ValueError as error:  # of TOML, or of UTF-8
        raise RecipeError(f"{path}: not a TOML file ({error})") from None
    return _values(table, Setting.take, where=str(path))


def as_toml(recipes: Recipes) -> str:
    """A TOML file of every setting, with its help, its bounds and its default."""
    lines = ["# What copyfind train can be told; copyfind train --recipe FILE reads it, or a part."]
    told: set[str] = set()
    for part in recipes.parts():
        lines += ["", f"# {TITLES[type(part)]}"]
        if isinstance(part, TeacherRecipe):
            lines += ["", *_comment(OBJECTIVE), '# objective = "sscd"']
        for name, one in settings_of(type(part)).items():
            if name not in told:
                lines += ["", *_comment(one), _assignment(name, getattr(part, one.field))]
        told |= settings_of(type(part)).keys()
    return "\n".join(lines) + "\n"


def _changed(part: Part, values: Values) -> Part:
    own = settings_of(type(part))
    fresh: dict[str, Any] = {own[name].field: v for name, v in values.items() if name in own}
    return replace(part, **fresh)  # which looks at all of them again


def _values(
    given: Mapping[str, T], value_of: Callable[[Setting, T], Value], *, where: str
) -> Values:
    """What was given, by the names of known settings; RecipeError says what is allowed."""
    values: dict[str, Value] = {}
    for name, value in given.items():
        known = _known(name, where=where)
        try:
            values[known.name] = value_of(known, value)
        except ValueError as error:
            raise RecipeError(f"{where}: {error}") from None
    objective = values.pop(OBJECTIVE.name, None)
    return {**OBJECTIVES[str(objective)], **values} if objective else values


def _known(name: str, *, where: str) -> Setting:
    """The setting of a name, in which a flag's hyphens are as good as underscores."""
    kept = name.strip().replace("-", "_")
    if kept in SETTINGS:
        return SETTINGS[kept]
    near = get_close_matches(kept, SETTINGS, n=3)
    meant = f"near are {', '.join(near)}; " if near else ""
    raise RecipeError(
        f"{where}: no setting is called {name}: {meant}copyfind train --show-recipe lists all"
    )


def _comment(one: Setting) -> list[str]:
    default = f"default {_toml(one.default) or 'none'}"
    source = f" ({one.source})" if one.source else ""
    told = (one.help, f"[{one.allowed}; {default}{source}]")
    return [f"# {line}" for text in told for line in wrap(text, WIDTH)]


def _assignment(name: str, value: Value) -> str:
    return f"# {name} =" if value is None else f"{name} = {_toml(value)}"


def _toml(value: Value) -> str:
    """A value as TOML writes it, which knows no None."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RecipeError(f"{text!a}: a TOML file holds UTF-8, and this name is not")
    # JSON's escapes are TOML's, which allows no DEL besides.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""What a field of a recipe says of itself: its help, its bounds, where its default comes from.

Each is said once, where the field is defined, and read from there by the command line's help, by
whoever checks a value, and by the file that lists all settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

Value = bool | int | float | str | Path | tuple[int, ...] | tuple[Path, ...] | None
_ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as people meet it."""

    name: str  # on the command line and in files
    field: str  # of the dataclass
    kind: type  # of the value, or of each where there are `several`
    several: bool
    optional: bool  # None is its default
    default: Value
    help: str  # whole sentences
    source: str  # where the default comes from, if that is to be known
    low: float | None
    high: float | None
    among: tuple[str, ...]  # the words it may be, if not any

    @property
    def allowed(self) -> str:
        """What the setting may be, in words that follow "give"."""
        if self.among:
            *others, last = self.among
            return f"{', '.join(others)} or {last}"
        if self.kind is bool:
            return "true or false"
        what = {int: "whole number", float: "number", str: "text", Path: "path"}[self.kind]
        bounds = "" if self.low is None else f" from {self.low:g}"
        bounds += "" if self.high is None else f" to {self.high:g}"
        if self.several:
            return f"{what}s{bounds}, with commas between them"
        return f"{what}{bounds}" if self.kind is str else f"a {what}{bounds}"

    def read(self, word: str) -> Value:
        """The value that a word of the command line means; ValueError where it means none."""
        if self.several:
            return self.take([self._read_one(part) for part in word.split(",") if part])
        return self.take(self._read_one(word))

    def take(self, value: object) -> Value:
        """The value as the recipe holds it, of one from a file; ValueError where it is refused."""
        if not self.several:
            taken: Value = self._take_one(value)
            return taken
        if not isinstance(value, list | tuple) or not (value or self.default == ()):
            raise self._refusal(value)
        every = tuple(self._take_one(one) for one in value)
        return tuple(sorted(set(every))) if self.kind is int else every

    def _read_one(self, word: str) -> object:
        try:
            if self.kind is bool:
                return {"true": True, "false": False}[word.lower()]
            return self.kind(word) if self.kind in (int, float) else word
        except (KeyError, ValueError):
            raise self._refusal(word) from None

    def _take_one(self, value: object) -> Any:
        if value is None and self.optional:
            return None
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if self.kind is Path and isinstance(value, str) and value:
            value = Path(value).expanduser()
        fits = isinstance(value, self.kind) and isinstance(value, bool) is (self.kind is bool)
        if not fits or not self._within_bounds(value):
            raise self._refusal(value)
        return value

    def _within_bounds(self, value: Any) -> bool:
        """Whether bounds and words allow a value; NaN, which is no number, is out of any bounds."""
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (not self.among or value in self.among)
        )

    def _refusal(self, value: object) -> ValueError:
        return ValueError(f"{self.name} cannot be {value}: give {self.allowed}")


def setting(
    default: object,
    says: str,
    *,
    source: str = "",
    low: float | None = None,
    high: float | None = None,
    among: tuple[str, ...] = (),
    name: str = "",
) -> Any:
    """Define a field of a recipe. name: what people call it, if not as the field is called."""
    about = {
        "help": says,
        "source": source,
        "low": low,
        "high": high,
        "among": among,
        "name": name,
    }
    return field(default=default, metadata={_ABOUT: about})


def settings_of(recipe: type) -> Mapping[str, Setting]:
    """The settings of a dataclass whose fields are made by `setting`, by their names."""
    hints = get_type_hints(recipe)
    found = (_setting(one, hints[one.name]) for one in fields(recipe))
    return {one.name: one for one in found}


def check(recipe: Any) -> None:
    """Refuse a recipe of which a value is out of bounds; ValueError says what is allowed."""
    for one in settings_of(type(recipe)).values():
        one.take(getattr(recipe, one.field))


def _setting(of: Field[Any], hint: Any) -> Setting:
    about = dict(of.metadata[_ABOUT])
    default: Any = of.default
    kinds = [kind for kind in get_args(hint) or (hint,) if kind not in (type(None), Ellipsis)]
    return Setting(
        name=about.pop("name") or of.name,
        field=of.name,
        kind=kinds[0],
        several=isinstance(default, tuple),
        optional=default is None,
        default=default,
        **about,
    )

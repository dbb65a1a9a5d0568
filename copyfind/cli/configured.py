"""Defaults of one's own: config.toml in the platform's folder, copyfind.toml beside a catalog.

What stands beside the catalog goes before what stands in the user's folder, and what is typed
before both. A file that cannot be understood stops the command: half of it would be a surprise.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copyfind.cli.options import KEEP_RULES, Preset, config_folder, default_catalog, rule_names
from copyfind.errors import ConfigError
from copyfind.plans import ActionKind
from copyfind.records import Effort

BESIDE = "copyfind.toml"


@dataclass(frozen=True, slots=True)
class Configured:
    """The defaults that were found, by key, and the file that each comes from."""

    values: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, Path] = field(default_factory=dict)

    def for_command(self, name: str) -> dict[str, object]:
        """Those that a command takes."""
        return {key: value for key, value in self.values.items() if name in _KEYS[key].commands}

    def texts(self, key: str) -> list[str]:
        """The texts that a key lists."""
        found = self.values.get(key, [])
        return [str(one) for one in found] if isinstance(found, list) else []

    def presets(self) -> list[Preset]:
        """The presets of what is left out."""
        return [Preset(name) for name in self.texts("exclude_preset")]

    def text(self, key: str) -> str | None:
        """The text of a key."""
        return str(self.values[key]) if key in self.values else None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file: what its value is, in words, and the commands that take it."""

    says: str
    commands: frozenset[str]
    read: Callable[[object, Path], object]  # the value and the file; ValueError says what is wrong


def _strings(value: object, _file: Path) -> object:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("must be a list of texts")
    return value


def _presets(value: object, _file: Path) -> object:
    if not isinstance(value, list) or not all(one in tuple(Preset) for one in value):
        raise ValueError(f"must be a list of some of {', '.join(Preset)}")
    return value


def _folders(value: object, file: Path) -> object:
    """Relative ones count from the file's folder."""
    _strings(value, file)
    assert isinstance(value, list)
    return [str(file.parent / Path(one).expanduser()) for one in value]


def _string(value: object, _file: Path) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _keep_rules(value: object, file: Path) -> object:
    _string(value, file)
    if unknown := [name for name in rule_names(str(value)) if name not in KEEP_RULES]:
        raise ValueError(f"knows no rule {unknown[0]!r}, only: {', '.join(KEEP_RULES)}")
    return value


def _one_of(words: Sequence[str]) -> Callable[[object, Path], object]:
    def read(value: object, _file: Path) -> object:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return read


_SCAN = frozenset({"index", "go", "watch"})
_FIND = frozenset({"dupes", "plan", "review", "go"})
# What is gone for good has to be typed each time.
_ACTIONS = [kind.value for kind in ActionKind if kind not in (ActionKind.DELETE, ActionKind.MOVE)]
_KEYS = {
    "exclude": Key("patterns to leave out, as in .gitignore", _SCAN, _strings),
    "exclude_preset": Key(f"more to leave out: {', '.join(Preset)}", _SCAN, _presets),
    "reference": Key("folders in which every file is kept", _FIND, _folders),
    "keep": Key("the rules that first decide which file is kept", _FIND, _keep_rules),
    "effort": Key(
        "how far to look", _FIND | {"folders", "watch"}, _one_of([e.value for e in Effort])
    ),
    "model": Key(
        "a bundled model or a weights file",
        _FIND | {"index", "search", "compare", "folders", "watch"},
        _string,
    ),
    "action": Key("what happens to redundant files", frozenset({"plan"}), _one_of(_ACTIONS)),
}
KEYS: Mapping[str, Key] = _KEYS
TAKING = frozenset[str]().union(*(key.commands for key in KEYS.values()))


def config_files(catalog: Path) -> list[Path]:
    """Where defaults may stand, the weakest first."""
    folder = config_folder()
    own = [] if folder is None else [folder / "config.toml"]
    return [*own, catalog.expanduser().absolute().with_name(BESIDE)]


def configured(catalog: Path) -> Configured:
    """The defaults for what concerns this catalog. Raises ConfigError."""
    values: dict[str, object] = {}
    sources: dict[str, Path] = {}
    for file in config_files(catalog):
        for key, value in _read(file).items():
            values[key], sources[key] = value, file
    return Configured(values, sources)


def catalog_of(words: Sequence[str]) -> Path:
    """The catalog that a command line names, or the usual one."""
    for place, word in enumerate(words):
        if word == "--catalog" and place + 1 < len(words):
            return Path(words[place + 1])
        if word.startswith("--catalog="):
            return Path(word.partition("=")[2])
    return Path(os.environ.get("COPYFIND_CATALOG") or default_catalog())


def _read(file: Path) -> dict[str, object]:
    import tomllib

    try:
        known = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:  # of TOML and of UTF-8
        raise ConfigError(f"{file} is no TOML: {error}") from None
    found = {}
    for key, value in known.items():
        if key not in _KEYS:
            raise ConfigError(f"{file}: there is no key {key!r}, only: {', '.join(_KEYS)}")
        try:
            found[key] = _KEYS[key].read(value, file)
        except ValueError as error:
            raise ConfigError(f"{file}: {key} {error}") from None
    return found

"""What to type next: a line after what finds copies, and three examples where nothing was typed."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from typer import Context

from copyfind.cli.console import note
from copyfind.cli.options import default_catalog
from copyfind.errors import CatalogError
from copyfind.report.fitting import typed_path

# What dupes, review and plan understand alike.
_DECIDING = frozenset(
    {
        "paths",
        "threshold",
        "effort",
        "no_verify",
        "keep",
        "reference",
        "against",
        "min_size",
        "model",
    }
)

EXAMPLES = """\
copyfind finds every copy of your photos, however it was edited, and clears copies away with undo.

  copyfind ~/Photos           index a folder, find its copies, look at them in the browser
  copyfind dupes              the copies of all that is indexed, here in the terminal
  copyfind plan -o plan.json  what would be cleared away; then: copyfind apply plan.json

Nothing is changed before you say so. All commands: copyfind --help
"""


def command(words: str, catalog: Path) -> str:
    """A command line for people, which names the catalog unless it is the usual one."""
    is_usual = catalog.expanduser().absolute() == usual_catalog()
    named = "" if is_usual else f" --catalog {shlex.quote(str(catalog))}"
    return f"copyfind {words}{named}"


def usual_catalog() -> Path | None:
    """The catalog of who names none; None where there is none, for no home folder is known."""
    if named := os.environ.get("COPYFIND_CATALOG"):
        return Path(named).expanduser().absolute()
    with suppress(CatalogError):
        return default_catalog()
    return None


def after_index(catalog: Path) -> None:
    """Tell what can be done with what was indexed."""
    note(
        f"next: {command('dupes', catalog)} (the copies, here), or {command('review', catalog)} "
        "(in the browser)"
    )


def after_dupes(catalog: Path, asked: str = "") -> None:
    """Tell how copies are cleared away; asked: what was asked for, as `asked_again` has it."""
    note(
        f"next: {command(f'review{asked}', catalog)} (decide), or "
        f"{command(f'plan{asked} -o plan.json', catalog)} (what would go)"
    )


def asked_again(context: Context) -> str:
    """What a command was told that decides which copies there are and which of them stay, as it is
    typed again for the next one, with a blank before it."""
    words = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.name not in _DECIDING or not _was_typed(context, parameter.name) or not value:
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            text = _typed(one)
            if parameter.param_type_name == "argument":
                words.append(text)
            else:
                words += [parameter.opts[0], *([] if one is True else [text])]
    return "".join(f" {word}" for word in words)


def _was_typed(context: Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _typed(value: object) -> str:
    if isinstance(value, StrEnum):
        return value.value
    return typed_path(os.fsencode(value)) if isinstance(value, Path | str) else str(value)

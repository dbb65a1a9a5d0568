"""What to type next: a line after what finds copies, and three examples where nothing was typed."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from copyfind.cli.console import note
from copyfind.cli.options import default_catalog
from copyfind.errors import CatalogError

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


def after_dupes(catalog: Path) -> None:
    """Tell how copies are cleared away."""
    note(
        f"next: {command('review', catalog)} (decide in the browser), or "
        f"{command('plan -o plan.json', catalog)} (what would go)"
    )

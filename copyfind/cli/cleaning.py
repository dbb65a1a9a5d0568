"""What the commands that clear away share: where journals and trash are, and how they ask."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from copyfind.cli.console import complain, note, stderr
from copyfind.errors import CatalogError, CleanupError
from copyfind.paths import shown

if TYPE_CHECKING:
    from copyfind.cleanup.apply import Skipped, Surroundings
    from copyfind.cleanup.journal import Journal

SKIPPED = 3
_MOST_TOLD = 20  # lines a run; the journal has them all


def surroundings(catalog: Path) -> Surroundings:
    """The real file system, the journals of this catalog, the user's own trash."""
    from copyfind.cleanup.apply import Surroundings
    from copyfind.cleanup.files import Files
    from copyfind.cleanup.journal import Journals, journals_folder

    files = Files()
    data = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    trash = os.fsencode(Path(data) / "Trash")
    return Surroundings(files, Journals(journals_folder(catalog), files), trash)


def confirmed(question: str, *, word: str, given: bool, flag: str) -> bool:
    """Whether the user says the word; Enter is no. given: they have said so on the command line.

    Raises CleanupError where nobody can be asked.
    """
    if given:
        return True
    if not sys.stdin.isatty():
        raise CleanupError(f"nobody is there to ask: {question.lower()} Say so with {flag}")
    stderr().print(f"{question} Type {word} to go on, Enter to stop: ", end="", soft_wrap=True)
    return sys.stdin.readline().strip().lower() in (word, word[:1] if word == "yes" else word)


def tell_skipped(skipped: Iterable[Skipped], what: str) -> None:
    """A line for each, up to a number."""
    told = list(skipped)
    for one in told[:_MOST_TOLD]:
        complain(f"{what} {shown(one.path)}: {one.reason}")
    if len(told) > _MOST_TOLD:
        complain(f"... and {len(told) - _MOST_TOLD:,} more; the journal has them all")


def tell_catalog(catalog: Path, *, gone: Iterable[bytes] = (), back: Iterable[bytes] = ()) -> None:
    """Let the catalog know at once; where it cannot be written, the next index will see."""
    from copyfind.collection.catalog import mark_files
    from copyfind.collection.database import open_for_writing

    try:
        with open_for_writing(catalog, holder="apply", create=False) as db:
            mark_files(db, gone=gone, back=back)
    except CatalogError:
        note("the catalog does not know of it yet; tell it with: copyfind index FOLDER")


def named_journal(name: str, known: Surroundings) -> Journal:
    """By its name in the list, or by a path: a quarantine's manifest is a journal too."""
    from copyfind.cleanup.journal import read_journal

    for journal in known.journals.all():
        if name in (journal.name, os.fsdecode(journal.path)):
            return journal
    path = Path(name).expanduser().absolute()
    if not path.exists():
        raise CleanupError(f"there is no journal {name!r}; list them with: copyfind journal")
    return read_journal(os.fsencode(path), known.files)

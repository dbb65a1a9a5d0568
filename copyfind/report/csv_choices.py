"""A spreadsheet's choices: the CSV of `dupes`, read back with its last column filled in.

Spreadsheets write semicolons where a comma is a decimal sign, a byte order mark, and lines of their
own kind; they take what begins like a formula for one, so such text has an apostrophe before it.
Excel takes a table for one of its own code page, and writes it so unless it is told otherwise: only
plain letters come back as they were, so every other path is there in Base64 too.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from copyfind.errors import PlanError

CHOICE, REMOVE, KEEP = "choice", "remove", "keep"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NEEDED = ("path", "path_base64", "sha256", CHOICE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that somebody has chosen to go, as it was when it was listed."""

    path: bytes
    sha256: str  # hex


def as_cell(value: object) -> object:
    """A value as a spreadsheet takes it for what it is: no text is a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def in_base64(path: bytes) -> str | None:
    """A path for its column of that name; None where the path itself comes back from anything."""
    is_plain = path.isascii() and path.decode().isprintable()
    return None if is_plain else base64.b64encode(path).decode()


def read_choices(data: bytes) -> list[Chosen]:
    """The files whose row says `remove`, in the order of the rows. Raises PlanError, which names
    the row, for what is no such table or says something else."""
    text = _decoded(data)
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    if lacking := [name for name in _NEEDED if name not in (rows.fieldnames or ())]:
        raise PlanError(
            f"the choices lack the column {lacking[0]!r}; fill in what this writes: copyfind dupes "
            "--format csv"
        )
    found = []
    for number, row in enumerate(rows, start=2):
        word = (row[CHOICE] or "").strip().lower()
        if word not in ("", KEEP, REMOVE):
            raise PlanError(f"row {number}: {word!r} is no choice; write {REMOVE} or {KEEP}")
        if word == REMOVE:
            found.append(_chosen(row, number))
    return found


def _decoded(data: bytes) -> str:
    """The text of a table as some spreadsheet wrote it; what is read of it is in plain letters, of
    which every code page has the same."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _chosen(row: Mapping[str, str | None], number: int) -> Chosen:
    try:
        if encoded := row["path_base64"]:
            path = base64.b64decode(encoded, validate=True)
        else:
            path = (row["path"] or "").removeprefix("'").encode()
    except (binascii.Error, ValueError):
        raise PlanError(f"row {number}: its path_base64 was changed") from None
    return Chosen(path, (row["sha256"] or "").strip().lower())

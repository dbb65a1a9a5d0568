"""copyfind journal: what was cleared away when, and how it stands."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.console import complain, emit, note, show
from copyfind.cli.options import CatalogOption, DataFormat, FormatOption
from copyfind.paths import as_json
from copyfind.report.numbers import counted, shown_bytes

if TYPE_CHECKING:
    from rich.console import RenderableType

    from copyfind.cleanup.journal import Entry, Journal


def journal(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="JOURNAL", help="Show each file of this journal; all are listed by default."
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """List what was cleared away, the newest first, and what can be undone."""
    from copyfind.cleanup.ways import surroundings

    known = surroundings(Path(catalog).expanduser().absolute()).journals
    if name is not None:
        one = known.named(name)
        if output_format is DataFormat.JSON:
            emit(json.dumps(_as_dict(one, files=True), indent=1, ensure_ascii=False) + "\n")
        else:
            show(_operations(one))
        return
    for left_out in known.left_out():
        complain(left_out.reason)
    journals = [journal for journal in reversed(known.all()) if journal.entries]
    if output_format is DataFormat.JSON:
        told = [_as_dict(one, files=False) for one in journals]
        emit(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        return
    if not journals:
        note("nothing was cleared away yet")
        return
    show(_list(journals))


def _list(journals: list[Journal]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    for title in ("journal", "when", "cleared away", "now"):
        table.add_column(title, overflow="fold")
    for one in journals:
        done = _applied(one)
        kinds = Counter(entry.operation.kind.value for entry in done)
        size = sum(entry.operation.file.file.size for entry in done)
        what = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        table.add_row(
            Text(one.name, "bold"),
            Text(_when(one.made_at)),
            Text(f"{what or 'nothing'} · {shown_bytes(size)}"),
            Text(_state(one, done)),
        )
    return table


def _operations(one: Journal) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from copyfind.report.fitting import shown_path

    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(overflow="fold")
    for _, entry in sorted(one.entries.items()):
        if entry.operation.of is None:
            reason = f": {entry.reason}" if entry.reason else ""
            table.add_row(
                Text(_what(entry), "yellow"),
                Text(shown_path(entry.operation.file.path)),
                Text(_fate(entry) + reason, "dim"),
            )
    return table


def _as_dict(one: Journal, *, files: bool) -> dict[str, object]:
    """What a journal holds, with each of its files or with their numbers alone."""
    done = _applied(one)
    told: dict[str, object] = {
        "journal": one.name,
        "made_at": one.made_at,
        "files": len(done),
        "bytes": sum(entry.operation.file.file.size for entry in done),
        "actions": dict(Counter(entry.operation.kind.value for entry in done)),
        "state": dict(Counter(_fate(entry) for entry in done)),
        "cut_off": len(one.open_entries()),
    }
    if files:
        entries = [e for _, e in sorted(one.entries.items()) if e.operation.of is None]
        told["entries"] = [
            {
                **dict(zip(("path", "path_base64"), as_json(e.operation.file.path), strict=True)),
                "action": _what(e),
                "state": _fate(e),
                "reason": e.reason,
            }
            for e in entries
        ]
    return told


def _what(entry: Entry) -> str:
    from copyfind.cleanup.operation import Purpose

    operation = entry.operation
    return "sidecar" if operation.purpose is Purpose.ANNOTATE else operation.kind.value


def _applied(one: Journal) -> list[Entry]:
    from copyfind.cleanup.journal import State
    from copyfind.cleanup.operation import Purpose

    entries = one.entries.values()
    return [e for e in entries if e.operation.purpose is Purpose.APPLY and e.state is State.DONE]


def _state(one: Journal, done: list[Entry]) -> str:
    fates = Counter(_fate(entry) for entry in done)
    told = [f"{number:,} {fate}" if len(fates) > 1 else fate for fate, number in fates.items()]
    if cut := len(one.open_entries()):
        told.append(f"{counted(cut, 'file')} cut off: run apply or undo")
    return ", ".join(told)


def _fate(entry: Entry) -> str:
    from copyfind.cleanup.journal import State
    from copyfind.plans import ActionKind

    if entry.taken_back:
        return "undone"
    if entry.emptied:
        return "emptied"
    if entry.state is not State.DONE:
        return entry.state.value
    return "gone for good" if entry.operation.kind is ActionKind.DELETE else "can be undone"


def _when(made_at: str) -> str:
    try:
        when = datetime.fromisoformat(made_at).astimezone()
    except ValueError:
        return made_at
    return f"{when:%Y-%m-%d %H:%M}"

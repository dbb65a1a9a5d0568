"""copyfind ignore: remember that pictures are not copies of each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from copyfind.cli.console import emit, note, show
from copyfind.cli.options import CatalogOption, DataFormat, FormatOption, as_bytes
from copyfind.paths import as_json, shown
from copyfind.report.numbers import counted


def ignore(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="IMAGE", help="Two or more files that are indexed.", show_default=False
        ),
    ] = None,
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    listed: Annotated[
        bool, typer.Option("--list", help="Show everything that has been decided.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Forget what was decided of these files.")
    ] = False,
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """Remember that pictures are not copies of each other, every two of them.

    No report, plan or review calls them copies again, however alike they are, wherever they are
    moved. Files with the same bytes cannot be told apart.
    """
    from copyfind.pipeline.deciding import say_apart, take_back

    if listed:
        if pictures or remove:
            raise typer.BadParameter("--list shows all decisions and takes no files")
        _show_all(catalog, output_format)
        return
    paths = list(dict.fromkeys(as_bytes(path) for path in pictures or ()))
    if len(paths) < 2:
        raise typer.BadParameter("name two files or more that are not copies of each other")
    if remove:
        taken = take_back(catalog, paths)
        note(f"forgot what was decided of {counted(taken, 'pair')}")
        return
    news = say_apart(catalog, paths)
    pairs = len(paths) * (len(paths) - 1) // 2
    known = f", {pairs - news} of them known before" if news < pairs else ""
    note(f"remembered: {counted(pairs, 'pair')} not to be called copies{known}")


def _show_all(catalog: Path, output_format: DataFormat) -> None:
    from copyfind.pipeline.deciding import said

    found = said(catalog)
    if output_format is DataFormat.JSON:
        entries = [
            {
                "decided_at": entry.decision.decided_at,
                "decision": entry.decision.kind.value,
                "pictures": [
                    _picture(entry.decision.first, entry.first),
                    _picture(entry.decision.second, entry.second),
                ],
            }
            for entry in found
        ]
        answer = {"schema": "copyfind.decisions/1", "decisions": entries}
        emit(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("decided")
    table.add_column("what")
    table.add_column("pictures", overflow="fold")
    for entry in found:
        when = entry.decision.decided_at[:16].replace("T", " ")
        sides = (entry.decision.first, entry.first), (entry.decision.second, entry.second)
        pictures = Text("\n".join(_line(sha256, paths) for sha256, paths in sides))
        table.add_row(when, entry.decision.kind.value, pictures)
    if found:
        show(table)
    note(f"{counted(len(found), 'decision')}")


def _picture(sha256: bytes, paths: tuple[bytes, ...]) -> dict[str, object]:
    names = [dict(zip(("path", "path_base64"), as_json(path), strict=True)) for path in paths]
    return {"sha256": sha256.hex(), "files": names}


def _line(sha256: bytes, paths: tuple[bytes, ...]) -> str:
    if not paths:
        return f"no file left (SHA-256 {sha256.hex()[:16]}…)"
    more = f" and {counted(len(paths) - 1, 'copy')}" if len(paths) > 1 else ""
    return shown(paths[0]) + more

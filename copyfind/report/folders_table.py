"""Folders for eyes: one line each, how much of it is elsewhere too, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from copyfind.answers import Shared, Sharing
from copyfind.report.as_table import Shape
from copyfind.report.file_lines import FileLine, FileLines
from copyfind.report.fitting import Places, shown_path
from copyfind.report.numbers import counted, shown_bytes

_NAMED = 20  # pictures that are nowhere else


def folders_table(
    sharing: Sharing,
    shape: Shape,
    *,
    roots: Sequence[bytes],
    against: Sequence[bytes] = (),
) -> RenderableType:
    """What folders have in common, for a terminal: a line a folder, and the sum of all.

    against: the folders that were asked about; what is in none of them is named then.
    """
    places = Places(roots)
    name = shown_path if shape.wide else places.text
    listed = sharing.folders[: shape.top]
    parts: list[RenderableType] = []
    if listed:
        lines = [_line(shared, name) for shared in listed]
        parts += [FileLines(lines, shape.wide), ""]
    lone = sharing.only_here if against and shape.top != 0 else ()
    if lone:
        most = len(lone) if shape.wide else _NAMED
        lines = [FileLine("only", name(path), "", style="stay") for path in lone[:most]]
        parts.append(FileLines(lines, shape.wide))
        if len(lone) > most:
            parts.append(f"  and {counted(len(lone) - most, 'picture')} more: --wide")
        parts.append("")
    text = _total(sharing.total, [shown_path(folder) for folder in against])
    if len(listed) < len(sharing.folders):
        text.append(f"\n{counted(len(sharing.folders), 'folder')} have copies elsewhere")
        text.append(f", the first {len(listed):,} above" if listed else "")
    if not shape.wide and (listed or lone):
        text.append(f"\n{places.told()}", "dim")
    return Group(*parts, text)


def _line(shared: Shared, name: Callable[[bytes], str]) -> FileLine:
    return FileLine(
        "all" if shared.only_here == 0 else "some",
        name(shared.folder),
        "; ".join(_told(shared, name)),
        size=shown_bytes(shared.size),
        pixels=f"{shared.elsewhere:,} of {shared.files:,}",
        style="keep" if shared.only_here == 0 else "",
    )


def _told(shared: Shared, name: Callable[[bytes], str]) -> Iterator[str]:
    if shared.other is not None:
        many = "" if shared.in_other == shared.elsewhere else f"{shared.in_other:,} of them "
        yield f"{many}in {name(shared.other)}"
    if shared.edited:
        yield f"{shared.edited:,} as edited copies"


def _total(total: Shared, against: Sequence[str]) -> Text:
    where = f"in {', '.join(against)}" if against else "in another folder"
    text = Text()
    if total.files and not total.only_here:
        text.append(f"All {counted(total.files, 'picture')} are also {where}", "bold green")
    else:
        text.append(f"{total.elsewhere:,} of {counted(total.files, 'picture')}", "bold")
        text.append(f" {'is' if total.elsewhere == 1 else 'are'} also {where}", "bold")
    if total.elsewhere:
        text.append(f": {total.identical:,} with the same bytes or pixels")
        text.append(f", {total.edited:,} as edited copies" if total.edited else "")
    if total.only_here:
        verb = "is" if total.only_here == 1 else "are"
        rest = "not" if against else "in one folder only"
        text.append(f"; {total.only_here:,} {verb} {rest}", "yellow")
    return text

"""Files in a table for a terminal: one line each, whatever the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from copyfind.report.fitting import cut, cut_in_the_middle, padded

_INDENT = "  "
_MORE_FROM = 100  # cells: format and date have room beside the path
_HEAD = 120  # cells: on wider windows an id at the edge is far from what it names
_LEAST_PATH, _LEAST_WHY = 12, 10
_PATH_SHARE, _WHY_SHARE = 0.58, 0.27  # at least, of the room that both have together

STYLES = {
    name: Style.parse(style)
    for name, style in {
        "keep": "bold green",
        "ref": "green",
        "safe": "yellow",
        "ask": "magenta",
        "stay": "cyan",
        "link": "dim",
        "": "",
        "bold": "bold",
        "dim": "dim",
        "note": "yellow",
        "gone": "bold red",
    }.items()
}
_OF_WHY = {"keep": "ref", "safe": "", "ask": ""}


@dataclass(frozen=True, slots=True)
class Head:
    """The line above a cluster: its number, what is said of it, and its id."""

    number: int
    said: str
    id: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: what happens to it, its path, what it is, and why. `style` is that of the word."""

    word: str
    path: str
    why: str
    size: str = ""
    pixels: str = ""
    format: str = ""
    date: str = ""
    style: str = ""
    of_path: str = ""


Line = Head | FileLine | str


@dataclass(frozen=True, slots=True)
class FileLines:
    """Lines that are rendered one below the other. wide: nothing is left out, and a line may be
    longer than the terminal is wide; else each has the width of the terminal at most."""

    lines: Sequence[Line]
    wide: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        files = [line for line in self.lines if isinstance(line, FileLine)]
        columns = _Columns.of(files, None if self.wide else options.max_width)
        for line in self.lines:
            if isinstance(line, FileLine):
                parts = columns.parts(line)
            elif isinstance(line, Head):
                parts = _head(line, columns.width)
            else:
                parts = [(line if columns.width is None else cut(line, columns.width), "dim")]
            yield from _segments(parts)


Part = tuple[str, str]  # text, name of its style


def _segments(parts: Sequence[Part]) -> Iterator[Segment]:
    parts = list(parts)
    while len(parts) > 1 and not parts[-1][0]:  # nothing is said in the last columns
        parts.pop()
    *before, (text, style) = parts
    for part, name in before:
        yield Segment(part, STYLES[name])
    if text.rstrip():
        yield Segment(text.rstrip(), STYLES[style])
    yield Segment.line()


def _head(head: Head, width: int | None) -> list[Part]:
    number = f"{head.number:,}"
    said = head.said
    if width is None:
        return [(number, "bold"), (f"  {said}  ", "bold"), (head.id, "dim")]
    room = min(width, _HEAD) - len(number) - len(head.id) - 4
    if room < 12:  # the narrowest windows: what is proposed says more than a name
        return [(number, "bold"), (f"  {cut(said, max(width - len(number) - 2, 1))}", "bold")]
    return [(number, "bold"), (f"  {padded(cut(said, room), room)}  ", "bold"), (head.id, "dim")]


@dataclass(frozen=True, slots=True)
class _Columns:
    """How many cells each column has; `path` and `why` are None where nothing limits them."""

    width: int | None
    gap: int  # between two
    word: int
    pixels: int
    format: int
    size: int
    date: int
    path: int
    why: int | None

    @classmethod
    def of(cls, lines: Sequence[FileLine], width: int | None) -> _Columns:
        def longest(texts: Iterator[str]) -> int:
            return max(map(cell_len, texts), default=0)

        word = max(longest(line.word for line in lines), 4)
        pixels, size = longest(line.pixels for line in lines), longest(line.size for line in lines)
        form, date = longest(line.format for line in lines), longest(line.date for line in lines)
        path, why = longest(line.path for line in lines), longest(line.why for line in lines)
        if width is None:
            return cls(None, 2, word, pixels, form, size, date, min(path, 80), None)
        if width < _MORE_FROM:
            form = date = 0
        columns = [word, pixels, form, size, date]
        gap = 1 if width < _MORE_FROM else 2
        room = width - len(_INDENT) - sum(c + gap for c in columns if c) - gap
        if room < _LEAST_PATH + _LEAST_WHY and pixels:
            room, pixels = room + pixels + gap, 0
        if path + why > room:
            # A few long reasons take little room from all paths.
            usual = sorted(cell_len(line.why) for line in lines)[len(lines) * 4 // 5]
            usual = max(usual, min(why, int(room * _WHY_SHARE)))
            share = max(int(room * _PATH_SHARE), room - usual)
            path = max(min(path, share), min(_LEAST_PATH, max(room, 1)))
        return cls(width, gap, word, pixels, form, size, date, path, max(room - path, 0))

    def parts(self, line: FileLine) -> list[Part]:
        path = line.path if self.width is None else cut_in_the_middle(line.path, self.path)
        gap = " " * self.gap
        parts = [(_INDENT, ""), (padded(line.word, self.word) + gap, line.style)]
        parts.append((padded(path, self.path) + gap, line.of_path))
        for text, room, style in (
            (line.pixels, self.pixels, ""),
            (line.format, self.format, "dim"),
            (line.size, self.size, ""),
            (line.date, self.date, "dim"),
        ):
            if room:
                parts.append((" " * (room - cell_len(text)) + text + gap, style))
        why = line.why if self.why is None else cut(line.why, self.why) if self.why else ""
        parts.append((why, _OF_WHY.get(line.style, line.style)))
        return parts

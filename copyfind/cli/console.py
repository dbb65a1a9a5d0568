"""What users see while a command runs: progress and notes on stderr, results on stdout."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from copyfind.cli.paging import in_pager
from copyfind.errors import OutputError
from copyfind.paths import printable
from copyfind.report.numbers import counted, shown_bytes, shown_seconds

if TYPE_CHECKING:  # two dozen records take as long to make as all of Typer to load
    from copyfind.watch import Progress

# What moves, colours, names or turns round what a terminal shows; halves of characters.
_OBEYED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_HALVES = re.compile("[\ud800-\udfff]")
_LOG_EVERY = 10.0  # seconds between plain log lines
_TOLD_FROM = 0.02  # of a stage: what its first steps take tells little of the rest
OnProgress = Callable[["Progress"], None]


@dataclass
class Settings:
    """The options that every command has, as they were given."""

    quiet: bool = False
    json_log: bool = False
    debug: bool = False


settings = Settings()
_live_console: Console | None = None  # what a live display draws on: notes go above it


def stderr() -> Console:
    """The console for everything but results; rich honours `NO_COLOR` and `TERM=dumb`."""
    return _live_console or _as_it_is()


def _as_it_is() -> Console:
    """Options of rich that show a text as it is: a name may hold [brackets] or :colons:."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


class _Results(Console):
    """The console for results: nothing in them makes a terminal obey, and that `head` has seen
    enough is no failure of ours."""

    def on_broken_pipe(self) -> None:
        _hang_up()

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The parts of a result; what rich itself wants of the terminal is in their styles."""
        for part in super().render(renderable, options):
            yield part if part.control or _is_plain(part.text) else _made_plain(part)


def _is_plain(text: str) -> bool:
    return text.replace("\n", "").isprintable()


def _made_plain(part: Segment) -> Segment:
    lines = [printable(line) for line in part.text.split("\n")]
    return part._replace(text="\n".join(lines))


def show(result: RenderableType, *, paged: bool = False, wide: bool = False) -> None:
    """Print a result for eyes on stdout, as wide as it comes where nobody's window limits it.
    Raises OutputError.

    paged: in a pager if it is longer than the terminal. wide: lines may be longer than it is wide.
    """
    with _told_of_stdout():
        if isinstance(sys.stdout, io.TextIOWrapper):  # an encoding may lack what names are made of
            sys.stdout.reconfigure(errors="backslashreplace")
        console = _Results(highlight=False)
        if not console.is_terminal:
            sys.stdout.write(as_text(result))
        else:
            with console.capture() as captured:
                console.print(result, soft_wrap=wide)
            text = captured.get()
            if not (paged and text.count("\n") >= console.height and in_pager(text)):
                sys.stdout.write(text)
        sys.stdout.flush()


def as_text(result: RenderableType) -> str:
    """A result for eyes as plain text, as wide as it comes."""
    page = io.StringIO()
    _Results(file=page, width=160, highlight=False).print(result, soft_wrap=True)
    return page.getvalue()


def is_a_terminal() -> bool:
    """Whether results go to a terminal, whose window limits them."""
    return _Results().is_terminal


def emit(text: str) -> None:
    """Write a result for programs to stdout as it is: UTF-8 whatever the locale, plain newlines.
    Halves of characters are escaped as in JSON, and so is what a terminal would obey, if it is one
    that reads it. Raises OutputError."""
    with _told_of_stdout():
        escaped = _OBEYED if sys.stdout.isatty() else _HALVES
        sys.stdout.buffer.write(escaped.sub(_as_json_has_it, text).encode())
        sys.stdout.flush()


def finish_stdout() -> None:
    """Write what is still to be written. Raises OutputError."""
    if sys.stdout is not None and not sys.stdout.closed:
        with _told_of_stdout():
            sys.stdout.flush()


def _as_json_has_it(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


@contextmanager
def _told_of_stdout() -> Iterator[None]:
    """End with one line where stdout takes nothing: its disk is full, or it is closed."""
    if sys.stdout is None:
        raise OutputError("cannot write the result: stdout is closed")
    try:
        yield
    except BrokenPipeError:
        _hang_up()
    except (OSError, ValueError) as error:  # ValueError: a file that was closed
        with suppress(OSError, ValueError):
            _forget_stdout()
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"cannot write the result to stdout: {reason}") from error


def _hang_up() -> NoReturn:
    """End the program because nobody reads any more, with nothing left for Python to flush."""
    _forget_stdout()
    raise SystemExit(0)


def _forget_stdout() -> None:
    """Let nothing be left that Python would flush, and fail at, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str, **fields: object) -> None:
    """Tell in one line what happened; --quiet silences it."""
    if settings.json_log:
        _log({"event": "note", "message": text, **fields})
    elif not settings.quiet:
        stderr().print(_one_line(text), soft_wrap=True)


def complain(text: str) -> None:
    """Tell in one line what went wrong; --quiet does not silence it."""
    if settings.json_log:
        _log({"event": "error", "message": text})
    else:
        stderr().print(_one_line(text), soft_wrap=True)


def _one_line(text: str) -> str:
    """The text in one line, without what a terminal would obey: messages name files."""
    return printable(text)


@contextmanager
def progress() -> Iterator[OnProgress]:
    """Yields what shows progress: live on a terminal, else as plain or JSON lines, and not at all
    with --quiet."""
    if settings.json_log:
        yield _every_so_often(_log_json)
    elif settings.quiet:
        yield lambda _: None
    elif not stderr().is_terminal or os.environ.get("TERM") == "dumb":
        yield _every_so_often(lambda p, rate: stderr().print(_plain(p, rate), soft_wrap=True))
    else:
        with _live() as on_progress:
            yield on_progress


@contextmanager
def _live() -> Iterator[OnProgress]:
    pace = _Pace()
    with _bars() as draw:
        yield lambda p: draw(str(p.stage), p.files, p.total_files, _numbers(p, pace(p)))


Draw = Callable[[str, int, int, str], None]  # what, done, total, numbers beside the bar


@contextmanager
def _bars() -> Iterator[Draw]:
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bars

    global _live_console
    console = _as_it_is()
    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}", style="bold"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[numbers]}"),
        console=console,
        transient=True,
        expand=True,
    )
    _live_console = console
    with bars:
        task = bars.add_task("starting", total=None, numbers="")

        def draw(what: str, done: int, total: int, numbers: str) -> None:
            bars.update(
                task, description=what, total=total or None, completed=done, numbers=numbers
            )

        try:
            yield draw
        finally:
            _live_console = None


class _Pace:
    """How many files a second the stage under way has done since it began."""

    def __init__(self) -> None:
        self._stage: str | None = None
        self._start = 0.0
        self._before = 0

    def __call__(self, p: Progress) -> float:
        now = time.monotonic()
        if p.stage != self._stage:
            self._stage, self._start, self._before = p.stage, now, p.files
            return 0.0
        return (p.files - self._before) / max(now - self._start, 1e-3)


def _every_so_often(write: Callable[[Progress, float], object]) -> OnProgress:
    """Tell progress in one line every ten seconds at most: what is done at once needs none.

    The end of a stage is told if anything of it was, or if there is more to tell than its count.
    """
    pace = _Pace()
    last, told = time.monotonic(), ""

    def on_progress(p: Progress) -> None:
        nonlocal last, told
        rate = pace(p)
        ended = 0 < p.total_files <= p.files and (told == p.stage or bool(p.facts))
        if ended or time.monotonic() - last >= _LOG_EVERY:
            last, told = time.monotonic(), "" if ended else p.stage
            write(p, rate)

    return on_progress


def _numbers(p: Progress, rate: float) -> str:
    from copyfind.watch import counted_in

    noun = counted_in(p.stage)
    done = p.files if p.total_files == 0 else p.total_files
    what = counted(done, noun) if noun else f"{done:,}"
    parts = [f"{p.files:,} of {what}" if p.total_files else what]
    if p.bytes:
        total = f" of {shown_bytes(p.total_bytes)}" if p.total_bytes else ""
        parts.append(f"{shown_bytes(p.bytes)}{total}")
    if p.numbers:
        parts.append(p.numbers)
    elif p.total_files and rate > 0:
        parts.append(f"{rate:.0f}/s" if rate >= 9.5 else f"{rate:.1f}/s")
        if p.total_files * _TOLD_FROM <= p.files < p.total_files:
            parts.append(f"{shown_seconds((p.total_files - p.files) / rate)} left")
    return " · ".join(parts)


def _plain(p: Progress, rate: float) -> str:
    return f"{p.stage}: {_numbers(p, rate)}"


def _log_json(p: Progress, rate: float) -> None:
    event = {"event": "progress", "stage": str(p.stage)}
    if p.facts:  # not about files
        _log({**event, "done": p.files, "total": p.total_files, **p.facts})
        return
    _log(
        {
            **event,
            "files": p.files,
            "total_files": p.total_files or None,
            "bytes": p.bytes,
            "total_bytes": p.total_bytes or None,
            "files_per_second": round(rate, 1),
        }
    )


def _log(entry: dict[str, object]) -> None:
    sys.stderr.write(json.dumps(entry) + "\n")
    sys.stderr.flush()

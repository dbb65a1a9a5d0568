"""The command line as a Typer application, and `main`, where every error ends."""

from __future__ import annotations

import gc
import inspect
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

import copyfind
from copyfind.cli.commands import COMMANDS
from copyfind.cli.configured import TAKING, catalog_of, configured
from copyfind.cli.console import complain, emit, finish_stdout, settings
from copyfind.cli.next_steps import EXAMPLES
from copyfind.errors import CopyfindError
from copyfind.paths import is_in_store

_ANYWHERE = frozenset({"--quiet", "-q", "--json-log", "--debug"})
_NO_MEMORY = "there is not enough memory; give it more, or lift what limits it (ulimit -v)"
# New objects between two searches for garbage. Python's 700 take a tenth of the time to start.
_GARBAGE = 20_000
_COMPLETING = "_COPYFIND_COMPLETE"  # set by the shell that asks for completions


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"copyfind {copyfind.__version__}")
        raise typer.Exit


def _manual(wanted: bool) -> None:
    if wanted:
        from copyfind.cli.manual import manual_page

        emit(manual_page(build_app(whole=True)))
        raise typer.Exit


def build_app(command: str | None = None, *, whole: bool = False) -> typer.Typer:
    """Make the application, with one command as it is and the others only listed.

    command: the name of that one. whole: every command is as it is.
    """
    app = typer.Typer(
        name="copyfind",
        help="Find every copy of your photos, however it was edited, and clear copies away safely.",
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some files skipped, "
        "4 another copyfind is writing, 5 copies found (--fail-on-copies), 130 interrupted, "
        "143 terminated.",
    )
    app.callback()(every_command)
    for listed in COMMANDS:
        if whole or listed.name == command:
            function = listed.load()
            says = _flowing(function.__doc__)
            app.command(listed.name, help=says, rich_help_panel=listed.panel)(function)
        else:
            app.command(listed.name, help=listed.says, rich_help_panel=listed.panel)(_only_listed)
    return app


def _flowing(docstring: str | None) -> str:
    """The paragraphs of a help text in a line each, which break where the window ends."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _only_listed() -> None:
    """Stand for a command that was not asked for."""


def every_command(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Results and errors only.")] = False,
    json_log: Annotated[
        bool, typer.Option("--json-log", help="Progress and notes as JSON lines on stderr.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_version),
    ] = False,
    man: Annotated[
        bool,
        typer.Option(
            "--man", help="Write the manual page.", is_eager=True, callback=_manual, hidden=True
        ),
    ] = False,
) -> None:
    """Take the options that every command has; they may stand before or after its name."""
    del version, man  # their callbacks have run
    if context.invoked_subcommand is None:
        emit(EXAMPLES)
    settings.quiet, settings.json_log, settings.debug = quiet, json_log, debug


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with the code that `copyfind --help` and the errors name."""
    if argv is None:  # the process is ours alone
        gc.set_threshold(_GARBAGE, *gc.get_threshold()[1:])
    words = _with_command(_common_first(sys.argv[1:] if argv is None else argv))
    command = next((word for word in words if not word.startswith("-")), None)
    try:
        try:
            app = build_app(command, whole=_COMPLETING in os.environ)
            app(words, prog_name="copyfind", default_map=_defaults(command, words))
        finally:
            finish_stdout()
    except CopyfindError as error:
        _end(str(error), error.exit_code)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _end(f"{error.strerror or error}{where}")
    except MemoryError:
        _end(_NO_MEMORY)
    except Exception as error:  # noqa: BLE001 - the last resort: one line, whatever it was
        said = " ".join(str(error).split())
        if isinstance(error, ImportError) and "failed to map" in said:
            _end(_NO_MEMORY)
        _end(f"unexpected {type(error).__name__}: {said}; --debug shows where")


def _defaults(command: str | None, words: Sequence[str]) -> dict[str, dict[str, object]]:
    """The user's own defaults for the command, in click's form. Raises ConfigError."""
    if command not in TAKING or _COMPLETING in os.environ or {"-h", "--help"} & set(words):
        return {}
    return {command: configured(catalog_of(words)).for_command(command)}


def _with_command(words: list[str]) -> list[str]:
    """The words; where the first that is no option names a folder and no command, that is to
    `go`, which also says best what is wrong with a path that leads nowhere."""
    place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
    if place is None or any(words[place] == listed.name for listed in COMMANDS):
        return words
    word = words[place]
    is_folder = os.path.isdir(os.path.expanduser(word))  # noqa: PTH111, PTH112 - never fails
    is_path = (os.sep in word or word.startswith("~")) and not is_in_store(word)
    return [*words[:place], "go", *words[place:]] if is_folder or is_path else words


def _end(text: str, code: int = 1) -> NoReturn:
    """End with one line for people, or with the trace where they have asked for it."""
    if settings.debug:
        traceback.print_exc()
    else:
        with suppress(OSError, ValueError):  # stderr may be closed or full
            complain(f"copyfind: {text}")
    raise SystemExit(code) from None


def _common_first(argv: Sequence[str]) -> list[str]:
    """The words with the options of every command first; what follows `--` is a path and stays."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    common = [word for word in words[:end] if word in _ANYWHERE]
    return common + [word for word in words[:end] if word not in _ANYWHERE] + words[end:]

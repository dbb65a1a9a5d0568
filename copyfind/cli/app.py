"""The Typer application, and `main`, where every error ends."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

import copyfind
from copyfind.cli.apply import apply
from copyfind.cli.check import check
from copyfind.cli.compare import compare
from copyfind.cli.console import complain, settings
from copyfind.cli.dupes import dupes
from copyfind.cli.empty import empty
from copyfind.cli.eval import eval_command
from copyfind.cli.ignore import ignore
from copyfind.cli.index import index
from copyfind.cli.journal import journal
from copyfind.cli.models import models
from copyfind.cli.plan import plan
from copyfind.cli.prune import prune
from copyfind.cli.review import review
from copyfind.cli.search import search
from copyfind.cli.status import status
from copyfind.cli.train import train
from copyfind.cli.undo import undo
from copyfind.errors import CopyfindError

_ANYWHERE = frozenset({"--quiet", "-q", "--json-log", "--debug"})
_FINDING = (index, dupes, review, search, compare, ignore)
_CLEARING = (plan, apply, undo, journal, empty)
_LOOKING_AFTER = (status, check, models, prune, train)

app = typer.Typer(
    name="copyfind",
    help="Find every copy of your photos, however it was edited, and clear copies away safely.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some files skipped, "
    "4 another copyfind is writing, 5 copies found (--fail-on-copies), 130 interrupted, "
    "143 terminated.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"copyfind {copyfind.__version__}")
        raise typer.Exit


@app.callback()
def every_command(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Results and errors only.")] = False,
    json_log: Annotated[
        bool, typer.Option("--json-log", help="Progress and notes as JSON lines on stderr.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Options of every command; they may stand before or after its name."""
    del version  # its callback has run
    settings.quiet, settings.json_log, settings.debug = quiet, json_log, debug


for command in (*_FINDING, *_CLEARING, *_LOOKING_AFTER):
    app.command()(command)
app.command(name="eval")(eval_command)  # eval is a function of Python's own


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; exits with the codes of DESIGN.md, section 7."""
    try:
        app(_common_first(sys.argv[1:] if argv is None else argv), prog_name="copyfind")
    except CopyfindError as error:
        if settings.debug:
            traceback.print_exc()
        else:
            complain(f"copyfind: {error}")
        raise SystemExit(error.exit_code) from None


def _common_first(argv: Sequence[str]) -> list[str]:
    """`copyfind dupes --quiet` means `copyfind --quiet dupes`; what follows `--` is a path."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    common = [word for word in words[:end] if word in _ANYWHERE]
    return common + [word for word in words[:end] if word not in _ANYWHERE] + words[end:]

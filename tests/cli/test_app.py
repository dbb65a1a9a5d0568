"""What all commands have in common: options, errors, exit codes, completion."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
import typer

import copyfind
from copyfind.cli import commands
from copyfind.cli.app import build_app
from tests.cli.conftest import Collection, Ran, Run, child, outside

COMMANDS = sorted(listed.name for listed in commands.COMMANDS)


def parameters() -> Iterator[tuple[str, click.Parameter]]:
    """Every argument and option with the command it belongs to."""
    group = typer.main.get_command(build_app(whole=True))
    for name, command in {"": group, **group.commands}.items():  # type: ignore[attr-defined] # of a group
        for parameter in command.params:
            yield name, parameter


@pytest.mark.parametrize(
    ("command", "parameter"),
    [pytest.param(name, p, id=f"{name} {p.name}") for name, p in parameters()],
)
def test_every_option_has_help_that_is_a_sentence(command: str, parameter: click.Parameter) -> None:
    help_text: str | None = getattr(parameter, "help", None)

    assert help_text, f"{command} {parameter.opts}"
    assert re.match(r"(?!Of )[A-Z]", help_text)
    assert help_text.endswith(".")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    ran = run(command, "--help")

    assert ran.code == 0
    assert f"Usage: copyfind {command} " in ran.out
    assert ran.err == ""


def test_lines_of_a_help_end_where_the_window_does(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    monkeypatch.setenv("COLUMNS", "80")

    text = run("dupes", "--help").out

    lines = [line.strip() for line in text.splitlines()]
    first = next(place for place, line in enumerate(lines) if line.startswith("Each file has"))
    paragraph = lines[first : lines.index("", first)]
    room = [78 - len(line) for line in paragraph[:-1]]
    next_words = [line.split()[0] for line in paragraph[1:]]
    assert len(paragraph) > 4
    assert all(len(word) >= left for word, left in zip(next_words, room, strict=True))


def test_help_lists_every_command_and_the_exit_codes(run: Run) -> None:
    ran = run("-h")

    assert ran.code == 0
    assert set(COMMANDS) <= set(ran.out.split())
    assert {"index", "dupes", "search", "compare", "status", "check", "prune"} < set(COMMANDS)
    assert "130 interrupted" in " ".join(ran.out.split())


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out == f"copyfind {copyfind.__version__}\n"


@pytest.mark.parametrize("words", [["nonsense"], ["dupes", "--nonsense"], ["search"]])
def test_wrong_usage_is_told_on_stderr_with_where_to_look(run: Run, words: list[str]) -> None:
    ran = run(*words)

    assert (ran.code, ran.out) == (2, "")
    assert "-h" in ran.err


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("words", [["--quiet", "check"], ["check", "-q"], ["check", "--quiet"]])
def test_quiet_leaves_results_and_errors(run: Run, words: list[str]) -> None:
    assert run(*words) == Ran(0, "", "")


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("words", [["--json-log", "check"], ["check", "--json-log"]])
def test_json_log_makes_every_note_a_line_of_json(run: Run, words: list[str]) -> None:
    ran = run(*words)

    (line,) = ran.err.splitlines()
    assert json.loads(line) == {"event": "note", "message": "the catalog is sound"}


def test_json_log_makes_errors_lines_of_json(run: Run) -> None:
    ran = run("dupes", "--json-log")

    (line,) = ran.err.splitlines()
    assert ran.code == 1
    assert json.loads(line)["event"] == "error"
    assert json.loads(line)["message"].startswith("copyfind: no catalog at ")


def test_debug_shows_where_an_error_arose_and_keeps_the_exit_code(run: Run) -> None:
    ran = run("dupes", "--debug")

    assert ran.code == 1
    assert ran.err.startswith("Traceback (most recent call last):")
    assert "no catalog at" in ran.err.splitlines()[-1]


def test_a_word_after_the_double_dash_is_a_path(run: Run, collection: Collection) -> None:
    del collection

    ran = run("dupes", "--", "--quiet")

    assert ran.code == 1
    assert "--quiet" in ran.err


def test_an_error_is_one_line_whatever_is_in_the_name(run: Run, tmp_path: Path) -> None:
    ran = run("status", "--catalog", tmp_path / "[red]\x1b[31m:heart:\n.sqlite")

    assert ran.err.count("\n") == 1
    assert "[red]\\x1b[31m:heart:\\n.sqlite" in ran.err


def test_the_catalog_of_the_environment_is_used(run: Run, collection: Collection) -> None:
    assert str(collection.catalog) in run("status").out


def test_without_one_it_lies_in_the_data_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPYFIND_CATALOG")

    ran = run("status")

    assert f"no catalog at {tmp_path / 'data'}" in ran.err


def test_json_is_utf_8_whatever_the_locale(collection: Collection, tmp_path: Path) -> None:
    del collection
    environment = outside() | {"PYTHONIOENCODING": "ascii"}

    done = subprocess.run(
        child("search", tmp_path / "süß.jpg", "--format", "json"),
        env=environment,
        capture_output=True,
    )
    table = subprocess.run(child("dupes"), env=environment, capture_output=True)

    assert done.returncode == 3
    assert table.returncode == 0
    assert b"Traceback" not in done.stderr + table.stderr


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        child("dupes", "--format", form), env=outside(), stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


def complete(shell: str, *words: str) -> str:
    """What the shell is told when the user presses Tab after these words."""
    line = " ".join(("copyfind", *words))
    done = subprocess.run(
        child(),
        env=outside()
        | {
            "_COPYFIND_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_ARGS": line,
            "COMP_WORDS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            "COMP_CWORD": str(len(words)),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    told = complete(shell, "s")

    assert "search" in told
    assert "status" in told
    assert "dupes" not in told


def test_the_shell_completes_options_and_their_values() -> None:
    assert "--threshold" in complete("bash", "dupes", "--thr").split()
    assert complete("bash", "dupes", "--tier", "same").split() == ["same-pixels"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_makes_a_shell_complete_asks_this_program(shell: str) -> None:
    environment = outside() | {"_COPYFIND_COMPLETE": f"source_{shell}"}

    done = subprocess.run(child(), env=environment, capture_output=True, text=True)

    assert done.returncode == 0
    assert f"_COPYFIND_COMPLETE=complete_{shell}" in done.stdout
    assert "python" not in done.stdout


def test_completion_can_be_installed_by_an_option(run: Run) -> None:
    assert {"--install-completion", "--show-completion"} <= set(run("--help").out.split())


def _run_with(stdout: int | str, *words: str) -> tuple[int, list[str]]:
    """The exit code and the lines on stderr of a child that writes its result there."""
    way = f"1>{stdout}" if isinstance(stdout, str) else f"{stdout}>&-"
    shell = ["sh", "-c", f'exec "$@" {way}', "sh", *child(*words)]
    ran = subprocess.run(shell, env=outside(), stderr=subprocess.PIPE, text=True)
    return ran.returncode, ran.stderr.splitlines()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["status"], ["models", "--format", "json"]]
)
def test_a_result_that_cannot_be_written_is_one_line(
    collection: Collection, words: list[str]
) -> None:
    at = ["--catalog", str(collection.catalog)] if words == ["status"] else []

    code, told = _run_with("/dev/full", *words, *at)

    assert (code, len(told)) == (1, 1)
    assert "No space left" in told[0]


@pytest.mark.parametrize("stream", [1, 2])
def test_a_stream_that_is_closed_ends_in_no_trace(collection: Collection, stream: int) -> None:
    code, told = _run_with(stream, "status", "--catalog", str(collection.catalog))

    assert code == (1 if stream == 1 else 0)
    assert len(told) == (1 if stream == 1 else 0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "not enough memory"),
        (ImportError("x.so: failed to map segment from shared object"), "not enough memory"),
        (OSError(28, "No space left on device", "/x"), "No space left on device: /x"),
        (RecursionError("too deep"), "unexpected RecursionError: too deep"),
        (ValueError("two\nlines \x1b[2J"), "unexpected ValueError: two lines \\x1b[2J"),
    ],
)
def test_whatever_ends_a_command_is_told_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr("copyfind.cli.status.status", fails)

    ran = run("status")

    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert told in ran.err


HOSTILE = {
    "a hash of one byte": "UPDATE contents SET sha256 = substr(sha256, 1, 1)",
    "facts that are no JSON": "UPDATE contents SET facts = '{'",
    "facts of other kinds": "UPDATE contents SET facts = '[1, 2]'",
    "a vector that is too short": "UPDATE descriptors SET vector = x'0000'",
    "a content that is not there": "UPDATE files SET content = 999",
    "a size beyond all": "UPDATE files SET size = 9223372036854775807",
    "a reason that a terminal obeys": "UPDATE files SET state = 'error', "
    "reason = char(27) || '[2J'",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("words", [["status"], ["dupes", "--no-verify"]])
def test_a_catalog_with_hostile_values_ends_in_one_line_at_most(
    run: Run, collection: Collection, tmp_path: Path, name: str, words: list[str]
) -> None:
    catalog = tmp_path / "hostile.sqlite"  # the collection is everybody's
    with (
        closing(sqlite3.connect(collection.catalog)) as db,
        closing(sqlite3.connect(catalog)) as to,
    ):
        db.backup(to)
    with closing(sqlite3.connect(catalog)) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        try:
            db.executescript(HOSTILE[name])
        except sqlite3.Error as error:
            pytest.skip(f"the database itself refuses it: {error}")
        db.commit()

    ran = run(*words, "--catalog", str(catalog))

    assert ran.code in (0, 1, 3)
    assert ran.code != 1 or len(ran.err.splitlines()) == 1
    assert "\x1b" not in ran.out + ran.err

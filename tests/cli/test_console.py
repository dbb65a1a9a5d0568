"""What a terminal and a pipe get to see while a command runs, and how Ctrl-C ends it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from copyfind.cli import console
from copyfind.cli.console import progress, settings
from copyfind.watch import Progress, Stage
from tests.cli.conftest import Collection, Ran, Run, child, outside

START = Progress(Stage.READ, files=0, total_files=100)
HALF = Progress(Stage.READ, files=50, total_files=100, bytes=5_000_000, total_bytes=10_000_000)
pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")


@dataclass(frozen=True)
class Seen:
    """What a terminal got until the program ended."""

    code: int
    stdout: str
    screen: str  # stderr, with its control characters

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.screen)


def on_a_terminal(
    *words: str | Path, env: dict[str, str] | None = None, stop_at: str | None = None
) -> Seen:
    """Run in a child whose stderr is a terminal; press Ctrl-C when `stop_at` is on the screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        child(*words),
        env=outside() | {"TERM": "xterm-256color", "COLUMNS": "120"} | (env or {}),
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
        while part := os.read(ours, 4096):
            screen += part
            if stop_at and stop_at.encode() in screen:
                process.send_signal(signal.SIGINT)
                stop_at = None
    os.close(ours)
    out, _ = process.communicate()
    return Seen(process.returncode, out.decode(), screen.decode())


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """So many small pictures that reading them takes several batches."""
    top = tmp_path_factory.mktemp("many").resolve()
    collection = Collection(top / "photos", top / "catalog.sqlite")
    collection.folder.mkdir()
    for number in range(300):
        Image.new("RGB", (64, 48), (number % 256, number // 256, 90)).save(
            collection.at(f"{number}.png")
        )
    return collection


@pytest.fixture(scope="module")
def interrupted(many: Collection) -> Seen:
    return on_a_terminal(
        "index", many.folder, "--catalog", many.catalog, "--workers", "1", stop_at=" left"
    )


def test_a_terminal_sees_stage_files_pace_and_time_left(interrupted: Seen) -> None:
    assert re.search(
        r"reading pictures .*\d+ of 300 pictures · [\d.]+ kB of [\d.]+ kB · [\d.]+/s · .* left",
        interrupted.text,
    )


def test_the_display_is_gone_when_the_run_is_over(interrupted: Seen) -> None:
    assert interrupted.screen.rindex("\x1b[2K") > interrupted.screen.rindex(" left")
    assert interrupted.screen.count("\x1b[?25h") >= 1  # the cursor is back


def test_ctrl_c_finishes_the_batch_and_says_how_to_go_on(interrupted: Seen) -> None:
    assert (interrupted.code, interrupted.stdout) == (130, "")
    assert "stopping after this batch (Ctrl-C again to stop at once)" in interrupted.text
    assert re.search(
        r"copyfind: stopped after \d+ of 300 files, all of them kept; "
        r"run the same command again to go on",
        interrupted.text,
    )


@pytest.mark.usefixtures("interrupted")
def test_the_next_run_goes_on_where_it_was_stopped(run: Run, many: Collection) -> None:
    ran = run("index", many.folder, "--catalog", many.catalog, "--json-log", "--workers", "1")

    done = next(note for line in ran.err.splitlines() if "read" in (note := json.loads(line)))
    assert ran.code == 0
    assert 0 < done["read"] < 300


def test_no_color_leaves_the_display_without_colours(collection: Collection) -> None:
    seen = on_a_terminal("check", "--deep", env={"NO_COLOR": "1"})

    assert seen.code == 0
    assert not re.search(r"\x1b\[(3|4|9)\dm", seen.screen)
    assert "the catalog is sound" in seen.text
    assert str(collection.folder) not in seen.screen


@pytest.mark.usefixtures("collection")
def test_a_dumb_terminal_gets_plain_lines() -> None:
    seen = on_a_terminal("check", "--deep", env={"TERM": "dumb"})

    assert seen.screen.endswith("the catalog is sound, 10 files as remembered\r\n")
    assert "\x1b" not in seen.screen


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines at once instead of every ten seconds."""
    monkeypatch.setattr(console, "_LOG_EVERY", 0.0)
    yield
    settings.quiet = settings.json_log = False


def told(capsys: pytest.CaptureFixture[str]) -> Ran:
    """What is written of a run that is half done."""
    with progress() as on_progress:
        on_progress(START)
        capsys.readouterr()
        time.sleep(0.01)  # the pace is taken from the second report on
        on_progress(HALF)
    written = capsys.readouterr()
    return Ran(0, written.out, written.err)


@pytest.mark.usefixtures("hasty")
def test_a_pipe_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    ran = told(capsys)

    assert re.fullmatch(
        r"reading pictures: 50 of 100 pictures · 5\.0 MB of 10\.0 MB · [\d.]+/s · "
        r"[\d.]+ s left\n",
        ran.err,
    )
    assert ran.out == ""


@pytest.mark.usefixtures("hasty")
def test_json_log_gets_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    settings.json_log = True

    (line,) = told(capsys).err.splitlines()

    entry = json.loads(line)
    assert entry.pop("files_per_second") > 0
    assert entry == {
        "event": "progress",
        "stage": "reading pictures",
        "files": 50,
        "total_files": 100,
        "bytes": 5_000_000,
        "total_bytes": 10_000_000,
    }


@pytest.mark.usefixtures("hasty")
def test_quiet_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    settings.quiet = True

    assert told(capsys) == Ran(0, "", "")


def test_what_is_done_at_once_needs_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys).err == ""


@pytest.mark.usefixtures("hasty")
def test_a_total_that_is_not_known_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as on_progress:
        on_progress(Progress(Stage.SCAN, files=1234, bytes=5_000_000))

    assert capsys.readouterr().err == "scanning folders: 1,234 files · 5.0 MB\n"


@pytest.mark.usefixtures("hasty")
def test_the_first_of_many_says_nothing_of_the_time_that_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress() as on_progress:
        on_progress(Progress(Stage.VERIFY, 0, 300))
        time.sleep(0.01)
        on_progress(Progress(Stage.VERIFY, 1, 300))

    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("verifying copies: 1 of 300 pairs · ")
    assert line.endswith("/s")


@pytest.mark.usefixtures("hasty")
def test_what_else_there_is_to_tell_takes_the_place_of_the_pace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress() as on_progress:
        on_progress(Progress("distill", 1, 2, numbers="loss 0.50", facts={"loss": 0.5}))

    assert capsys.readouterr().err == "distill: 1 of 2 · loss 0.50\n"


@pytest.mark.usefixtures("hasty")
def test_programs_get_it_as_facts(capsys: pytest.CaptureFixture[str]) -> None:
    settings.json_log = True

    with progress() as on_progress:
        on_progress(Progress("distill", 1, 2, numbers="loss 0.50", facts={"loss": 0.5}))

    assert json.loads(capsys.readouterr().err) == {
        "event": "progress",
        "stage": "distill",
        "done": 1,
        "total": 2,
        "loss": 0.5,
    }


def test_the_end_of_a_stage_that_was_told_is_told_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress() as on_progress:
        monkeypatch.setattr(console, "_LOG_EVERY", 0.0)
        on_progress(Progress(Stage.VERIFY, files=1, total_files=2))
        monkeypatch.setattr(console, "_LOG_EVERY", 10.0)
        on_progress(Progress(Stage.VERIFY, files=2, total_files=2))
        on_progress(Progress(Stage.VERIFY, files=2, total_files=2))

    assert [line.split(" · ")[0] for line in capsys.readouterr().err.splitlines()] == [
        "verifying copies: 1 of 2 pairs",
        "verifying copies: 2 of 2 pairs",
    ]


@pytest.mark.usefixtures("collection")
def test_a_pipe_gets_no_control_characters() -> None:
    done = subprocess.run(child("dupes"), env=outside(), capture_output=True, text=True)

    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.usefixtures("collection")
def test_colours_can_be_forced_into_a_pipe_and_forbidden_by_the_user() -> None:
    forced = outside() | {"FORCE_COLOR": "1"}
    coloured = subprocess.run(child("dupes"), env=forced, capture_output=True, text=True)
    plain = subprocess.run(
        child("dupes"), env=forced | {"NO_COLOR": "1"}, capture_output=True, text=True
    )

    assert re.search(r"\x1b\[(1;)?3\dm", coloured.stdout)
    assert not re.search(r"\x1b\[(1;)?3\dm", plain.stdout)


HOSTILE = "\x1b]0;PWNED\x07\x1b[2J\x9b31m\x7f\ud800 \u202e x"


@pytest.mark.parametrize("dress", [str, Text, lambda text: Panel(Text(text))])
def test_nothing_in_a_result_makes_a_terminal_obey(
    capsys: pytest.CaptureFixture[str], dress: Callable[[str], RenderableType]
) -> None:
    console.show(dress(HOSTILE))
    table = console.as_text(dress(HOSTILE))

    for shown in (capsys.readouterr().out, table):
        assert "PWNED" in shown
        assert all(line.isprintable() for line in shown.split("\n"))


def test_what_programs_read_is_escaped_as_json_has_it_on_a_terminal(
    capsysbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    console.emit(json.dumps({"a": HOSTILE}, ensure_ascii=False) + "\n")

    written = capsysbinary.readouterr().out
    assert json.loads(written) == {"a": HOSTILE}
    assert all(line.isprintable() for line in written.decode().split("\n"))


@pytest.mark.parametrize("text", ["\r", "\x9b", "\u202e", "\u2066", "\u200f", "\u2028", "\x0b"])
def test_nor_does_a_table_for_programs_turn_or_overwrite_its_line(
    capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    console.emit(f"a{text}b.jpg,keeper\n")

    assert capsysbinary.readouterr().out == f"a\\u{ord(text):04x}b.jpg,keeper\n".encode()


def test_what_programs_read_keeps_names_as_they_are(capsysbinary: Any) -> None:
    console.emit("\x1b[31mred\x7f.png,half \ud800\n")

    assert capsysbinary.readouterr().out == b"\x1b[31mred\x7f.png,half \\ud800\n"

"""copyfind watch: it indexes when photos come, tells of copies, and ends as it is asked to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copyfind.report.numbers import shown_bytes
from tests.cli.conftest import Collection, Run, child, outside

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")


def watching(album: Collection, *words: str, path: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        child("watch", album.folder, "--settle", "0.5", *words),
        env=outside() | {"PATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_tells_of_a_new_copy_in_a_line_on_the_desktop_and_by_its_exit(
    album: Collection, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    heard = tmp_path / "heard"
    (programs / "notify-send").write_text(f'#!/bin/sh\necho "$@" > "{heard}"\n')
    (programs / "notify-send").chmod(0o755)
    album.add("one.png")
    path = f"{programs}:{os.environ['PATH']}"

    with watching(album, "--fail-on-copies", path=path) as process:
        assert process.stderr
        begun = process.stderr.readline()
        assert begun.startswith("watching 1 picture: 0 files safe to clear (0 B), ")
        second = subprocess.run(
            child("watch", album.folder), env=outside(), capture_output=True, text=True
        )
        shutil.copy(album.at("one.png"), album.at("two.png"))
        told = process.stderr.read()

    assert second.returncode == 4
    assert "another copyfind watch follows folders" in second.stderr
    assert process.returncode == 5
    assert told.startswith("1 picture new or changed, 0 gone: 1 new copy; look at them: copyfind ")
    assert told.count("\n") == 1
    assert "1 new copy" in heard.read_text()


def test_it_counts_what_dupes_counts(album: Collection, run: Run) -> None:
    album.add("one.png")
    shutil.copy(album.at("one.png"), album.at("two.png"))
    os.link(album.at("one.png"), album.at("link.png"))  # a name more: nothing to gain

    with watching(album, path=os.environ["PATH"]) as process:
        assert process.stderr
        told = process.stderr.readline()
        process.send_signal(signal.SIGINT)
    totals = json.loads(run("dupes", "--format", "json").out)["totals"]

    size = shown_bytes(totals["safe"]["bytes"])
    assert f": 1 file safe to clear ({size}), 0 with your consent (0 B), " in told
    assert (totals["safe"]["files"], totals["consent"]["files"]) == (1, 0)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_asked_to(album: Collection, asked: int) -> None:
    with watching(album, "--quiet", path=os.environ["PATH"]) as process:
        while not album.catalog.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(asked)
        assert process.stderr
        told = process.stderr.read()

    assert (process.returncode, told) == (0, "")


def test_a_folder_that_is_not_there_is_an_error(run: Run, album: Collection) -> None:
    ran = run("watch", album.at("nowhere"))

    assert ran.code == 1
    assert "nowhere is not a folder that is there" in ran.err

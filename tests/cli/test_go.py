"""copyfind go: from folders to the review in one step; and a folder alone means that."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.cli.conftest import Collection, Run, page_at, serving, serving_at_a_terminal


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_a_folder_alone_is_indexed_and_its_copies_are_shown(album: Collection) -> None:
    album.add("a.png")
    album.add("b.png")
    album.at("broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 the rest was lost")
    with serving(album.folder, "--no-browser") as (process, address):
        assert b"<title>copyfind review</title>" in page_at(address)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=200)

    assert address.startswith("http://127.0.0.1:")
    assert process.returncode == 0
    assert "3 read, 2 described" in told
    assert "1 file skipped" in told
    assert "Ctrl-C ends the review" in told


def test_without_copies_there_is_nothing_to_look_at(run: Run, album: Collection) -> None:
    album.add("a.png")
    album.add("cat.png", "chelsea")

    first = run("go", album.folder)
    again = run("go")

    assert (first.code, first.out) == (0, "")
    assert "2 pictures" in first.err
    assert "no copies among 2 files: nothing to review" in first.err
    assert again.code == 0
    assert "0 read" in again.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_at_a_terminal_the_page_says_what_to_do_without_copies(album: Collection) -> None:
    album.add("a.png")
    with serving_at_a_terminal("go", album.folder, "--no-browser") as (_, address):
        assert b"<title>copyfind review</title>" in page_at(address)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_at_a_terminal_nothing_need_have_been_indexed() -> None:
    with serving_at_a_terminal("go", "--no-browser") as (_, address):
        assert b"<title>copyfind review</title>" in page_at(address)
    with serving_at_a_terminal("go", "--no-browser") as (_, address):
        assert address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("word", ["{}/Photoss", "~/Photoss"])
def test_a_folder_that_is_mistyped_is_no_command(run: Run, album: Collection, word: str) -> None:
    ran = run(word.format(album.folder))

    assert ran.code == 1
    assert "Photoss' does not exist; check the spelling, or connect the volume" in ran.err


def test_without_folders_nothing_may_have_been_indexed(run: Run) -> None:
    ran = run("go")

    assert ran.code == 1
    assert "make one with: copyfind index FOLDER" in ran.err


def test_a_folder_that_is_away_is_left_as_it_was(run: Run, album: Collection) -> None:
    album.add("a.png")
    run("index", album.folder)
    album.folder.rename(album.folder.with_name("elsewhere"))

    ran = run("go")

    assert ran.code == 1
    assert f"{album.folder} is not there now" in ran.err
    assert "name one: copyfind go FOLDER" in ran.err

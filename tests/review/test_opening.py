"""Files and folders in the system's own programs: here a program that writes down its words."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copyfind.review.desk import key_of
from copyfind.review.opening import _command_for_folder
from tests.review.conftest import NASTY, Reviewed, Shelf, Start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the program is xdg-open")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Waits for a fake xdg-open on the path to have been started; its words."""
    program, words = tmp_path / "bin" / "xdg-open", tmp_path / "words"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" > {words}.part\nmv {words}.part {words}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    def wait() -> list[str]:
        for _ in range(600):
            if words.exists():
                return words.read_text().splitlines()
            time.sleep(0.05)
        return []

    return wait


def key(review: Reviewed, name: str) -> str:
    members = (m for c in review.findings.clusters for m in c.members)
    return key_of(next(m for m in members if m.file.path.endswith(name.encode())))


def test_a_file_is_opened_by_its_whole_path(
    start: Start, shelf: Shelf, told: Callable[[], list[str]]
) -> None:
    review = start()

    status, said = review.post("/api/open/file", {"key": key(review, NASTY)})

    assert (status, said) == (200, {"program": "xdg-open"})
    assert told() == ["1", str(shelf.folder / "copies" / NASTY)]  # one word, whatever is in it


def test_its_folder_is_opened(start: Start, shelf: Shelf, told: Callable[[], list[str]]) -> None:
    review = start()

    review.post("/api/open/folder", {"key": key(review, NASTY)})

    assert told() == ["1", str(shelf.folder / "copies")]


def test_only_files_of_the_review_are_opened_and_only_as_pictures(
    start: Start, own_shelf: Shelf
) -> None:
    review = start(of=own_shelf)

    for body in ({"key": "/etc/passwd"}, {"key": "0" * 24}, {}):
        assert review.post("/api/open/file", body)[0] == 409
    (own_shelf.folder / "copies" / "small.jpg").unlink()
    status, said = review.post("/api/open/file", {"key": key(review, "small.jpg")})
    assert status == 409
    assert "is not there now" in said["error"]


def test_where_others_see_the_page_nothing_is_opened(start: Start) -> None:
    review = start(anywhere=False)

    body = {"key": key(review, "coffee.tif")}
    assert review.ask("/api/open/file", method="POST", body=body)[0] == 404


def test_other_systems_show_the_file_in_its_folder() -> None:
    path = b"/photos/a.jpg"

    assert _command_for_folder(path, platform="darwin") == [b"open", b"-R", path]
    assert _command_for_folder(path, platform="win32") == [b"explorer", b"/select," + path]

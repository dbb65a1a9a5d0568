"""A volume that is mounted elsewhere is worked on there, and spoken of by the paths that it had."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest

from copyfind.cleanup.elsewhere import Elsewhere
from copyfind.cleanup.files import Files


@pytest.fixture
def files(tmp_path: Path) -> Elsewhere:
    (tmp_path / "now" / "in").mkdir(parents=True)
    (tmp_path / "now" / "in" / "a.jpg").write_bytes(b"picture")
    (tmp_path / "beside.jpg").write_bytes(b"beside")
    return Elsewhere(Files(), was=b"/media/was", now=os.fsencode(tmp_path / "now"))


def test_what_was_below_is_found_and_named_as_it_was(files: Elsewhere, tmp_path: Path) -> None:
    path = b"/media/was/in/a.jpg"
    seen = files.look(path)

    assert seen is not None
    assert seen.path == path
    assert files.resolve(path) == path
    assert files.examine(path)[0] == seen
    assert files.read(path) == b"picture"
    assert files.today(path) == os.fsencode(tmp_path / "now" / "in" / "a.jpg")


def test_what_was_beside_is_where_it_is(files: Elsewhere, tmp_path: Path) -> None:
    assert files.read(os.fsencode(tmp_path / "beside.jpg")) == b"beside"
    assert files.today(b"/media/was2/a.jpg") == b"/media/was2/a.jpg"
    assert files.look(b"/media/was2/a.jpg") is None


def test_a_file_is_moved_within_it_and_out_of_it(files: Elsewhere, tmp_path: Path) -> None:
    files.rename_new(b"/media/was/in/a.jpg", b"/media/was/b.jpg")
    files.rename_new(os.fsencode(tmp_path / "beside.jpg"), b"/media/was/c.jpg")

    assert files.names(b"/media/was") == [b"b.jpg", b"c.jpg", b"in"]
    files.unlink(b"/media/was/b.jpg")
    assert not (tmp_path / "now" / "b.jpg").exists()


def test_every_call_that_takes_a_path_knows_of_it() -> None:
    """A call that is forgotten here would be made at the wrong place."""
    beneath = {"rename_exclusively", "rename_by_link", "rename_plainly"}  # of rename_new
    calls = {
        name
        for name, call in inspect.getmembers(Files, inspect.isfunction)
        if not name.startswith("_") and name not in beneath
    }
    assert calls <= vars(Elsewhere).keys()

"""docs/library.md: every example runs as it is written there."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import pytest

import copyfind
from tests.photos import photo

PAGE = Path(__file__).parents[1] / "docs" / "library.md"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the page speaks of, as the working folder."""
    old = tmp_path / "photos" / "old"
    old.mkdir(parents=True)
    photo("chelsea").save(old.parent / "cat.png")
    harbour = photo("coffee", size=(640, 480))
    harbour.save(old.parent / "harbour.png")
    shutil.copy(old.parent / "harbour.png", old)
    harbour.resize((320, 240)).save(old / "small.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_examples_run_as_they_are_written() -> None:
    blocks = re.findall(r"^```pycon\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    page = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    told: list[str] = []

    result = doctest.DocTestRunner().run(page, out=told.append)

    assert (result.failed, "".join(told)) == (0, "")
    assert result.attempted > 30


def test_the_page_names_every_function() -> None:
    text = PAGE.read_text("utf-8")

    functions = [name for name in copyfind.__all__ if name.islower()]
    assert [name for name in functions if name not in text] == []

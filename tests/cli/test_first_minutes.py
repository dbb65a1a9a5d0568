"""Somebody who has only read the README clears a card of what their library has: three commands."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import YES, Collection, Run, tree

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def as_in_the_readme(begins: str, words: dict[str, str]) -> list[str]:
    """The command line of the README that begins so, with folders of ours in place of its own."""
    lines = re.findall(r"^(copyfind [^#\n]*)", README, re.MULTILINE)
    line = next(line for line in lines if line.startswith(begins))
    return [words.get(word, word) for word in shlex.split(line)[1:]]


def test_a_card_is_cleared_of_what_the_library_has(
    run: Run, album: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("coffee", "chelsea"), start=1):
        album.add(f"library/{name}.png", name)
        album.at("card").mkdir(exist_ok=True)
        shutil.copy2(album.at(f"library/{name}.png"), album.at(f"card/IMG_{number}.png"))
    album.add("card/IMG_3.png", "rocket")
    before = tree(album)
    folders = {"/media/card": str(album.at("card")), "~/Photos": str(album.at("library"))}

    for begins in ("copyfind index /media/card", "copyfind plan /media/card"):
        assert run(*as_in_the_readme(begins, folders)).code == 0
    applied = run(*as_in_the_readme("copyfind apply", {}), *YES)

    assert applied.code == 0
    assert sorted(path.name for path in album.at("card").glob("*.png")) == ["IMG_3.png"]
    assert {name for name in before if name.startswith("library/")} <= tree(album).keys()
    assert run("undo").code == 0
    assert tree(album).keys() >= before.keys()

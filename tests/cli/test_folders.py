"""copyfind folders: is all of this card, this backup, in my library? And what else asks that."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

from tests.cli.conftest import Collection, Run


@pytest.fixture
def card(run: Run, album: Collection) -> Collection:
    """A library and a card: of its three pictures one is a copy, one was edited, one is new."""
    album.add("library/coffee.png", "coffee")
    with Image.open(album.add("library/cat.png", "chelsea")) as picture:
        album.at("card").mkdir()
        picture.resize((picture.width // 2, picture.height // 2)).save(album.at("card/cat.jpg"))
    shutil.copy(album.at("library/coffee.png"), album.at("card/1.png"))
    album.add("card/new.png", "rocket")
    assert run("index", album.folder).code == 0
    return album


def test_a_card_is_compared_with_a_library(run: Run, card: Collection) -> None:
    library, folder = card.at("library"), card.at("card")

    ran = run("folders", folder, "--against", library)
    found = json.loads(run("folders", folder, "--against", library, "--format", "json").out)
    kept = run("dupes", folder, "--against", library)
    plan = run("plan", folder, "--against", library, "--include", "near,edited")
    alone = run("dupes", folder)

    assert ran.code == 0
    assert f"  some  {folder}  2 of 3" in ran.out
    assert f"2 of 3 pictures are also in {library}: 1 with the same bytes or pixels" in ran.out
    assert found["totals"]["only_here"] == 1
    assert [one["path"] for one in found["only_here"]] == [str(card.at("card/new.png"))]
    assert found["folders"][0] | {"bytes": 0} == {
        "path": str(folder),
        "path_base64": None,
        "whole": False,
        "files": 3,
        "identical": 1,
        "edited": 1,
        "only_here": 1,
        "bytes": 0,
        "other": {"path": str(library), "path_base64": None},
        "in_other": 2,
    }
    assert f"keep  {library}/coffee.png" in kept.out
    assert "2 files, " in plan.out
    assert f"quarantine  {library}" not in plan.out
    assert "No copies among 3 files themselves" in alone.out
    assert "1 of these 3 files has a copy elsewhere" in alone.out


def test_a_folder_that_is_not_indexed_is_an_error(run: Run, collection: Collection) -> None:
    ran = run("folders", "--against", collection.folder.parent / "elsewhere")

    assert ran.code == 1
    assert "nothing that is indexed lies in" in ran.err

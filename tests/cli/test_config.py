"""copyfind config, and that commands do as it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copyfind.cli.configured import BESIDE, config_files
from tests.cli.conftest import Collection, Run


@pytest.fixture
def own(collection: Collection) -> None:
    """Defaults in the user's folder."""
    (file, _) = config_files(collection.catalog)
    file.parent.mkdir(parents=True)
    file.write_text(f'keep = "smallest"\nreference = ["{collection.at("names")}"]\n')


@pytest.mark.usefixtures("own")
def test_commands_take_the_defaults_and_options_override_them(
    run: Run, collection: Collection
) -> None:
    found = json.loads(run("dupes", "--format", "json").out)["clusters"]
    typed = json.loads(run("dupes", "--keep", "largest", "--format", "json").out)["clusters"]

    def kept(clusters: list[dict[str, list[dict[str, str]]]]) -> set[str]:
        return {c["members"][0]["path"] for c in clusters}

    assert str(collection.at("copies/small.jpg")) in kept(found)
    assert str(collection.at("copies/small.jpg")) not in kept(typed)
    assert {m["role"] for c in found for m in c["members"] if "/names/" in m["path"]} == {
        "keeper",
        "reference",
    }


@pytest.mark.usefixtures("own")
def test_it_says_what_is_set_and_where(run: Run, collection: Collection) -> None:
    own_file, beside = config_files(collection.catalog)

    table, data = run("config").out, json.loads(run("config", "--format", "json").out)

    assert '"smallest"' in table
    assert str(own_file) in table
    assert f"{beside} (not there)" in table
    assert data["values"]["keep"] == "smallest"
    assert data["sources"]["keep"] == str(own_file)
    assert data["files"][1] == {"path": str(beside), "exists": False}


def test_presets_are_taken_and_shown(run: Run, album: Collection, tmp_path: Path) -> None:
    (tmp_path / BESIDE).write_text('exclude_preset = ["developer"]')
    album.add("photo.png")
    album.add("node_modules/logo.png", "rocket")

    ran = run("index", album.folder)

    assert "1 picture" in ran.err
    assert "node_modules/" in run("config").out
    assert (
        "node_modules/" in json.loads(run("config", "--format", "json").out)["presets"]["developer"]
    )
    assert "2 pictures" in run("index", album.folder, "--exclude-preset", "apps").err


def test_a_file_that_cannot_be_understood_stops_the_command(
    run: Run, collection: Collection
) -> None:
    (file, _) = config_files(collection.catalog)
    file.parent.mkdir(parents=True)
    file.write_text("kep = 3")

    ran = run("dupes")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"copyfind: {file}: there is no key 'kep', only: ")
    assert run("status").code == 0
    assert run("dupes", "--help").code == 0

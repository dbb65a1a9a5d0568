"""What belongs to a picture goes with it, or keeps it where it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Collection, Run
from tests.photos import photo


def add(album: Collection, name: str, *, quality: int = 95) -> Path:
    """A JPEG whatever its name says; what makes a RAW of it is its name."""
    path = album.at(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    photo("coffee").save(path, "JPEG", quality=quality)
    return path


@pytest.fixture
def shoot(album: Collection) -> Collection:
    """RAW and JPEG of one shot, with what belongs to them."""
    add(album, "shoot/DSC_1.NEF", quality=98)
    add(album, "shoot/DSC_1.JPG", quality=90)
    for name in ("DSC_1.xmp", "DSC_1.NEF.pp3", "DSC_1.MOV", "DSC_1.JPG.json"):
        album.at(f"shoot/{name}").write_text(name)
    return album


def clear(run: Run, album: Collection) -> dict[str, list[str]]:
    """Index, plan, apply; returns what the plan left alone, by reason."""
    run("index", album.folder)
    plan = album.folder.parent / "plan.json"
    planned = run("plan", "-o", plan)
    assert planned.code == 0, planned.err
    if not plan.exists():
        return {}
    applied = run("apply", plan, "--yes", "--yes-large")
    assert applied.code == 0, applied.err
    left: dict[str, list[str]] = {}
    for one in json.loads(plan.read_text()).get("left_alone", []):
        left.setdefault(one["reason"], []).append(Path(one["path"]).name)
    return left


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()} if folder.exists() else set()


def test_a_copied_unit_goes_whole_and_comes_back(run: Run, shoot: Collection) -> None:
    shutil.copytree(shoot.at("shoot"), shoot.at("a copy of the shoot"))
    everything = names(shoot.at("shoot"))

    assert clear(run, shoot) == {}

    assert names(shoot.at("shoot")) == everything
    assert names(shoot.at("a copy of the shoot")) == set()
    assert run("undo").code == 0
    assert names(shoot.at("a copy of the shoot")) == everything


def test_a_stray_copy_of_one_half_goes_and_the_unit_stays(run: Run, shoot: Collection) -> None:
    shutil.copy(shoot.at("shoot/DSC_1.JPG"), shoot.at("x.jpg"))  # a better path than the unit's
    everything = names(shoot.at("shoot"))

    clear(run, shoot)

    assert names(shoot.at("shoot")) == everything
    assert not shoot.at("x.jpg").exists()


def test_a_pair_alone_is_no_cluster(run: Run, shoot: Collection) -> None:
    run("index", shoot.folder)

    ran = run("dupes", "--fail-on-copies", "--format", "json")

    assert (ran.code, json.loads(ran.out)["clusters"]) == (0, [])
    assert clear(run, shoot) == {}


def test_a_shared_sidecar_stays_while_an_owner_does(run: Run, album: Collection) -> None:
    add(album, "a.jpg")
    album.at("a.xmp").write_text("its own")
    add(album, "long/b.jpg")
    album.at("long/b.heic").write_bytes(b"something else")
    album.at("long/b.xmp").write_text("for both")

    clear(run, album)

    assert names(album.at("long")) == {"b.heic", "b.xmp"}
    assert names(album.folder) == {"a.jpg", "a.xmp"}


def test_a_sidecar_that_is_a_link_keeps_its_picture(run: Run, album: Collection) -> None:
    add(album, "a.jpg")
    album.at("a.xmp").write_text("its own")
    add(album, "long/b.jpg")
    album.at("long/b.jpg.xmp").symlink_to(album.at("a.xmp"))

    left = clear(run, album)

    assert left == {}
    assert names(album.folder) == {"a.jpg", "a.xmp"}
    assert names(album.at("long")) == {"b.jpg", "b.jpg.xmp"}


def test_of_equal_files_the_one_with_a_sidecar_is_kept(run: Run, album: Collection) -> None:
    add(album, "a.jpg")
    add(album, "long/b.jpg")
    album.at("long/b.xmp").write_text("xmp")

    clear(run, album)

    assert names(album.folder) == set()
    assert names(album.at("long")) == {"b.jpg", "b.xmp"}

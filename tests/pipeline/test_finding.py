"""Clusters of what is indexed depend on the pictures alone, and nothing is judged twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from copyfind.errors import CatalogError, Interrupted
from copyfind.pipeline.deciding import say_apart
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Findings, Tier
from copyfind.search import earlier, pairs
from copyfind.watch import Progress, Stage, Watch
from tests.conftest import Album
from tests.photos import photo

PHOTOS = ("coffee", "chelsea", "rocket")
EDITS = ("whole.png", "small.jpg", "crop.jpg", "grey.png")


def add_family(album: Album, of: str) -> None:
    """A photo and three pictures that were made of it."""
    picture = photo(of)
    made = (
        picture,
        picture.resize((240, 180)),
        picture.crop((60, 50, 300, 230)),
        picture.convert("L"),
    )
    for name, one in zip(EDITS, made, strict=True):
        one.save(album.folder / f"{of} {name}")


@pytest.fixture
def families(album: Album) -> Album:
    for name in PHOTOS:
        add_family(album, name)
    return album


def told(findings: Findings) -> list[list[tuple[str, str, str]]]:
    """Name, role and tie of every member."""
    return [
        [
            (
                Path(os.fsdecode(m.file.path)).name,
                m.role.value,
                f"{m.evidence.tier} {m.evidence.how}" if m.evidence else "",
            )
            for m in c.members
        ]
        for c in findings.clusters
    ]


def test_each_family_is_a_cluster(families: Album) -> None:
    families.index()

    clusters = told(families.findings())

    assert sorted(sorted(name for name, _, _ in members) for members in clusters) == [
        sorted(f"{photo} {name}" for name in EDITS) for photo in sorted(PHOTOS)
    ]


def test_what_was_indexed_first_does_not_matter(families: Album, tmp_path: Path) -> None:
    photo("chelsea").save(families.folder / "chelsea with the same pixels.tif")
    families.index()
    piecemeal = Album(families.folder, tmp_path / "piecemeal.sqlite")
    paths = [os.fsencode(path) for path in sorted(families.folder.iterdir(), reverse=True)]
    for some in (paths[::2], paths[1::2]):
        piecemeal.index(paths=some)

    found = piecemeal.findings()

    assert families.query("SELECT sha256 FROM contents ORDER BY id") != piecemeal.query(
        "SELECT sha256 FROM contents ORDER BY id"
    )
    assert told(found) == told(families.findings())
    assert found.unverified == families.findings().unverified


def stages(album: Album, *within: bytes) -> dict[str, int]:
    """What a run does, and of how many."""
    seen: list[Progress] = []
    cache = album.catalog.with_name("cache")
    find_copies(album.catalog, within=within, cache=cache, watch=Watch(on_progress=seen.append))
    return {str(progress.stage): progress.total_files for progress in seen}


def test_what_was_judged_is_not_judged_again(families: Album) -> None:
    families.index()
    assert stages(families)[Stage.VERIFY] > 0

    assert Stage.VERIFY not in stages(families)

    add_family(families, "astronaut")
    families.index()
    again = stages(families)
    assert (again[Stage.LOOK], Stage.VERIFY in again) == (4, True)


def test_what_is_moved_removed_or_decided_is_not_looked_at_again(families: Album) -> None:
    families.index()
    stages(families)
    (families.folder / "aside").mkdir()
    for name in ("coffee crop.jpg", "rocket grey.png"):
        (families.folder / name).rename(families.folder / "aside" / name)
    (families.folder / "chelsea small.jpg").unlink()
    apart = [os.fsencode(families.folder / f"coffee {name}") for name in ("grey.png", "small.jpg")]
    say_apart(families.catalog, apart)
    families.index()

    done = stages(families)

    assert not {Stage.LOOK, Stage.VERIFY} & done.keys()


def test_the_cache_changes_nothing(album: Album, tmp_path: Path) -> None:
    # Whether a JPEG of that height is decoded reduced depends on who asks how small it may become.
    large = photo("coffee", size=(1200, 900))
    large.save(album.folder / "large.jpg")
    large.crop((150, 90, 1100, 800)).save(album.folder / "crop.jpg")
    index_folders([bytes(album.folder)], catalog=album.catalog, cache=tmp_path / "cache")
    other = Album(album.folder, tmp_path / "other.sqlite")
    other.index()

    cached = find_copies(album.catalog, cache=tmp_path / "cache")

    assert [c.tier for c in cached.clusters] == [Tier.EDITED]
    assert cached.clusters == find_copies(other.catalog).clusters


def test_descriptors_that_were_compared_are_not_compared_again(
    families: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "_FEWEST", 1)
    families.index()
    first = find_copies(families.catalog, cache=tmp_path)
    monkeypatch.setattr(pairs, "join_all", None)

    assert told(find_copies(families.catalog, cache=tmp_path)) == told(first)


def test_a_run_that_was_stopped_goes_on_where_it_was(families: Album) -> None:
    families.index()
    seen: list[Progress] = []
    watch = Watch(on_progress=seen.append, should_stop=lambda: seen[-1].stage == Stage.VERIFY)

    with pytest.raises(Interrupted, match=r"^stopped after \d+ of \d+ pairs, all of them kept; "):
        find_copies(families.catalog, watch=watch)

    kept = seen[-1].files
    assert stages(families)[Stage.VERIFY] == seen[-1].total_files - kept


def test_a_part_is_searched_for_itself_and_leaves_the_whole_to_be_searched(
    families: Album,
) -> None:
    (families.folder / "inner").mkdir()
    shutil.move(families.folder / "coffee crop.jpg", families.folder / "inner")
    shutil.copy(families.folder / "coffee small.jpg", families.folder / "inner")
    families.index()

    part = families.findings(families.folder / "inner")

    (members,) = told(part)
    assert sorted(name for name, _, _ in members) == ["coffee crop.jpg", "coffee small.jpg"]
    assert Stage.VERIFY in stages(families)


def test_without_a_second_look_descriptors_alone_tie(families: Album) -> None:
    families.index()

    findings = find_copies(families.catalog, verify=False)

    tiers = {m.evidence.tier for c in findings.clusters for m in c.members if m.evidence}
    assert tiers == {Tier.UNVERIFIED}
    assert not findings.verified


def test_a_folder_that_was_never_indexed_is_no_empty_one(families: Album, tmp_path: Path) -> None:
    families.index()

    with pytest.raises(CatalogError, match="nothing that is indexed lies in"):
        find_copies(families.catalog, within=[bytes(tmp_path / "elsewhere")])


def test_a_reference_stays_whatever_else_there_is(families: Album) -> None:
    (families.folder / "kept").mkdir()
    shutil.move(families.folder / "coffee small.jpg", families.folder / "kept")
    families.index()

    findings = find_copies(families.catalog, references=[bytes(families.folder / "kept")])

    (members,) = [c for c in told(findings) if any(name == "coffee small.jpg" for name, _, _ in c)]
    assert members[0][:2] == ("coffee small.jpg", "keeper")

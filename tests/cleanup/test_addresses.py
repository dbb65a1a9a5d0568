"""Nothing here is touched for a catalog whose copies lie in an object store, not even where folders
bear the names of its addresses."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.cleanup.apply import carry_out
from copyfind.cleanup.ways import apply_plan, make_plan, plan_of_choices, surroundings
from copyfind.collection.libraries import untouchable_among
from copyfind.collection.volumes import snapshots
from copyfind.descriptor.embed import load_embedder
from copyfind.errors import PlanError
from copyfind.imaging.apart import at_once
from copyfind.imaging.source import LOCAL
from copyfind.pipeline.checking import check_catalog
from copyfind.pipeline.describing import describe
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.importing import import_rows
from copyfind.pipeline.showing import Showcase
from copyfind.plans import Plan, PlannedFile
from copyfind.records import Findings, FoundFile, Role, Standing
from copyfind.units.folders import read_units
from tests.conftest import Album, draw

NAMES = ("a.png", "again.png", "small.png")


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder has in it what the addresses would name, were they paths."""
    folder = tmp_path.resolve() / "here" / "s3:" / "bucket"
    folder.mkdir(parents=True)
    draw(1, width=640, height=480).save(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "again.png")
    draw(1, width=640, height=480).resize((320, 240)).save(folder / "small.png")
    monkeypatch.chdir(folder.parents[1])
    return folder


@pytest.fixture
def remote(trap: Path, tmp_path: Path) -> Path:
    """A catalog of these pictures, as they were met in a bucket."""
    embedder = load_embedder()
    rows = []
    for name in NAMES:
        data = (trap / name).read_bytes()
        file = FoundFile(b"s3://bucket/" + name.encode(), 0, 0, len(data), 0)
        rows.append((file, describe(data, embedder)))
    import_rows(rows, catalog=tmp_path / "remote.sqlite", cache=tmp_path / "cache")
    return tmp_path / "remote.sqlite"


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def found(remote: Path, tmp_path: Path) -> Findings:
    return find_copies(remote, cache=tmp_path / "cache")


def test_what_would_go_is_told_and_no_plan_is_made_of_it(
    trap: Path, remote: Path, tmp_path: Path
) -> None:
    before = tree(trap)

    findings = found(remote, tmp_path)

    (cluster,) = findings.clusters
    standing = [m.standing for m in cluster.members if m.role is not Role.KEEPER]
    assert set(standing) == {Standing.CONSENT, Standing.SAFE}
    with pytest.raises(PlanError, match=r"s3://bucket/a\.png is in an object store.*remove"):
        make_plan(findings)
    with pytest.raises(PlanError, match=r"s3://bucket/a\.png is in an object store.*remove"):
        plan_of_choices(findings, [b"s3://bucket/again.png"])
    assert tree(trap) == before


def test_a_plan_that_was_made_by_hand_is_refused(trap: Path, remote: Path, album: Album) -> None:
    plan = _of_files(album)
    before = tree(trap)

    for forged in (
        _renamed(plan, b"s3://bucket/again.png", None),
        _renamed(plan, None, b"s3://b/a"),
    ):
        with pytest.raises(PlanError, match="is in an object store"):
            apply_plan(forged)
        with pytest.raises(PlanError, match="is in an object store"):
            carry_out(forged, surroundings(remote))
    assert tree(trap) == before
    assert {path.name for path in album.folder.iterdir()} == {"a.png", "b.png"}


def test_files_here_are_not_cleared_away_for_a_copy_in_a_store(
    trap: Path, remote: Path, tmp_path: Path
) -> None:
    findings = found(remote, tmp_path)
    (cluster,) = findings.clusters
    keeper, *others = cluster.members
    here = [
        replace(m, file=replace(m.file, path=os.fsencode(trap / os.fsdecode(m.file.path[12:]))))
        for m in others
    ]
    mixed = replace(findings, clusters=(replace(cluster, members=(keeper, *here)),))

    with pytest.raises(PlanError, match="is in an object store"):
        make_plan(mixed)


def test_no_folder_is_looked_into_for_an_address(trap: Path, remote: Path, tmp_path: Path) -> None:
    before = tree(trap)
    files = [FoundFile(b"s3://bucket/" + name.encode(), 0, 0, 1, 0) for name in NAMES]
    paths = [file.path for file in files]

    assert read_units(paths, at_once) == {}
    assert untouchable_among(paths) == frozenset()
    assert snapshots(files) == frozenset()
    for file in files:
        with pytest.raises(FileNotFoundError), LOCAL.open(file):
            pass
    checked = check_catalog(remote, deep=True)
    assert {what for _, what in checked.changed} == {"is in an object store, and is not looked at"}
    findings = found(remote, tmp_path)
    with Showcase(findings) as showcase:
        assert showcase.full(findings.clusters[0].keeper.content.sha256) is None
    assert tree(trap) == before


@pytest.fixture
def album(tmp_path: Path) -> Album:
    """Two files with the same bytes, indexed."""
    album = Album(tmp_path.resolve() / "album", tmp_path / "local.sqlite")
    album.add("a.png", 7)
    shutil.copy(album.folder / "a.png", album.folder / "b.png")
    album.index()
    return album


def _of_files(album: Album) -> Plan:
    plan = make_plan(album.findings())
    assert len(plan.actions) == 1
    return plan


def _renamed(plan: Plan, file: bytes | None, keeper: bytes | None) -> Plan:
    """The plan with other paths in its action, as if somebody had written it."""
    (cluster,) = plan.clusters
    (action,) = cluster.actions

    def at(planned: PlannedFile, path: bytes | None) -> PlannedFile:
        return planned if path is None else replace(planned, file=replace(planned.file, path=path))

    action = replace(action, file=at(action.file, file), keeper=at(action.keeper, keeper))
    return replace(plan, clusters=(replace(cluster, actions=(action,)),))

"""The report of a run is that of the same files indexed here, whatever happens on the way."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from skimage import data

from copyfind.descriptor.embed import Network, load_embedder
from copyfind.errors import Interrupted
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import TIERS, Cluster, Effort, Findings, Tier
from copyfind.remote import candidates
from copyfind.remote.engines import Local
from copyfind.remote.finding import judge_run
from copyfind.remote.here import Here
from copyfind.remote.indexing import index_source
from copyfind.remote.listing import Bucket, Source, Tars
from copyfind.remote.run import Run, open_run
from copyfind.remote.verdicts import judged_tables
from copyfind.report.as_json import findings_as_json
from copyfind.watch import NOBODY, Watch
from tests.conftest import draw

THEN = 1_600_000_000_000_000_000


@pytest.fixture(scope="module")
def embedder() -> Network:
    return load_embedder()


def photo(name: str, width: int = 640, height: int = 480) -> Image.Image:
    return Image.fromarray(getattr(data, name)()).convert("RGB").resize((width, height))


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen objects: copies of every kind, strangers, what is damaged."""
    folder = tmp_path_factory.mktemp("depot").resolve() / "bucket"
    (folder / "more").mkdir(parents=True)
    coffee = photo("coffee")
    coffee.save(folder / "coffee.png")
    coffee.save(folder / "more" / "coffee.tif")
    coffee.resize((320, 240)).save(folder / "small.jpg")
    coffee.crop((60, 40, 600, 440)).save(folder / "cropped.png")
    ImageOps.mirror(coffee).save(folder / "mirrored.jpg", quality=90)
    ImageOps.grayscale(coffee).save(folder / "grey.jpg")
    shutil.copy(folder / "coffee.png", folder / "more" / "again.png")
    photo("chelsea", 2000, 1500).save(folder / "cat.jpg", quality=80)  # decoded reduced
    shutil.copy(folder / "cat.jpg", folder / "more" / "cat told.jpg")
    with (folder / "more" / "cat told.jpg").open("ab") as file:
        file.write(b"bytes after the end")
    with Image.open(folder / "cat.jpg") as cat:
        cat.save(folder / "cat saved again.jpg", quality=95)
    photo("astronaut").save(folder / "astronaut.jpg")
    photo("astronaut").save(folder / "astronaut.webp", quality=60)
    for seed in range(9):
        draw(seed, width=320, height=240).save(folder / "more" / f"drawn {seed}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xffnothing more")
    (folder / "cut.jpg").write_bytes((folder / "cat.jpg").read_bytes()[:5000])
    dated(folder, THEN)
    return folder


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Three files of one picture, and two strangers."""
    folder = tmp_path / "few"
    (folder / "more").mkdir(parents=True)
    photo("coffee").save(folder / "coffee.png")
    shutil.copy(folder / "coffee.png", folder / "more" / "again.png")
    photo("coffee").resize((320, 240)).save(folder / "small.jpg")
    photo("astronaut").save(folder / "astronaut.jpg")
    draw(3).save(folder / "drawn.png")
    dated(folder, THEN)
    return folder


def dated(folder: Path, when: int) -> None:
    for path in folder.rglob("*"):
        os.utime(path, ns=(when, when))


def indexed(source: Source, to: str, embedder: Network, *, mean: int = 8) -> Run:
    index_source(
        source, to=to, embedder=embedder, engine=lambda run, e: Local(run, e, workers=2), mean=mean
    )
    return open_run(to)


@pytest.fixture(scope="module")
def run(bucket: Path, embedder: Network) -> Run:
    return indexed(Bucket(f"file://{bucket}"), f"file://{bucket.parent}/run", embedder)


def found(run: Run, place: Path, *, watch: Watch = NOBODY, **asked: Any) -> Findings:
    with Here(run, workers=2) as engine:
        judged = judge_run(
            run,
            catalog=place / "run.sqlite",
            cache=place / "cache",
            engine=engine,
            threshold=asked.get("threshold"),
            watch=watch,
        )
    return judged.findings(cache=place / "cache", **asked)


def here(folder: Path, place: Path, **asked: Any) -> Findings:
    catalog = place / "here.sqlite"
    if not catalog.exists():
        index_folders(folder, catalog=catalog, cache=place / "cache")
    return find_copies(catalog, effort=Effort.FAST, cache=place / "cache", **asked)


def report(findings: Findings, prefix: str) -> dict[str, Any]:
    """All that a report says but where: paths from the prefix on, no numbers of a file system."""
    told: dict[str, Any] = json.loads(findings_as_json(findings))
    for name in ("catalog", "generated_at", "roots"):
        del told[name]
    for cluster in told["clusters"]:
        for member in cluster["members"]:
            del member["inode"], member["device"]
            member["path"] = member["path"].removeprefix(prefix)
            if member["evidence"]:
                member["evidence"]["to"] = member["evidence"]["to"].removeprefix(prefix)
    for one in told["skipped"]:
        one["path"] = one["path"].removeprefix(prefix)
    return told


def _objects(run: Run) -> dict[str, int]:
    """All that the run holds, and when it was written."""
    return {one.uri: one.modified_ns for one in run.store.listed()}


@pytest.mark.parametrize("asked", [{}, {"tiers": TIERS, "threshold": 0.5}])
def test_the_report_is_that_of_the_same_files_indexed_here(
    run: Run, bucket: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    remote, local = found(run, tmp_path, **asked), here(bucket, tmp_path, **asked)

    assert report(remote, f"file://{bucket}/") == report(local, f"{bucket}/")
    assert (remote.likely, remote.series, remote.unverified) == (
        local.likely,
        local.series,
        local.unverified,
    )
    assert {c.tier for c in remote.clusters} >= {Tier.EDITED, Tier.NEAR}


def test_pairs_of_the_join_give_the_same_report(
    run: Run, bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a run that is too large to compare all pictures with all."""
    known = found(run, tmp_path)
    monkeypatch.setattr(candidates, "is_wide", lambda *_, **__: False)

    joined = found(run, tmp_path)

    assert any(run.store.listed("close"))
    assert report(joined, f"file://{bucket}/") == report(known, f"file://{bucket}/")


def test_only_what_lies_in_clusters_is_in_the_catalog(run: Run, tmp_path: Path) -> None:
    findings = found(run, tmp_path)

    members = sum(len(cluster.members) for cluster in findings.clusters)
    imported = find_copies(tmp_path / "run.sqlite", effort=Effort.FAST)
    assert imported.clusters == findings.clusters
    assert members <= imported.files < findings.files


def test_nothing_is_judged_twice(run: Run, tmp_path: Path) -> None:
    first = found(run, tmp_path)
    before = _objects(run)

    assert found(run, tmp_path / "elsewhere").clusters == first.clusters
    assert _objects(run) == before


def test_a_stopped_run_goes_on_where_it_was(few: Path, embedder: Network, tmp_path: Path) -> None:
    run = indexed(Bucket(f"file://{few}"), f"file://{tmp_path}/run", embedder)
    stops = iter([True])
    with pytest.raises(Interrupted):
        found(run, tmp_path, watch=Watch(should_stop=lambda: next(stops, False)))
    before = _objects(run)

    findings = found(run, tmp_path)

    assert report(findings, f"file://{few}/") == report(here(few, tmp_path), f"{few}/")
    assert before.items() <= _objects(run).items()
    pairs = [
        (pair["first"], pair["second"])
        for table in judged_tables(run.store)
        for pair in table.to_pylist()
    ]
    assert len(pairs) == len(set(pairs))


def test_what_went_or_was_replaced_is_gone_from_the_report(
    few: Path, embedder: Network, tmp_path: Path
) -> None:
    found(indexed(Bucket(f"file://{few}"), f"file://{tmp_path}/run", embedder), tmp_path)
    (few / "more" / "again.png").unlink()
    shutil.copy(few / "drawn.png", few / "astronaut.jpg")
    dated(few, THEN + 10**9)

    run = indexed(Bucket(f"file://{few}"), f"file://{tmp_path}/run", embedder)

    remote, local = found(run, tmp_path), here(few, tmp_path)
    assert report(remote, f"file://{few}/") == report(local, f"{few}/")
    assert len(remote.clusters) == 2


def test_pictures_in_a_tar_are_read_again_where_they_lie(
    bucket: Path, embedder: Network, tmp_path: Path
) -> None:
    """Pixels are compared, and origins told, from the middle of the tar."""
    names = ["cat.jpg", "more/cat told.jpg", "cat saved again.jpg", "coffee.png"]
    flat = tmp_path / "flat"
    flat.mkdir()
    with tarfile.open(tmp_path / "00000.tar", "w") as tar:
        for number, name in enumerate(names):
            tar.add(bucket / name, f"{number:09}.{name.rpartition('.')[2]}")
            shutil.copy(bucket / name, flat / f"{number:09}.{name.rpartition('.')[2]}")
    for path in (tmp_path / "00000.tar", *flat.iterdir()):
        os.utime(path, ns=(THEN, THEN))

    run = indexed(
        Tars(f"file://{tmp_path}/{{00000..00000}}.tar"), f"file://{tmp_path}/run", embedder
    )
    remote, local = found(run, tmp_path).clusters, here(flat, tmp_path).clusters

    assert [_plain(cluster) for cluster in remote] == [_plain(cluster) for cluster in local]
    assert {cluster.tier for cluster in remote} >= {Tier.NEAR}


@pytest.mark.parametrize("mean", [1, 8])  # a small file in a shard of its own, or with large ones
def test_what_is_gone_meanwhile_is_judged_by_what_the_run_holds(
    few: Path, embedder: Network, tmp_path: Path, mean: int
) -> None:
    run = indexed(Bucket(f"file://{few}"), f"file://{tmp_path}/run", embedder, mean=mean)
    for path in few.rglob("*.*"):
        path.unlink()

    (cluster,) = found(run, tmp_path).clusters

    assert [len(cluster.members), cluster.tier] == [3, Tier.NEAR]


def _plain(cluster: Cluster) -> list[object]:
    return [
        cluster.id,
        [
            (m.content.sha256, m.role, m.standing, m.evidence and m.evidence.how)
            for m in cluster.members
        ],
    ]

"""Two thousand objects, loose and in tars, good and bad: the report of their run is that of the
same files indexed here."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest

from copyfind.descriptor.embed import load_embedder
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Effort
from copyfind.remote.engines import Local
from copyfind.remote.finding import judge_run
from copyfind.remote.here import Here
from copyfind.remote.indexing import index_source
from copyfind.remote.listing import Bucket, Tars
from copyfind.remote.run import open_run
from tests.remote.test_finding import report

pytestmark = [pytest.mark.data, pytest.mark.timeout(7200)]

SHARED = Path(__file__).parents[2].parent / "shared"
EDITS, FORMATS = SHARED / "bench" / "edits", SHARED / "formats"
TAKEN = 3  # of the queries of bench/edits each so many-th
THEN = 1_600_000_000_000_000_000


def edits() -> list[Path]:
    pictures = (
        sorted((EDITS / "references").glob("*.*"))
        + sorted((EDITS / "queries").glob("*.*"))[::TAKEN]
    )
    return [path for path in pictures if path.is_file()]


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A bucket with two tars, and a folder in which all has the names that it has there."""
    top = tmp_path_factory.mktemp("depot").resolve()
    bucket, folder = top / "bucket", top / "folder"
    for place in (bucket, folder):
        for name, paths in (("first", edits()), ("formats", sorted(FORMATS.iterdir()))):
            (place / name).mkdir(parents=True)
            for path in paths:
                if path.is_file() and path.stat().st_size:  # a bucket's listing leaves out the rest
                    shutil.copyfile(path, place / name / path.name)
        for number, path in enumerate(edits()[:40]):
            (place / "first" / f"cut {number}.jpg").write_bytes(
                path.read_bytes()[: 200 * number + 9]
            )
    for number, some in enumerate((edits()[::2], edits()[1::2])):
        name = f"{number:05}.tar"
        with tarfile.open(bucket / name, "w") as tar:
            for path in some:
                tar.add(path, path.name)
        with tarfile.open(bucket / name) as tar:
            for member in tar:
                unpacked = folder / f"{name}#{member.offset_data}"
                unpacked.mkdir()
                shutil.copyfile(EDITS / _room(member.name) / member.name, unpacked / member.name)
    for path in top.rglob("*"):
        os.utime(path, ns=(THEN, THEN))
    return bucket, folder


def _room(name: str) -> str:
    return "references" if (EDITS / "references" / name).is_file() else "queries"


def test_the_report_of_two_thousand_objects(depot: tuple[Path, Path], tmp_path: Path) -> None:
    bucket, folder = depot
    to, embedder = f"file://{tmp_path}/run", load_embedder()
    for source in (Bucket(f"file://{bucket}"), Tars(f"file://{bucket}/{{00000..00001}}.tar")):
        index_source(
            source, to=to, embedder=embedder, engine=lambda run, e: Local(run, e, workers=2)
        )
    run = open_run(to)
    with Here(run, workers=2) as engine:
        judged = judge_run(run, catalog=tmp_path / "run.sqlite", engine=engine)
    remote = judged.findings()

    index_folders(folder, catalog=tmp_path / "here.sqlite", cache=tmp_path / "cache")
    local = find_copies(tmp_path / "here.sqlite", effort=Effort.FAST, cache=tmp_path / "cache")

    assert remote.files > 1500
    ours, theirs = report(remote, f"file://{bucket}/"), report(local, f"{folder}/")
    assert ours["totals"] == theirs["totals"]
    assert ours["skipped"] == theirs["skipped"]
    for one, other in zip(ours["clusters"], theirs["clusters"], strict=True):
        assert one == other

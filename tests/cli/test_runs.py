"""Runs in object stores at the command line: reports, the list of what may go, refusals."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from copyfind.descriptor.embed import load_embedder
from copyfind.remote.engines import Local
from copyfind.remote.indexing import index_source
from copyfind.remote.listing import Bucket
from tests.cli.conftest import Run, child, outside, serving
from tests.conftest import draw
from tests.photos import photo

NAMES = ("a.png", "again.png", "small.jpg")


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    """Three objects of one picture, and a stranger."""
    folder = tmp_path.resolve() / "bucket"
    folder.mkdir()
    photo("coffee").save(folder / "a.png")
    shutil.copy(folder / "a.png", folder / "again.png")
    photo("coffee").resize((320, 240)).save(folder / "small.jpg", quality=90)
    draw(2).save(folder / "stranger.png")
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """The usual one, which no run is kept in."""
    return tmp_path / "data" / "catalog.sqlite"


@pytest.fixture
def address(bucket: Path) -> str:
    """Of a run over the bucket."""
    to = f"file://{bucket.parent}/run"
    index_source(
        Bucket(f"file://{bucket}"),
        to=to,
        embedder=load_embedder(),
        engine=lambda run, embedder: Local(run, embedder, workers=1),
    )
    return to


def removed(address: str) -> set[str]:
    table = pq.read_table(Path(address.removeprefix("file://")) / "remove.parquet")
    return {Path(address).name for address in table.column("id").to_pylist()}


def test_a_report_lists_what_may_go(run: Run, address: str, bucket: Path, catalog: Path) -> None:
    told = run("dupes", address, "--format", "json", "--catalog", catalog)

    assert told.code == 0
    (cluster,) = json.loads(told.out)["clusters"]
    assert {Path(m["path"]).name for m in cluster["members"]} == set(NAMES)
    assert {m["path"].partition("/bucket")[0] for m in cluster["members"]} == {
        f"file://{bucket.parent}"
    }
    assert f"1 object may go: {address}/remove.parquet" in told.err
    assert len(removed(address)) == 1
    assert not catalog.exists()
    assert len(list((catalog.parent / "runs").glob("*.sqlite"))) == 1


def test_a_report_that_is_killed_is_begun_again(run: Run, address: str, catalog: Path) -> None:
    """Killed as soon as a task has written what it found."""
    pairs = Path(address.removeprefix("file://")) / "pairs"
    words = ("dupes", address, "--format", "json", "--catalog", str(catalog))
    with subprocess.Popen(child(*words), env=outside(), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not any(pairs.glob("*.parquet")):
            time.sleep(0.05)
        process.kill()
    before = {path: path.stat().st_mtime_ns for path in pairs.iterdir()}

    told = run(*words)

    assert told.code == 0
    (cluster,) = json.loads(told.out)["clusters"]
    assert {Path(m["path"]).name for m in cluster["members"]} == set(NAMES)
    assert {path: path.stat().st_mtime_ns for path in pairs.iterdir()} == before


def test_near_copies_are_listed_where_they_are_asked_for(
    run: Run, address: str, catalog: Path
) -> None:
    assert run("dupes", address, "--include", "near,edited", "--catalog", catalog).code == 0

    assert len(removed(address)) == 2


def test_a_page_shows_pictures_of_objects(
    run: Run, address: str, catalog: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"

    told = run("dupes", address, "--format", "html", "-o", page, "--catalog", catalog)

    assert told.code == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("/9j/") == 2  # how JPEGs begin: one of each content


def test_a_review_shows_objects(address: str, catalog: Path) -> None:
    with serving("review", address, "--no-browser", "--catalog", catalog) as (_, page):
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.open(page, timeout=200).close()
        at = page.partition("?")[0]
        with opener.open(f"{at}api/cluster/0", timeout=200) as answer:
            members = json.load(answer)["members"]
        pictures = [
            opener.open(f"{at}picture/{kind}/{members[-1]['picture']}", timeout=200).read()
            for kind in ("thumbnail", "full")
        ]

    assert {member["name"] for member in members} == set(NAMES)
    assert all(picture.startswith(b"\xff\xd8\xff") for picture in pictures)
    assert len(pictures[0]) != len(pictures[1])


def test_an_image_is_searched_in_a_run(run: Run, address: str, tmp_path: Path) -> None:
    image = tmp_path / "mine.jpg"
    photo("coffee").crop((40, 40, 560, 380)).save(image)

    told = run("search", image, address, "--format", "json")

    assert told.code == 0
    (answer,) = json.loads(told.out)
    proven = [m for m in answer["matches"] if m["tier"] in ("edited", "near")]
    assert {Path(f["path"]).name for m in proven for f in m["files"]} == set(NAMES)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["s3://out/other"], "one run at a time"),
        (["folder"], "looked at by itself"),
        (["--effort", "thorough"], "as a whole"),
        (["--reference", "folder"], "as a whole"),
        (["--include", "series"], "--include takes"),
    ],
)
def test_what_a_run_has_not_is_wrong_usage(
    more: list[str], why: str, run: Run, catalog: Path
) -> None:
    told = run("dupes", "s3://out/run", *more, "--catalog", catalog)

    assert told.code == 2
    assert why in " ".join(told.err.replace("│", " ").split())


def test_defaults_for_catalogs_do_not_keep_anybody_from_a_run(
    run: Run, address: str, catalog: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config" / "copyfind" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('effort = "thorough"\nreference = ["photos"]\nmodel = "lite0"\n')
    image = tmp_path / "bucket" / "small.jpg"

    assert run("dupes", address, "--catalog", catalog).code == 0
    assert run("search", image, address, "--catalog", catalog).code == 0
    assert len(removed(address)) == 1


def test_what_is_of_runs_needs_one(run: Run, catalog: Path) -> None:
    told = run("dupes", "--include", "near", "--catalog", catalog)

    assert told.code == 2
    assert "are of a run" in told.err


def test_no_plan_is_made_of_a_run(run: Run, address: str, catalog: Path) -> None:
    run("dupes", address, "--catalog", catalog)
    (kept,) = (catalog.parent / "runs").glob("*.sqlite")

    told = run("plan", "--effort", "fast", "--catalog", kept)

    assert told.code == 1
    assert "remove.parquet" in told.err

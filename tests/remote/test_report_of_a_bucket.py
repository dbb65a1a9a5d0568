"""The report of a run in a bucket of a real server, whose wrong keys and death cost nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from copyfind.descriptor.embed import load_embedder
from copyfind.errors import StoreError
from copyfind.pipeline.showing import Showcase
from copyfind.remote import store as store_module
from copyfind.remote.listing import Bucket
from copyfind.remote.lists import KEEP, REMOVE, write_lists
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.run import open_run
from tests.conftest import draw
from tests.photos import photo
from tests.remote.servers import SECRET, rclone
from tests.remote.test_finding import THEN, dated, found, here, indexed, report

pytestmark = pytest.mark.slow


def test_the_report_is_that_of_the_files_behind_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve() / "buckets"
    folder = root / "pictures" / "a b"
    folder.mkdir(parents=True)
    (root / "out").mkdir()
    photo("chelsea").resize((2000, 1500)).save(folder / "cat.jpg", quality=80)
    shutil.copy(folder / "cat.jpg", folder / "cat ü+&#%20.jpg")
    with (folder / "cat ü+&#%20.jpg").open("ab") as file:
        file.write(b"bytes after the end")
    photo("chelsea").resize((800, 600)).save(folder / "small.jpg")
    draw(1).save(folder / "stranger.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xffnothing more")
    dated(folder, THEN)
    with rclone(root) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        store_module._connected.cache_clear()
        run = indexed(Bucket("s3://pictures/a b"), "s3://out/run", load_embedder())

        findings = found(run, tmp_path)
        write_lists(run.store, findings.clusters)
        with Showcase(findings, source=ObjectsAgain()) as showcase:
            full = showcase.full(findings.clusters[0].keeper.content.sha256)

        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        store_module._connected.cache_clear()
        with pytest.raises((StoreError, OSError)) as refused:
            found(open_run("s3://out/run"), tmp_path)
    store_module._connected.cache_clear()

    assert report(findings, "s3://pictures/a b/") == report(here(folder, tmp_path), f"{folder}/")
    keeper = findings.clusters[0].keeper.file.path.rpartition(b"/")[2].decode()
    assert full == (folder / keeper).read_bytes()
    assert "wrong" not in str(refused.value)
    written = [path for path in (root / "out").rglob("*") if path.is_file()]
    assert {KEEP, REMOVE} <= {path.name for path in written}
    assert {path.parent.name for path in written} >= {"pairs", "pixels", "rows"}
    kept = [*written, tmp_path / "run.sqlite", *(tmp_path / "cache").rglob("*")]
    assert not [path for path in kept if path.is_file() and SECRET.encode() in path.read_bytes()]

"""Sources that are lists, tables and tars: what lies in them becomes rows like that of a bucket."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copyfind.errors import StoreError
from copyfind.records import Problem
from copyfind.remote.engines import Local
from copyfind.remote.listing import Addresses, Pictures, Tars, expanded, of_list
from copyfind.remote.run import open_run
from tests.remote.conftest import Depot
from tests.remote.serving import Served, here, serving


def test_braces_are_expanded() -> None:
    assert list(expanded("s3://b/{00008..00010}.tar")) == [
        f"s3://b/000{n}.tar" for n in ("08", "09", "10")
    ]
    assert list(expanded("s3://{a,b}/{0..1}.tar")) == [
        "s3://a/0.tar",
        "s3://a/1.tar",
        "s3://b/0.tar",
        "s3://b/1.tar",
    ]
    assert list(expanded("s3://b/x.tar")) == ["s3://b/x.tar"]


@pytest.mark.parametrize("pattern", ["{9..1}", "{0..1000000}", "{0..999}{0..999}{0..9}"])
def test_patterns_of_nothing_or_of_too_much_are_refused(pattern: str) -> None:
    with pytest.raises(StoreError):
        list(expanded(pattern))


def test_a_tar_of_a_webdataset_is_a_shard(depot: Depot) -> None:
    paths = [depot.add(f"{n}.jpg", n) for n in range(4)]
    tar = depot.folder / "00000.tar"
    with tarfile.open(tar, "w") as opened:
        for path in paths:
            opened.add(path, f"dir/{path.name}")
            opened.addfile(tarfile.TarInfo(f"dir/{path.stem}.json"), io.BytesIO())
        broken = tarfile.TarInfo("broken.png")
        broken.size = 5
        opened.addfile(broken, io.BytesIO(b"12345"))
    source = Tars(f"{depot.source}/{{00000..00000}}.tar")

    done = depot.index(source)
    again = depot.index(source)
    rows = depot.rows()

    assert (done.objects, done.troubles, done.shards) == (5, 1, 1)
    assert (again.objects, again.there) == (0, 1)
    for key, row in rows.items():
        inside, _, member = key.removeprefix("00000.tar#").partition("/")
        assert row.row is not None
        start, size = int(inside), row.row.size
        data = tar.read_bytes()[start : start + size]
        if member == "broken.png":
            assert row.row.problem is Problem.NOT_A_PICTURE
        else:
            assert data == (depot.folder / Path(member).name).read_bytes()
            assert row.row.descriptor is not None


def test_a_cut_tar_has_the_rows_of_its_begin_and_says_so(depot: Depot) -> None:
    tar = depot.folder / "cut.tar"
    with tarfile.open(tar, "w") as opened:
        for n in range(3):
            opened.add(depot.add(f"{n}.png", n), f"{n}.png")
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])

    depot.index(Tars(f"{depot.source}/cut.tar"))
    rows = depot.rows()

    assert any(row.row is not None and row.row.descriptor is not None for row in rows.values())
    assert any(row.trouble is not None and "tar" in row.trouble.reason for row in rows.values())


def test_pictures_in_a_column_of_bytes_are_described(depot: Depot, tmp_path: Path) -> None:
    data = [depot.add(f"{n}.jpg", n).read_bytes() for n in range(5)]
    table = tmp_path / "table.parquet"
    images = [{"bytes": one, "path": "a.jpg"} for one in (*data, None)]
    pq.write_table(pa.table({"image": images, "jpg": [*data, None]}), table, row_group_size=2)

    for column in ("image", "image.bytes", "jpg"):
        source = of_list(f"file://{table}", column)
        assert isinstance(source, Pictures)
        done = depot.index(source)

        assert (done.objects, done.troubles, done.shards) == (6, 1, 3)
        assert source.count()[0] == 6
    rows = {row.listed.uri: row for row in open_run(depot.to).rows()}
    for n, one in enumerate(data):
        row = rows[f"file://{table}#{n}"].row
        assert row is not None
        assert row.size == len(one)
    assert rows[f"file://{table}#5"].trouble is not None


def test_a_list_of_addresses_is_read_from_a_table_or_a_text(depot: Depot, tmp_path: Path) -> None:
    pictures = {f"/{n}.jpg": depot.add(f"{n}.jpg", n).read_bytes() for n in range(5)}
    served = Served(pictures)
    asking = replace(depot, engine=partial(Local, workers=1, web=here()))
    with serving(served) as address:
        uris = [f"{address}/{n}.jpg" for n in range(6)]
        signed = [f"{uri}?X-Amz-Signature=s3cr3t" for uri in uris]
        pq.write_table(pa.table({"url": signed, "key": range(6)}), tmp_path / "list.parquet")
        (tmp_path / "list.txt").write_text("\n".join([*uris, ""]))
        for name in ("list.parquet", "list.txt"):
            source = of_list(f"file://{tmp_path}/{name}", None)
            assert isinstance(source, Addresses)
            done = asking.index(source)
            assert done.objects + done.there == 6
            assert source.count() == (6, 0)

    rows = {row.listed.uri: row for row in open_run(depot.to).rows()}
    assert rows.keys() == set(uris)
    assert len(served.asked) == 6
    assert all("s3cr3t" in asked for asked in served.asked)
    gone = rows[uris[-1]].trouble
    assert gone is not None
    assert gone.problem is Problem.VANISHED
    for path in Path(depot.to[7:]).rglob("*"):
        assert path.is_dir() or b"s3cr3t" not in path.read_bytes()


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1], "url": ["x"]}), tmp_path / "list.parquet")
    (tmp_path / "no.parquet").write_text("none")
    (tmp_path / "list.txt").write_text("/a/path")
    (tmp_path / "files.txt").write_text("file:///etc/passwd")

    with pytest.raises(StoreError, match="no column 'image'; name one with --column: n, url"):
        of_list(f"file://{tmp_path}/list.parquet", "image")
    with pytest.raises(StoreError, match="neither addresses nor pictures"):
        of_list(f"file://{tmp_path}/list.parquet", "n")
    with pytest.raises(StoreError, match="no Parquet"):
        of_list(f"file://{tmp_path}/no.parquet", None)
    with pytest.raises(StoreError, match="has columns; a text"):
        of_list(f"file://{tmp_path}/list.txt", "url")
    for name in ("list.txt", "files.txt"):
        with pytest.raises(StoreError, match="no address of the web or a store"):
            of_list(f"file://{tmp_path}/{name}", None).count()

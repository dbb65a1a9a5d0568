"""A bucket becomes rows, and a second run does what is missing and nothing else.

Where shards begin depends on the folder of the test: what is counted must hold for all of them."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from copyfind.collection.identity import found_at
from copyfind.errors import Interrupted, StoreError
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.pipeline.describing import rows_of
from copyfind.records import Problem, ReadFile, Row
from copyfind.remote.indexing import estimate_source
from copyfind.remote.listing import Bucket
from copyfind.remote.rows import ObjectRow
from copyfind.remote.run import open_run
from copyfind.watch import Progress, Watch
from tests.embedding import Grid
from tests.remote.conftest import Depot, local

FORMATS = Path(__file__).parents[2].parent / "shared" / "formats"


def as_indexed(*paths: Path) -> list[Row]:
    """The rows that these files have when they are read where they lie."""
    with Readers(workers=1, side=Grid().side) as readers:
        read = list(readers.read(ReadJob(found_at(path)) for path in paths))
    assert all(isinstance(one, ReadFile) for one in read)
    return rows_of([one for one in read if isinstance(one, ReadFile)], Grid())


def sha256(row: ObjectRow) -> bytes:
    assert row.row is not None
    return row.row.sha256


def assert_same(row: Row | None, other: Row) -> None:
    assert row is not None
    for name in {field.name for field in fields(Row)} - {"descriptor"}:
        assert getattr(row, name) == getattr(other, name), name
    assert (row.descriptor is None) == (other.descriptor is None)
    if row.descriptor is not None and other.descriptor is not None:
        np.testing.assert_array_equal(row.descriptor, other.descriptor)


def test_the_rows_are_those_of_the_same_files_read_where_they_lie(depot: Depot) -> None:
    paths = [depot.add(f"{n}/a b#{n}%20ü.jpg", n) for n in range(20)]
    paths.append(depot.add("twin.png", 3))
    (depot.folder / "cut.jpg").write_bytes(paths[0].read_bytes()[:300])
    (depot.folder / "none.jpg").write_bytes(b"not a picture")
    (depot.folder / "notes.txt").write_bytes(b"left out")
    (depot.folder / ".hidden.jpg").write_bytes(b"left out")
    (depot.folder / "empty.jpg").write_bytes(b"")
    shutil.copy(paths[1], depot.folder / "without suffix")
    paths += [depot.folder / name for name in ("cut.jpg", "none.jpg", "without suffix")]

    done = depot.index(mean=2)
    rows = depot.rows()

    assert rows.keys() == {str(path.relative_to(depot.folder)) for path in paths}
    for path, row in zip(paths, as_indexed(*paths), strict=True):
        assert_same(rows[str(path.relative_to(depot.folder))].row, row)
    assert (done.objects, done.troubles, done.there, done.reused) == (24, 2, 0, 0)
    assert done.bytes == sum(path.stat().st_size for path in paths)
    assert done.shards > 1
    assert done.spent > 0


def test_a_second_run_does_nothing(depot: Depot) -> None:
    for n in range(30):
        depot.add(f"{n}.jpg", n)
    first = depot.index(mean=4)
    before = {path: path.stat().st_mtime_ns for path in Path(depot.to[7:]).glob("rows/*")}

    again = depot.index(mean=4)

    assert (again.objects, again.shards, again.there) == (0, 0, 30)
    assert first.shards == len(before) > 2
    assert {path: path.stat().st_mtime_ns for path in Path(depot.to[7:]).glob("rows/*")} == before


def test_what_is_replaced_is_done_anew_and_nothing_else(depot: Depot) -> None:
    for n in range(30):
        depot.add(f"{n:02d}.jpg", n)
    depot.index(mean=400)
    before = depot.rows()
    depot.add("07.jpg", 107)
    depot.add("new.jpg", 200)
    (depot.folder / "22.jpg").unlink()

    again = depot.index(mean=400)
    after = depot.rows()

    assert again.objects - again.reused == 2
    assert again.shards == 1
    assert after.keys() == (before.keys() | {"new.jpg"}) - {"22.jpg"}
    kept = after.keys() & before.keys()
    assert {key for key in kept if sha256(after[key]) != sha256(before[key])} == {"07.jpg"}


def test_a_stopped_run_keeps_its_shards(depot: Depot) -> None:
    for n in range(30):
        depot.add(f"{n}.jpg", n)
    shown: list[Progress] = []

    with pytest.raises(Interrupted, match="all of them kept"):
        depot.index(watch=Watch(on_progress=shown.append, should_stop=lambda: bool(shown)))
    with pytest.raises(StoreError, match="no source of this run is finished"):
        depot.rows()
    written = list(Path(depot.to[7:]).glob("rows/*"))
    rest = depot.index()

    assert written
    assert rest.there > 0
    assert rest.objects + rest.there == 30
    assert len(depot.rows()) == 30


def test_progress_tells_how_much_is_done_and_failed(depot: Depot) -> None:
    for n in range(20):
        depot.add(f"{n}.jpg", n)
    (depot.folder / "none.jpg").write_bytes(b"not a picture")
    shown: list[Progress] = []

    depot.index(watch=Watch(on_progress=shown.append))

    assert shown[-1].files == 21
    assert shown[-1].total_files == 21
    assert shown[-1].bytes > 0
    assert shown[-1].facts["errors"] == 1


def test_an_estimate_stops_after_the_first_shards_and_the_run_goes_on_from_there(
    depot: Depot,
) -> None:
    for n in range(60):
        depot.add(f"{n}.jpg", n)

    told = estimate_source(Bucket(depot.source), to=depot.to, embedder=Grid(), engine=local, mean=4)
    rest = depot.index(mean=4)

    assert told.objects == 60
    assert 0 < told.looked_at < 60
    assert told.core_hours == pytest.approx(told.spent / told.looked_at * 60 / 3600)
    assert rest.there == told.looked_at
    assert rest.objects == 60 - told.looked_at


def test_sources_lie_side_by_side_in_a_run(depot: Depot, tmp_path: Path) -> None:
    depot.add("a.jpg", 1)
    other = replace(depot, folder=tmp_path / "other", source=f"file://{tmp_path}/other")
    other.add("b.jpg", 2)

    depot.index()
    other.index()

    run = open_run(depot.to)
    assert [one.source for one in run.sources] == [depot.source, other.source]
    assert {row.listed.uri for row in run.rows()} == {
        f"{depot.source}/a.jpg",
        f"{other.source}/b.jpg",
    }


def test_what_is_not_there_is_told_and_is_no_empty_run(depot: Depot, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such object or bucket"):
        depot.index(Bucket(f"file://{tmp_path}/nowhere"))


def test_a_run_of_another_model_is_refused(depot: Depot) -> None:
    depot.add("a.jpg", 1)
    depot.index()

    with pytest.raises(StoreError, match="the model grid; name another folder"):
        estimate_source(
            Bucket(depot.source), to=depot.to, embedder=Grid(id="another"), engine=local
        )


@pytest.mark.skipif(not FORMATS.is_dir(), reason="needs ../shared/formats")
def test_what_is_damaged_is_a_row_with_its_reason(depot: Depot) -> None:
    bad = ("corrupt_header.jpg", "heic_corrupted.heic", "bomb_50000x50000.png")
    for name in (*bad, "avif_photo.avif"):
        shutil.copy(FORMATS / name, depot.folder)

    depot.index()
    rows = depot.rows()

    told = {key: row.row for key, row in rows.items() if row.row is not None}
    assert told.keys() == {*bad, "avif_photo.avif"}
    assert told["avif_photo.avif"].descriptor is not None
    assert told["bomb_50000x50000.png"].problem is Problem.TOO_LARGE
    assert all(told[name].reason for name in bad)

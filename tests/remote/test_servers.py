"""Against servers of S3: what a bucket gives, refuses and forgets, and who dies in between."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copyfind.errors import StoreError
from copyfind.remote import odd_keys
from copyfind.remote import store as store_module
from copyfind.remote.run import open_run
from copyfind.remote.store import Store
from copyfind.watch import Watch
from tests.conftest import draw
from tests.remote.conftest import Depot, check_conditions, same_rows
from tests.remote.servers import KEY, SECRET, Faults, Server, between, make_bucket, moto, rclone

_SOURCE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """A server of the folders `pictures` and `out`."""
    root = tmp_path_factory.mktemp("buckets")
    for name in ("pictures", "out"):
        (root / name).mkdir()
    with rclone(root) as server:
        yield root, server


@pytest.fixture(scope="module")
def conditions() -> Iterator[Server]:
    with moto() as server:
        make_bucket(server, "pictures")
        make_bucket(server, "out")
        yield server


def reach(server: Server, monkeypatch: pytest.MonkeyPatch, *, port: int | None = None) -> None:
    """Let this process find the server, and no connection of before."""
    for name, value in server.environment(port=port).items():
        monkeypatch.setenv(name, value)
    store_module._connected.cache_clear()


@pytest.fixture
def bucket(
    files: tuple[Path, Server], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Depot:
    """Pictures below a prefix of their own in the bucket, and a place for the run in the other."""
    root, server = files
    reach(server, monkeypatch)
    name = request.node.name
    folder = root / "pictures" / name
    folder.mkdir()
    return Depot(folder, f"s3://pictures/{name}", f"s3://out/{name}")


@pytest.mark.slow
def test_a_bucket_has_the_rows_of_its_files(bucket: Depot) -> None:
    for n in range(12):
        bucket.add(f"{n}/a b#{n}%20ü+&.jpg", n)
    (bucket.folder / "none.jpg").write_bytes(b"not a picture")
    local = replace(bucket, source=f"file://{bucket.folder}", to=f"file://{bucket.folder}.run")

    done = bucket.index()
    again = bucket.index()
    local.index()

    assert (done.objects, done.troubles) == (13, 1)
    assert (again.objects, again.there) == (0, 13)
    assert same_rows(bucket.rows(), local.rows())


@pytest.mark.slow
def test_wrong_keys_and_missing_buckets_are_told_and_keys_are_nowhere(
    bucket: Depot, files: tuple[Path, Server], tmp_path: Path
) -> None:
    bucket.add("a.jpg", 1)
    root, server = files

    def command(secret: str, source: str) -> subprocess.CompletedProcess[str]:
        words = ["index", source, "--to", bucket.to, "--json-log", "--debug", "--workers", "1"]
        return subprocess.run(
            [sys.executable, "-m", "copyfind", *words],
            env=os.environ | server.environment(secret=secret) | {"TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            cwd=_SOURCE,
        )

    wrong = command("wr0ng-secret-0123456789", bucket.source)
    missing = command(SECRET, "s3://nowhere/x")
    right = command(SECRET, bucket.source)

    assert wrong.returncode == 1
    assert "does not allow it" in wrong.stderr
    assert missing.returncode == 1
    assert "no such object or bucket" in missing.stderr
    assert right.returncode == 0
    for done in (wrong, missing, right):
        for secret in (KEY, SECRET, "wr0ng-secret"):
            assert secret not in done.stdout + done.stderr
    written = [path for path in (root / "out").rglob("*") if path.is_file()]
    assert len(written) >= 3
    assert not any(
        SECRET.encode() in p.read_bytes() or KEY.encode() in p.read_bytes() for p in written
    )
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_a_server_that_dies_costs_what_was_not_written(
    bucket: Depot, files: tuple[Path, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(store_module._RETRY, "max_retries", 1)
    store_module._connected.cache_clear()
    for n in range(20):
        bucket.add(f"{n:02d}.jpg", n)
    _, server = files

    with pytest.raises(StoreError, match="goes on from there"):
        bucket.index(mean=3, watch=Watch(on_progress=lambda _: server.kill()))
    server.start_again()
    written = len(open_run(bucket.to).there())
    rest = bucket.index(mean=3)

    assert written > 0
    assert rest.there > 0
    assert rest.objects + rest.there == 20
    assert len(bucket.rows()) == 20
    assert rest.troubles == 0


@pytest.mark.slow
def test_a_driver_that_is_killed_costs_what_was_not_written(
    bucket: Depot, files: tuple[Path, Server]
) -> None:
    for n in range(24):
        bucket.add(f"{n:02d}.jpg", n)
    root, server = files
    rows = root / bucket.to.removeprefix("s3://") / "rows"
    program = f"""
from copyfind.remote.indexing import index_source
from copyfind.remote.listing import Bucket
from tests.embedding import Grid
from tests.remote.conftest import local
index_source(Bucket({bucket.source!r}), to={bucket.to!r}, embedder=Grid(), engine=local, mean=2)
"""
    run = [sys.executable, "-c", program]
    env = os.environ | server.environment() | {"PYTHONPATH": str(_SOURCE)}
    with subprocess.Popen(run, env=env, cwd=_SOURCE) as driver:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and not list(rows.glob("*.parquet")):
                time.sleep(0.02)
        finally:
            driver.kill()
    written = len(open_run(bucket.to).there())
    rest = bucket.index(mean=2)

    assert 0 < written < rest.shards + written
    assert len(bucket.rows()) == 24


def test_conditions_hold_on_a_server_that_heeds_them(
    conditions: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach(conditions, monkeypatch)

    check_conditions(Store("s3://out/conditions"))


@pytest.mark.slow
def test_an_object_that_is_replaced_while_the_bucket_is_read_is_read_again(
    conditions: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reach(conditions, monkeypatch)
    place = Store("s3://pictures/replaced")
    before, after = tmp_path / "before.jpg", tmp_path / "after.jpg"
    draw(1).save(before)
    draw(2).save(after)
    place.write("a.jpg", before.read_bytes())
    depot = Depot(tmp_path, place.url, "s3://out/replaced")
    listing = Store.listed

    def listed(self: Store, under: str = "") -> Iterator[object]:
        for one in listing(self, under):
            if self == place and not threading.current_thread().daemon:  # which only counts
                place.write("a.jpg", after.read_bytes())
            yield one

    with monkeypatch.context() as patched:
        patched.setattr(Store, "listed", listed)
        depot.index()
    rows = depot.rows()
    again = depot.index()

    (now,) = place.listed()
    assert rows["a.jpg"].listed == now
    assert (again.objects, again.reused) == (1, 1)
    assert depot.rows()["a.jpg"].listed == now


@pytest.mark.slow
def test_a_busy_server_is_asked_again(
    conditions: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    faults = Faults({"/pictures/busy/3.jpg": 2, "/out/busy/rows/": 3, "list-type": 1})
    with between(conditions, faults) as port:
        reach(conditions, monkeypatch, port=port)
        place = Store("s3://pictures/busy")
        for n in range(6):
            draw(n).save(tmp_path / "one.jpg")
            place.write(f"{n}.jpg", (tmp_path / "one.jpg").read_bytes())
        depot = Depot(tmp_path, place.url, "s3://out/busy")

        done = depot.index()

        assert (done.objects, done.troubles) == (6, 0)
        assert len(depot.rows()) == 6
    assert set(faults.busy.values()) == {0}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of a second in place of a minute."""
    monkeypatch.setitem(store_module._CLIENT, "read_timeout", "300ms")
    monkeypatch.setitem(store_module._RETRY, "retry_timeout", timedelta(milliseconds=400))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "ask",
    [
        lambda place: list(place.listed()),
        lambda place: place.look("a"),
        lambda place: place.get("a"),
        lambda place: place.part("a", 0, 1),
        lambda place: place.write("a", b"x"),
        lambda place: place.create("a", b"x"),
    ],
    ids=["list", "look", "get", "part", "write", "create"],
)
def test_a_server_that_never_answers_is_given_up(
    conditions: Server, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Store], object]
) -> None:
    faults = Faults(silent="")
    with between(conditions, faults) as port:
        reach(conditions, monkeypatch, port=port)
        with pytest.raises(OSError, match="does not answer in time"):
            ask(Store("s3://out/silent"))
    assert len(faults.seen) <= 3


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_server_that_no_longer_answers_ends_the_run(
    conditions: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not one object after the other: a bucket has millions."""
    faults = Faults()
    with between(conditions, faults) as port:
        reach(conditions, monkeypatch, port=port)
        place = Store("s3://pictures/silent")
        for n in range(90):
            place.write(f"{n}.jpg", b"x")
        faults.seen.clear()
        faults.silent = "/pictures/silent/"

        with pytest.raises(StoreError, match=r"does not answer in time.*goes on from there"):
            Depot(tmp_path, place.url, "s3://out/silent").index(mean=90)

    assert len({path for _, path in faults.seen if "/pictures/silent/" in path}) < 60


def put(server: Server, bucket: str, keys: Iterable[str], data: bytes = b"x") -> None:
    """Past our client, which takes fewer keys than a store."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for key in keys:
        connection.request("PUT", f"/{bucket}/{key}", data)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def test_what_stands_around_keys_that_the_client_does_not_take_is_listed(
    conditions: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach(conditions, monkeypatch)
    monkeypatch.setattr(odd_keys, "AT_ONCE", 10)
    many = [f"A/{n:04}" for n in range(25)]  # more than a page
    around = ["A.jpg", "B/x.jpg", "a/0", "a/1.jpg", "a/z/2.jpg", "b/c/d.jpg", "b/e.jpg", "q/s", "z"]
    odd = ["a//b.jpg", "a//c/d.jpg", "b/c//", "q/../r", "q//s"]
    put(conditions, "pictures", [f"odd/{key}" for key in [*many, *around, *odd]])
    place = Store("s3://pictures/odd")

    found = [place.key_of(listed.uri) for listed in place.listed()]
    below = [place.key_of(listed.uri) for listed in place.listed("b")]

    assert sorted(found) == sorted([*many, *around, "a//", "b/c//", "q/../", "q//"])
    assert sorted(below) == ["b/c//", "b/c/d.jpg", "b/e.jpg"]


def test_one_key_that_hides_what_is_around_another_is_named(
    conditions: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach(conditions, monkeypatch)
    put(conditions, "pictures", ["hidden/a//b.jpg", "hidden/a/c//d.jpg"])

    with pytest.raises(OSError, match="a//"):
        list(Store("s3://pictures/hidden").listed())


@pytest.mark.slow
def test_a_key_that_the_client_does_not_take_is_a_row_with_its_reason(
    conditions: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reach(conditions, monkeypatch)
    depot = Depot(tmp_path, "s3://pictures/empty", "s3://out/empty")
    picture = depot.add("one.jpg", 1).read_bytes()
    put(conditions, "pictures", ["empty/a//b.jpg", "empty/a//c.jpg", "empty/a/d.jpg"], picture)

    done, again = depot.index(), depot.index()

    assert (done.objects, done.troubles) == (2, 1)
    assert (again.objects, again.reused) == (2, 1)  # it may have another name by then
    rows = depot.rows()
    assert rows.keys() == {"a//", "a/d.jpg"}
    trouble = rows["a//"].trouble
    assert trouble is not None
    assert "empty part" in trouble.reason

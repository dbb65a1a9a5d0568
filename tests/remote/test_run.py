"""A run says what it is and which shards belong to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.errors import StoreError
from copyfind.remote.rows import rows_as_parquet
from copyfind.remote.run import Finished, Run, ShardName, begin_run, open_run
from tests.remote.test_rows import LISTED, MADE_BY, ROWS

FIRST = ShardName("0" * 16, "a" * 32)
AGAIN = ShardName("0" * 16, "b" * 32, again=True)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return begin_run(f"file://{tmp_path}/run", MADE_BY)


def finished(source: str, *names: ShardName) -> Finished:
    return Finished(source, names)


def test_a_run_is_opened_as_what_it_was_begun(run: Run) -> None:
    assert open_run(run.store.url) == run
    assert begin_run(run.store.url, MADE_BY) == run


def test_a_run_of_another_model_or_decoder_is_not_gone_on_with(run: Run) -> None:
    with pytest.raises(StoreError, match="the model small"):
        begin_run(run.store.url, replace(MADE_BY, model="cd" * 32))
    with pytest.raises(StoreError, match="other decoders"):
        begin_run(run.store.url, replace(MADE_BY, decoder="3"))


def test_what_is_no_run_or_a_damaged_one_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="no run lies there"):
        open_run(f"file://{tmp_path}/empty")
    run.store.write("manifest/run.json", b"{}")
    with pytest.raises(StoreError, match="another version"):
        open_run(run.store.url)
    run.store.write("manifest/run.json", b"{")
    with pytest.raises(StoreError, match="damaged"):
        open_run(run.store.url)


def test_names_come_back_from_keys() -> None:
    assert ShardName.parse(FIRST.key) == FIRST
    assert ShardName.parse(AGAIN.key) == AGAIN
    assert ShardName.parse("rows/notes.txt") is None


def test_only_shards_that_a_finished_source_names_belong_to_the_run(run: Run) -> None:
    with pytest.raises(StoreError, match="no source of this run is finished"):
        _ = run.shards
    for name in (FIRST, AGAIN):
        run.store.write(name.key, rows_as_parquet(ROWS, MADE_BY))
    run.store.write("rows/notes.txt", b"mine")

    run.finish(finished("s3://bucket", FIRST))
    again = open_run(run.store.url)

    assert set(again.there()) == {FIRST, AGAIN}
    assert again.shards == (FIRST,)
    assert [row.listed.uri for row in again.rows()] == [row.listed.uri for row in ROWS]
    assert again.table(FIRST, ["uri", "size"]).to_pylist()[0] == {"uri": LISTED.uri, "size": 10}


def test_a_source_that_is_finished_again_has_the_shards_of_its_last_listing(run: Run) -> None:
    run.finish(finished("s3://bucket", FIRST))
    run.finish(finished("s3://other", AGAIN))
    run.finish(finished("s3://bucket", AGAIN))

    again = open_run(run.store.url)

    assert [one.source for one in again.sources] == ["s3://bucket", "s3://other"]
    assert again.shards == (AGAIN,)
    assert again.sources[0].finished_at.endswith("+00:00")

"""The local engine: shards are drawn from as there is room for them, and what fails is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copyfind.remote.engines import AT_ONCE, Local
from copyfind.remote.run import begin_run
from copyfind.remote.shards import Shard, cut
from copyfind.remote.store import Store
from copyfind.remote.worker import made_by
from tests.embedding import Grid
from tests.remote.conftest import Depot


def test_no_more_is_listed_than_is_worked_on(depot: Depot) -> None:
    for n in range(20):
        depot.add(f"{n:02d}.jpg", n)
    run = begin_run(depot.to, made_by(Grid()))
    drawn: list[Shard] = []

    def listed() -> Iterator[Shard]:
        for shard in cut(Store(depot.source).listed(), run.made_by, mean=2):
            drawn.append(shard)
            yield shard

    with Local(run, Grid(), workers=1) as engine:
        for count, done in enumerate(engine.do(listed()), start=1):
            assert done.name in {shard.name for shard in drawn}
            assert len(drawn) <= count + 2 * AT_ONCE

    assert set(run.there()) == {shard.name for shard in drawn}
    assert len(drawn) > 3


def test_a_store_that_takes_nothing_ends_the_run(depot: Depot) -> None:
    depot.add("a.jpg", 1)
    run = begin_run(depot.to, made_by(Grid()))
    (depot.folder.parent / "run" / "rows").write_bytes(b"in the way")

    with Local(run, Grid(), workers=1) as engine, pytest.raises(OSError, match="the store"):
        list(engine.do(cut(Store(depot.source).listed(), run.made_by)))

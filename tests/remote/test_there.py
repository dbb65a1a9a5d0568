"""Ray judges the same pairs with the same verdicts, on this machine alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from copyfind.descriptor.embed import load_embedder
from copyfind.remote.finding import judge_run
from copyfind.remote.here import Engine, Here
from copyfind.remote.listing import Bucket
from copyfind.remote.run import Run
from copyfind.remote.there import There
from copyfind.remote.verdicts import Tied, tied
from tests.photos import photo
from tests.remote.test_finding import indexed

pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("default"),
    pytest.mark.timeout(900),  # Ray starts, and four times as many processes as there are cores
]


def judged(run: Run, engine: Engine, catalog: Path) -> list[Tied]:
    judge_run(run, catalog=catalog, engine=engine)
    return sorted(tied(run.store), key=lambda one: (one.first, one.second))


def test_two_workers_give_the_pairs_of_this_machine(tmp_path: Path) -> None:
    bucket = tmp_path.resolve() / "bucket"
    bucket.mkdir()
    for name in ("coffee", "chelsea"):
        photo(name).save(bucket / f"{name}.png")
        photo(name).resize((320, 240)).save(bucket / f"{name} small.jpg")
        shutil.copy(bucket / f"{name}.png", bucket / f"{name} again.png")
    embedder = load_embedder()
    here, there = (
        indexed(Bucket(f"file://{bucket}"), f"file://{tmp_path}/run {name}", embedder)
        for name in ("here", "there")
    )

    with Here(here, workers=1) as engine:
        mine = judged(here, engine, tmp_path / "here.sqlite")
    with There(there, actors=2) as engine:
        theirs = judged(there, engine, tmp_path / "there.sqlite")
        told = sorted(engine.map(abs, range(-5, 0)))

    assert len(mine) > 1
    assert theirs == mine
    assert told == [1, 2, 3, 4, 5]  # as the join has its tasks done

"""A bucket in a folder of this machine, and the run that describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copyfind.descriptor.embed import Embedder
from copyfind.remote.engines import Engine, Local
from copyfind.remote.indexing import Indexed, index_source
from copyfind.remote.listing import Bucket, Source
from copyfind.remote.rows import ObjectRow
from copyfind.remote.run import Run, open_run
from copyfind.remote.store import Replaced, Store
from copyfind.watch import NOBODY, Watch
from tests.conftest import draw
from tests.embedding import Grid


def local(run: Run, embedder: Embedder) -> Engine:
    return Local(run, embedder, workers=1)


@dataclass(frozen=True)
class Depot:
    """Pictures that lie at an address, and an address for the run."""

    folder: Path
    source: str
    to: str
    engine: Callable[[Run, Embedder], Engine] = field(default=local)

    def add(self, name: str, seed: int) -> Path:
        """A drawn picture, in the format that its name says."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(seed).save(path)
        return path

    def index(
        self, source: Source | None = None, *, mean: int = 8, watch: Watch = NOBODY
    ) -> Indexed:
        """Index the bucket, or another source, into the run."""
        return index_source(
            source or Bucket(self.source),
            to=self.to,
            embedder=Grid(),
            engine=self.engine,
            mean=mean,
            watch=watch,
        )

    def rows(self) -> dict[str, ObjectRow]:
        """The rows of the run, by the part of their address behind the bucket's."""
        rows = list(open_run(self.to).rows())
        by_key = {row.listed.uri.removeprefix(self.source + "/"): row for row in rows}
        assert len(by_key) == len(rows), "an object has two rows"
        return by_key


def same_rows(mine: Mapping[str, ObjectRow], theirs: Mapping[str, ObjectRow]) -> bool:
    """Whether the same is told of the same pictures, all of which were read."""
    columns = ("sha256", "pixels", "facts", "thumbnail", "problem", "reason")
    return mine.keys() == theirs.keys() and all(
        getattr(row.row, column) == getattr(theirs[key].row, column)
        for key, row in mine.items()
        for column in columns
    )


def check_conditions(place: Store) -> None:
    """Of an empty folder in a store that heeds them; it has an object `a` then."""
    assert place.create("a", b"first")
    assert not place.create("a", b"second")
    (listed,) = place.listed()
    assert place.get("a", etag=listed.etag)[1] == b"first"
    place.write("a", b"third")
    with pytest.raises(Replaced):
        place.get("a", etag=listed.etag)
    assert place.get("a")[1] == b"third"


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    folder = tmp_path / "bucket"
    folder.mkdir()
    return Depot(folder, f"file://{folder}", f"file://{tmp_path}/run")

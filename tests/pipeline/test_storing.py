"""One batch into the catalog, and its thumbnails into the cache."""

from __future__ import annotations

from pathlib import Path

from copyfind.collection.cache import open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.pipeline.describing import describe
from copyfind.pipeline.storing import intake_of, keep
from copyfind.records import FoundFile, Problem, Unreadable
from tests.conftest import Album
from tests.embedding import Grid


def test_a_batch_is_kept_with_its_thumbnails(album: Album, tmp_path: Path) -> None:
    drawn = describe(album.add("a.png", 1).read_bytes(), Grid())
    broken = describe(b"a letter", Grid())
    names = [FoundFile(b"/%d.png" % n, 1, n + 1, 1, 1) for n in range(4)]
    locked = Unreadable(names[3].path, Problem.PERMISSION, "you may not read it")
    with (
        open_for_writing(album.catalog, holder="test") as db,
        open_cache(album.catalog, tmp_path) as cached,
    ):
        intake = intake_of(db, Grid())
        intake.meet(names)

        described = keep(
            intake,
            cached,
            [(names[0], drawn), (names[1], broken)],
            known=[(names[2], drawn.sha256)],
            refused=[locked],
        )

        assert described == 1
        assert cached.thumbnails([drawn.sha256, broken.sha256]) == {drawn.sha256: drawn.thumbnail}
        known = Catalog(db)
        assert {file.path: sha256 for file, sha256 in known.present_files()} == {
            b"/0.png": drawn.sha256,
            b"/1.png": broken.sha256,
            b"/2.png": drawn.sha256,
        }
        assert [problem.path for problem in known.problems()] == [b"/1.png", b"/3.png"]


def test_what_an_embedder_says_of_itself_is_remembered(album: Album) -> None:
    for embedder in (Grid(), Grid(default_threshold=0.9)):
        with open_for_writing(album.catalog, holder="test") as db:
            intake_of(db, embedder)
    with open_for_reading(album.catalog) as db:
        (model,) = Catalog(db).models()

    assert (model.weights, model.name, model.dim) == (Grid().id, "grid", 192)
    assert (model.input_size, model.default_threshold) == (32, 0.9)

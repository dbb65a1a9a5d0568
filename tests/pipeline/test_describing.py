"""Bytes to rows: what `describe` says is what `index` stores."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from copyfind.descriptor.embed import Network, load_embedder
from copyfind.imaging.formats import decoder_version
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.pipeline.describing import describe, rows_of
from copyfind.records import Facts, Floats, FoundFile, Pixels, Problem, ReadFile, Row, Unreadable
from tests.conftest import Album, draw
from tests.embedding import Grid


def png(seed: int = 1, **saving: object) -> bytes:
    stream = io.BytesIO()
    draw(seed).save(stream, "PNG", **saving)
    return stream.getvalue()


def plain(row: Row) -> tuple[object, ...]:
    """A row without its arrays, for comparison."""
    rest = replace(row, descriptor=None)
    return tuple(asdict(rest).values())


def test_a_row_says_what_the_catalog_stores_of_a_file(drawn_album: Album) -> None:
    (drawn_album.folder / "broken.jpg").write_bytes(b"\xff\xd8\xffnothing more")
    drawn_album.index()
    embedder = load_embedder()

    stored = drawn_album.stored()

    for path in drawn_album.folder.rglob("*.*"):
        row = describe(path.read_bytes(), embedder)
        size, width, height, name, facts, pixels, problem, reason = stored.contents[row.sha256]
        assert (row.size, row.problem, row.reason) == (size, problem, reason)
        assert pixels in (None, row.pixels)
        if row.facts is not None:
            assert (row.facts.width, row.facts.height, row.facts.format) == (width, height, name)
            assert Facts(**json.loads(facts)) == row.facts
        if row.descriptor is not None:
            vector = row.descriptor.astype(np.float32)
            assert vector @ stored.descriptors[row.sha256, embedder.id] >= 0.999
    assert len(stored.contents) == 4


def test_a_row_tells_by_whom_it_was_made() -> None:
    data = png()

    row = describe(data, Grid())

    assert (row.sha256, row.size) == (hashlib.sha256(data).digest(), len(data))
    assert (row.model, row.decoder) == (Grid().id, decoder_version())
    assert row.descriptor is not None
    assert row.descriptor.shape == (Grid().dim,)
    assert row.descriptor.dtype == np.float16
    assert row.thumbnail is not None
    assert decode_thumbnail(row.thumbnail).shape == (120, 160, 3)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.EMPTY),
        (b"a letter", Problem.NOT_A_PICTURE),
        (png()[:300], Problem.DAMAGED),
    ],
)
def test_what_cannot_be_decoded_says_why(data: bytes, problem: Problem) -> None:
    row = describe(data, Grid())

    assert (row.problem, row.facts, row.descriptor, row.thumbnail) == (problem, None, None, None)
    assert row.reason
    assert row.sha256 == hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Lost(Grid):
    """A network that loses itself."""

    def __call__(self, pictures: Pixels, /) -> Floats:
        return super().__call__(pictures) * np.float32(np.nan)


def test_a_descriptor_that_is_not_finite_is_a_problem() -> None:
    row = describe(png(), Lost())

    assert (row.problem, row.descriptor) == (Problem.DAMAGED, None)
    assert row.facts is not None


def test_processes_describe_as_this_one_does() -> None:
    embedder = Network(load_embedder(device="cpu").weights, "cpu")
    data = [png(seed) for seed in range(4)]

    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        rows = list(pool.map(partial(describe, embedder=embedder), data))

    here = [describe(some, embedder) for some in data]
    assert [plain(row) for row in rows] == [plain(row) for row in here]
    for row, same in zip(rows, here, strict=True):
        assert row.descriptor is not None
        assert same.descriptor is not None
        assert np.allclose(row.descriptor, same.descriptor, atol=2e-3)


def test_a_row_can_be_pickled_and_made_of_plain_values() -> None:
    row = describe(png(), Grid())
    assert row.facts is not None

    values = {**asdict(row), "facts": Facts(**asdict(row.facts))}

    assert plain(pickle.loads(pickle.dumps(row))) == plain(row) == plain(Row(**values))


def test_files_that_were_read_get_the_rows_of_their_bytes() -> None:
    file = FoundFile(b"/a.png", 1, 1, 7, 1)
    trouble = Unreadable(file.path, Problem.CRASHED, "its decoder crashed (SIGSEGV)")

    (row,) = rows_of([ReadFile(file, bytes(32), problem=trouble)], Grid())

    assert (row.size, row.problem, row.reason) == (7, Problem.CRASHED, trouble.reason)
    with pytest.raises(ValueError, match="was known already"):
        rows_of([ReadFile(file, bytes(32))], Grid())


def test_a_path_is_nothing_to_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())

    assert plain(describe((tmp_path / "a.png").read_bytes(), Grid())) == plain(
        describe(png(), Grid())
    )

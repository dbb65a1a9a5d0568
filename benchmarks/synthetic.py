"""A catalog of any size without pictures: rows and codes of features that are made up.

What a run needs in memory depends on how many contents, pairs and codes there are, not on what they
show. One in `_COPIES` contents has the descriptor and the codes of another one, a little changed.

What it costs depends on how features spread over lists. In photos they do so unevenly: of 355,000
features of 1,500 photos, 64 of 65,536 lists hold .073, and comparing what shares a list takes 14
times what even lists would. Here the lists that features stand in are as popular as a power of
their rank, which gives about that, and a code is that of its list's centre, a little changed; so
features look for others where these stand. Descriptors point everywhere alike, which photos do not:
strangers are farther apart than real ones, and lists of descriptors are the most expensive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copyfind.collection.cache import codes_path
from copyfind.collection.database import open_for_writing
from copyfind.evidence.features import FEATURES_VERSION
from copyfind.pipeline.storing import intake_of
from copyfind.records import Facts, Floats, FoundFile, Pixels, Row
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import Codes, Words, codebook

_AT_ONCE = 5_000  # contents
_COPIES = 100
_NAME = 32  # bytes
_LISTS = 65_536
_POPULARITY = 0.65  # a list has so many features as its rank to this power, inversely
_CHANGED = 4  # bytes of a code of 16 that are not those of its list's centre


@dataclass(frozen=True)
class MadeUp:
    """What describes them."""

    id: str = "made up, 1"
    name: str = "made up"
    dim: int = 256
    side: int = 224
    default_threshold: float = 0.6

    def __call__(self, pictures: Pixels, /) -> Floats:
        raise NotImplementedError("there are no pictures")


def write_catalog(catalog: Path, cache: Path, count: int, *, features: int) -> None:
    """Write a catalog of `count` contents, each in a file that is not there, and their codes."""
    embedder = MadeUp()
    store = CodeStore(codes_path(catalog, cache, version=FEATURES_VERSION))
    with open_for_writing(catalog, holder="benchmark") as db:
        intake = intake_of(db, embedder)
        for start, names, rows, codes in _blocks(count, dim=embedder.dim, features=features):
            files = [
                FoundFile(b"/made/up/%07d.jpg" % number, 1, number + 1, 90_000 + number, 1)
                for number in range(start, start + len(names))
            ]
            intake.meet(files)
            intake.store(
                (
                    file,
                    Row(
                        sha256=name,
                        size=file.size,
                        model=embedder.id,
                        decoder="1",
                        facts=Facts(width=300, height=200, format="JPEG"),
                        descriptor=row.astype(np.float16),
                    ),
                )
                for file, name, row in zip(files, names, rows, strict=True)
            )
            store.add(names, codes)


def _blocks(
    count: int, *, dim: int, features: int
) -> Iterator[tuple[int, list[bytes], Floats, list[Codes]]]:
    for start in range(0, count, _AT_ONCE):
        rng = np.random.default_rng(start)
        size = min(_AT_ONCE, count - start)
        names = [rng.bytes(_NAME) for _ in range(size)]
        rows = rng.standard_normal((size, dim), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        codes = [_codes(rng, features) for _ in range(size)]
        for copy in range(_COPIES - 1, size, _COPIES):
            mixed = rows[copy - 1] + 0.5 * rows[copy]
            rows[copy], codes[copy] = mixed / np.linalg.norm(mixed), codes[copy - 1]
        yield start, names, rows, codes


def _codes(rng: np.random.Generator, count: int) -> Codes:
    lists, centres = _popular()
    words = lists[np.searchsorted(_shares(), rng.random(count)) % _LISTS]
    codes = centres[words]
    changed = rng.integers(0, 16, (count, _CHANGED))
    codes[np.arange(count)[:, None], changed] = rng.integers(0, 256, changed.shape, np.uint8)
    return Codes(
        words,
        codes,
        rng.integers(0, 256, count, np.uint8),
        rng.integers(16, 128, count, np.uint8),
    )


@cache
def _shares() -> NDArray[np.float64]:
    """(65536,) of the features that stand in so many of the most popular lists."""
    popularity = np.arange(1, _LISTS + 1) ** -_POPULARITY
    shares: NDArray[np.float64] = np.cumsum(popularity / popularity.sum())
    return shares


@cache
def _popular() -> tuple[Words, Pixels]:
    """(65536,) lists, the most popular first, and (65536, 16) the code of each list's centre."""
    book = codebook()
    lists = np.arange(_LISTS)
    centres = np.concatenate([book.centres[0, lists & 255], book.centres[1, lists >> 8]], axis=1)
    parts = centres.reshape(_LISTS, len(book.parts), -1).transpose(1, 0, 2)
    nearest = (parts @ book.parts.transpose(0, 2, 1) - book.part_halves[:, None]).argmax(axis=2)
    codes: Pixels = (nearest[0::2] | nearest[1::2] << 4).T.astype(np.uint8, order="C")
    return np.random.default_rng(0).permutation(_LISTS).astype(np.uint16), codes

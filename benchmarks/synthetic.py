"""A catalog of any size without pictures: rows and codes of features that are made up.

What a run needs in memory depends on how many contents, pairs and codes there are, not on what they
show. One in `_COPIES` contents has the descriptor and the codes of another one, a little changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.collection.cache import codes_path
from copyfind.collection.database import open_for_writing
from copyfind.evidence.features import FEATURES_VERSION
from copyfind.pipeline.storing import intake_of
from copyfind.records import Facts, Floats, FoundFile, Pixels, Row
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import Codes

_AT_ONCE = 5_000  # contents
_COPIES = 100
_NAME = 32  # bytes


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
        codes = [
            Codes(
                rng.integers(0, 65_536, features).astype(np.uint16),
                rng.integers(0, 256, (features, 16), np.uint8),
                rng.integers(0, 256, features, np.uint8),
                rng.integers(16, 128, features, np.uint8),
            )
            for _ in range(size)
        ]
        for copy in range(_COPIES - 1, size, _COPIES):
            mixed = rows[copy - 1] + 0.5 * rows[copy]
            rows[copy], codes[copy] = mixed / np.linalg.norm(mixed), codes[copy - 1]
        yield start, names, rows, codes

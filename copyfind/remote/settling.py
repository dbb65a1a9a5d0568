"""Which pictures of a run are equal to the pixel: those that may be are decoded again, whole.

As `pipeline.same_pixels` does it for a catalog: pictures of one shape that resemble each other.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.imaging.formats import decoder_version
from copyfind.imaging.readers import Readers
from copyfind.pipeline.same_pixels import ALIKE, may_have_partner
from copyfind.records import ABOUT_THE_FILE, Candidates, Ints, Unreadable
from copyfind.remote.judging import contents_of
from copyfind.remote.pictures import Asked, Digests, Pictures, digests_of_column
from copyfind.remote.run import Run

FOLDER = "pixels"
AT_ONCE = 500  # pictures of a task
_SCHEMA = pa.schema(
    [pa.field("sha256", pa.binary(32), nullable=False), ("pixels", pa.binary())],
    metadata={"decoder": decoder_version()},
)


@dataclass(frozen=True, slots=True)
class PixelTask:
    """Pictures whose pixels are hashed."""

    pictures: tuple[Asked, ...]

    @property
    def key(self) -> str:
        """Of the object that comes of it."""
        told = hashlib.sha256(decoder_version().encode())
        told.update(b"".join(sorted(picture.sha256 for picture in self.pictures)))
        return f"{FOLDER}/{told.hexdigest()[:32]}.parquet"


def hash_pixels(task: PixelTask, run: Run, readers: Readers) -> int:
    """Hash the pixels of a task's pictures and write that; returns of how many it was possible.

    What does not decode as a whole has none, and is not asked again; what could not be reached is.
    readers: over `ObjectsAgain`. Raises OSError where the run's folder does not take it.
    """
    contents = contents_of(task.pictures, run)
    files = {content.files[0]: content.sha256 for content in contents}
    rows: list[dict[str, bytes | None]] = []
    for file, pixels in readers.pixel_hashes(files):
        if not isinstance(pixels, Unreadable):
            rows.append({"sha256": files[file], "pixels": pixels})
        elif pixels.problem not in ABOUT_THE_FILE:
            rows.append({"sha256": files[file], "pixels": None})
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), out)
    run.store.write(task.key, out.getvalue())
    return sum(row["pixels"] is not None for row in rows)


def pixel_tasks(pictures: Pictures, asked: Ints) -> Iterator[PixelTask]:
    """Tasks of the pictures of these rows, those of a shard together."""
    objects = pictures.first[asked]
    order = asked[np.lexsort((pictures.place[objects], pictures.shard[objects]))]
    for start in range(0, len(order), AT_ONCE):
        yield PixelTask(pictures.asked(order[start : start + AT_ONCE]))


def may_be_same(pictures: Pictures, alike: Candidates | None = None) -> Ints:
    """Rows without a hash of their pixels whose picture may be that of another row: of its shape,
    and with a descriptor alike. alike: close pairs of the described pictures, by their places
    among these; without them, all of a shape are compared."""
    if alike is not None:
        first, second = (pictures.described[side] for side in (alike.first, alike.second))
        one_shape = (pictures.width[first] == pictures.width[second]) & (
            pictures.height[first] == pictures.height[second]
        )
        rows = np.unique(np.stack([first, second])[:, one_shape & (alike.similarity >= ALIKE)])
        return rows[~pictures.pixels[rows].any(axis=1)]
    vectors = np.full((len(pictures), pictures.descriptors.shape[1]), np.nan, np.float16)
    vectors[pictures.described] = pictures.descriptors
    decoded = np.flatnonzero(pictures.width)
    order = decoded[np.lexsort((pictures.height[decoded], pictures.width[decoded]))]
    another = np.diff(pictures.width[order]) | np.diff(pictures.height[order])
    found = [np.empty(0, np.int64)]
    for rows in np.split(order, np.flatnonzero(another) + 1):
        if len(rows) > 1:
            some = np.sort(rows)
            found.append(some[may_have_partner(vectors[some], new=np.ones(len(some), bool))])
    rows = np.concatenate(found)
    return np.sort(rows[~pictures.pixels[rows].any(axis=1)])


def with_known_pixels(pictures: Pictures) -> tuple[Digests, Ints]:
    """(M, 32) hashes of the pixels of all contents, zeros where they are not known, and the rows
    that were asked before. Raises OSError."""
    pixels = pictures.pixels.copy()
    asked = [np.empty(0, np.int64)]
    store = pictures.run.store
    for listed in store.listed(FOLDER):
        with pq.ParquetFile(store.open(store.key_of(listed.uri))) as file:
            if (file.schema_arrow.metadata or {}).get(b"decoder") != decoder_version().encode():
                continue
            table = file.read()
        rows = pictures.rows_of(digests_of_column(table.column("sha256")))
        here = rows >= 0
        pixels[rows[here]] = digests_of_column(table.column("pixels"))[here]
        asked.append(rows[here])
    return pixels, np.unique(np.concatenate(asked))


def same_pixels(pixels: Digests) -> list[Ints]:
    """Groups of rows with the same pixels, each ascending."""
    known = np.flatnonzero(pixels.any(axis=1))
    _, group = np.unique(np.ascontiguousarray(pixels[known]).view("S32"), return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    ends = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
    return [rows for rows in np.split(known[order], ends) if len(rows) > 1]

"""The way from rows to catalog, for pictures that were described elsewhere."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np

from copyfind.collection.acknowledged import news
from copyfind.collection.cache import open_cache
from copyfind.collection.database import open_for_writing
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import DescribedBy, Network
from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.imaging.readers import Readers
from copyfind.imaging.source import LOCAL, Source
from copyfind.paths import AnyPath, as_path, is_address, modified_ns, shown
from copyfind.pipeline.same_pixels import settle_same_pixels
from copyfind.pipeline.storing import intake_of, keep
from copyfind.records import FoundFile, Problem, Row, Summary, Unreadable
from copyfind.watch import NOBODY, Stage, Watch

BATCH = 64  # rows stored in one transaction


def import_rows(
    rows: Iterable[tuple[FoundFile, Row]],
    *,
    catalog: AnyPath,
    embedder: DescribedBy | None = None,
    cache: AnyPath | None = None,
    source: Source = LOCAL,
    workers: int | None = None,
    watch: Watch = NOBODY,
) -> Summary:
    """Put files and what `describe` made of their bytes into a catalog; copies are then found as
    if `index_folders` had read them.

    rows: drawn from as they are stored, so that there may be any number. A path is absolute, or an
    address such as s3://bucket/key; device and inode of an address are 0, and of a path that is
    here they are looked up. A file here that has changed since is listed as skipped. embedder: what
    described the rows, copyfind's default model where none is named; it is not run. cache: a
    folder for thumbnails. source: where bytes come from where pixels of the same size have to be
    compared, by `workers` processes. watch: may stop the run after every batch; everything up to
    there is kept, and to import a row again changes nothing. Raises CatalogError, WeightsError,
    Interrupted, and ValueError for a row of another embedder or of another shape.
    """
    started = time.monotonic()
    catalog, cache = as_path(catalog), None if cache is None else as_path(cache)
    if embedder is None:
        embedder = Network(read_weights(find_weights()))
    files = size = described = 0
    with open_for_writing(catalog, holder="import") as db, open_cache(catalog, cache) as cached:
        intake = intake_of(db, embedder)
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            good = [(file, _checked(row, embedder, file.path)) for file, row in batch]
            there = [(_as_it_is(file, row), row) for file, row in good]
            refused = [file for file, _ in there if isinstance(file, Unreadable)]
            kept = [(file, row) for file, row in there if isinstance(file, FoundFile)]
            intake.meet((file for file, _ in kept))
            described += keep(intake, cached, kept, refused=refused)
            files += len(batch)
            size += sum(row.size for _, row in batch)
            watch.show(Stage.STORE, files, size=size)
            watch.check(f"after {files:,} files, all of them kept")
        if intake.unsettled.shapes():
            with Readers(
                workers=workers or usable_cores(), side=embedder.side, source=source
            ) as readers:
                settle_same_pixels(intake.unsettled, readers, watch)
        skipped = intake.problems()
        return Summary(
            files=files,
            size=size,
            read=0,
            described=described,
            missing=0,
            excluded=0,
            left_out=(),
            skipped=tuple(skipped),
            seconds=time.monotonic() - started,
            engine=None,
            news=tuple(news(db, skipped)),
        )


def _checked(row: Row, embedder: DescribedBy, path: bytes) -> Row:
    """The row, its descriptor as it is stored. Raises ValueError."""
    if row.model != embedder.id:
        raise ValueError(
            f"{shown(path)} was described by {row.model}, not by {embedder.name} ({embedder.id}): "
            "name the embedder that described the rows"
        )
    if row.descriptor is None:
        if row.problem is None:
            raise ValueError(f"the row of {shown(path)} has neither a descriptor nor a problem")
        return row
    vector = np.asarray(row.descriptor, np.float16)
    if vector.shape != (embedder.dim,) or not np.isfinite(vector).all():
        raise ValueError(
            f"the descriptor of {shown(path)} is not ({embedder.dim},) finite numbers, "
            f"but {vector.shape}"
        )
    return replace(row, descriptor=vector)


def _as_it_is(file: FoundFile, row: Row) -> FoundFile | Unreadable:
    """The file with its device and inode, if it still is what was described."""
    changed = Unreadable(file.path, Problem.CHANGING, "it changed since it was described")
    if file.size != row.size:
        return changed
    if is_address(file.path):
        return file
    if not os.path.isabs(file.path):  # noqa: PTH117 - a path of bytes
        raise ValueError(f"{shown(file.path)} is no absolute path, and no address")
    try:
        now = os.stat(file.path)  # noqa: PTH116 - a path of bytes
    except OSError:
        return file  # of another machine, or of a volume that is away
    if not stat.S_ISREG(now.st_mode) or (now.st_size, modified_ns(now)) != (
        file.size,
        file.mtime_ns,
    ):
        return changed
    return replace(file, device=now.st_dev, inode=now.st_ino)

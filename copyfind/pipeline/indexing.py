"""The whole way from folders to catalog: scan, read, embed, remember."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from copyfind.collection.cache import PictureCache, open_cache
from copyfind.collection.catalog import remember_model
from copyfind.collection.database import open_for_writing
from copyfind.collection.intake import Intake, Workload
from copyfind.collection.roots import distinct_roots
from copyfind.collection.scan import (
    LeftOutLibrary,
    ListedFolder,
    Met,
    ScanOptions,
    UnlistedFolder,
    scan,
    scan_paths,
)
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import Embedder, Network, descriptors_of
from copyfind.descriptor.weights import DEFAULT_MODEL, find_weights, read_weights
from copyfind.imaging.formats import REVISION, decoder_version
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.pipeline.same_pixels import settle_same_pixels
from copyfind.records import (
    Floats,
    FoundFile,
    Model,
    ReadFile,
    Stage,
    Summary,
    Unreadable,
)
from copyfind.watch import NOBODY, Watch

BATCH = 64  # files stored in one transaction: what kill -9 can cost at most
_SCAN_BATCH = 1000


def index_folders(
    folders: Sequence[bytes] = (),
    *,
    catalog: Path,
    cache: Path | None = None,
    paths: Iterable[bytes] = (),
    options: ScanOptions | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    batch_size: int | None = None,
    embedder: Embedder | None = None,
    workers: int | None = None,
    watch: Watch = NOBODY,
) -> Summary:
    """Bring the catalog up to date with the photos in folders, and in a list of paths.

    cache: a folder for thumbnails, which `dupes` makes itself where they are missing.
    embedder: what describes the pictures, in place of a model of copyfind's own, its device and
    its batch size; the catalog keeps what it gives under its id.
    What is unchanged is not read again; what is gone from a folder is marked missing. watch: may
    stop the run after every batch; everything up to there is kept. Raises CatalogError,
    FolderError, WeightsError, DeviceError, Interrupted.
    """
    started = time.monotonic()
    options = options or ScanOptions()
    if embedder is None:
        embedder = Network(read_weights(find_weights(model)), device, batch_size)
    roots = distinct_roots(folders, options=options)
    with open_for_writing(catalog, holder="index") as db, open_cache(catalog, cache) as cached:
        known = _remember(db, embedder)
        intake = Intake(db, model=known, decoder=decoder_version(), regions=embedder.regions)
        scans = [*(scan(root, options) for root in roots), scan_paths(paths, options)]
        left_out = _meet(intake, scans, watch)
        workload = intake.plan()
        described = 0
        if workload.files or intake.unsettled_shapes():
            with Readers(workers=workers or usable_cores(), side=embedder.side) as readers:
                described = _read_all(intake, cached, readers, embedder, workload, watch)
                settle_same_pixels(intake, readers, watch)
        missing = intake.forget_missing(roots, options=json.dumps(asdict(options)))
        return Summary(
            files=workload.met,
            size=workload.met_bytes,
            read=workload.files,
            described=described,
            missing=missing,
            left_out=left_out,
            skipped=tuple(intake.problems()),
            seconds=time.monotonic() - started,
            engine=_engine_of(embedder) if described else None,
        )


def _engine_of(embedder: Embedder) -> str:
    """What runs it, for people; of an embedder of one's own no more than its name is known."""
    if isinstance(embedder, Network):
        return f"{embedder.running.engine} on {embedder.running.device}"
    return embedder.name


def _descriptors(batch: Sequence[ReadFile | Unreadable], embedder: Embedder) -> Floats:
    """(P, R, D) for the P files of the batch that have a picture."""
    squares = [r.picture.square for r in batch if isinstance(r, ReadFile) and r.picture]
    if not squares:
        return np.empty((0, embedder.regions, embedder.dim), np.float32)
    return descriptors_of(np.stack(squares), embedder)


def _remember(db: Database, embedder: Embedder) -> Model:
    return remember_model(
        db,
        weights=embedder.id,
        preprocess=int(REVISION),
        name=embedder.name,
        dim=embedder.dim,
        input_size=embedder.side,
        default_threshold=embedder.default_threshold,
    )


def _meet(intake: Intake, scans: Iterable[Iterator[Met]], watch: Watch) -> tuple[bytes, ...]:
    """Tell the catalog what the scans come across; returns the photo libraries left out."""
    left_out: list[bytes] = []
    met = met_bytes = 0
    records = chain.from_iterable(scans)
    while batch := list(islice(records, _SCAN_BATCH)):
        files = [record for record in batch if isinstance(record, FoundFile)]
        intake.meet(
            files,
            refused=[record for record in batch if isinstance(record, Unreadable)],
            unlisted=[
                Unreadable(record.path, record.problem, record.reason)
                for record in batch
                if isinstance(record, UnlistedFolder)
            ],
            devices={record.device for record in batch if isinstance(record, ListedFolder)},
        )
        left_out += [record.path for record in batch if isinstance(record, LeftOutLibrary)]
        met += len(files)
        met_bytes += sum(file.size for file in files)
        watch.show(Stage.SCAN, met, size=met_bytes)
        watch.check("while scanning")
    return tuple(left_out)


def _thumbnails(batch: Sequence[ReadFile | Unreadable]) -> Iterator[tuple[bytes, bytes]]:
    """What is to be kept of them, by content."""
    for read in batch:
        if isinstance(read, ReadFile) and read.picture and read.picture.thumbnail:
            yield read.sha256, read.picture.thumbnail


def _read_all(
    intake: Intake,
    cached: PictureCache,
    readers: Readers,
    embedder: Embedder,
    workload: Workload,
    watch: Watch,
) -> int:
    """Read, embed and store what is new; returns how many pictures were described.

    While a batch is embedded here, the workers decode the next ones.
    """
    described = done = done_bytes = 0
    watch.show(Stage.READ, 0, workload.files, total_size=workload.bytes)
    results = readers.read(ReadJob(file, known) for file, known in intake.work())
    while batch := list(islice(results, BATCH)):
        descriptors = _descriptors(batch, embedder)
        intake.store(batch, descriptors)
        cached.store_thumbnails(dict(_thumbnails(batch)))
        described += len(descriptors)
        done += len(batch)
        done_bytes += sum(r.file.size for r in batch if isinstance(r, ReadFile))
        watch.show(Stage.READ, done, workload.files, size=done_bytes, total_size=workload.bytes)
        if done < workload.files:
            watch.check(f"after {done:,} of {workload.files:,} files, all of them kept")
    return described

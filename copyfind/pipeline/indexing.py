"""The whole way from folders to catalog: scan, read, embed, remember."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice

from copyfind.collection.acknowledged import news
from copyfind.collection.cache import PictureCache, open_cache
from copyfind.collection.catalog import Catalog
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
from copyfind.collection.volumes import Mount, Volume, mounts, volume_of
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import Embedder, Network
from copyfind.descriptor.weights import DEFAULT_MODEL, find_weights, read_weights
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.paths import AnyPath, AnyPaths, all_encoded, as_path
from copyfind.pipeline.describing import rows_of
from copyfind.pipeline.same_pixels import settle_same_pixels
from copyfind.pipeline.storing import intake_of, keep
from copyfind.records import FoundFile, ReadFile, Summary, Unreadable
from copyfind.watch import NOBODY, Stage, Watch

BATCH = 64  # files stored in one transaction: what kill -9 can cost at most
_SCAN_BATCH = 1000


def index_folders(
    folders: AnyPaths = (),
    *,
    catalog: AnyPath,
    cache: AnyPath | None = None,
    paths: AnyPaths = (),
    options: ScanOptions | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    batch_size: int | None = None,
    embedder: Embedder | None = None,
    workers: int | None = None,
    reread: bool = False,
    watch: Watch = NOBODY,
) -> Summary:
    """Bring the catalog up to date with the photos in folders, and in a list of paths.

    What is unchanged is not read again; what is gone from a folder is marked missing.
    cache: a folder for thumbnails, which `find_copies` makes itself where they are missing.
    model, device, batch_size: as for `load_embedder`. embedder: what describes the pictures in
    place of these three; the catalog keeps what it gives under its id. workers: processes that
    decode, one a core by default. reread: what is unchanged is read again all the same, and decoded
    where it holds other bytes than are remembered; without folders and paths, in all folders that
    were indexed. watch: may stop the run after every batch; everything up to there
    is kept. Raises CatalogError, FolderError, WeightsError, DeviceError, Interrupted.
    """
    started = time.monotonic()
    catalog, cache = as_path(catalog), None if cache is None else as_path(cache)
    options = options or ScanOptions()
    if embedder is None:
        embedder = Network(read_weights(find_weights(model)), device, batch_size)
    roots = distinct_roots(all_encoded(folders), options=options)
    with open_for_writing(catalog, holder="index") as db, open_cache(catalog, cache) as cached:
        if reread and not roots and not paths:
            known = [root.path for root in Catalog(db).roots()]
            there = [path for path in known if as_path(path).is_dir()]  # a drive may be away
            roots = distinct_roots(there, options=options)
        intake = intake_of(db, embedder)
        listed = scan_paths(all_encoded(paths), options)
        scans = [*(scan(root, options) for root in roots), listed]
        left_out = _meet(intake, scans, watch)
        workload = intake.plan(reread=reread)
        described = 0
        if workload.files or intake.unsettled.shapes():
            with Readers(workers=workers or usable_cores(), side=embedder.side) as readers:
                described = _read_all(intake, cached, readers, embedder, workload, watch)
                settle_same_pixels(intake.unsettled, readers, watch)
        missing = intake.forget_missing(roots, options=json.dumps(asdict(options)))
        skipped = intake.problems()
        return Summary(
            files=workload.met,
            size=workload.met_bytes,
            read=workload.files,
            described=described,
            missing=missing,
            excluded=intake.excluded,
            left_out=left_out,
            skipped=tuple(skipped),
            seconds=time.monotonic() - started,
            engine=_engine_of(embedder) if described else None,
            news=tuple(news(db, skipped)),
        )


def _engine_of(embedder: Embedder) -> str:
    """What runs it, for people; of an embedder of one's own no more than its name is known."""
    if isinstance(embedder, Network):
        return f"{embedder.running.engine} on {embedder.running.device}"
    return embedder.name


def _meet(intake: Intake, scans: Iterable[Iterator[Met]], watch: Watch) -> tuple[bytes, ...]:
    """Tell the catalog what the scans come across; returns the photo libraries left out."""
    left_out: list[bytes] = []
    met = met_bytes = 0
    records = chain.from_iterable(scans)
    volumes = _Volumes()
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
            volumes=volumes.among(batch),
        )
        left_out += [record.path for record in batch if isinstance(record, LeftOutLibrary)]
        met += len(files)
        met_bytes += sum(file.size for file in files)
        watch.show(Stage.SCAN, met, size=met_bytes)
        watch.check("while scanning")
    return tuple(left_out)


class _Volumes:
    """The volumes that a scan comes by, each asked for once."""

    def __init__(self) -> None:
        self._mounts = mounts()
        self._known: dict[int, Volume] = {}

    def among(self, met: Iterable[Met]) -> dict[int, Volume]:
        """Those of listed folders, by device."""
        found: dict[int, Volume] = {}
        for record in met:
            if isinstance(record, ListedFolder):
                if record.device not in self._known:
                    self._known[record.device] = _volume_of(record.path, self._mounts)
                found[record.device] = self._known[record.device]
        return found


def _volume_of(path: bytes, known: Sequence[Mount]) -> Volume:
    try:
        return volume_of(path, known)
    except OSError:  # it has just gone
        return Volume(path)


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
        read = [result for result in batch if isinstance(result, ReadFile)]
        fresh = [one for one in read if one.picture or one.problem]
        described += keep(
            intake,
            cached,
            [(one.file, row) for one, row in zip(fresh, rows_of(fresh, embedder), strict=True)],
            known=[(one.file, one.sha256) for one in read if not (one.picture or one.problem)],
            refused=[result for result in batch if isinstance(result, Unreadable)],
        )
        done += len(batch)
        done_bytes += sum(one.file.size for one in read)
        watch.show(Stage.READ, done, workload.files, size=done_bytes, total_size=workload.bytes)
        if done < workload.files:
            watch.check(f"after {done:,} of {workload.files:,} files, all of them kept")
    return described

"""The whole way from a source in a store to the rows of a run: list, cut, describe, say so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from threading import Thread

from copyfind.descriptor.embed import Embedder
from copyfind.errors import StoreError
from copyfind.remote.engines import Engine
from copyfind.remote.listing import Source
from copyfind.remote.run import Finished, Run, ShardName, begin_run
from copyfind.remote.shards import MEAN, Objects, Shard, what_is_left
from copyfind.remote.worker import Done, made_by
from copyfind.report.numbers import counted
from copyfind.watch import NOBODY, Progress, Stage, Watch

StartEngine = Callable[[Run, Embedder], Engine]

_SAMPLE = 3  # shards by which the rest is estimated


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one run over a source did."""

    run: str  # its address
    objects: int  # looked at
    bytes: int
    troubles: int  # of them, without a descriptor
    reused: int  # of them, whose rows were there
    there: int  # objects in shards that were there; of tars and tables, the shards
    shards: int  # written
    seconds: float
    spent: float  # CPU seconds of the workers


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run over a source will take, by its first shards."""

    objects: int  # in all; 0 where it is not known before they are read
    bytes: int
    looked_at: int
    looked_at_bytes: int
    spent: float  # CPU seconds, on what was looked at

    @property
    def core_hours(self) -> float:
        """Of all, by the number of objects, or by their bytes where it is not known."""
        if self.objects:
            return self.spent / max(self.looked_at, 1) * self.objects / 3600
        return self.spent / max(self.looked_at_bytes, 1) * self.bytes / 3600


def index_source(
    source: Source,
    *,
    to: str,
    embedder: Embedder,
    engine: StartEngine,
    mean: int = MEAN,
    watch: Watch = NOBODY,
) -> Indexed:
    """Describe what a source lists into the run at `to`; what is there is not done again.

    mean: objects in a shard. watch: may stop the run after every shard, and all that were written
    are kept. Raises StoreError, Interrupted, and WeightsError and DeviceError where the embedder
    loads.
    """
    with _begun(source, to, embedder, watch) as doing:
        for _ in _described(doing, doing.left(mean), engine, embedder):
            pass
        doing.run.finish(Finished(source.name, tuple(doing.names.values())))
        return doing.summary()


def estimate_source(
    source: Source,
    *,
    to: str,
    embedder: Embedder,
    engine: StartEngine,
    mean: int = MEAN,
    watch: Watch = NOBODY,
) -> Estimate:
    """Describe the first shards that are not there, and reckon what all will take. They are kept:
    a run goes on from them. Raises as `index_source` does."""
    with _begun(source, to, embedder, watch) as doing:
        some = islice(doing.left(mean), _SAMPLE)
        done = list(_described(doing, some, engine, embedder))
        objects, size = source.count()
    return Estimate(
        objects=objects,
        bytes=size,
        looked_at=sum(one.objects - one.reused for one in done),
        looked_at_bytes=sum(one.bytes for one in done),
        spent=doing.spent,
    )


def _described(
    doing: _Doing, shards: Iterator[Shard], engine: StartEngine, embedder: Embedder
) -> Iterator[Done]:
    """Do shards; the engine is not even started where there is none."""
    first = next(shards, None)
    if first is None:
        return
    with engine(doing.run, embedder) as started:
        for done in started.do(chain([first], shards)):
            doing.note(done)
            yield done


class _Doing:
    """How far a run over a source is."""

    def __init__(self, run: Run, source: Source, watch: Watch) -> None:
        self.run = run
        self.names: dict[ShardName, ShardName] = {}  # as it is cut, and as it is there
        self._source = source
        self._watch = watch
        self._done: list[Done] = []
        self._there = 0
        self._spent: dict[str, float] = {}
        self._objects = self._bytes = self._troubles = 0
        self._total = (0, 0)
        self._began = time.monotonic()

    @property
    def spent(self) -> float:
        """CPU seconds of all workers."""
        return sum(self._spent.values())

    def left(self, mean: int) -> Iterator[Shard]:
        """The shards that are not there, as they are listed."""
        Thread(target=self._count, daemon=True).start()
        there = self.run.there()
        shards = self._source.shards(self.run.made_by, mean=mean)
        for shard, is_there in what_is_left(shards, there):
            self.names[shard.name] = shard.name
            if is_there:
                self._there += len(shard.work.listed) if isinstance(shard.work, Objects) else 1
            else:
                yield shard

    def note(self, done: Done) -> None:
        """Take down what was done and tell it; ends the run here if that was asked for."""
        self.names[replace(done.name, again=False)] = done.name
        self._done.append(done)
        self._spent[done.worker] = max(done.spent, self._spent.get(done.worker, 0.0))
        self._objects += done.objects
        self._bytes += done.bytes
        self._troubles += done.troubles
        objects, size = self._total
        self._watch.on_progress(
            Progress(
                Stage.READ,
                self._objects,
                max(objects - self._there, 0),
                self._bytes,
                size if objects and not self._there else 0,
                numbers=counted(self._troubles, "error"),
                facts={"errors": self._troubles, "shards": len(self._done)},
            )
        )
        self._watch.check(f"after {counted(self._objects, 'object')}, all of them kept")

    def summary(self) -> Indexed:
        """What was done."""
        return Indexed(
            run=self.run.store.url,
            objects=self._objects,
            bytes=self._bytes,
            troubles=self._troubles,
            reused=sum(one.reused for one in self._done),
            there=self._there,
            shards=len(self._done),
            seconds=time.monotonic() - self._began,
            spent=self.spent,
        )

    def _count(self) -> None:
        """Count in a second listing: the first is drawn from only as fast as it is worked on."""
        with suppress(OSError, StoreError):  # the first tells of it
            self._total = self._source.count()


@contextmanager
def _begun(source: Source, to: str, embedder: Embedder, watch: Watch) -> Iterator[_Doing]:
    """A run over a source, whose errors say that it may go on."""
    try:
        yield _Doing(begin_run(to, made_by(embedder)), source, watch)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise StoreError(
            f"{where}{error.strerror or error}; what was written is kept, and the same command "
            "goes on from there"
        ) from error

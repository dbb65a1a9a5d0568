"""What runs shards: here the processes of this machine; Ray is in `on_ray`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Protocol, Self

from copyfind.descriptor.embed import Embedder, Network
from copyfind.remote.run import Run
from copyfind.remote.shards import Shard
from copyfind.remote.web import WEB, Web
from copyfind.remote.worker import Done, Worker

AT_ONCE = 2  # shards of a worker: one is decoded while the other's last pictures are written


class Engine(Protocol):
    """A context manager over whatever describes shards."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def do(self, shards: Iterable[Shard]) -> Iterator[Done]:
        """Do shards, drawn from as there is room for them; each is told when it is written, in any
        order. Raises what a worker raises."""


class Local:
    """The processes of this machine."""

    def __init__(self, run: Run, embedder: Embedder, *, workers: int, web: Web = WEB) -> None:
        if isinstance(embedder, Network):
            _ = embedder.running  # loaded once, before two threads ask for it
        self._worker = Worker(run, embedder, workers=workers, web=web)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def do(self, shards: Iterable[Shard]) -> Iterator[Done]:
        """As `Engine` says."""
        with ThreadPoolExecutor(AT_ONCE, "shard") as threads:
            try:
                yield from self._done(threads, iter(shards))
            except GeneratorExit:  # nobody asks for more: what is under way is written all the same
                raise
            except BaseException:
                self._worker.close()  # the other shard would be waited for
                raise

    def _done(self, threads: ThreadPoolExecutor, remaining: Iterator[Shard]) -> Iterator[Done]:
        under_way = {threads.submit(self._worker.do, shard) for shard in islice(remaining, AT_ONCE)}
        while under_way:
            done = _first(under_way)
            under_way -= done
            under_way |= {
                threads.submit(self._worker.do, shard) for shard in islice(remaining, len(done))
            }
            for future in done:
                yield future.result()


def _first(under_way: set[Future[Done]]) -> set[Future[Done]]:
    """Those that are done, waited for in steps: Windows delivers Ctrl-C between them only."""
    while not (done := wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED).done):
        pass
    return done

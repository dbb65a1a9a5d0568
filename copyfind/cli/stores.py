"""copyfind index of what lies in object stores: the part of the command that is loaded for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from copyfind.cli.console import note
from copyfind.cli.following import following
from copyfind.paths import is_in_store
from copyfind.report.numbers import counted, shown_bytes, shown_seconds

if TYPE_CHECKING:  # loaded only once the packages are known to be there
    from copyfind.descriptor.embed import Embedder
    from copyfind.remote.engines import Engine
    from copyfind.remote.indexing import Estimate
    from copyfind.remote.indexing import Indexed as WhatWasDone
    from copyfind.remote.listing import Source
    from copyfind.remote.run import Run


class EngineName(StrEnum):
    """What runs the shards."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for, in words."""

    sources: Sequence[str]
    to: str | None
    list_file: str | None
    column: str | None
    webdataset: str | None
    engine: EngineName
    address: str | None
    estimate: bool
    model: str
    device: str
    batch_size: int | None
    workers: int | None

    @property
    def is_any(self) -> bool:
        """Whether any of it is about stores."""
        asked = (self.to, self.list_file, self.column, self.webdataset, self.address)
        return (
            any(word is not None for word in asked)
            or self.estimate
            or self.engine is not EngineName.LOCAL
            or any(is_in_store(word) for word in self.sources)
        )


def index_stores(wanted: Wanted) -> int:
    """Index one source after another into the run; returns how many objects gave no picture."""
    from copyfind.remote.extra import RAY, STORES, need

    need(*STORES, *(RAY if wanted.engine is EngineName.RAY else ()))
    from copyfind.descriptor.embed import Network
    from copyfind.descriptor.weights import find_weights, read_weights
    from copyfind.remote.indexing import Indexed, estimate_source, index_source

    if wanted.to is None:
        raise typer.BadParameter("name the run's folder in a store with --to, as s3://bucket/run")
    if not is_in_store(wanted.to):
        raise typer.BadParameter(f"{wanted.to}: --to takes an address, as file:///folder")
    sources = _sources(wanted)
    embedder = Network(read_weights(find_weights(wanted.model)), wanted.device, wanted.batch_size)
    troubles = 0
    for source in sources:
        with following(kept="every finished shard") as watch:
            doing = partial(
                estimate_source if wanted.estimate else index_source,
                source,
                to=wanted.to,
                embedder=embedder,
                engine=_engine(wanted),
                watch=watch,
            )
            done = doing()
        if isinstance(done, Indexed):
            _tell(done)
            troubles += done.troubles
        else:
            _tell_estimate(done)
    return troubles


def _sources(wanted: Wanted) -> list[Source]:
    from copyfind.remote.listing import Bucket, Tars, of_list

    found: list[Source] = []
    for word in wanted.sources:
        if not is_in_store(word):
            raise typer.BadParameter(f"{word}: with --to, name an address, as file:///folder")
        found.append(Bucket(word))
    if wanted.list_file is not None:
        found.append(of_list(_as_address(wanted.list_file), wanted.column))
    elif wanted.column is not None:
        raise typer.BadParameter("--column is of a --list")
    if wanted.webdataset is not None:
        found.append(Tars(_as_address(wanted.webdataset)))
    if not found:
        raise typer.BadParameter("name an address, a --list or a --webdataset")
    return found


def _as_address(word: str) -> str:
    return word if is_in_store(word) else f"file://{Path(word).expanduser().absolute()}"


def _engine(wanted: Wanted) -> Callable[[Run, Embedder], Engine]:
    from copyfind.cores import usable_cores
    from copyfind.remote.engines import Local

    if wanted.engine is EngineName.RAY:
        from copyfind.remote.on_ray import OnRay

        return lambda run, embedder: OnRay(
            run, embedder, address=wanted.address, actors=wanted.workers
        )
    if wanted.address is not None:
        raise typer.BadParameter("--address is of a cluster: name --engine ray")
    return lambda run, embedder: Local(run, embedder, workers=wanted.workers or usable_cores())


def _tell(done: WhatWasDone) -> None:
    pace = f", {done.objects / done.seconds:.0f}/s" if done.objects else ""
    there = f", {done.there:,} were there" if done.there else ""
    note(
        f"{counted(done.objects, 'object')}, {shown_bytes(done.bytes)}, in "
        f"{counted(done.shards, 'shard')}{there}: {shown_seconds(done.seconds)}{pace}",
        objects=done.objects,
        bytes=done.bytes,
        shards=done.shards,
        there=done.there,
        reused=done.reused,
        troubles=done.troubles,
        seconds=round(done.seconds, 2),
        core_seconds=round(done.spent, 2),
    )
    if done.troubles:
        note(
            f"{counted(done.troubles, 'object')} gave no picture; the rows say why, and so does: "
            f"copyfind dupes {done.run}"
        )


def _tell_estimate(told: Estimate) -> None:
    if not told.looked_at:
        note("every object is there already: nothing is left to do")
        return
    of = f" of {told.objects:,}" if told.objects else ""
    note(
        f"{told.looked_at:,}{of} objects took {told.spent:.1f} core seconds, "
        f"{1000 * told.spent / told.looked_at:.0f} ms each; all ({shown_bytes(told.bytes)}) will "
        f"take {told.core_hours:.2f} core hours",
        objects=told.objects,
        bytes=told.bytes,
        looked_at=told.looked_at,
        core_seconds=round(told.spent, 2),
        core_hours=round(told.core_hours, 4),
    )

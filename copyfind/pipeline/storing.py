"""Rows into the catalog and thumbnails into the cache: what indexing and importing share."""

from __future__ import annotations

from collections.abc import Sequence

from copyfind.collection.cache import PictureCache
from copyfind.collection.catalog import remember_model
from copyfind.collection.intake import Intake
from copyfind.collection.sqlite_utils_import import Database
from copyfind.descriptor.embed import DescribedBy
from copyfind.imaging.formats import REVISION, decoder_version
from copyfind.records import FoundFile, Row, Unreadable


def intake_of(db: Database, embedder: DescribedBy) -> Intake:
    """The writer's view of one run, in which all is described by this embedder."""
    model = remember_model(
        db,
        weights=embedder.id,
        preprocess=int(REVISION),
        name=embedder.name,
        dim=embedder.dim,
        input_size=embedder.side,
        default_threshold=embedder.default_threshold,
    )
    return Intake(db, model=model, decoder=decoder_version())


def keep(
    intake: Intake,
    cached: PictureCache,
    rows: Sequence[tuple[FoundFile, Row]],
    *,
    known: Sequence[tuple[FoundFile, bytes]] = (),
    refused: Sequence[Unreadable] = (),
) -> int:
    """Keep one batch, as `Intake.store` does; returns how many of its files were described."""
    intake.store(rows, known=known, refused=refused)
    cached.store_thumbnails({row.sha256: row.thumbnail for _, row in rows if row.thumbnail})
    return sum(row.descriptor is not None for _, row in rows)

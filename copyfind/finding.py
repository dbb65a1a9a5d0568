"""The whole way from catalog to clusters, in one function."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.decisions import pairs_apart
from copyfind.collection.paths import as_json, shown
from copyfind.collection.units import read_units
from copyfind.errors import CatalogError
from copyfind.grouping.clusters import cluster
from copyfind.grouping.decided import as_decided
from copyfind.grouping.partners import with_partners
from copyfind.records import TIERS, Candidates, Cluster, Findings, Tier
from copyfind.search.candidates import find_candidates

OnProgress = Callable[[int, int], None]


def find_copies(
    catalog: Path,
    *,
    within: Sequence[bytes] = (),
    model: str | None = None,
    threshold: float | None = None,
    tiers: Collection[Tier] = TIERS,
    minimum_size: int = 0,
    cache: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Findings:
    """Clusters of copies among all indexed files, or among those below some folders.

    within: files and folders, reached in any way; each must have been indexed.
    threshold: cosine from which two descriptors tie pictures; the model's own by default.
    minimum_size: bytes; smaller files are left out.
    cache: a folder for the search index of a large collection.
    Raises CatalogError.
    """
    with open_for_reading(catalog) as db:
        # The catalog knows resolved paths alone.
        here = [os.path.realpath(path) for path in within]
        known = Catalog(db, within=here, minimum_size=minimum_size)
        used = known.model(model)
        for path in here:
            if not known.reaches(path):
                raise CatalogError(
                    f"nothing that is indexed lies in {shown(path)}; check the spelling, or index "
                    "it with: copyfind index FOLDER"
                )
        threshold = used.default_threshold if threshold is None else threshold
        counts = known.counts(used)
        same_pixels = known.same_pixels()
        alike = Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        if Tier.UNVERIFIED in tiers:
            ids, descriptors = known.descriptors(used)
            rows = find_candidates(
                descriptors, threshold=threshold, cache=cache, on_progress=on_progress
            )
            alike = Candidates(ids[rows.first], ids[rows.second], rows.similarity)
        involved = {*np.unique(alike.first).tolist(), *np.unique(alike.second).tolist()}
        involved.update(known.repeated_contents(), *same_pixels)
        return Findings(
            catalog=as_json(os.fsencode(catalog))[0],
            model=used,
            threshold=threshold,
            roots=tuple(root.path for root in known.roots()),
            files=counts.files,
            contents=counts.contents,
            clusters=_as_units(
                as_decided(
                    cluster(
                        known.contents(involved), same_pixels=same_pixels, alike=alike, tiers=tiers
                    ),
                    pairs_apart(db),
                )
            ),
            skipped=tuple(known.problems()),
        )


def _as_units(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """The clusters, with what belongs together in their folders taken into account."""
    units = read_units(member.file.path for c in clusters for member in c.members)
    return with_partners(clusters, units)

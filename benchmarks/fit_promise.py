"""Fit the promise of candidates (`copyfind/search/promise.py`) to the bundled student.

    python ../shared/bench/make_edits.py PHOTOS EDITS --seed 23 --references 700 \\
        --light 150 --edit 200 --disc 350 --distractors 100
    python -m benchmarks.fit_promise EDITS
    python -m benchmarks.fit_promise EDITS --strangers FOLDER

EDITS has the layout of DISC (queries, references, ground_truth.csv), made of photos that no
benchmark holds. All its pictures are indexed as one collection. Printed are the constants, and the
share of copies that are tried within so many tries a picture. Among strangers (of other photos,
`benchmarks.strangers.write_strangers`) `AGREED` is fitted, with the other constants as they are:
what codes tell is worth most where there is a crowd.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from copyfind.collection.cache import open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.cores import usable_cores
from copyfind.evaluate.datasets import read_disc
from copyfind.evidence.features import MIRROR_ORDER
from copyfind.imaging.readers import Readers
from copyfind.pipeline.coding import add_codes
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Bools, Ints
from copyfind.search.agreement import agreement
from copyfind.search.code_store import CodeStore
from copyfind.search.promise import (
    BOTH,
    VOTES,
    WHOLE,
    Reals,
    agreement_columns,
    fit,
    likelihood,
    odds_of,
)
from copyfind.search.prospects import REACH, Gathered, LocalFeatures, gather
from copyfind.watch import UNCOUNTED

AT_VOTES = 2  # the column of their logarithm
TRIES = (0.1, 0.2, 0.3, 0.5, 1, 2, 4, 8, 16)
GLANCED = 0.0003  # promise from which AGREED is fitted


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The candidates of a collection."""

    pictures: int
    true_pairs: int
    ways: dict[str, tuple[Gathered, Bools]]  # of wholes alone, of both ways, and which are copies
    store: CodeStore
    places: Ints  # (N,) where the codes of pictures are in it


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("edits", type=Path)
    options.add_argument("--strangers", type=Path, nargs="+", default=[])
    options.add_argument("--workers", type=int, default=usable_cores())
    asked = options.parse_args()
    with TemporaryDirectory() as work:
        folders = [asked.edits.resolve(), *(f.resolve() for f in asked.strangers)]
        found = candidates(folders, Path(work), asked.workers)
    if asked.strangers:
        weigh_codes(found)
        return
    for name, (gathered, copies) in found.ways.items():
        columns = gathered.signs.columns()
        weights = fitted(columns, copies.astype(np.float64))
        print(f"{found.pictures} pictures, {len(copies)} candidates, {gathered.signs.crowd}")
        print(f"{name} = np.array([{', '.join(f'{value:.3f}' for value in weights)}])")
        print(f"SHARE: {copies.mean():.4f}, {int(copies.sum())} of {found.true_pairs} copies")
        report(columns @ weights, copies, found)


def weigh_codes(found: Searched) -> None:
    """Print what agreement is worth where pairs are not clear, among many strangers."""
    gathered, copies = found.ways["BOTH"]
    odds = odds_of(gathered.signs)
    counts = found.store.counts(found.places)
    fewest = np.minimum(counts[gathered.first], counts[gathered.second])
    some = np.flatnonzero(odds.unclear(fewest) & (odds.promise() >= GLANCED))
    agreeing = agreement(
        found.store,
        found.places,
        gathered.first[some],
        gathered.second[some],
        mirror_order=MIRROR_ORDER,
    )
    columns = agreement_columns(agreeing)
    beside = odds.of_pairs[some] + odds.prior
    weights = fit(columns, copies[some].astype(np.float64), beside=beside)
    print(
        f"{found.pictures} pictures, {len(some)} unclear pairs, {int(copies[some].sum())} copies, "
        f"{gathered.signs.crowd}, prior {odds.prior:.2f}"
    )
    print(f"AGREED = np.array([{', '.join(f'{value:.3f}' for value in weights)}])")
    for told in (odds, odds.compared(some, agreeing)):
        report(told.of_pairs + told.prior, copies, found)


def fitted(columns: Reals, copies: Reals) -> Reals:
    """The weights of all columns, that of votes as it is given."""
    if columns.shape[1] == len(WHOLE):
        return fit(columns, copies)
    free = np.arange(len(BOTH)) != AT_VOTES
    odds = np.full(len(BOTH), VOTES)
    odds[free] = fit(columns[:, free], copies, beside=VOTES * columns[:, AT_VOTES])
    return odds


def candidates(folders: Sequence[Path], work: Path, workers: int) -> Searched:
    """Of edits, in the first folder, and of what lies in the others."""
    edits, *others = folders
    catalog, cache = work / "catalog.sqlite", work / "cache"
    there = [edits / "queries", edits / "references", *others]
    index_folders(
        [os.fsencode(folder) for folder in there], catalog=catalog, cache=cache, workers=workers
    )
    benchmark = read_disc(edits)
    truth = {
        frozenset((benchmark.queries[query].stem, benchmark.references[reference].stem))
        for query, reference in benchmark.truth.tolist()
    }
    with (
        open_for_reading(catalog) as db,
        open_cache(catalog, cache) as cached,
        Readers(workers=workers, side=1) as readers,
    ):
        known = Catalog(db)
        model = known.model()
        rows, wholes = known.descriptors(model)
        contents = list(known.contents(rows.tolist()).values())
        names = [content.sha256 for content in contents]
        store = CodeStore(None)
        gallery = Gallery(known.contents, cached, readers)
        add_codes(rows.tolist(), names, gallery=gallery, store=store, count=UNCOUNTED)
        places = store.places(names)
        ways = {
            name: gather(wholes, effort=effort, local=LocalFeatures(store, places, MIRROR_ORDER))
            for name, effort in (("WHOLE", "fast"), ("BOTH", "normal"))
        }
    stems = [{Path(os.fsdecode(file.path)).stem for file in content.files} for content in contents]

    def are_copies(gathered: Gathered) -> Bools:
        pairs = zip(gathered.first.tolist(), gathered.second.tolist(), strict=True)
        return np.array(
            [
                any(frozenset((a, b)) in truth for a in stems[one] for b in stems[other])
                for one, other in pairs
            ]
        )

    copies = {name: (gathered, are_copies(gathered)) for name, gathered in ways.items()}
    return Searched(len(contents), len(truth), copies, store, places)


def report(odds: Reals, copies: Bools, of: Searched) -> None:
    """What would be found, from the most promising on."""
    pictures, true_pairs = of.pictures, of.true_pairs
    order = np.argsort(-odds, kind="stable")
    found = np.cumsum(copies[order]) / true_pairs
    within = [found[min(len(order), round(tries * pictures)) - 1] for tries in TRIES]
    told = ", ".join(f"{t:g}: {share:.3f}" for t, share in zip(TRIES, within, strict=True))
    print(f"  # copies tried within so many tries a picture: {told}")
    for effort, reach in REACH.items():
        tried = int((likelihood(odds) >= reach.least).sum())
        share = found[tried - 1] if tried else 0.0
        print(f"  # {effort}: {tried / pictures:.2f} tries a picture, {share:.3f} of the copies")


if __name__ == "__main__":
    main()

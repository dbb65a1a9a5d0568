"""Fit the promise of candidates (`copyfind/search/promise.py`) to the bundled student.

    python ../shared/bench/make_edits.py PHOTOS EDITS --seed 23 --references 700 \\
        --light 150 --edit 200 --disc 350 --distractors 100
    python -m benchmarks.fit_promise EDITS

EDITS has the layout of DISC (queries, references, ground_truth.csv), made of photos that no
benchmark holds. All its pictures are indexed as one collection. Printed are the constants, and the
share of copies that are tried within so many tries a picture.
"""

from __future__ import annotations

import argparse
import os
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
from copyfind.records import Bools
from copyfind.search.code_store import CodeStore
from copyfind.search.promise import BOTH, VOTES, WHOLE, Reals, fit, likelihood
from copyfind.search.prospects import REACH, Gathered, LocalFeatures, gather
from copyfind.watch import UNCOUNTED

AT_VOTES = 2  # the column of their logarithm
TRIES = (0.5, 1, 2, 4, 8, 16)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("edits", type=Path)
    options.add_argument("--workers", type=int, default=usable_cores())
    asked = options.parse_args()
    with TemporaryDirectory() as work:
        pictures, ways, true_pairs = candidates(asked.edits.resolve(), Path(work), asked.workers)
    for name, (gathered, copies) in ways.items():
        columns = gathered.signs.columns()
        odds = fitted(columns, copies.astype(np.float64))
        print(f"{pictures} pictures, {len(copies)} candidates, {gathered.signs.crowd}")
        print(f"{name} = np.array([{', '.join(f'{value:.3f}' for value in odds)}])")
        print(f"SHARE: {copies.mean():.4f}, {int(copies.sum())} of {true_pairs} copies")
        report(columns @ odds, copies, pictures=pictures, true_pairs=true_pairs)


def fitted(columns: Reals, copies: Reals) -> Reals:
    """The weights of all columns, that of votes as it is given."""
    if columns.shape[1] == len(WHOLE):
        return fit(columns, copies)
    free = np.arange(len(BOTH)) != AT_VOTES
    odds = np.full(len(BOTH), VOTES)
    odds[free] = fit(columns[:, free], copies, beside=VOTES * columns[:, AT_VOTES])
    return odds


def candidates(
    edits: Path, work: Path, workers: int
) -> tuple[int, dict[str, tuple[Gathered, Bools]], int]:
    """How many pictures, the pairs of wholes alone and of both ways with which of them are copies,
    and how many copies there are."""
    catalog, cache = work / "catalog.sqlite", work / "cache"
    folders = [os.fsencode(edits / name) for name in ("queries", "references")]
    index_folders(folders, catalog=catalog, cache=cache, workers=workers)
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
        ways = {
            name: gather(
                wholes,
                effort=effort,
                local=LocalFeatures(store, store.places(names), MIRROR_ORDER),
            )
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

    return (
        len(contents),
        {name: (gathered, are_copies(gathered)) for name, gathered in ways.items()},
        len(truth),
    )


def report(odds: Reals, copies: Bools, *, pictures: int, true_pairs: int) -> None:
    """What would be found, from the most promising on."""
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

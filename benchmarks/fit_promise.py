"""Fit the promise of candidates (`copyfind/search/promise.py`) to the bundled student.

    python ../shared/bench/make_edits.py PHOTOS EDITS --seed 23 --references 700 \\
        --light 150 --edit 200 --disc 350 --distractors 100
    python -m benchmarks.fit_promise EDITS --strangers FOLDER

EDITS has the layout of DISC (queries, references, ground_truth.csv), made of photos that no
benchmark holds. Its pictures are indexed by themselves, and among strangers (of other photos, such
as `benchmarks.strangers.write_strangers` makes). Of both collections the weights are the same, and
the share of copies is their own; that of the last is printed with the weights, and of each the
copies that are tried within so many tries a picture.
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
from copyfind.records import Bools
from copyfind.search.code_store import CodeStore
from copyfind.search.promise import Reals, fit
from copyfind.search.prospects import Gathered, LocalFeatures, gather
from copyfind.watch import UNCOUNTED

TRIES = (0.1, 0.2, 0.3, 0.5, 1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The candidates of a collection."""

    pictures: int
    true_pairs: int
    threshold: float  # cosine from which the weights hold pictures for copies
    ways: dict[str, tuple[Gathered, Bools]]  # of wholes alone, of both ways, and which are copies


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("edits", type=Path)
    options.add_argument("--strangers", type=Path, nargs="+", required=True)
    options.add_argument("--workers", type=int, default=usable_cores())
    asked = options.parse_args()
    found = []
    for folders in ([asked.edits], [asked.edits, *asked.strangers]):
        with TemporaryDirectory() as work:
            there = [folder.resolve() for folder in folders]
            found.append(candidates(there, Path(work), asked.workers))
    for name in ("WHOLE", "BOTH"):
        weights = fitted([one.ways[name] for one in found], found[0].threshold)
        print(f"{name} = np.array([{', '.join(f'{value:.3f}' for value in weights)}])")
        for one in found:
            gathered, copies = one.ways[name]
            print(f"  # {one.pictures} pictures, {len(copies)} candidates")
            print(f"  # SHARE {copies.mean():.4f}, {copies.sum()} of {one.true_pairs} copies")
            report(gathered.signs.below(one.threshold).columns() @ weights, copies, one)


def fitted(ways: Sequence[tuple[Gathered, Bools]], threshold: float) -> Reals:
    """The weights that serve all collections, and the first of them as the last one has it."""
    columns = [gathered.signs.below(threshold).columns() for gathered, _ in ways]
    own = [np.full(len(rows), number) for number, rows in enumerate(columns)]
    which = np.concatenate(own)[:, None] == np.arange(len(ways) - 1)
    copies = np.concatenate([copies for _, copies in ways]).astype(np.float64)
    weights = fit(np.concatenate([np.concatenate(columns), which], axis=1), copies)
    return weights[: columns[0].shape[1]]


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
    return Searched(len(contents), len(truth), model.default_threshold, copies)


def report(odds: Reals, copies: Bools, of: Searched) -> None:
    """What would be found, from the most promising on."""
    pictures, true_pairs = of.pictures, of.true_pairs
    order = np.argsort(-odds, kind="stable")
    found = np.cumsum(copies[order]) / true_pairs
    within = [found[min(len(order), round(tries * pictures)) - 1] for tries in TRIES]
    told = ", ".join(f"{t:g}: {share:.3f}" for t, share in zip(TRIES, within, strict=True))
    print(f"  # copies tried within so many tries a picture: {told}")


if __name__ == "__main__":
    main()

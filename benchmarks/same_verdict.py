"""Do `compare` and `dupes` say the same of two pictures, whichever is given first?

    python -m benchmarks.same_verdict ../shared/bench/lookalikes [--pairs 500] [--seed 1]

Half of the pairs are of one folder, half of any two. They are judged as `dupes` judges candidates:
many at a time, from the catalog and the cache of an index; then each by itself as `compare` reads
it, in both orders. Prints how many verdicts agree in every word and number, and names the others.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from copyfind.collection.cache import open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.cores import usable_cores
from copyfind.imaging.readers import Readers
from copyfind.pipeline.comparing import verdict_on
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.indexing import index_folders
from copyfind.pipeline.queries import read_queries
from copyfind.pipeline.verifying import verify_pairs
from copyfind.records import Pair, ReadFile, Tier, ordered
from copyfind.verdict import Verdict

_AS_SHOWN = 2e-3  # by which coordinates, told from the other side, are rounded otherwise


def main() -> None:
    """Print one line, and what differs."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("folder", type=Path)
    options.add_argument("--pairs", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=usable_cores())
    asked = options.parse_args()
    drawn = _drawn(asked.folder.resolve(), asked.pairs, np.random.default_rng(asked.seed))
    with tempfile.TemporaryDirectory() as work:
        catalog = Path(work) / "catalog.sqlite"
        files = sorted({path for pair in drawn for path in pair})
        index_folders(files, catalog=catalog, cache=Path(work), workers=asked.workers)
        with (
            open_for_reading(catalog) as db,
            open_cache(catalog, Path(work)) as cached,
            Readers(workers=asked.workers, side=1) as readers,
        ):
            contents = Catalog(db).contents(range(len(Catalog(db).sha256s())))
            rows = {file.path: row for row, c in contents.items() for file in c.files}
            pairs = [
                (one, other)
                for one, other in drawn
                if one in rows and other in rows and rows[one] != rows[other]
            ]
            asked_for = list(dict.fromkeys(ordered(rows[a], rows[b]) for a, b in pairs))
            together: dict[Pair, Verdict] = {}
            gallery = Gallery(lambda some: {row: contents[row] for row in some}, cached, readers)
            verified = verify_pairs(asked_for, gallery, keep=together.update)
            together.update(verified.proven)
            read = dict(zip(files, read_queries(readers, files), strict=True))
            tiers: Counter[Tier] = Counter()
            unlike = []
            for one, other in pairs:
                a, b = read[one], read[other]
                if not (isinstance(a, ReadFile) and isinstance(b, ReadFile)):
                    continue
                forth, back = verdict_on(a, b, readers), verdict_on(b, a, readers)
                pair = ordered(rows[one], rows[other])
                in_catalog = together.get(pair, Verdict(Tier.UNVERIFIED))
                told = in_catalog if pair[0] == rows[one] else in_catalog.reversed()
                tiers[forth.tier] += 1
                # Of equal pixels the catalog knows without a look.
                is_known = forth.tier.is_exact or _agree(forth, told)
                if not (is_known and _agree(forth, back.reversed())):
                    unlike.append((one, other, told, forth, back.reversed()))
    said = ", ".join(f"{tier.value} {count}" for tier, count in tiers.most_common())
    print(f"{tiers.total() - len(unlike)} of {tiers.total()} pairs told alike; {said}")
    for one, other, *verdicts in unlike:
        print(
            " ",
            *(
                os.fsdecode(path).removeprefix(f"{asked.folder.resolve()}/")
                for path in (one, other)
            ),
        )
        for way, verdict in zip(("dupes", "compare", "turned"), verdicts, strict=True):
            print(f"    {way:8}{verdict.tier.value} {verdict.how} {verdict.overlap}")


def _drawn(folder: Path, count: int, chance: np.random.Generator) -> list[tuple[bytes, bytes]]:
    """Pairs of paths, each in an order drawn too."""
    files = sorted(path for path in folder.rglob("*/*/*") if path.is_file())
    siblings: dict[Path, list[Path]] = {}
    for path in files:
        siblings.setdefault(path.parent, []).append(path)
    groups = [group for group in siblings.values() if len(group) > 1]

    def two(of: Sequence[Path]) -> tuple[bytes, bytes]:
        one, other = chance.choice(len(of), 2, replace=False).tolist()
        return os.fsencode(of[one]), os.fsencode(of[other])

    near = [two(groups[int(chance.integers(len(groups)))]) for _ in range(count // 2)]
    return near + [two(files) for _ in range(count - len(near))]


def _agree(one: Verdict, other: Verdict) -> bool:
    """Every word, and every number as far as it is shown."""
    a, b = one.as_dict(), other.as_dict()
    return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)


def _alike(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= _AS_SHOWN * max(1.0, abs(one))
    return one == other


if __name__ == "__main__":
    main()

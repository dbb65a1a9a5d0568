"""Do `compare` and `dupes` say the same of two pictures, whichever is given first?

    python -m benchmarks.same_verdict ../shared/bench/lookalikes [--pairs 500] [--seed 1]

Half of the pairs are of one folder, half of any two. They are judged as `dupes` judges candidates:
many at a time, from the catalog and the cache of an index; then each by itself as `compare` reads
it, in both orders. Prints how many verdicts agree in every word and number, and names the others.
"""

from __future__ import annotations

import argparse
import os
import shutil
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
    drawn = _drawn(asked.folder, asked.pairs, np.random.default_rng(asked.seed))
    with tempfile.TemporaryDirectory() as work, Readers(workers=asked.workers, side=1) as readers:
        copied = _copied(drawn, Path(work) / "pictures")
        pairs = [(copied[one], copied[other]) for one, other in drawn]
        told = _by_catalog(pairs, Path(work), readers, asked.workers)
        files = sorted(copied.values())
        read = dict(zip(files, read_queries(readers, files), strict=True))
        tiers: Counter[str] = Counter()
        unlike = []
        for names, (one, other) in zip(drawn, pairs, strict=True):
            a, b = read[one], read[other]
            if not (isinstance(a, ReadFile) and isinstance(b, ReadFile)):
                continue
            forth, back = verdict_on(a, b, readers), verdict_on(b, a, readers)
            tiers[forth.tier.value] += 1
            # Of equal bytes and pixels the catalog knows without a look.
            by_catalog = forth if forth.tier.is_exact else told[one, other]
            # A box of a turned copy, told from the other side, is the box around it, and told back
            # again is larger than it was: one of the two was told so.
            turned = _agree(forth, back.reversed()) or _agree(forth.reversed(), back)
            if not (_agree(forth, by_catalog) and turned):
                unlike.append((names, (by_catalog, forth, back.reversed())))
    said = ", ".join(f"{tier} {count}" for tier, count in tiers.most_common())
    print(f"{tiers.total() - len(unlike)} of {tiers.total()} pairs told alike; {said}")
    for names, verdicts in unlike:
        print(" ", *(path.relative_to(asked.folder) for path in names))
        for way, verdict in zip(("dupes", "compare", "turned"), verdicts, strict=True):
            print(f"    {way:8}{verdict.tier.value} {verdict.how} {verdict.overlap}")


def _copied(drawn: Sequence[tuple[Path, Path]], folder: Path) -> dict[Path, bytes]:
    """Where each file of the pairs lies in one folder that can be indexed."""
    folder.mkdir()
    copied = {}
    for number, path in enumerate(sorted({path for pair in drawn for path in pair})):
        copied[path] = os.fsencode(shutil.copy(path, folder / f"{number}{path.suffix}"))
    return copied


def _by_catalog(
    pairs: Sequence[tuple[bytes, bytes]], work: Path, readers: Readers, workers: int
) -> dict[tuple[bytes, bytes], Verdict]:
    """The verdicts of `dupes`, told from the first of each pair to the second."""
    catalog = work / "catalog.sqlite"
    index_folders([os.fsencode(work / "pictures")], catalog=catalog, cache=work, workers=workers)
    with open_for_reading(catalog) as db, open_cache(catalog, work) as cached:
        known = Catalog(db)
        contents = known.contents(range(len(known.sha256s())))
        rows = {file.path: row for row, content in contents.items() for file in content.files}
        there = [(a, b) for a, b in pairs if a in rows and b in rows and rows[a] != rows[b]]
        judged: dict[Pair, Verdict] = {}
        verified = verify_pairs(
            list(dict.fromkeys(ordered(rows[a], rows[b]) for a, b in there)),
            Gallery(known.contents, cached, readers),
            keep=judged.update,
        )
        judged.update(verified.proven)
    found = {}
    for one, other in there:
        verdict = judged.get(ordered(rows[one], rows[other]), Verdict(Tier.UNVERIFIED))
        found[one, other] = verdict if rows[one] < rows[other] else verdict.reversed()
    nothing = Verdict(Tier.UNVERIFIED)
    return {pair: found.get(pair, nothing) for pair in pairs}


def _drawn(folder: Path, count: int, chance: np.random.Generator) -> list[tuple[Path, Path]]:
    """Pairs, each in an order drawn too."""
    files = sorted(path for path in folder.rglob("*/*/*") if path.is_file())
    siblings: dict[Path, list[Path]] = {}
    for path in files:
        siblings.setdefault(path.parent, []).append(path)
    groups = [group for group in siblings.values() if len(group) > 1]

    def two(of: Sequence[Path]) -> tuple[Path, Path]:
        one, other = chance.choice(len(of), 2, replace=False).tolist()
        return of[one], of[other]

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

"""What `index` and `dupes` make of kinds of pictures that are easily taken for each other.

    python -m benchmarks.kinds_quality PHOTOS [--seed 1] [--only pages --only tiny] [--list]

Makes each set of `kinds_made` from the photos of a folder and prints, for each: pairs of two
subjects in a proven tier, tied directly, and `likely`; pairs `near` that a person tells apart; and
how many copies stand in a cluster with their original, or are `likely` a copy of it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.kinds_made import SETS, Picture
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import PROVEN, Cluster, Evidence, Member, Role, Tier

Made = dict[bytes, Picture]  # by path


@dataclass(slots=True)
class Count:
    """What came out of one set: pairs, and copies."""

    false: int = 0  # of two subjects, in one proven cluster
    direct: int = 0  # of them tied directly
    likely: int = 0  # of two subjects, tied as likely copies
    near: int = 0  # of one subject and two looks, tied as unchanged
    copies: int = 0  # asked for
    proven: int = 0  # of them in a cluster with another one of their subject
    maybe: int = 0  # of them likely copies of one
    wrong: list[str] = field(default_factory=list)

    def add(self, what: str, one: bytes, other: bytes, tie: Evidence | None = None) -> None:
        """Remember what is wrong of two files."""
        names = " | ".join(os.fsdecode(path).rsplit("/", 1)[1] for path in (one, other))
        self.wrong.append(f"  {what}: {names} {(tie.tier.value, *tie.how) if tie else ''}")


def main() -> None:
    """Print one line a set."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("photos", type=Path, help="a folder of photos that nothing is fitted on")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", action="append", choices=list(SETS), metavar="SET")
    options.add_argument("--list", action="store_true", help="name what came out wrong")
    options.add_argument("--keep", type=Path, help="make the pictures in this folder, and leave it")
    options.add_argument("--workers", type=int, default=1)
    asked = options.parse_args()
    photos = sorted(path for path in asked.photos.rglob("*") if path.is_file())
    head = "set", "pictures", "false", "direct", "likely", "near", "copies", "proven", "likely"
    print(f"{head[0]:13}" + "".join(f"{name:>9}" for name in head[1:]) + "  CPU s")
    for name in asked.only or SETS:
        started = _cpu()
        with tempfile.TemporaryDirectory() as work:
            folder = (asked.keep or Path(work)) / name.replace(" ", "-")
            made = _made(name, photos, asked.seed, folder)
            count = counted(made, _clusters(folder, Path(work), asked.workers))
        of_pairs = count.false, count.direct, count.likely, count.near
        row = len(made), *of_pairs, count.copies, count.proven, count.maybe
        print(
            f"{name:13}" + "".join(f"{n:9}" for n in row) + f"{_cpu() - started:7.0f}", flush=True
        )
        if asked.list:
            print("\n".join(count.wrong))


def _made(name: str, photos: Sequence[Path], seed: int, folder: Path) -> Made:
    """Write one set; no photo is taken twice."""
    dice = np.random.default_rng([seed, list(SETS).index(name)])
    order = iter(dice.permutation(len(photos)).tolist())

    def photo() -> Image.Image:
        return Image.open(photos[next(order)]).convert("RGB")

    folder.mkdir(parents=True)
    made = {}
    for number, picture in enumerate(SETS[name](photo, dice)):
        words = [picture.subject, str(number), *([picture.look] if picture.look else [])]
        path = folder.resolve() / f"{' '.join(words)}.{picture.suffix}"
        path.write_bytes(picture.data)
        made[os.fsencode(path)] = picture
    return made


def _clusters(folder: Path, work: Path, workers: int) -> Sequence[Cluster]:
    catalog, cache = work / "catalog.sqlite", work / "cache"
    where = [os.fsencode(folder.resolve())]
    index_folders(where, catalog=catalog, cache=cache, workers=workers)
    wanted = (*PROVEN, Tier.LIKELY)
    return find_copies(catalog, cache=cache, tiers=wanted, workers=workers).clusters


def counted(made: Made, clusters: Sequence[Cluster]) -> Count:
    """What is right and wrong in a report on one set."""
    count = Count()
    found: dict[bytes, Tier] = {}
    for cluster in clusters:
        proven = [m for m in cluster.members if _is_proven(m, cluster)]
        for one, other in combinations(proven, 2):
            subjects = {made[m.file.path].subject for m in (one, other)}
            tie = _tie(one, other)
            if len(subjects) == 2:
                count.false += 1
                count.direct += tie is not None
                count.add("false", one.file.path, other.file.path, tie)
                continue
            found |= dict.fromkeys((one.file.path, other.file.path), Tier.EDITED)
        for member in cluster.members:
            tie = member.evidence
            if tie is None or not tie.tier.is_clearable:
                continue
            ours, theirs = made[member.file.path], made[tie.to]
            if ours.subject == theirs.subject:
                found.setdefault(member.file.path, tie.tier)
                found.setdefault(tie.to, tie.tier)
                if ours.look != theirs.look and tie.tier not in (Tier.EDITED, Tier.LIKELY):
                    count.near += 1
                    count.add("near", tie.to, member.file.path, tie)
            elif tie.tier is Tier.LIKELY:
                count.likely += 1
                count.add("likely", tie.to, member.file.path, tie)
    first: dict[str, bytes] = {}
    for path, picture in made.items():
        if first.setdefault(picture.subject, path) == path:
            continue
        count.copies += 1
        tier = found.get(path)
        count.proven += tier is not None and tier is not Tier.LIKELY
        count.maybe += tier is Tier.LIKELY
        if tier is None:
            count.add("missed", first[picture.subject], path)
    return count


def _is_proven(member: Member, cluster: Cluster) -> bool:
    """Whether it stands in a cluster as a copy; its keeper has no evidence of its own."""
    if not cluster.tier.is_proven or (member.role is Role.RELATED and not member.held_back):
        return False
    return member.evidence is None or member.evidence.tier.is_proven


def _tie(one: Member, other: Member) -> Evidence | None:
    for member, to in ((one, other), (other, one)):
        if member.evidence and member.evidence.to == to.file.path:
            return member.evidence
    return None


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()

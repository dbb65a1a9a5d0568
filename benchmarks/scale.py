"""Measure `index` and `dupes` among more and more real pictures: cost, recall, memory.

    python -m benchmarks.scale ../shared/bench/edits ../shared/photos --work made/scale

EDITS is a folder of edited copies in DISC's layout, as the generator of the benchmarks makes it:
it is in every collection, and the rest are strangers to it and to each other, cut from the photos
in the tar files of PHOTOS. So what changes with the size is the crowd alone. The commands are the
real ones, each in processes of its own; a try is a verdict that the catalog holds. "Again" is with
nothing new, "more" with a hundredth more strangers, then a hundredth is removed, moved, or left out
by a pattern. Collections are kept in the work folder and
taken from there the next time; catalogs and caches are not, unless `--keep` says so: then what is
known after the first search stays there too.

    python -m benchmarks.scale --synthetic 1000000 --work made/scale

measures the memory that `dupes` takes of catalogs without pictures: their rows and features are
made up, and no pair comes to a verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.commands import Ran, commit, machine, run_copyfind
from benchmarks.cost_plot import cost_plot
from benchmarks.dedupe_quality import Truth, name_of, quality, read_truth
from benchmarks.strangers import write_strangers
from benchmarks.synthetic import write_catalog
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.verdicts import judged_pairs
from copyfind.evidence.verify import VERIFIER
from copyfind.records import PROVEN

_SIZES = (3_000, 10_000, 30_000)
_LONG = 100_000
_ADDED = 0.01  # of the collection, after the first run
_HUNDREDTH = "S*00.jpg"  # of the strangers, who are numbered


@dataclass(frozen=True, slots=True)
class Measured:
    """One size."""

    pictures: int
    seconds: dict[str, float]  # by step
    cpu_ms: dict[str, float]  # by step, a picture of the collection
    tries: float  # a picture, of the first run
    recall: dict[str, float]  # by track
    false_pairs: int
    peak_mb: dict[str, float]  # by step, of all processes together
    main_peak_mb: dict[str, float]


def main() -> None:
    """Print a row a size."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("edits", type=Path, nargs="?")
    options.add_argument("photos", type=Path, nargs="?")
    options.add_argument("--n", type=int, nargs="+", default=_SIZES)
    options.add_argument("--long", action="store_true", help=f"{_LONG:,} pictures as well")
    options.add_argument("--synthetic", type=int, nargs="+", default=(), help="contents")
    options.add_argument("--features", type=int, default=16, help="of each made-up content")
    options.add_argument("--skip", type=int, default=0, help="photos that EDITS were made from")
    options.add_argument("--effort", default="normal")
    options.add_argument(
        "--keep", action="store_true", help="keep catalog and cache, once searched"
    )
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--json", type=Path, help="write the table here too")
    options.add_argument("--plot", type=Path, help="draw cost against size, as an SVG")
    asked = options.parse_args()
    print(f"{commit()}, {machine()}; CPU ms a picture, memory of all processes (the main one)")
    asked.work.mkdir(parents=True, exist_ok=True)
    for size in asked.synthetic:
        show_synthetic(size, asked.work, features=asked.features)
    if asked.edits is None or asked.photos is None:
        return
    table = []
    for size in [*asked.n, *([_LONG] if asked.long else [])]:
        folder = collection(
            asked.work, size, edits=asked.edits, photos=asked.photos, skip=asked.skip
        )
        kept = folder.with_name(folder.name + ".searched") if asked.keep else None
        row = measure(folder, read_truth(asked.edits), effort=asked.effort, kept=kept)
        show(row)
        table.append(row)
    if asked.json:
        rows = [asdict(row) for row in table]
        asked.json.write_text(json.dumps({"machine": machine(), "table": rows}, indent=1))
    if asked.plot and len(table) > 1:
        costs = {step: [row.cpu_ms[step] for row in table] for step in ("index", "dupes")}
        asked.plot.write_text(cost_plot([row.pictures for row in table], costs))


def collection(work: Path, size: int, *, edits: Path, photos: Path, skip: int) -> Path:
    """A folder with `first` and `added` pictures, made unless it is there."""
    folder = work / f"{edits.resolve().name}-{size}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    planted = 0
    for name in ("queries", "references"):
        shutil.copytree(edits / name, unfinished / "first" / name)
        planted += sum(1 for _ in (edits / name).iterdir())
    added = round(size * _ADDED)
    made = unfinished / "strangers"
    write_strangers(made, size - planted + added, shards=photos, skipped=skip)
    (unfinished / "added").mkdir()
    for path in sorted(made.rglob("*.jpg"))[-added:]:
        path.rename(unfinished / "added" / path.name)
    made.rename(unfinished / "first" / "strangers")
    unfinished.rename(folder)
    return folder


def measure(folder: Path, truth: Truth, *, effort: str, kept: Path | None) -> Measured:
    """Index and search, again, and with a hundredth more, less, or elsewhere.

    Tells each step as it ends: a large collection takes hours. kept: where catalog and cache go
    after the first search, if anywhere.
    """
    pictures = sum(1 for path in (folder / "first").rglob("*") if path.is_file())
    print(f"{pictures:,} pictures:", flush=True)
    with TemporaryDirectory(dir=folder.parent) as work:
        catalog = Path(work) / "catalog.sqlite"
        index = ("index", "--catalog", str(catalog), str(folder / "first"))
        more = (*index, str(folder / "added"))
        dupes = ("dupes", "--catalog", str(catalog), "--effort", effort, "--format", "json")
        first = {"index": index, "dupes": dupes}
        ran = {step: _step(step, c, work, pictures) for step, c in first.items()}
        tries = _tries(catalog)
        if kept:
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(work, kept)
        found = quality("copyfind", _clusters(ran["dupes"]), truth, {}, {})
        later = {"again": index, "more": more, "removed": more, "moved": more}
        later["ignored"] = (*more, "--exclude", _HUNDREDTH)
        for change, command in later.items():
            with _changed(folder, change):
                for step, one in ((f"index {change}", command), (f"dupes {change}", dupes)):
                    ran[step] = _step(step, one, work, pictures)
    return Measured(
        pictures,
        {name: one.spent.seconds for name, one in ran.items()},
        {name: one.spent.cpu / pictures * 1e3 for name, one in ran.items()},
        tries / pictures,
        found.recall,
        found.false_pairs,
        {name: one.peak / 1e6 for name, one in ran.items()},
        {name: one.main_peak / 1e6 for name, one in ran.items()},
    )


@contextmanager
def _changed(folder: Path, change: str) -> Iterator[None]:
    """A hundredth of the strangers elsewhere, where the change is that; they come back."""
    to = {"removed": folder / "aside", "moved": folder / "first" / "aside"}.get(change)
    if to is None:
        yield
        return
    strangers = folder / "first" / "strangers"
    homes = {to / path.name: path for path in sorted(strangers.rglob(_HUNDREDTH))}
    to.mkdir()
    try:
        for elsewhere, home in homes.items():
            home.rename(elsewhere)
        yield
    finally:
        for elsewhere, home in homes.items():
            if elsewhere.exists():
                elsewhere.rename(home)
        to.rmdir()


def _step(step: str, command: tuple[str, ...], work: str, pictures: int) -> Ran:
    """Run it with its cache in the folder `work`, and tell what it took."""
    ran = run_copyfind(command, environment={"XDG_CACHE_HOME": work})
    print(
        f"  {step:<14} {ran.spent.seconds:>8.1f} s {ran.spent.cpu / pictures * 1e3:>7.2f} ms "
        f"{ran.peak / 1e6:>6.0f} ({ran.main_peak / 1e6:.0f}) MB",
        flush=True,
    )
    return ran


def show_synthetic(size: int, work: Path, *, features: int) -> None:
    """What `dupes` takes of a catalog without pictures."""
    with TemporaryDirectory(dir=work) as made:
        catalog = Path(made) / "catalog.sqlite"
        write_catalog(catalog, Path(made) / "copyfind", size, features=features)
        dupes = ("dupes", "--catalog", str(catalog), "--format", "json")
        ran = run_copyfind(dupes, environment={"XDG_CACHE_HOME": made})
    print(
        f"{size:,} contents of {features} features, made up: {ran.spent.seconds:.0f} s, "
        f"{ran.spent.cpu / size * 1e3:.2f} ms, {ran.peak / 1e6:.0f} ({ran.main_peak / 1e6:.0f}) MB",
        flush=True,
    )


def _tries(catalog: Path) -> int:
    with open_for_reading(catalog) as db:
        return len(judged_pairs(Catalog(db), verifier=VERIFIER)[0])


def _clusters(dupes: Ran) -> list[list[str]]:
    proven = {tier.value for tier in PROVEN}
    return [
        [name_of(os.fsencode(m["path"])) for m in cluster["members"] if m["role"] != "related"]
        for cluster in json.loads(dupes.output)["clusters"]
        if cluster["tier"] in proven
    ]


def show(row: Measured) -> None:
    """What its steps came to."""
    recall = ", ".join(f"{track} {share:.3f}" for track, share in row.recall.items())
    print(
        f"  {row.tries:.2f} tries a picture, recall {recall}, {row.false_pairs} false pairs; "
        f"dupes {row.cpu_ms['dupes'] / row.cpu_ms['index']:.2f} x index",
        flush=True,
    )


if __name__ == "__main__":
    main()

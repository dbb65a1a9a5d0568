"""Measure `copyfind index` against its two halves alone: decoding only and embedding only.

Every round runs all of it one after the other, so that a busy machine slows all alike; ratios
are taken within a round. On a machine that does other work besides, the ratio of CPU seconds is
the one to trust. What `index` and decoding pay for starting processes is in their times, as it is
in a user's. The photos made with --from are enlarged to 12 megapixels with the noise of a sensor,
for JPEGs as long as a camera's: reduced decoding has to read all of their bytes.

    python -m benchmarks.index_speed DIR
    python -m benchmarks.index_speed made/camera --from shared/photos
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from PIL import Image

from benchmarks.commands import Spent, commit, machine, run_copyfind
from benchmarks.strangers import read_photos
from copyfind.collection.scan import ScanOptions, scan
from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.records import FoundFile, Pixels, ReadFile

_SIZE = (4000, 3000)
_NOISE = 8.0  # standard deviation, of 255


@dataclass(frozen=True, slots=True)
class Round:
    """The parts, in the order of the table, and peak bytes of the first index."""

    decode: Spent
    embed: Spent
    index: Spent
    again: Spent
    peak: int  # of all its processes together, pages they share counted once for each
    main_peak: int  # of the main process alone


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", type=Path, help="photos; made first where --from is given")
    options.add_argument("--from", type=Path, dest="shards", help="folder of tar files of photos")
    options.add_argument("--photos", type=int, default=60, help="how many to make")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    if asked.shards and not asked.folder.exists():
        make_photos(asked.folder, shards=asked.shards, count=asked.photos)
    root = os.fsencode(asked.folder.resolve())
    files = [met for met in scan(root, ScanOptions()) if isinstance(met, FoundFile)]
    workers = len(psutil.Process().cpu_affinity())
    rounds = [measure(asked.folder, files, workers=workers) for _ in range(asked.rounds)]
    print_table(rounds, files)


def make_photos(folder: Path, *, shards: Path, count: int) -> None:
    """Write camera-like JPEGs of the first `count` photos in the tar files."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(7)
    for number, photo in enumerate(islice(read_photos(shards), count)):
        large = np.asarray(photo.resize(_SIZE, Image.Resampling.BICUBIC), np.float32)
        grain = _NOISE * noise.standard_normal(large.shape, np.float32)
        pixels = (large + grain).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"IMG_{number:04d}.jpg", quality=90)


def measure(folder: Path, files: list[FoundFile], *, workers: int) -> Round:
    """Run every part once."""
    decode, squares = _decode_only(files, workers=workers)
    embed = _embed_only(squares)
    with tempfile.TemporaryDirectory() as scratch:
        catalog = Path(scratch) / "catalog.sqlite"
        command = ("index", str(folder), "--catalog", str(catalog))
        index, again = run_copyfind(command), run_copyfind(command)
    return Round(decode, embed, index.spent, again.spent, index.peak, index.main_peak)


def _decode_only(files: list[FoundFile], *, workers: int) -> tuple[Spent, Pixels]:
    """From the start of the workers to the last result, and what they gave."""
    side = read_weights(find_weights()).input_size
    started = Spent.now()
    with Readers(workers=workers, side=side) as readers:
        read = readers.read(ReadJob(file) for file in files)
        squares = [r.picture.square for r in read if isinstance(r, ReadFile) and r.picture]
    return Spent.now() - started, np.stack(squares)


def _embed_only(squares: Pixels) -> Spent:
    """All squares with the network loaded."""
    embed = load_embedder()
    embed(squares[:1])
    started = Spent.now()
    embed(squares)
    return Spent.now() - started


def print_table(rounds: list[Round], files: list[FoundFile]) -> None:
    """The median round of each part; ratios are medians too."""
    size = sum(file.size for file in files)
    print(f"{commit()}, {machine()}, {len(rounds)} rounds")
    print(f"{len(files):,} files, {size / 1e6:,.0f} MB, {size / len(files) / 1e6:.2f} MB each")
    print(f"{'':<22} {'seconds':>9} {'images/s':>9} {'CPU s':>9}")
    for label, spent in (
        ("a  decode only", [r.decode for r in rounds]),
        ("b  embed only", [r.embed for r in rounds]),
        ("c  index", [r.index for r in rounds]),
        ("d  index, nothing new", [r.again for r in rounds]),
    ):
        seconds, cpu = median(s.seconds for s in spent), median(s.cpu for s in spent)
        print(f"{label:<22} {seconds:>9.2f} {len(files) / seconds:>9.1f} {cpu:>9.2f}")
    both = [r.index.seconds / (r.decode.seconds + r.embed.seconds) for r in rounds]
    slower = [r.index.seconds / max(r.decode.seconds, r.embed.seconds) for r in rounds]
    cpu_ratio = [r.index.cpu / (r.decode.cpu + r.embed.cpu) for r in rounds]
    print(f"c / (a + b)    {median(both):.2f}, in CPU seconds {median(cpu_ratio):.2f}")
    print(f"c / max(a, b)  {median(slower):.2f}")
    print(
        f"peak memory of c: {max(r.peak for r in rounds) / 1e6:,.0f} MB in all processes, "
        f"{max(r.main_peak for r in rounds) / 1e6:,.0f} MB in the main one"
    )


if __name__ == "__main__":
    main()

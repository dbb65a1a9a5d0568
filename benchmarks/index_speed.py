"""Measure `copyfind index` against what it cannot do without: each format's own decoder.

    python -m benchmarks.index_speed MADE --from shared/photos [--kind "JPEG 12 MP"]
    python -m benchmarks.index_speed MADE --from shared/photos --halves

Files of every kind are made in MADE first, where they are not there. A round decodes the files of
a kind in this process, JPEGs reduced as far as `index` does, then runs `index` on them, and all
compare CPU seconds, so that a busy machine slows both alike. "further" leaves out what it takes to
start, measured on one small file: the more pictures, the nearer the whole comes to it. With
--halves, JPEGs of 12 megapixels are compared with decoding for the network and embedding alone,
starting of processes included.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from PIL import Image

from benchmarks.camera_files import KINDS, Kind, make
from benchmarks.commands import Ran, Spent, commit, machine, run_copyfind
from copyfind.collection.scan import ScanOptions, scan
from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.imaging.formats import Format
from copyfind.imaging.opening import PIXEL_LIMIT, open_picture
from copyfind.imaging.raw import open_raw
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.records import FoundFile, Pixels, ReadFile

_LEAST = 560  # pixels that the shorter side of a JPEG keeps


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("made", type=Path, help="a folder for the files, kept for the next time")
    options.add_argument("--from", type=Path, dest="shards", help="folder of tar files of photos")
    options.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--halves", action="store_true")
    asked = options.parse_args()
    kinds = KINDS[:1] if asked.halves else KINDS
    kinds = tuple(kind for kind in kinds if not asked.kind or kind.name in asked.kind)
    folders = {kind: asked.made / kind.name.replace(" ", "-") for kind in kinds}
    for kind, folder in folders.items():
        if not folder.exists():
            make(folder, kind, shards=asked.shards)
    print(f"{commit()}, {machine()}, {asked.rounds} rounds")
    if asked.halves:
        print_halves([measure_halves(folders[KINDS[0]]) for _ in range(asked.rounds)])
    else:
        print_kinds(folders, rounds=asked.rounds)


def print_kinds(folders: dict[Kind, Path], *, rounds: int) -> None:
    """Of every kind the median round, CPU milliseconds a file."""
    start = median(_start().cpu for _ in range(rounds))
    print(f"index of one small file: {start:.2f} CPU s, taken off for 'further'")
    print(
        f"{'':<16} {'files':>5} {'MB each':>8} {'decoder':>8} {'index':>7} {'ratio':>6} "
        f"{'further':>8} {'ratio':>6} {'peak MB':>8}"
    )
    for kind, folder in folders.items():
        files = sorted(folder.iterdir())
        alone, whole, peaks = [], [], []
        for _ in range(rounds):
            alone.append(1000 * decode_alone(files, kind.format) / len(files))
            ran = index(folder)
            whole.append(1000 * ran.spent.cpu / len(files))
            peaks.append(ran.peak / 1e6)
        further = [one - 1000 * start / len(files) for one in whole]
        print(
            f"{kind.name:<16} {len(files):>5} "
            f"{sum(file.stat().st_size for file in files) / len(files) / 1e6:>8.2f} "
            f"{median(alone):>8.1f} {median(whole):>7.1f} {_ratio(whole, alone):>6.2f} "
            f"{median(further):>8.1f} {_ratio(further, alone):>6.2f} {max(peaks):>8.0f}",
            flush=True,
        )


def _ratio(some: list[float], others: list[float]) -> float:
    return median(one / other for one, other in zip(some, others, strict=True))


def decode_alone(files: list[Path], kind: Format) -> float:
    """CPU seconds of reading the files and of their decoder, nothing else."""
    started = time.process_time()
    for file in files:
        with file.open("rb") as stream:
            if kind is Format.RAW:
                open_raw(stream, least=_LEAST, pixel_limit=PIXEL_LIMIT)
                continue
            image = open_picture(stream, kind, pixel_limit=PIXEL_LIMIT)
            if kind is Format.JPEG:
                image.draft(None, (_LEAST, _LEAST))
            image.load()
    return time.process_time() - started


def index(folder: Path) -> Ran:
    """The command, with a catalog of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        return run_copyfind(("index", str(folder), "--catalog", f"{scratch}/catalog.sqlite"))


def _start() -> Spent:
    with tempfile.TemporaryDirectory() as folder:
        Image.new("RGB", (32, 24)).save(Path(folder) / "small.jpg")
        return index(Path(folder)).spent


@dataclass(frozen=True, slots=True)
class Halves:
    """The two halves, in the order of the table, and peak bytes of the first index."""

    decode: Spent
    embed: Spent
    index: Ran
    again: Spent


def measure_halves(folder: Path) -> Halves:
    """Run every part once."""
    root = os.fsencode(folder.resolve())
    files = [met for met in scan(root, ScanOptions()) if isinstance(met, FoundFile)]
    decode, squares = _decode_only(files)
    embed = _embed_only(squares)
    with tempfile.TemporaryDirectory() as scratch:
        command = ("index", str(folder), "--catalog", f"{scratch}/catalog.sqlite")
        return Halves(decode, embed, run_copyfind(command), run_copyfind(command).spent)


def _decode_only(files: list[FoundFile]) -> tuple[Spent, Pixels]:
    """From the start of the workers to the last result, and what they gave."""
    side = read_weights(find_weights()).input_size
    started = Spent.now()
    with Readers(workers=len(psutil.Process().cpu_affinity()), side=side) as readers:
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


def print_halves(rounds: list[Halves]) -> None:
    """The median round of each part; ratios are medians too."""
    print(f"{'':<22} {'seconds':>9} {'CPU s':>9}")
    for label, spent in (
        ("a  decode only", [r.decode for r in rounds]),
        ("b  embed only", [r.embed for r in rounds]),
        ("c  index", [r.index.spent for r in rounds]),
        ("d  index, nothing new", [r.again for r in rounds]),
    ):
        seconds, cpu = median(s.seconds for s in spent), median(s.cpu for s in spent)
        print(f"{label:<22} {seconds:>9.2f} {cpu:>9.2f}")
    whole = [r.index.spent for r in rounds]
    both = [r.decode.seconds + r.embed.seconds for r in rounds]
    slower = [max(r.decode.seconds, r.embed.seconds) for r in rounds]
    print(f"c / (a + b)    {_ratio([w.seconds for w in whole], both):.2f}, in CPU seconds ", end="")
    print(f"{_ratio([w.cpu for w in whole], [r.decode.cpu + r.embed.cpu for r in rounds]):.2f}")
    print(f"c / max(a, b)  {_ratio([w.seconds for w in whole], slower):.2f}")
    print(
        f"peak memory of c: {max(r.index.peak for r in rounds) / 1e6:,.0f} MB in all processes, "
        f"{max(r.index.main_peak for r in rounds) / 1e6:,.0f} MB in the main one"
    )


if __name__ == "__main__":
    main()

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
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import psutil
from PIL import Image

from copyfind.collection.scan import ScanOptions, scan
from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.records import FoundFile, Pixels, ReadFile

_SIZE = (4000, 3000)
_NOISE = 8.0  # standard deviation, of 255
_LOOKS = 0.1  # seconds between two looks at memory


@dataclass(frozen=True, slots=True)
class Spent:
    """Time that passed, and CPU time."""

    seconds: float
    cpu: float

    @classmethod
    def now(cls, *, by_children_only: bool = False) -> Spent:
        """So far, by this process and its children that ended."""
        times = os.times()
        own = 0.0 if by_children_only else times.user + times.system
        cpu = own + times.children_user + times.children_system
        return cls(time.perf_counter(), cpu)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.seconds - other.seconds, self.cpu - other.cpu)


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
    for number, photo in enumerate(islice(_photos(shards), count)):
        large = np.asarray(photo.resize(_SIZE, Image.Resampling.BICUBIC), np.float32)
        grain = _NOISE * noise.standard_normal(large.shape, np.float32)
        pixels = (large + grain).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"IMG_{number:04d}.jpg", quality=90)


def _photos(shards: Path) -> Iterator[Image.Image]:
    for shard in sorted(shards.glob("*.tar")):
        with tarfile.open(shard) as members:
            for member in members:
                if content := members.extractfile(member):
                    yield Image.open(io.BytesIO(content.read())).convert("RGB")


def measure(folder: Path, files: list[FoundFile], *, workers: int) -> Round:
    """Run every part once."""
    decode, squares = _decode_only(files, workers=workers)
    embed = _embed_only(squares)
    with tempfile.TemporaryDirectory() as scratch:
        catalog = Path(scratch) / "catalog.sqlite"
        index, peak, main_peak = _index(folder, catalog)
        again, _, _ = _index(folder, catalog)
    return Round(decode, embed, index, again, peak, main_peak)


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


def _index(folder: Path, catalog: Path) -> tuple[Spent, int, int]:
    """What it takes, peak memory of the whole process tree and of the main process."""
    command = [sys.executable, "-m", "copyfind", "index", str(folder), "--catalog", str(catalog)]
    started = Spent.now(by_children_only=True)
    process = psutil.Popen([*command, "--quiet"], stderr=subprocess.DEVNULL)
    peak = main_peak = 0
    while process.poll() is None:
        used = [_memory(one) for one in (process, *_children(process))]
        peak, main_peak = max(peak, sum(used)), max(main_peak, used[0])
        time.sleep(_LOOKS)
    spent = Spent.now(by_children_only=True) - started
    if process.returncode not in {0, 3}:  # 3: some files skipped
        raise SystemExit(f"index ended with code {process.returncode}")
    return spent, peak, main_peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def print_table(rounds: list[Round], files: list[FoundFile]) -> None:
    """The median round of each part; ratios are medians too."""
    size = sum(file.size for file in files)
    print(f"{_commit()}, {_machine()}, {len(rounds)} rounds")
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


def _commit() -> str:
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown commit"
    return f"commit {said.stdout.strip()}"


def _machine() -> str:
    cores = len(psutil.Process().cpu_affinity())
    return f"{platform.system()} {platform.machine()}, {cores} cores, {platform.python_version()}"


if __name__ == "__main__":
    main()

"""Measure what is done with findings where clusters are many: reports, plan, rehearsal, review.

A made catalog: 40,000 clusters among 100,000 small files, three of four of the same bytes, the rest
crops with verdicts that stand in the catalog, so that nothing is searched for or judged anew. What
finding takes is in every row, for every command but apply starts with it; the first row is that.

    python -m benchmarks.many_clusters MADE [--clusters 40000]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.commands import commit, machine, run_copyfind
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.verdicts import VerdictWriter
from copyfind.descriptor.embed import Network
from copyfind.descriptor.weights import find_weights, read_weights
from copyfind.evidence.verify import VERIFIER
from copyfind.imaging.formats import decoder_version
from copyfind.pipeline.finding import way_of
from copyfind.pipeline.importing import import_rows
from copyfind.records import Effort, Facts, FoundFile, Row, Tier
from copyfind.verdict import Outside, Verdict

_MEMBERS = (2, 3)  # of the clusters in turn: 2.5 files each
_CROPPED_EVERY = 4  # clusters, of which one is of crops
_IN_A_FOLDER = 500


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("made", type=Path, help="a folder for files and catalog, kept")
    options.add_argument("--clusters", type=int, default=40_000)
    asked = options.parse_args()
    catalog = asked.made / "catalog.sqlite"
    if not catalog.exists():
        network = Network(read_weights(find_weights()))
        photos = asked.made.resolve() / "photos"
        import_rows(_rows(photos, asked.clusters, network), catalog=catalog)
    judge(catalog, asked.clusters)
    print(f"{commit()}, {machine()}, {asked.clusters:,} clusters")
    print(f"{'':<26} {'CPU s':>7} {'peak MB':>8} {'MB written':>11}")
    where = ("--catalog", str(catalog))
    plan = asked.made / "plan.json"
    plan.unlink(missing_ok=True)
    nowhere = {"XDG_CACHE_HOME": str(asked.made / "cache")}  # thumbnails are made for the page
    for words in (
        ("dupes", "--tier", "unverified"),
        ("dupes", "--format", "json"),
        ("plan", "-o", str(plan)),
        ("apply", str(plan), "--dry-run"),
        ("dupes", "--format", "csv"),
        ("dupes", "--format", "html"),
        ("dupes",),
    ):
        ran = run_copyfind((*words, *where), environment=nowhere)
        label = " ".join(word for word in words if word not in {"-o", str(plan)})
        _say(label, ran.spent.cpu, ran.peak, len(ran.output))
    _say("review, its first page", *first_page(where))


def _say(label: str, cpu: float, peak: int, size: int) -> None:
    print(f"{label:<26} {cpu:>7.1f} {peak / 1e6:>8.0f} {size / 1e6:>11.2f}", flush=True)


def judge(catalog: Path, clusters: int) -> None:
    """Store verdicts of this version on the crops, and that there is nothing else to look for."""
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        sha256s = known.sha256s()
        model = known.model(None)
    row_of = {sha256: row for row, sha256 in enumerate(sha256s) if sha256}
    crop = Verdict(
        Tier.EDITED,
        how=("cropped to 70 %",),
        how_back=("more around it",),
        overlap=(0.7, 1.0),
        matrix=((1.4, 0.0, -0.2), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        scale=1.0,
        inliers=80,
        agreement=0.9,
        alike=1.0,
        adds=(Outside.PICTURE, Outside.NOTHING),
    )
    verdicts = {}
    for cluster in range(0, clusters, _CROPPED_EVERY):
        whole, *crops = (hashlib.sha256(data).digest() for data in _contents(cluster))
        for other in crops:
            one, two = row_of[whole], row_of[other]
            verdicts[min(one, two), max(one, two)] = crop if one < two else crop.reversed()
    with VerdictWriter(catalog, sha256s, verifier=VERIFIER) as writer:
        writer.store(verdicts)
        writer.mark_searched(row_of.values(), way=way_of(Effort.NORMAL, model))


def _rows(folder: Path, clusters: int, network: Network) -> Iterator[tuple[FoundFile, Row]]:
    chance = np.random.default_rng(5)
    facts = Facts(width=1600, height=1200, format="JPEG", captured_at="2024-05-06T07:08:09")
    for cluster in range(clusters):
        home = folder / f"{cluster // _IN_A_FOLDER:04d}"
        home.mkdir(parents=True, exist_ok=True)
        contents = list(_contents(cluster))
        for member in range(_MEMBERS[cluster % len(_MEMBERS)]):
            data = contents[min(member, len(contents) - 1)]
            path = home / f"IMG_{cluster:06d}_{member}.jpg"
            path.write_bytes(data)
            now = path.stat()
            vector = chance.standard_normal(network.dim)
            vector /= np.linalg.norm(vector)
            file = FoundFile(
                os.fsencode(path), now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns
            )
            yield (
                file,
                Row(
                    sha256=hashlib.sha256(data).digest(),
                    size=len(data),
                    model=network.id,
                    decoder=decoder_version(),
                    facts=facts,
                    descriptor=vector.astype(np.float16),
                ),
            )


def _contents(cluster: int) -> Iterator[bytes]:
    """The contents of a cluster: one, or one for each member."""
    members = _MEMBERS[cluster % len(_MEMBERS)] if cluster % _CROPPED_EVERY == 0 else 1
    for member in range(members):
        words = f"{cluster} {member}".encode()
        comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
        yield _TINY[:2] + comment + _TINY[2:]


def _tiny() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 12)).save(out, "JPEG")
    return out.getvalue()


_TINY = _tiny()


def first_page(where: Sequence[str]) -> tuple[float, int, int]:
    """CPU seconds and peak bytes of a review that was asked for its page, and the bytes sent."""
    command = [sys.executable, "-m", "copyfind", "review", "--no-browser", "--quiet", *where]
    with psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        address = process.stdout.readline().decode().strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        sent = len(opener.open(address).read())
        root = re.sub(r"/\?.*", "", address)
        for asked in (
            "overview",
            "list",
            "rows?numbers=" + ",".join(map(str, range(60))),
            "cluster/0",
        ):
            sent += len(opener.open(f"{root}/api/{asked}").read())
        times, peak = process.cpu_times(), process.memory_info().rss
        process.terminate()
    return times.user + times.system, peak, sent


if __name__ == "__main__":
    main()

"""The whole way from the rows of a run to its clusters, in one function."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from copyfind.grouping.keeper import KeepRule
from copyfind.paths import AnyPath, as_path
from copyfind.pipeline.finding import find_copies
from copyfind.records import TIERS, Findings, Ints, Tier, Unreadable
from copyfind.remote.candidates import (
    EFFORT,
    Near,
    near_of,
    not_judged,
    pair_tasks,
    pairs_to_judge,
)
from copyfind.remote.here import Engine
from copyfind.remote.joining import Recall
from copyfind.remote.judging import judge_pairs
from copyfind.remote.keeping import keep_in_catalog
from copyfind.remote.pictures import Digests, Pictures, read_pictures
from copyfind.remote.run import Run
from copyfind.remote.settling import (
    hash_pixels,
    may_be_same,
    pixel_tasks,
    same_pixels,
    with_known_pixels,
)
from copyfind.remote.verdicts import Tied, tied
from copyfind.watch import NOBODY, Stage, Watch


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A run whose pairs are judged, and the catalog that holds what lies in its clusters."""

    run: Run
    catalog: Path
    sizes: Ints  # (N,) bytes of its objects
    contents: Ints  # (N,) what they hold; -1 for those without bytes
    skipped: tuple[tuple[Unreadable, int], ...]  # objects without a picture, and their sizes
    unread: int  # pictures that could not be looked at: their pairs are judged in a further run
    recall: Recall | None  # of the join, where the run is too large to compare all with all

    def findings(
        self,
        *,
        threshold: float | None = None,
        tiers: Collection[Tier] = TIERS,
        minimum_size: int = 0,
        keep: Sequence[KeepRule] = (),
        cache: AnyPath | None = None,
        watch: Watch = NOBODY,
    ) -> Findings:
        """The clusters, as `find_copies` gives them with the effort `fast`; what is counted is
        counted in the whole run. Raises CatalogError, Interrupted."""
        found = find_copies(
            self.catalog,
            model=self.run.made_by.model,
            threshold=threshold,
            tiers=tiers,
            minimum_size=minimum_size,
            effort=EFFORT,
            keep=keep,
            cache=cache,
            watch=watch,
        )
        held = self.contents[(self.contents >= 0) & (self.sizes >= minimum_size)]
        return replace(
            found,
            roots=tuple(source.source.encode() for source in self.run.sources),
            files=len(held),
            contents=len(np.unique(held)),
            skipped=tuple(one for one, size in self.skipped if size >= minimum_size),
            unread=self.unread,
        )


def judge_run(
    run: Run,
    *,
    catalog: AnyPath,
    engine: Engine,
    threshold: float | None = None,
    cache: AnyPath | None = None,
    watch: Watch = NOBODY,
) -> Judged:
    """Judge the pairs among all objects of a run that promise to be copies.

    What was judged before, in this run or an earlier one of the same folder, is not judged again;
    each task writes its own object, so that a run that is stopped or killed goes on where it was.
    catalog: gets what lies in clusters, and holds what people decide. cache: gets the thumbnails.
    threshold: cosine from which pictures are called alike without proof, the model's own by
    default. Raises StoreError, OSError, CatalogError, Interrupted.
    """
    pictures = read_pictures(run, count=watch.counting(Stage.READ))
    least = run.made_by.default_threshold if threshold is None else threshold
    near = near_of(pictures, engine, threshold=least, count=watch.counting(Stage.SEARCH))
    pixels = _settled(pictures, near, engine, watch)
    twins = same_pixels(pixels)
    unread = _judge(pictures, twins, near, engine, watch)
    verdicts = list(tied(run.store))
    keep_in_catalog(
        pictures,
        _involved(pictures, twins, verdicts, near, threshold=least),
        pixels=pixels,
        verdicts=verdicts,
        catalog=as_path(catalog),
        cache=None if cache is None else as_path(cache),
        watch=watch,
    )
    return Judged(
        run,
        as_path(catalog),
        sizes=pictures.size,
        contents=pictures.content,
        skipped=tuple(pictures.problems()),
        unread=unread,
        recall=near.recall,
    )


def _settled(pictures: Pictures, near: Near, engine: Engine, watch: Watch) -> Digests:
    """The hashes of the pixels of all contents, as far as they matter."""
    pixels, asked = with_known_pixels(pictures)
    alike = None if near.horizon is None else near.pairs
    wanted = np.setdiff1d(may_be_same(pictures, alike), asked)
    if not len(wanted):
        return pixels
    count = watch.counting(Stage.SETTLE)
    done = 0
    for looked_at in engine.each(hash_pixels, pixel_tasks(pictures, wanted)):
        done += looked_at
        count.show(done, len(wanted))
        watch.check("while comparing pixels, everything up to there is kept")
    return with_known_pixels(pictures)[0]


def _judge(
    pictures: Pictures, twins: Sequence[Ints], near: Near, engine: Engine, watch: Watch
) -> int:
    """Judge what promises to be a copy and was not judged; returns how many pictures could not be
    looked at."""
    alone = np.ones(len(pictures), bool)
    for rows in twins:
        alone[rows[1:]] = False
    pairs = pairs_to_judge(
        pictures,
        alone[pictures.described],
        near,
        threshold=pictures.run.made_by.default_threshold,
        count=watch.counting(Stage.SEARCH),
    )
    pairs = not_judged(pairs, pictures)
    count = watch.counting(Stage.VERIFY)
    count.show(0, len(pairs.first))
    done = unread = 0
    for told in engine.each(judge_pairs, pair_tasks(pairs, pictures)):
        done += told.pairs
        unread += told.unread
        count.show(done, len(pairs.first))
        watch.check(f"after {done:,} of {len(pairs.first):,} pairs, all of them kept")
    return unread


def _involved(
    pictures: Pictures,
    twins: Sequence[Ints],
    verdicts: Sequence[Tied],
    near: Near,
    *,
    threshold: float,
) -> Ints:
    """Rows of contents that anything ties to another object: the same bytes or pixels, a verdict,
    descriptors alike."""
    hashes = np.frombuffer(b"".join(one.first + one.second for one in verdicts), np.uint8)
    rows = pictures.rows_of(hashes.reshape(-1, 32))
    alike = near.pairs.similarity >= threshold
    return np.unique(
        np.concatenate(
            [
                pictures.repeated(),
                *twins,
                rows[rows >= 0],
                pictures.described[near.pairs.first[alike]],
                pictures.described[near.pairs.second[alike]],
            ]
        )
    )

"""The whole way from catalog to clusters, in one function."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.decisions import pairs_apart
from copyfind.collection.looks import open_looks
from copyfind.collection.paths import as_json, below, shown
from copyfind.collection.units import read_units
from copyfind.collection.verdicts import (
    VerdictWriter,
    judged_pairs,
    proven_pairs,
    searched_contents,
)
from copyfind.cores import usable_cores
from copyfind.errors import CatalogError
from copyfind.evidence.verdict import Verdict
from copyfind.evidence.verify import VERIFIER
from copyfind.grouping.clusters import Tie, cluster
from copyfind.grouping.decided import as_decided
from copyfind.grouping.keeper import KeepRule
from copyfind.grouping.partners import with_partners
from copyfind.grouping.pictures import Rule
from copyfind.records import (
    TIERS,
    Bools,
    Candidates,
    Cluster,
    Effort,
    Findings,
    Floats,
    FoundFile,
    Halves,
    Ints,
    Model,
    Progress,
    Stage,
    Tier,
)
from copyfind.search.candidates import find_candidates
from copyfind.search.nearest import nearest
from copyfind.verifying import Pair, ordered, verify_pairs

OnProgress = Callable[[Progress], None]
_SEARCH = 1  # version of what finds candidates: raised, everything is searched again
_NEIGHBOURS = {Effort.FAST: 8, Effort.NORMAL: 16, Effort.THOROUGH: 50}  # candidates a picture


def find_copies(
    catalog: Path,
    *,
    within: Sequence[bytes] = (),
    model: str | None = None,
    threshold: float | None = None,
    tiers: Collection[Tier] = TIERS,
    minimum_size: int = 0,
    effort: Effort = Effort.NORMAL,
    verify: bool = True,
    keep: Sequence[KeepRule] = (),
    references: Sequence[bytes] = (),
    cache: Path | None = None,
    workers: int | None = None,
    on_progress: OnProgress = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Findings:
    """Clusters of copies among all indexed files, or among those below some folders.

    within: files and folders, reached in any way; each must have been indexed.
    threshold: cosine from which two descriptors tie pictures; the model's own by default.
    minimum_size: bytes; smaller files are left out.
    effort: how far candidates reach. verify: without, descriptors alone decide what is alike.
    keep: what decides first which member stays. references: folders in which nothing is redundant.
    cache: a folder for thumbnails, local features and the search index of a large collection.
    should_stop is asked now and then; when it says yes, Interrupted is raised, and verdicts up to
    there are kept in the catalog: nothing is judged twice. Raises CatalogError, Interrupted.
    """
    with open_for_reading(catalog) as db:
        # The catalog knows resolved paths alone.
        here = [os.path.realpath(path) for path in within]
        known = Catalog(db, within=here, minimum_size=minimum_size)
        used = known.model(model)
        for path in here:
            if not known.reaches(path):
                raise CatalogError(
                    f"nothing that is indexed lies in {shown(path)}; check the spelling, or index "
                    "it with: copyfind index FOLDER"
                )
        threshold = used.default_threshold if threshold is None else threshold
        counts = known.counts(used)
        same_pixels = known.same_pixels()
        ids, descriptors = known.descriptors(used)
        alike = Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        if verify or Tier.UNVERIFIED in tiers:
            rows = find_candidates(
                descriptors,
                threshold=threshold,
                cache=cache,
                on_progress=lambda done, total: on_progress(Progress(Stage.SEARCH, done, total)),
            )
            alike = Candidates(ids[rows.first], ids[rows.second], rows.similarity)
        ties: list[Tie] = []
        unread = 0
        if verify:
            run = _Run(catalog, known, used, effort, same_pixels, ids, whole=not here)
            run.whole = run.whole and not minimum_size
            unread = run.verify(cache, workers, on_progress, should_stop)
            ties = run.ties(descriptors)
        involved = {*np.unique(alike.first).tolist(), *np.unique(alike.second).tolist()}
        involved.update(known.repeated_contents(), *same_pixels)
        involved.update(content for tie in ties for content in (tie.first, tie.second))
        clustered = cluster(
            known.contents(involved),
            same_pixels=same_pixels,
            ties=ties,
            alike=alike,
            tiers=tiers,
            rule=Rule(tuple(keep), _lies_in([os.path.realpath(path) for path in references])),
            mixed=not verify,
        )
        return Findings(
            catalog=as_json(os.fsencode(catalog))[0],
            model=used,
            threshold=threshold,
            roots=tuple(root.path for root in known.roots()),
            files=counts.files,
            contents=counts.contents,
            clusters=_as_units(as_decided(clustered.clusters, pairs_apart(db))),
            skipped=tuple(known.problems()),
            effort=effort,
            verified=verify,
            series=clustered.series,
            unverified=clustered.unverified,
            unread=unread,
        )


def _as_units(clusters: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """The clusters, with what belongs together in their folders taken into account."""
    units = read_units(member.file.path for c in clusters for member in c.members)
    return with_partners(clusters, units)


@dataclass(slots=True)
class _Run:
    """Candidates and verdicts of one run; what was known before is not found again."""

    catalog: Path
    known: Catalog
    model: Model
    effort: Effort
    same_pixels: Sequence[Collection[int]]
    ids: Ints  # (N,) contents with a descriptor, ascending
    whole: bool  # whether all that is indexed takes part
    fresh: Mapping[Pair, Verdict] | None = None

    def verify(
        self,
        cache: Path | None,
        workers: int | None,
        on_progress: OnProgress,
        should_stop: Callable[[], bool],
    ) -> int:
        """Judge what is new; returns how many contents could not be looked at."""
        way = f"{self.effort.value} {_SEARCH} {self.model.weights[:16]} {VERIFIER}"
        one_of_each = np.isin(self.ids, self._twins(), invert=True)
        searched = searched_contents(self.known.db, way=way)
        new = one_of_each & ~np.isin(self.ids, searched)
        if not new.any():
            return 0
        _, regions = self.known.regions(self.model)
        if self.effort is Effort.FAST:
            regions = regions[:, :1]
        candidates = wide_candidates(
            self.ids, regions, new=new, among=one_of_each, k=_NEIGHBOURS[self.effort]
        )
        candidates = self._not_judged(candidates)
        involved = np.unique(np.concatenate([candidates.first, candidates.second, self.ids[new]]))
        contents = self.known.contents(involved.tolist())
        order = np.lexsort((candidates.second, candidates.first, -candidates.similarity))
        pairs = [
            ordered(contents[a].sha256, contents[b].sha256)
            for a, b in zip(
                candidates.first[order].tolist(), candidates.second[order].tolist(), strict=True
            )
        ]
        with open_looks(self.catalog, cache) as looks, VerdictWriter(self.catalog) as writer:
            verified = verify_pairs(
                pairs,
                {content.sha256: content for content in contents.values()},
                looks=looks,
                workers=workers or usable_cores(),
                keep=lambda verdicts: writer.store(verdicts, verifier=VERIFIER),
                on_progress=on_progress,
                should_stop=should_stop,
            )
            self.fresh = verified.proven
            if self.whole:
                done = [contents[i].sha256 for i in self.ids[new].tolist() if i in contents]
                writer.mark_searched(
                    [sha256 for sha256 in done if sha256 not in verified.unread], way=way
                )
        return len(verified.unread)

    def ties(self, descriptors: Halves) -> list[Tie]:
        """All that verdicts, of this run and before, say of contents that are here."""
        found = {
            (first, second): verdict
            for first, second, verdict in proven_pairs(self.known.db, verifier=VERIFIER)
        }
        if self.fresh:
            number_of = self.known.numbers({sha256 for pair in self.fresh for sha256 in pair})
            found |= {
                (number_of[first], number_of[second]): verdict
                for (first, second), verdict in self.fresh.items()
            }
        place_of = {int(content): place for place, content in enumerate(self.ids)}
        ties = []
        for (first, second), verdict in sorted(found.items()):
            if first in place_of and second in place_of:
                one, other = (
                    descriptors[place_of[content]].astype(np.float32) for content in (first, second)
                )
                ties.append(Tie(first, second, verdict, float(one @ other)))
        return ties

    def _twins(self) -> Ints:
        """Contents for which another one with the same pixels stands."""
        twins = [i for group in self.same_pixels for i in sorted(group)[1:]]
        return np.array(twins, np.int64)

    def _not_judged(self, candidates: Candidates) -> Candidates:
        first, second = judged_pairs(self.known.db, verifier=VERIFIER)
        low, high = np.minimum(first, second), np.maximum(first, second)
        known = (low << 32) + high
        free = ~np.isin((candidates.first << 32) + candidates.second, known)
        return Candidates(
            candidates.first[free], candidates.second[free], candidates.similarity[free]
        )


def wide_candidates(ids: Ints, regions: Halves, *, new: Bools, among: Bools, k: int) -> Candidates:
    """Pairs worth a second look: of each new content the `k` most alike, as a whole or in part.

    ids (N,) ascending; regions (N, R, D), region 0 the whole; new, among: (N,) bool, the former
    part of the latter. A part of one picture is compared with the whole of the other, both ways;
    a pair is as alike as its best parts are. It has the lower id first.
    """
    rows, fresh = np.flatnonzero(among), np.flatnonzero(new)
    whole = regions[:, 0]
    found: list[tuple[Ints, Floats]] = []
    most = min(k + 1, len(rows))
    for region in range(regions.shape[1]):
        found.append(nearest(whole[rows], regions[fresh, region], k=most))
        if region:
            found.append(nearest(regions[rows, region], whole[fresh], k=most))
    others = rows[np.concatenate([places for places, _ in found], axis=1)]  # (F, ways * most)
    values = np.concatenate([similarities for _, similarities in found], axis=1)
    best: dict[tuple[int, int], float] = {}
    for row, there, alike in zip(fresh.tolist(), others, values, strict=True):
        by_strength = np.lexsort((there, -alike))
        unique = dict.fromkeys(there[by_strength].tolist())  # the strongest of each comes first
        unique.pop(row, None)
        last = by_strength[::-1]
        strongest = dict(zip(there[last].tolist(), alike[last].tolist(), strict=True))
        for other in list(unique)[:k]:
            pair = (min(row, other), max(row, other))
            best[pair] = max(best.get(pair, -1.0), strongest[other])
    order = sorted(best)
    return Candidates(
        ids[np.array([a for a, _ in order], np.intp)],
        ids[np.array([b for _, b in order], np.intp)],
        np.array([best[pair] for pair in order], np.float32),
    )


def _lies_in(folders: Sequence[bytes]) -> Callable[[FoundFile], bool]:
    ranges = [below(folder) for folder in folders]
    return lambda file: file.path in folders or any(low <= file.path < high for low, high in ranges)

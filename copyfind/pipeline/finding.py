"""The whole way from catalog to clusters, in one function."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copyfind.collection.cache import codes_path, open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.decisions import pairs_apart
from copyfind.collection.verdicts import (
    VerdictWriter,
    judged_pairs,
    proven_pairs,
    searched_contents,
)
from copyfind.cores import usable_cores
from copyfind.errors import CatalogError
from copyfind.evidence.features import FEATURES_VERSION, MIRROR_ORDER
from copyfind.evidence.verify import VERIFIER
from copyfind.grouping.clusters import Tie, cluster
from copyfind.grouping.decided import as_decided
from copyfind.grouping.keeper import KeepRule
from copyfind.grouping.partners import with_partners
from copyfind.grouping.pictures import Rule
from copyfind.imaging.readers import Readers
from copyfind.paths import as_json, below, shown
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.verifying import Pair, ordered, verify_pairs
from copyfind.records import (
    TIERS,
    Candidates,
    Cluster,
    Content,
    Effort,
    Findings,
    Halves,
    Ints,
    Model,
    Tier,
)
from copyfind.search.pairs import find_candidates
from copyfind.search.prospects import LocalFeatures, find_prospects, reaches_locally
from copyfind.units.folders import read_units
from copyfind.verdict import Verdict
from copyfind.watch import NOBODY, Stage, Watch

_LOOKED_AT = 128  # pictures whose features are made between two looks at the clock
_SEARCH = 1  # version of what finds candidates: raised, everything is searched again


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
    watch: Watch = NOBODY,
) -> Findings:
    """Clusters of copies among all indexed files, or among those below some folders.

    within: files and folders, reached in any way; each must have been indexed.
    threshold: cosine from which two descriptors tie pictures; the model's own by default.
    minimum_size: bytes; smaller files are left out.
    effort: how far candidates reach. verify: without, descriptors alone decide what is alike.
    keep: what decides first which member stays. references: folders in which nothing is redundant.
    cache: a folder for thumbnails, local features and the search index of a large collection.
    watch: may stop the run; verdicts up to there are kept in the catalog, and nothing is judged
    twice. Raises CatalogError, Interrupted.
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
                descriptors, threshold=threshold, cache=cache, count=watch.counting(Stage.SEARCH)
            )
            alike = Candidates(ids[rows.first], ids[rows.second], rows.similarity)
        ties: list[Tie] = []
        unread = 0
        if verify:
            whole = not here and not minimum_size
            run = _Run(catalog, known, used, effort, same_pixels, ids, whole)
            unread = run.verify(cache, workers, watch)
            ties = run.ties(descriptors)
        involved = {*np.unique(alike.first).tolist(), *np.unique(alike.second).tolist()}
        involved.update(known.repeated_contents(), *same_pixels)
        involved.update(content for tie in ties for content in (tie.first, tie.second))
        is_reference = _lies_in([os.path.realpath(path) for path in references])
        clustered = cluster(
            known.contents(involved),
            same_pixels=same_pixels,
            ties=ties,
            alike=alike,
            tiers=tiers,
            rule=Rule(tuple(keep), lambda file: is_reference(file.path)),
            mixed=not verify,
        )
        return Findings(
            catalog=as_json(os.fsencode(catalog))[0],
            model=used,
            threshold=threshold,
            roots=tuple(root.path for root in known.roots()),
            files=counts.files,
            contents=counts.contents,
            clusters=_as_units(as_decided(clustered.clusters, pairs_apart(db)), is_reference),
            skipped=tuple(known.problems()),
            effort=effort,
            verified=verify,
            series=clustered.series,
            unverified=clustered.unverified,
            unread=unread,
        )


def _as_units(
    clusters: Sequence[Cluster], is_reference: Callable[[bytes], bool]
) -> tuple[Cluster, ...]:
    """The clusters, with what belongs together in their folders taken into account."""
    units = read_units(member.file.path for c in clusters for member in c.members)
    return with_partners(clusters, units, may_lose=lambda path: not is_reference(path))


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

    def verify(self, cache: Path | None, workers: int | None, watch: Watch) -> int:
        """Judge what is new; returns how many contents could not be looked at."""
        way = f"{self.effort.value} {_SEARCH} {self.model.weights[:16]} {VERIFIER}"
        one_of_each = np.isin(self.ids, self._twins(), invert=True)
        searched = searched_contents(self.known.db, way=way)
        new = one_of_each & ~np.isin(self.ids, searched)
        if not new.any():
            return 0
        here, regions = self.known.regions(self.model)
        rows = np.flatnonzero(one_of_each)
        contents = self.known.contents(here[rows].tolist())
        sha256s = [contents[i].sha256 for i in here[rows].tolist()]
        by_sha256 = {content.sha256: content for content in contents.values()}
        with (
            open_cache(self.catalog, cache) as cached,
            VerdictWriter(self.catalog) as writer,
            Readers(workers=workers or usable_cores(), side=1) as readers,
        ):
            gallery = Gallery(by_sha256, cached, readers)
            local = None
            if reaches_locally(self.effort.value, len(rows)):
                fresh = [s for s, is_new in zip(sha256s, new[rows].tolist(), strict=True) if is_new]
                self._look_at(fresh, gallery, watch)
                local = LocalFeatures(
                    of=lambda rows: gallery.features([sha256s[row] for row in rows]),
                    mirror_order=MIRROR_ORDER,
                    codes=codes_path(self.catalog, cache, version=FEATURES_VERSION)
                    if cache
                    else None,
                )
            prospects = find_prospects(
                sha256s,
                regions[rows],
                effort=self.effort.value,
                threshold=self.model.default_threshold,
                local=local,
                new=new[rows],
                cache=cache,
                count=watch.counting(Stage.SEARCH),
            )
            pairs = self._not_judged(
                here[rows[prospects.first]], here[rows[prospects.second]], contents
            )
            verified = verify_pairs(
                pairs,
                gallery,
                keep=lambda verdicts: writer.store(verdicts, verifier=VERIFIER),
                watch=watch,
            )
            self.fresh = verified.proven
            if self.whole:
                done = [contents[i].sha256 for i in self.ids[new].tolist() if i in contents]
                writer.mark_searched(
                    [sha256 for sha256 in done if sha256 not in verified.unread], way=way
                )
        return len(verified.unread)

    def _look_at(self, sha256s: Sequence[bytes], gallery: Gallery, watch: Watch) -> None:
        """Local features of all of these, kept in the cache as they are made."""
        count = watch.counting(Stage.LOOK)
        count.show(0, len(sha256s))
        for start in range(0, len(sha256s), _LOOKED_AT):
            done = min(start + _LOOKED_AT, len(sha256s))
            gallery.pictures(sha256s[start:done])
            count.show(done, len(sha256s))

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

    def _not_judged(self, first: Ints, second: Ints, contents: Mapping[int, Content]) -> list[Pair]:
        """Pairs of contents, in their order, without those that have a verdict."""
        one, other = judged_pairs(self.known.db, verifier=VERIFIER)
        known = (np.minimum(one, other) << 32) + np.maximum(one, other)
        free = ~np.isin((np.minimum(first, second) << 32) + np.maximum(first, second), known)
        return [
            ordered(contents[a].sha256, contents[b].sha256)
            for a, b in zip(first[free].tolist(), second[free].tolist(), strict=True)
        ]


def _lies_in(folders: Sequence[bytes]) -> Callable[[bytes], bool]:
    ranges = [below(folder) for folder in folders]
    return lambda path: path in folders or any(low <= path < high for low, high in ranges)

"""The whole way from catalog to clusters, in one function."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from copyfind.collection.cache import codes_path, open_cache, pairs_path
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.decisions import pairs_apart
from copyfind.collection.libraries import untouchable_among
from copyfind.collection.references import reference_paths
from copyfind.collection.spool import Spool
from copyfind.collection.verdicts import (
    VerdictWriter,
    judged_pairs,
    proven_pairs,
    searched_contents,
)
from copyfind.collection.volumes import snapshots
from copyfind.cores import usable_cores
from copyfind.evidence.features import FEATURES_VERSION, MIRROR_ORDER
from copyfind.evidence.verify import VERIFIER
from copyfind.grouping.clusters import Tie, cluster
from copyfind.grouping.decided import as_decided
from copyfind.grouping.keeper import KeepRule
from copyfind.grouping.members import in_order
from copyfind.grouping.partners import with_partners
from copyfind.grouping.pictures import Rule
from copyfind.grouping.standing import with_standing
from copyfind.imaging.apart import Apart
from copyfind.paths import AnyPath, AnyPaths, all_encoded, as_json, as_path, lies_in
from copyfind.pipeline.coding import add_codes
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.meeting import Looks, meet
from copyfind.pipeline.origins import Telling
from copyfind.pipeline.verifying import Verified, verify_pairs
from copyfind.records import (
    TIERS,
    Candidates,
    Cluster,
    Effort,
    Findings,
    Halves,
    Ints,
    Model,
    Pair,
    Tier,
)
from copyfind.search.code_store import CodeStore
from copyfind.search.neighbours import Neighbours
from copyfind.search.prospects import REACH, LocalFeatures, find_prospects
from copyfind.search.rows import unit_rows
from copyfind.units.folders import read_units
from copyfind.verdict import Verdict
from copyfind.watch import NOBODY, Stage, Watch

_SEARCH = 7  # version of what finds candidates: raised, everything is searched again


def find_copies(
    catalog: AnyPath,
    *,
    within: AnyPaths = (),
    model: str | None = None,
    threshold: float | None = None,
    tiers: Collection[Tier] = TIERS,
    minimum_size: int = 0,
    effort: Effort = Effort.NORMAL,
    verify: bool = True,
    keep: Sequence[KeepRule] = (),
    references: AnyPaths = (),
    cache: AnyPath | None = None,
    workers: int | None = None,
    watch: Watch = NOBODY,
) -> Findings:
    """Clusters of copies among all indexed files, or among those below some folders.

    within: files and folders, reached in any way; each must have been indexed. model: the name or
    the id of what described them, by default what described most. threshold: cosine from which two
    descriptors tie pictures; the model's own by default.
    minimum_size: bytes; smaller files are left out.
    effort: how far candidates reach. verify: without, descriptors alone decide what is alike.
    keep: what decides first which member stays. references: folders in which nothing is redundant,
    under any of their names; each must hold an indexed file.
    cache: a folder for thumbnails, local features and the search index of a large collection.
    watch: may stop the run; verdicts up to there are kept in the catalog, and nothing is judged
    twice. Raises CatalogError, UnknownReference, Interrupted.
    """
    catalog, cache = as_path(catalog), None if cache is None else as_path(cache)
    with open_for_reading(catalog) as db:
        # The catalog knows resolved paths alone.
        here = [os.path.realpath(path) for path in all_encoded(within)]
        known = Catalog(db, within=here, minimum_size=minimum_size)
        kept = reference_paths(db, all_encoded(references))
        used = known.model(model)
        known.expect(here)
        threshold = used.default_threshold if threshold is None else threshold
        counts = known.counts(used)
        run = _Run(catalog, known, used, effort, cache, workers, watch)
        looked = run.look(
            threshold, verify=verify, tiers=tiers, is_all=not here and not minimum_size
        )
        is_reference = lies_in(kept)
        contents = known.contents(looked.involved)
        passing = snapshots(file for content in contents.values() for file in content.files)
        clustered = cluster(
            contents,
            same_pixels=looked.same_pixels,
            ties=looked.ties,
            alike=looked.alike,
            tiers=tiers,
            rule=Rule(
                keep=tuple(keep),
                today=date.today(),
                is_reference=lambda file: is_reference(file.path),
                passes=lambda file: file.path in passing,
            ),
            mixed=not verify,
        )
        unread = looked.unread
        del contents, looked  # as large as what was made of them, which is still to be copied
        return Findings(
            catalog=as_json(os.fsencode(catalog))[0],
            model=used,
            threshold=threshold,
            roots=tuple(root.path for root in known.roots()),
            files=counts.files,
            contents=counts.contents,
            clusters=_as_units(
                as_decided(clustered.clusters, pairs_apart(known)), is_reference, passing
            ),
            skipped=tuple(known.problems()),
            effort=effort,
            verified=verify,
            likely=clustered.likely,
            series=clustered.series,
            unverified=clustered.unverified,
            unread=unread,
            references=kept,
        )


def _as_units(
    clusters: Sequence[Cluster], is_reference: Callable[[bytes], bool], passing: Collection[bytes]
) -> tuple[Cluster, ...]:
    """The clusters, with what belongs together in their folders taken into account, and with what
    may go of them."""
    with Apart() as ask:
        units = read_units((member.file.path for c in clusters for member in c.members), ask)
    whole = with_partners(clusters, units, may_lose=lambda path: not is_reference(path))
    barred = untouchable_among(units) | {path for path, unit in units.items() if unit.blocked}
    return in_order(with_standing(whole, units, passing=passing, barred=barred))


@dataclass(frozen=True, slots=True)
class _Looked:
    """What ties contents, by row: the same pixels, proofs, a resemblance."""

    same_pixels: list[list[int]]
    ties: list[Tie]
    alike: Candidates
    unread: int  # contents that could not be looked at
    involved: set[int]  # those that may be in a cluster


@dataclass(frozen=True, slots=True)
class _Run:
    """One search for what deserves a second look, and the look."""

    catalog: Path
    known: Catalog
    model: Model
    effort: Effort
    cache: Path | None
    workers: int | None
    watch: Watch

    def look(
        self, threshold: float, *, verify: bool, tiers: Collection[Tier], is_all: bool
    ) -> _Looked:
        """All that ties contents. What it takes, and is large, goes with it: is_all as in
        `judge`."""
        known = self.known
        same_pixels = known.same_pixels()
        described, descriptors = known.descriptors(self.model)
        alike = Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        looks = self.looks(described, _twins(same_pixels)) if verify else None
        near = None
        if verify or Tier.UNVERIFIED in tiers:
            met = meet(
                descriptors,
                threshold=threshold,
                looks=looks,
                cache=self.cache,
                earlier=self.cache and pairs_path(self.catalog, self.cache, self.model),
                count=self.watch.counting(Stage.SEARCH),
            )
            found, near = met.alike, met.near
            alike = Candidates(described[found.first], described[found.second], found.similarity)
        ties: list[Tie] = []
        unread = 0
        if looks is not None:
            proven = proven_pairs(known, verifier=VERIFIER)
            with Apart(workers=self.workers or usable_cores()) as apart:
                fresh = self.judge(
                    described, descriptors, looks, near, apart, copies=len(proven), is_all=is_all
                )
                verdicts = {**proven, **fresh.proven}
                ties = _ties(verdicts, described, descriptors)
                unread = len(fresh.unread)
                pairs = known.contents({row for tie in ties for row in tie.pair})
                telling = Telling(self.catalog, known, apart, self.watch)
                ties = telling.with_origins(ties, pairs)
        involved = {*np.unique(alike.first).tolist(), *np.unique(alike.second).tolist()}
        involved.update(known.repeated_contents(), *same_pixels, *(tie.pair for tie in ties))
        return _Looked(same_pixels, ties, alike, unread, involved)

    def looks(self, described: Ints, twins: Sequence[int]) -> Looks:
        """Who takes part, of contents (N,) with a descriptor: what was searched before is not
        searched again."""
        taking = np.flatnonzero(~np.isin(described, twins))
        way = way_of(self.effort, self.model)
        new = ~np.isin(described[taking], searched_contents(self.known, way=way))
        return Looks(self.effort, taking, new)

    def judge(
        self,
        described: Ints,
        descriptors: Halves,
        looks: Looks,
        near: Neighbours | None,
        apart: Apart,
        *,
        copies: int,
        is_all: bool,
    ) -> Verified:
        """Candidates with a new content, judged.

        described (N,): contents, descriptors (N, D): of their wholes. near: those that descriptors
        lead to, where they were asked. apart: the processes that judge. copies: pairs proven
        earlier. is_all: whether they are all that is indexed, so that they need not be searched
        again.
        """
        if not looks.new.any():
            return Verified({}, frozenset())
        rows, new = described[looks.taking], looks.new
        wholes = descriptors if len(rows) == len(described) else descriptors[looks.taking]
        sha256s = self.known.sha256s()
        with (
            open_cache(self.catalog, self.cache) as cached,
            VerdictWriter(self.catalog, sha256s, verifier=VERIFIER) as writer,
            closing(Spool(self.cache)) as spool,
        ):
            gallery = Gallery(self.known.contents, cached, apart.readers, spool)
            local = None
            if REACH[self.effort.value].local:
                local = self._local_features(rows, gallery, [sha256s[row] for row in rows.tolist()])
            pairs = self._candidates(rows, wholes, looks, near, local, copies)
            verified = verify_pairs(pairs, gallery, keep=writer.store, watch=self.watch)
            if is_all:
                way = way_of(self.effort, self.model)
                writer.mark_searched(
                    (row for row in rows[new].tolist() if row not in verified.unread), way=way
                )
        return verified

    def _local_features(
        self, rows: Ints, gallery: Gallery, names: Sequence[bytes]
    ) -> LocalFeatures:
        """The codes of all of these, those that the cache lacks made now."""
        path = None
        if self.cache is not None:
            path = codes_path(self.catalog, self.cache, version=FEATURES_VERSION)
        store = CodeStore(path)
        store.keep_only(names)
        lacking = np.flatnonzero(store.places(names) < 0)
        add_codes(
            rows[lacking].tolist(),
            [names[place] for place in lacking.tolist()],
            gallery=gallery,
            store=store,
            count=self.watch.counting(Stage.LOOK),
        )
        return LocalFeatures(store, store.places(names), MIRROR_ORDER)

    def _candidates(
        self,
        rows: Ints,
        wholes: Halves,
        looks: Looks,
        near: Neighbours | None,
        local: LocalFeatures | None,
        copies: int,
    ) -> Ints:
        """(P, 2) pairs of these rows without a verdict, the most promising first."""
        prospects = find_prospects(
            wholes,
            effort=self.effort.value,
            threshold=self.model.default_threshold,
            local=local,
            new=looks.new,
            near=near,
            copies=copies,
            count=self.watch.counting(Stage.SEARCH),
        )
        lower, higher = rows[prospects.first], rows[prospects.second]
        judged = np.stack(judged_pairs(self.known, verifier=VERIFIER))
        free = ~np.isin((lower << 32) + higher, (judged[0] << 32) + judged[1])
        return np.stack([lower[free], higher[free]], axis=1)


def way_of(effort: Effort, model: Model) -> str:
    """What searched contents are marked with: another word wherever others could be found."""
    return f"{effort.value} {_SEARCH} {model.mark} {VERIFIER}"


def _twins(same_pixels: Sequence[Sequence[int]]) -> list[int]:
    """Contents for which another one with the same pixels stands, the lowest of them."""
    return [row for group in same_pixels for row in group[1:]]


def _ties(verdicts: Mapping[Pair, Verdict], described: Ints, descriptors: Halves) -> list[Tie]:
    """The verdicts on pairs of described contents, with the cosine of their descriptors."""
    pairs = np.array(sorted(verdicts), np.int64).reshape(-1, 2)
    pairs = pairs[np.isin(pairs, described).all(axis=1)]
    places = np.searchsorted(described, pairs)
    cosines = unit_rows(descriptors).similarity(places[:, 0], places[:, 1])
    return [
        Tie((lower, higher), verdicts[lower, higher], min(similarity, 1.0))
        for (lower, higher), similarity in zip(pairs.tolist(), cosines.tolist(), strict=True)
    ]

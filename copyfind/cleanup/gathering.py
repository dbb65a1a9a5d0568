"""What a plan has to know beside the findings: what belongs to files, what owns them, and when.

Reads the files that belong to redundant pictures; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from copyfind.cleanup.faults import IN_A_STORE, faults
from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.losing import Knowledge
from copyfind.cleanup.plan import Origin, Wishes, plan_choices, plan_copies
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.libraries import untouchable
from copyfind.collection.volumes import snapshots
from copyfind.errors import PlanError
from copyfind.imaging.apart import Apart, Ask
from copyfind.paths import is_address, shown
from copyfind.plans import LINKS, Belongings, Companion, Plan, PlannedFile, Unit
from copyfind.records import Findings, Role
from copyfind.units.folders import read_units


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes plans from the findings of a catalog. version: of this copyfind."""

    catalog: Path
    version: str
    files: Files

    def copies(self, findings: Findings, wishes: Wishes) -> Plan:
        """A plan of what the findings call redundant. Raises PlanError, CatalogError."""
        refuse_addresses(findings)
        redundant = [
            m.file.path for c in findings.clusters for m in c.members if m.role is Role.REDUNDANT
        ]
        with Apart() as ask:
            knowledge = self._knowledge(findings, redundant, ask)
            wishes = self._informed(wishes, findings, redundant, knowledge)
            made = plan_copies(findings, wishes, self._origin())
            return self._annotated(made, findings, wishes, knowledge)

    def draft(self, findings: Findings, redundant: Collection[bytes], wishes: Wishes) -> Plan:
        """The plan of `choices` without what would be lost, which decides of nothing and takes long
        to read. Raises PlanError, CatalogError."""
        refuse_addresses(findings)
        with Apart() as ask:
            belongings = belongings_of(sorted(redundant), self.files, ask)
        wishes = self._placed(wishes, findings, belongings)
        return plan_choices(findings, redundant, wishes, self._origin())

    def choices(self, findings: Findings, redundant: Collection[bytes], wishes: Wishes) -> Plan:
        """A plan of what a person has chosen to go, by path. Raises PlanError, CatalogError."""
        refuse_addresses(findings)
        with Apart() as ask:
            knowledge = self._knowledge(findings, redundant, ask)
            wishes = self._informed(wishes, findings, redundant, knowledge)
            made = plan_choices(findings, redundant, wishes, self._origin())
            return self._annotated(made, findings, wishes, knowledge)

    def _origin(self) -> Origin:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Origin(now, self.version, catalog_state(self.catalog))

    def _knowledge(self, findings: Findings, redundant: Collection[bytes], ask: Ask) -> Knowledge:
        """What is known of all members of the clusters of which something goes."""
        going = set(redundant)
        members = (
            [m.file.path for m in c.members]
            for c in findings.clusters
            if any(m.file.path in going for m in c.members)
        )
        units = read_units((path for paths in members for path in paths), ask)
        return Knowledge(units, self.files, ask)

    def _annotated(
        self, plan: Plan, findings: Findings, wishes: Wishes, knowledge: Knowledge
    ) -> Plan:
        """The plan with a new version of the sidecar of each keeper that lacks something. Links
        leave what lies beside the copy where it is."""
        if not wishes.merge_metadata or wishes.kind in LINKS:
            return plan
        found = {cluster.id: cluster for cluster in findings.clusters}
        clusters = []
        for cluster in plan.clusters:
            going = {action.file.path for action in cluster.actions}
            sidecar = None
            with suppress(OSError):  # it stays as it is; what is lost is told all the same
                sidecar = knowledge.sidecar(found[cluster.id], going)
            clusters.append(replace(cluster, sidecar=sidecar))
        annotated = replace(plan, clusters=tuple(clusters))
        wrong = {(fault.cluster, fault.path) for fault in faults(annotated)}
        return replace(
            annotated,
            clusters=tuple(
                replace(c, sidecar=None) if c.sidecar and (c.id, c.sidecar.path) in wrong else c
                for c in annotated.clusters
            ),
        )

    def _informed(
        self,
        wishes: Wishes,
        findings: Findings,
        redundant: Collection[bytes],
        knowledge: Knowledge,
    ) -> Wishes:
        """The wishes with what belongs to the files, what only those know that go included."""
        belongings = belongings_of(sorted(redundant), self.files, knowledge.ask)
        belongings = _with_losses(belongings, findings, set(redundant), knowledge)
        return self._placed(wishes, findings, belongings)

    def _placed(
        self, wishes: Wishes, findings: Findings, belongings: Mapping[bytes, Belongings]
    ) -> Wishes:
        """The wishes with what belongs to the files, and with folders where they really are."""
        return replace(
            wishes,
            protected=tuple(os.path.realpath(folder) for folder in wishes.protected),
            to=os.path.realpath(wishes.to) if wishes.to else None,
            passing=snapshots(m.file for c in findings.clusters for m in c.members),
            belongings=belongings,
        )


def refuse_addresses(findings: Findings) -> None:
    """Raise PlanError where copies lie in an object store: nothing there is cleared away from here,
    and nothing here for a copy that is there."""
    paths = (member.file.path for c in findings.clusters for member in c.members)
    if (address := next(filter(is_address, paths), None)) is not None:
        raise PlanError(
            f"{shown(address)} {IN_A_STORE}; what may go is listed in remove.parquet, which "
            "copyfind dupes writes beside the run"
        )


def _with_losses(
    belongings: dict[bytes, Belongings],
    findings: Findings,
    going: Collection[bytes],
    knowledge: Knowledge,
) -> dict[bytes, Belongings]:
    """What belongs to files, with what only those of them know that go."""
    for cluster in findings.clusters:
        for path, lost in knowledge.lost(cluster, going).items():
            known = belongings.get(path, Belongings())
            belongings[path] = replace(known, loses=tuple(str(loss) for loss in lost))
    return belongings


def catalog_state(catalog: Path) -> str:
    """A word for all that the catalog knows, another one whenever that changes. Raises
    CatalogError."""
    with open_for_reading(catalog) as db:
        return Catalog(db).state()


def belongings_of(paths: Iterable[bytes], files: Files, ask: Ask) -> dict[bytes, Belongings]:
    """What belongs to each of these pictures, or why it must stay, by path."""
    units = read_units(paths, ask)
    return {path: _belongings(unit, files) for path, unit in units.items()}


def _belongings(unit: Unit, files: Files) -> Belongings:
    blocked = untouchable(unit.picture) or unit.blocked
    if blocked:
        return Belongings(blocked=blocked)
    companions = []
    for part in unit.followers:
        try:
            planned = _planned(part.path, files)
        except OSError as error:
            reason = f"its {part.kind.value} {shown(part.path)} cannot be read: {error.strerror}"
            return Belongings(blocked=reason)
        companions.append(Companion(planned, (unit.picture, *part.shared_with)))
    return Belongings(tuple(companions), tuple(part.path for part in unit.partners))


def _planned(path: bytes, files: Files) -> PlannedFile:
    here = files.look(path)
    if here is None or here.kind is not Kind.FILE:
        raise FileNotFoundError(2, "not a file", path)
    return here.planned(files.digest(path))

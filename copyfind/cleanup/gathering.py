"""What a plan has to know beside the findings: what belongs to files, what owns them, and when.

Reads the files that belong to redundant pictures; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from copyfind.cleanup.checks import untouchable
from copyfind.cleanup.files import Files, Kind
from copyfind.cleanup.plan import Origin, Wishes, plan_choices, plan_copies
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.paths import shown
from copyfind.collection.units import read_units
from copyfind.records import (
    Belongings,
    Companion,
    Findings,
    FoundFile,
    Plan,
    PlannedFile,
    Role,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes plans from the findings of a catalog. version: of this copyfind."""

    catalog: Path
    version: str
    files: Files

    def copies(self, findings: Findings, wishes: Wishes) -> Plan:
        """A plan of what the findings call redundant. Raises PlanError, CatalogError."""
        redundant = [
            m.file.path for c in findings.clusters for m in c.members if m.role is Role.REDUNDANT
        ]
        return plan_copies(findings, self._informed(wishes, redundant), self._origin())

    def choices(self, findings: Findings, redundant: Collection[bytes], wishes: Wishes) -> Plan:
        """A plan of what a person has chosen to go, by path. Raises PlanError, CatalogError."""
        wishes = self._informed(wishes, sorted(redundant))
        return plan_choices(findings, redundant, wishes, self._origin())

    def _origin(self) -> Origin:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Origin(now, self.version, catalog_state(self.catalog))

    def _informed(self, wishes: Wishes, redundant: Iterable[bytes]) -> Wishes:
        """The wishes with what belongs to the files, and with folders where they really are."""
        return replace(
            wishes,
            protected=tuple(os.path.realpath(folder) for folder in wishes.protected),
            to=os.path.realpath(wishes.to) if wishes.to else None,
            belongings=belongings_of(redundant, self.files),
        )


def catalog_state(catalog: Path) -> str:
    """Of what the catalog knows. Raises CatalogError."""
    with open_for_reading(catalog) as db:
        return Catalog(db).state()


def belongings_of(paths: Iterable[bytes], files: Files) -> dict[bytes, Belongings]:
    """What belongs to each of these pictures, or why it must stay, by path."""
    units = read_units(paths)
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
    digest = files.digest(path)
    found = FoundFile(path, here.device, here.inode, here.size, here.mtime_ns)
    return PlannedFile(found, digest)

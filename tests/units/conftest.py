"""What the tests of units ask."""

from __future__ import annotations

import os

from copyfind.plans import PartKind, Unit


def belongs(unit: Unit) -> dict[str, PartKind]:
    return {os.fsdecode(os.path.basename(c.path)): c.kind for c in unit.parts}

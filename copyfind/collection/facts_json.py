"""What a picture file says of itself, as the JSON in which it is kept."""

from __future__ import annotations

import json
import sys
from dataclasses import astuple, fields
from typing import Any

from copyfind.records import Facts

_KNOWN = {field.name: field.default for field in fields(Facts)}  # the size has no default


def facts_as_json(facts: Facts) -> str:
    """All that differs from the defaults."""
    told = {name: getattr(facts, name) for name in _KNOWN}
    kept = {name: said for name, said in told.items() if said != _KNOWN[name]}
    return json.dumps(kept, default=astuple)


def facts_of_json(stored: str) -> Facts:
    """What was stored of a picture, without what this copyfind no longer asks for."""
    told: dict[str, Any] = json.loads(stored)
    known = {name: _shared(said) for name, said in told.items() if name in _KNOWN}
    return Facts(**known)


def _shared(said: Any) -> Any:
    """A text once in memory: names of cameras and formats are the same many thousand times."""
    return sys.intern(said) if isinstance(said, str) else said

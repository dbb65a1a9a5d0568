"""Where a moved file gets, with what travels along: its way is repeated in another folder."""

from __future__ import annotations

import os
from collections.abc import Sequence

from copyfind.paths import below
from copyfind.plans import Action, Companion

_SEPARATOR = os.fsencode(os.sep)


def common_folder(roots: Sequence[bytes]) -> bytes:
    """The folder from which the ways to all files are told."""
    try:
        return os.path.commonpath(roots) if roots else _SEPARATOR
    except ValueError:  # on several drives of Windows
        return _SEPARATOR


def destination(base: bytes, to: bytes, path: bytes) -> bytes:
    """Where a file gets: the way from `base` to it, repeated in the folder `to`."""
    _, rest = os.path.splitdrive(path)
    inside = path[len(base) :] if below(base)[0] <= path < below(base)[1] else rest
    return os.path.join(to, inside.lstrip(_SEPARATOR))


def companion_destination(action: Action, companion: Companion) -> bytes | None:
    """Where a companion of a moved file gets; None where its way does not lead down."""
    way = os.path.relpath(companion.file.path, os.path.dirname(action.file.path))
    if action.to is None or way.startswith(b".."):
        return None
    return os.path.join(os.path.dirname(action.to), way)

"""Following folders: what tells that files in them changed, once nothing has for a while."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from copyfind.collection.libraries import is_furniture
from copyfind.errors import CatalogError, CatalogLocked, FolderError
from copyfind.paths import shown
from copyfind.private import lock_file, make_folder

_LOOK_EVERY = 0.5  # seconds, at which a wish to stop is heard as well
_POLL_EVERY = 30.0  # seconds at most: all files of a network drive are asked for
_LONGEST = 20  # times the quiet that is waited for: then what changes all the time is looked at


@contextmanager
def only_one(catalog: Path) -> Iterator[None]:
    """Be the only one who follows folders for a catalog. Raises CatalogLocked and CatalogError."""
    from filelock import Timeout

    path = catalog.with_name(catalog.name + ".watch")
    try:
        make_folder(path.parent)
        lock = lock_file(path)
        lock.acquire()
    except Timeout:
        raise CatalogLocked(f"another copyfind watch follows folders for {catalog}") from None
    except OSError as error:
        raise CatalogError(f"{path} cannot be written ({error.strerror})") from error
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class Seen:
    """What counts as a change in some folders: no hidden file, no system's or trash folder (the
    quarantine is one), nothing of the catalog where that lies among the photos."""

    folders: tuple[str, ...]
    catalog: str

    def __call__(self, _change: object, path: str) -> bool:
        """Whether a path counts."""
        if path == self.catalog or path.startswith((f"{self.catalog}-", f"{self.catalog}.")):
            return False
        below = (os.path.relpath(path, top) for top in self.folders if _is_in(path, top))
        parts = min(below, key=len, default="").split(os.sep)
        return not any(
            (part.startswith(".") and part != ".") or is_furniture(os.fsencode(part))
            for part in parts
        )


def settled_changes(
    folders: Sequence[bytes],
    *,
    catalog: Path,
    quiet: float,
    poll: bool,
    should_stop: Callable[[], bool],
) -> Iterator[int]:
    """Yields 0 once everything is followed, then how many paths changed, each time that nothing has
    for `quiet` seconds; what changes all the time is told of after twenty times as long.

    Changes while the caller is busy are not lost. poll: look again and again instead of being told,
    for network drives. Ends when should_stop says so. Raises FolderError.
    """
    import watchfiles

    tops = tuple(os.path.realpath(os.fsdecode(folder)) for folder in folders)
    for top in tops:
        if not os.path.isdir(top):
            raise FolderError(f"{shown(os.fsencode(top))} is not a folder that is there")
    waiting: set[str] = set()
    first = last = 0.0
    for changes in watchfiles.watch(
        *tops,
        watch_filter=Seen(tops, str(catalog)),
        debounce=int(_LOOK_EVERY * 1000),
        step=50,
        rust_timeout=int(_LOOK_EVERY * 1000),
        yield_on_timeout=True,
        force_polling=poll or None,
        poll_delay_ms=int(1000 * min(max(quiet, _LOOK_EVERY), _POLL_EVERY)),
        ignore_permission_denied=True,
    ):
        if should_stop():
            return
        now = time.monotonic()
        if not last:
            yield 0
            last = now
        elif changes:
            first, last = (first if waiting else now), now
            waiting |= {path for _, path in changes}
        if waiting and (now - last >= quiet or now - first >= quiet * _LONGEST):
            told, waiting = len(waiting), set()
            yield told


def _is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(os.path.join(top, ""))

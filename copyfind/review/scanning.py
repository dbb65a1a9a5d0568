"""Bringing the catalog up to date while the page is open: a folder is indexed, copies are found
anew, and what is found takes the place of what lies on the desk.

One such run at a time, in a thread of its own; the page asks how far it is. A change of the catalog
by anybody else is noticed, and told.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from copyfind.errors import CatalogError, CopyfindError, Interrupted
from copyfind.paths import printable
from copyfind.pipeline.showing import Showcase
from copyfind.report.cards import Card
from copyfind.report.numbers import counted
from copyfind.review.clearing import Clearing
from copyfind.review.desk import Desk, Refusal
from copyfind.review.heap import give_back
from copyfind.review.tools import Tools
from copyfind.watch import Progress, Watch, counted_in

_PATIENCE = 30  # seconds that the end of a review waits for a batch


class Scanning:
    """Runs one scan at a time."""

    def __init__(self, desk: Desk, showcase: Showcase, clearing: Clearing, tools: Tools) -> None:
        self._desk = desk
        self._showcase = showcase
        self._clearing = clearing
        self._tools = tools
        self._running = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._progress: Progress | None = None
        self._said = ""  # how the last run ended
        self._failed = False
        self._state = ""
        self._state = self._state_now()
        desk.telling = self.ours

    def start(self, folder: str | None) -> Card:
        """Index a folder, or nothing, and find copies anew; returns the pulse. Raises Refusal."""
        paths = [] if folder is None else [self._folder(folder)]
        if not self._running.acquire(blocking=False):
            raise Refusal("a scan is running already")
        self._stop.clear()
        self._said, self._failed, self._progress = "", False, None
        self._thread = threading.Thread(target=self._run, args=(paths,), daemon=True)
        self._thread.start()
        return self.pulse()

    def stop(self) -> Card:
        """Let the run end after the batch it is at; what was read is kept."""
        self._stop.set()
        return self.pulse()

    def end(self) -> None:
        """Stop, and wait until what runs has let go of its workers."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def pulse(self) -> Card:
        """Whether a scan runs and how far it is, how the last one ended, which findings lie on the
        desk, and whether the catalog has changed since they were found."""
        running, now = self._running.locked(), self._progress
        return {
            "edition": self._desk.laid.edition,
            "running": running,
            "stage": now.stage if now else "",
            "done": now.files if now else 0,
            "total": now.total_files if now else 0,
            "unit": counted_in(now.stage) if now else "",
            "said": self._said,
            "failed": self._failed,
            "changed": not running and self._state_now() != self._state,
        }

    @contextmanager
    def ours(self) -> Iterator[None]:
        """What this review itself changes in the catalog is no news."""
        before = self._state_now()
        yield
        if before == self._state:
            self._state = self._state_now()

    def _run(self, paths: list[bytes]) -> None:
        watch = Watch(on_progress=self._note, should_stop=self._stop.is_set)
        try:
            said = ""
            if paths:
                summary = self._tools.index(paths, watch)
                said = f"{counted(summary.files, 'picture')} met, {summary.read:,} read"
                said += f", {len(summary.skipped):,} skipped. " if summary.skipped else ". "
            state = self._state_now()
            findings = self._tools.find((), watch)
            self._showcase.turn_to(findings)
            self._desk.lay(findings)
            self._clearing.tell_the_desk()
            self._state = state
            give_back()
            clusters = len(findings.clusters)
            self._said = f"{said}{counted(clusters, 'cluster')} of copies."
        except Interrupted as stopped:
            self._said = str(stopped)
        except CopyfindError as error:
            self._said, self._failed = str(error), True
        finally:
            self._progress = None
            self._running.release()

    def _note(self, progress: Progress) -> None:
        self._progress = progress

    def _state_now(self) -> str:
        with suppress(CatalogError):
            return self._tools.state()
        return self._state  # it cannot be told now

    def _folder(self, text: str) -> bytes:
        """The folder that was typed, as it really is. Raises Refusal."""
        try:
            path = Path(text.strip()).expanduser()
            real = os.path.realpath(os.fsencode(path))
        except (RuntimeError, ValueError):  # ~nobody, a zero byte, half a letter
            raise Refusal(f"{printable(text)} is no folder here") from None
        if not text.strip() or not path.is_absolute():
            raise Refusal("write the whole path of a folder, such as ~/Photos")
        if not self._tools.anywhere and real not in self._desk.findings.roots:
            raise Refusal("others can see this page, so only folders that were indexed are scanned")
        if not os.path.isdir(real):  # noqa: PTH112 - a path that may be no UTF-8
            raise Refusal(f"{printable(text.strip())} is no folder here")
        return real

"""Pictures of contents for pages: thumbnails, remembered or made anew, and full-size ones.

A picture is asked for by the SHA-256 of its content, and only those of the findings at hand are
there: no path ever comes from outside. A file that is no longer what was indexed gives nothing.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from threading import Lock
from typing import Self

from PIL import Image

from copyfind.cores import usable_cores
from copyfind.imaging.readers import Readers
from copyfind.imaging.source import LOCAL, Source
from copyfind.imaging.thumbnail import LONGEST, encode
from copyfind.paths import is_address, modified_ns
from copyfind.records import Content, Findings, FoundFile, Pixels, Unreadable
from copyfind.watch import NOBODY, Stage, Watch

FULL = 6000  # pixels, the longer side of what is converted: more than any screen shows
_AS_IT_IS = 50_000_000  # pixels, and bytes, up to which a browser is given a JPEG as it is
_MEMORY = 2 << 30  # bytes a worker: pages are looked at while other programs run
_BATCH = 200

Known = Callable[[Iterable[bytes]], Mapping[bytes, bytes]]
Keep = Callable[[Mapping[bytes, bytes]], object]


class Showcase:
    """JPEGs of the contents of some findings, for several threads.

    known: thumbnails that are remembered, of those asked for. keep: told of those made anew.
    source: where the bytes of what has an address come from.
    A context manager: its workers start when the first picture has to be decoded.
    """

    def __init__(
        self,
        findings: Findings,
        *,
        known: Known = lambda _: {},
        keep: Keep = lambda _: None,
        source: Source = LOCAL,
        workers: int | None = None,
    ) -> None:
        self.turn_to(findings)
        self._known, self._keep = known, keep
        self._source = source
        self._workers = workers or usable_cores()
        self._readers: Readers | None = None
        self._lock = Lock()  # of the readers' start and end, and of what was made
        self._made: dict[bytes, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._readers is not None:
                self._readers.close()
                self._readers = None

    def turn_to(self, findings: Findings) -> None:
        """Show the contents of these findings from now on."""
        self._contents = {m.content.sha256: m.content for c in findings.clusters for m in c.members}

    def make_thumbnails(self, watch: Watch = NOBODY) -> None:
        """Have all that can be made. Raises Interrupted; what was made up to there is kept."""
        missing = list(self._missing())
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            owners = {content.files[0]: content.sha256 for content in batch if content.files}
            fresh = {
                owners[file]: encode(pixels)
                for file, pixels in self._started().thumbnails(owners, longest=LONGEST)
                if not isinstance(pixels, Unreadable)
            }
            self._remember(fresh)
            done = start + len(batch)
            watch.show(Stage.READ, done, len(missing))
            if done < len(missing):
                watch.check(f"after {done:,} of {len(missing):,} thumbnails, all of them kept")

    def _missing(self) -> Iterator[Content]:
        """The contents without a thumbnail, some asked for at a time: those of 100,000 pictures
        are 2 GB."""
        for start in range(0, len(self._contents), _BATCH):
            some = dict(islice(self._contents.items(), start, start + _BATCH))
            remembered = self._known(some)
            yield from (content for sha256, content in some.items() if sha256 not in remembered)

    def thumbnail(self, sha256: bytes) -> bytes | None:
        """A small upright JPEG, or None where no file of that content gives one."""
        if (content := self._contents.get(sha256)) is None:
            return None
        if found := self._made.get(sha256) or self._known([sha256]).get(sha256):
            return found
        if (pixels := self._decoded(content, LONGEST)) is None:
            return None
        self._remember({sha256: (jpeg := encode(pixels))})
        return jpeg

    def full(self, sha256: bytes) -> bytes | None:
        """A JPEG of the whole picture: the file itself where browsers show it well, otherwise
        decoded within the limits of imaging; `FULL` pixels long at most."""
        if (content := self._contents.get(sha256)) is None:
            return None
        facts = content.facts
        small = facts is not None and facts.width * facts.height <= _AS_IT_IS
        if facts and facts.format in ("JPEG", "MPO") and small and content.size <= _AS_IT_IS:
            for file in content.files:
                if (data := _read_unchanged(file, self._source)) is not None:
                    return data
            return None
        pixels = self._decoded(content, FULL)
        return None if pixels is None else _jpeg(pixels, quality=95)

    def _decoded(self, content: Content, longest: int) -> Pixels | None:
        for file in content.files:
            for _, pixels in self._started().thumbnails([file], longest=longest):
                if not isinstance(pixels, Unreadable):
                    return pixels
        return None

    def _remember(self, fresh: Mapping[bytes, bytes]) -> None:
        self._keep(fresh)
        kept = self._known(fresh)
        with self._lock:  # in memory only what nobody else keeps
            self._made.update((sha256, one) for sha256, one in fresh.items() if sha256 not in kept)

    def _started(self) -> Readers:
        with self._lock:
            if self._readers is None:
                self._readers = Readers(
                    workers=self._workers, side=1, memory_limit=_MEMORY, source=self._source
                )
            return self._readers


def _read_unchanged(file: FoundFile, source: Source) -> bytes | None:
    """The bytes of a regular file that is still what was indexed; no link is followed to it. Of
    what has an address, those that its source has."""
    if is_address(file.path):
        with suppress(OSError), source.open(file) as opened:
            return opened.stream.read() if opened.file == file else None
        return None
    try:
        descriptor = os.open(os.fsdecode(file.path), os.O_RDONLY | _NO_LINKS)
        with os.fdopen(descriptor, "rb") as stream:
            now = os.fstat(stream.fileno())
            same = (now.st_size, modified_ns(now)) == (file.size, file.mtime_ns)
            return stream.read() if same and stat.S_ISREG(now.st_mode) else None
    except OSError:
        return None


# O_NONBLOCK: a pipe of that name must not hold the page up.
_NO_LINKS = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


def _jpeg(pixels: Pixels, *, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()

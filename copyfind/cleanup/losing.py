"""What only the copies know that go, told before it is lost, and the sidecar that keeps it.

Reads pictures and what belongs to them; changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from copyfind.cleanup.files import Files, Kind
from copyfind.imaging.apart import Ask
from copyfind.imaging.formats import Undecodable
from copyfind.metadata.attached import has_attached, read_attached
from copyfind.metadata.known import Metadata, joined
from copyfind.metadata.losses import Loss, LossKind, losses, missing
from copyfind.metadata.reading import Asked, Unread, read_with
from copyfind.metadata.sidecar import More, added, new_sidecar_name
from copyfind.metadata.xmp import LARGEST
from copyfind.paths import shown
from copyfind.plans import Part, PartKind, PlannedFile, Sidecar, Unit
from copyfind.records import Cluster, Member, Role
from copyfind.units.farther import Farther

_XMP = b".xmp"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of pictures, each read once. units: of all that are asked for, by path. ask:
    who reads what lies in files."""

    units: Mapping[bytes, Unit]
    files: Files
    ask: Ask
    _said: dict[bytes, tuple[Metadata | Unread, ...]] = field(default_factory=dict)
    _farther: Farther = field(default_factory=Farther)

    def of(self, path: bytes) -> Metadata:
        """What a picture, its sidecars, Takeout's JSON and what is attached to it say; nothing
        where it cannot be read."""
        return joined(said for said in self._answers(path) if isinstance(said, Metadata))

    def _answers(self, path: bytes) -> tuple[Metadata | Unread, ...]:
        """Of what is in it and beside it, and of what is attached: each may end who reads it."""
        if path not in self._said:
            self._said[path] = read_with(self.ask, self._asked(path)), self._attached(path)
        return self._said[path]

    def _attached(self, path: bytes) -> Metadata | Unread:
        if not has_attached(path):
            return Metadata()
        said = self.ask(read_attached, path)
        return Unread(said.reason) if isinstance(said, Undecodable) else said

    def lost(self, cluster: Cluster, going: Collection[bytes]) -> dict[bytes, tuple[Loss, ...]]:
        """What the keeper does not know, by each member that goes and knows it."""
        keeper = _who_stays(cluster, going)
        leaving = [m for m in cluster.members if m.file.path in going]
        found = {m.file.path: tuple(self._losses(keeper, m)) for m in leaving}
        return {path: lost for path, lost in found.items() if lost}

    def sidecar(self, cluster: Cluster, going: Collection[bytes]) -> Sidecar | None:
        """The keeper's sidecar with all that is missing in it; None where nothing is, or where
        it cannot be added to. Raises OSError."""
        keeper = _who_stays(cluster, going)
        copies = [m for m in cluster.members if m.file.path in going]
        asked = [m for m in copies if not self._says_the_same(keeper, m)]
        if not asked:
            return None
        more = missing(self.of(keeper.file.path), *(self.of(m.file.path) for m in asked))
        if more.is_empty:
            return None
        path, is_new = self._place(keeper)
        before = None if is_new else self._planned(path)
        serves = _suffix(keeper.file.path) if _is_stem_sidecar(path, keeper) else None
        text = self.ask(added, More(self.files.read(path) if before else None, more, serves))
        if text is None or isinstance(text, Undecodable):
            return None
        return Sidecar(path, before, text)

    def _asked(self, path: bytes) -> Asked:
        sidecars: list[bytes] = []
        takeout = None
        for part in self.units[path].parts if path in self.units else ():
            if part.kind is PartKind.SIDECAR and part.path.lower().endswith(_XMP):
                sidecars += self._small(part.path)
            elif part.kind is PartKind.TAKEOUT:
                takeout = next(iter(self._small(part.path)), None)
        seen = self.files.look(path)
        closed = seen is None or seen.kind is not Kind.FILE or seen.placeholder
        return Asked(None if closed else path, tuple(sidecars), takeout)

    def _small(self, path: bytes) -> Iterator[bytes]:
        with suppress(OSError):
            seen = self.files.look(path)
            fits = seen is not None and seen.kind is Kind.FILE and seen.size <= LARGEST
            if seen is not None and fits and not seen.placeholder:
                yield self.files.read(path)

    def _losses(self, keeper: Member, member: Member) -> Iterator[Loss]:
        if not self._says_the_same(keeper, member):
            yield from losses(self.of(keeper.file.path), self.of(member.file.path))
            for said in self._answers(member.file.path):
                if isinstance(said, Unread):
                    yield Loss(LossKind.UNREAD, f"cannot be told ({said.reason})")
        films = [p for p in self._parts(member) if p.kind is PartKind.FILM]
        kept = any(p.kind is PartKind.FILM for p in self._parts(keeper))
        if films and not kept:
            yield Loss(LossKind.FILM, os.fsdecode(os.path.basename(films[0].path)))
        kept_beside = {self._bytes_of(path) for path in self._other_sidecars(keeper)}
        for path in self._other_sidecars(member):
            if self._bytes_of(path) not in kept_beside:
                yield Loss(LossKind.SIDECAR, shown(os.path.basename(path)))
        kept_farther = {edits for _, edits in self._farther.of(keeper.file.path)}
        for name, edits in self._farther.of(member.file.path):
            if edits not in kept_farther:
                yield Loss(LossKind.SIDECAR, shown(name))

    def _other_sidecars(self, member: Member) -> list[bytes]:
        """What lies beside it that is not read here: what a program knows of the picture."""
        kinds = (PartKind.SIDECAR, PartKind.APPLE_EDITS)
        return [
            part.path
            for part in self._parts(member)
            if part.kind in kinds and not part.path.lower().endswith(_XMP)
        ]

    def _bytes_of(self, path: bytes) -> bytes:
        """Its bytes, or its path where they cannot be had."""
        return next(self._small(path), path)

    def _says_the_same(self, keeper: Member, member: Member) -> bool:
        """Whether the two have the same bytes, and nothing lies beside the copy that could say
        more: then there is no need to read."""
        if keeper.content.sha256 != member.content.sha256:
            return False
        kinds = {part.kind for part in self._parts(member)}
        if kinds & {PartKind.SIDECAR, PartKind.TAKEOUT}:
            return False
        return not has_attached(member.file.path)

    def _parts(self, member: Member) -> tuple[Part, ...]:
        unit = self.units.get(member.file.path)
        return unit.parts if unit else ()

    def _place(self, keeper: Member) -> tuple[bytes, bool]:
        """The keeper's own sidecar, or the name of a new one."""
        path = keeper.file.path
        own = [
            part.path
            for part in self._parts(keeper)
            if part.kind is PartKind.SIDECAR
            and part.path.lower().endswith(_XMP)
            and not part.shared_with
        ]
        for candidate in own:
            if candidate[: -len(_XMP)].lower() in (path.lower(), os.path.splitext(path)[0].lower()):
                return candidate, False
        facts = keeper.content.facts
        name = new_sidecar_name(
            path,
            alone=not any(p.kind is PartKind.RENDERED for p in self._parts(keeper)),
            is_raw=facts is not None and facts.format.startswith("RAW"),
        )
        if self.files.look(name) is not None:
            name = path + _XMP
        return name, self.files.look(name) is None

    def _planned(self, path: bytes) -> PlannedFile:
        seen = self.files.look(path)
        if seen is None or seen.kind is not Kind.FILE:
            raise FileNotFoundError(2, "not a file", path)
        return seen.planned(self.files.digest(path))


def _who_stays(cluster: Cluster, going: Collection[bytes]) -> Member:
    """The keeper, or who takes its place where a person let it go."""
    staying = [m for m in cluster.members if m.file.path not in going]
    proven = [m for m in staying if m.role is not Role.RELATED]
    return next(iter(proven or staying), cluster.keeper)


def _suffix(path: bytes) -> str:
    return os.fsdecode(os.path.splitext(path)[1][1:])


def _is_stem_sidecar(path: bytes, keeper: Member) -> bool:
    return path != keeper.file.path + _XMP

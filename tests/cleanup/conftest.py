"""An album of plain files, what a search would find in it, and what must be true of it."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from copyfind.cleanup.apply import Applied, Surroundings, carry_out
from copyfind.cleanup.files import Files
from copyfind.cleanup.journal import Journal
from copyfind.cleanup.journals import Journals
from copyfind.cleanup.plan import Origin, Wishes, plan_copies
from copyfind.cleanup.undo import Undone, undo_journal
from copyfind.plans import LINKS, ActionKind, Belongings, Companion, Plan, PlannedFile
from copyfind.records import (
    TIERS,
    Cluster,
    Content,
    Evidence,
    Extra,
    Facts,
    Findings,
    FoundFile,
    Member,
    Model,
    Role,
    Tier,
)
from copyfind.watch import Progress, Watch
from tests.cleanup.faulty import Recording

ORIGIN = Origin("2026-11-21T10:00:00Z", "0.1.0", "state 1")
MODEL = Model(1, "lite0-128", "ab" * 32, 128, 192, 0.73)
PHOTO = Facts(width=4000, height=3000, format="JPEG", surplus=())
Tree = Mapping[str, tuple[object, ...]]


@dataclass(frozen=True)
class Copy:
    """A redundant file: what ties it to which file of the album."""

    name: str
    to: str
    tier: Tier = Tier.IDENTICAL
    how: tuple[str, ...] = ()
    role: Role = Role.REDUNDANT
    surplus: tuple[Extra, ...] | None = ()


@dataclass
class Album:
    """A folder of files; beside it, the places that clearing away uses."""

    top: Path
    findings_: list[Cluster] = field(default_factory=list)
    files: Files = field(default_factory=Files)

    @property
    def folder(self) -> Path:
        return self.top / "photos"

    @property
    def catalog(self) -> Path:
        return self.top / "data" / "catalog.sqlite"

    def at(self, name: str) -> Path:
        return self.folder / name

    def path(self, name: str) -> bytes:
        return os.fsencode(self.at(name))

    def add(self, name: str, content: bytes | str, *, mode: int = 0o640, day: int = 1) -> Path:
        """A file with a time and a mode of its own."""
        path = self.at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        os.utime(path, ns=(10**18 + day, 10**18 + day * 86_400_000_000_123))
        return path

    def cluster(self, keeper: str, *copies: Copy) -> Cluster:
        """Found: these are copies."""
        members = [Member(self.found(keeper), self.content(keeper), Role.KEEPER, "most pixels")]
        for copy in copies:
            evidence = Evidence(self.path(copy.to), copy.tier, 0.9, copy.how)
            content = self.content(copy.name)
            content = replace(content, facts=replace(PHOTO, surplus=copy.surplus))
            members.append(Member(self.found(copy.name), content, copy.role, None, evidence))
        hashes = b"".join(sorted({m.content.sha256 for m in members}))
        cluster = Cluster(
            "c-" + hashlib.sha256(hashes).hexdigest()[:16],
            max((c.tier for c in copies), key=TIERS.index),
            tuple(members),
            sum(m.file.size for m in members if m.role is Role.REDUNDANT),
        )
        self.findings_.append(cluster)
        return cluster

    def found(self, name: str) -> FoundFile:
        status = self.at(name).lstat()
        return FoundFile(
            self.path(name), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        )

    def content(self, name: str) -> Content:
        content = self.at(name).read_bytes()
        digest = hashlib.sha256(content).digest()
        return Content(int.from_bytes(digest[:6]), digest, len(content), PHOTO, None, ())

    def planned(self, name: str) -> PlannedFile:
        return PlannedFile(self.found(name), self.content(name).sha256)

    def companion(self, name: str, *owners: str) -> Companion:
        return Companion(self.planned(name), tuple(self.path(owner) for owner in owners))

    @property
    def findings(self) -> Findings:
        return Findings(
            catalog=str(self.catalog),
            model=MODEL,
            threshold=0.73,
            roots=(os.fsencode(self.folder),),
            files=sum(1 for path in self.folder.rglob("*") if path.is_file()),
            contents=0,
            clusters=tuple(self.findings_),
            skipped=(),
        )

    def plan(
        self,
        kind: ActionKind = ActionKind.QUARANTINE,
        *,
        tiers: Sequence[Tier] = (Tier.IDENTICAL, Tier.SAME_PIXELS),
        protected: Sequence[str] = (),
        to: Path | None = None,
        belongings: Mapping[str, Belongings] | None = None,
    ) -> Plan:
        target = to or (self.top / "moved" if kind is ActionKind.MOVE else None)
        wishes = Wishes(
            kind=kind,
            tiers=tuple(tiers),
            to=os.fsencode(target) if target else None,
            protected=tuple(self.path(name) for name in protected),
            belongings={self.path(name): b for name, b in (belongings or {}).items()},
        )
        return plan_copies(self.findings, wishes, ORIGIN)

    def surroundings(self, files: Files | None = None) -> Surroundings:
        files = files or self.files
        folder = os.fsencode(self.top / "data" / "catalog.sqlite.journals")
        return Surroundings(
            files, Journals(folder, files), os.fsencode(self.top / "home" / "Trash")
        )

    def apply(self, plan: Plan, files: Files | None = None) -> Applied:
        return carry_out(plan, self.surroundings(files))

    def journals(self) -> list[Journal]:
        return self.surroundings().journals.all()

    def undo(self, files: Files | None = None) -> list[Undone]:
        """Take back all there is, the last journal first."""
        surroundings = self.surroundings(files)
        return [undo_journal(j, surroundings) for j in reversed(surroundings.journals.all())]

    def tree(self) -> Tree:
        """Everything below the folder, hidden things too: bytes, time, mode, attributes."""
        return {
            str(path.relative_to(self.folder)): self._state(path)
            for path in sorted(self.folder.rglob("*"))
        }

    def _state(self, path: Path) -> tuple[object, ...]:
        status = path.lstat()
        if path.is_symlink():
            return "link", os.readlink(path)
        if path.is_dir():
            return ("folder",)
        return "file", path.read_bytes(), status.st_mtime_ns, status.st_mode

    def pictures(self) -> dict[str, bytes]:
        """The bytes that each path outside of hidden folders leads to."""
        return {
            name: self.at(name).read_bytes()
            for name in self.tree()
            if self.at(name).is_file() and not name.startswith(".copyfind")
        }

    def contents(self) -> Counter[bytes]:
        """How often each content exists, wherever it may be now; a file with two names once."""
        seen: dict[tuple[int, int], bytes] = {}
        for path in self.top.rglob("*"):
            ours = path.name == "manifest.jsonl" or path.suffix in (".jsonl", ".trashinfo")
            if path.is_file() and not path.is_symlink() and not ours and path.name != ".lock":
                status = path.stat()
                seen[status.st_dev, status.st_ino] = path.read_bytes()
        return Counter(seen.values())


@pytest.fixture(autouse=True, scope="module")
def nothing_outside_of_albums(nothing_outside_of_tests: None) -> Iterator[None]:
    """The topmost folder we may write in is the album's. Of the module: a session goes on with
    tests of other folders, which have no album."""
    del nothing_outside_of_tests
    real = Files.may_write_in

    def confined(files: Files, folder: bytes) -> bool:
        return b"/album" in folder and real(files, folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Files, "may_write_in", confined)
        yield


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for many short tries: in memory where there is such a place."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    with TemporaryDirectory(prefix="pytest-", dir=memory if usable else None) as folder:
        yield Path(folder).resolve()


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return new_album(tmp_path)


def new_album(place: Path) -> Album:
    """An empty one."""
    album = Album(place.resolve() / "album")
    album.folder.mkdir(parents=True)
    return album


def filled(album: Album, *, same_bytes_only: bool = False) -> Album:
    """A keeper with three copies, and another with one."""
    album.add("a.jpg", "picture A", day=1)
    album.add("copies/a 1.jpg", "picture A", day=2)
    album.add("copies/a 2.jpg", "picture A", day=3)
    album.add("b.jpg", "picture B", day=5)
    album.add("copies/b.jpg", "picture B", day=6)
    album.add("c.jpg", "picture C", day=7)
    copies = [Copy("copies/a 1.jpg", "a.jpg"), Copy("copies/a 2.jpg", "a.jpg")]
    if not same_bytes_only:
        album.add("a.png", "picture A as PNG", day=4, mode=0o600)
        copies.append(Copy("a.png", "a.jpg", Tier.SAME_PIXELS))
    album.cluster("a.jpg", *copies)
    album.cluster("b.jpg", Copy("copies/b.jpg", "b.jpg"))
    return album


@pytest.fixture
def full_album(album: Album) -> Album:
    return filled(album)


def pair(album: Album) -> Album:
    """A keeper and a copy with the same bytes."""
    album.add("keep.jpg", "picture", day=1)
    album.add("copy.jpg", "picture", day=2)
    album.cluster("keep.jpg", Copy("copy.jpg", "keep.jpg"))
    return album


def assert_skipped(album: Album, plan: Plan, why: str) -> None:
    """Nothing is done, and the reason is told."""
    before = album.tree()
    applied = album.apply(plan)
    assert applied.done == []
    assert [why in skipped.reason for skipped in applied.skipped] == [True], applied.skipped
    assert album.tree() == before


def changed(plan: Plan, **fields: Any) -> Plan:
    """The plan with something else in its only action."""
    ((action,),) = (cluster.actions for cluster in plan.clusters)
    cluster = replace(plan.clusters[0], actions=(replace(action, **fields),))
    return replace(plan, clusters=(cluster,))


@pytest.fixture(params=list(ActionKind))
def applied(request: pytest.FixtureRequest, album: Album) -> tuple[Album, ActionKind]:
    """Each action, of files with the same bytes."""
    kind: ActionKind = request.param
    album.files = Recording()  # on this volume, a clone is a copy
    return filled(album, same_bytes_only=kind in LINKS), kind


def stopping_after(number: int) -> tuple[Watch, list[Progress]]:
    """Somebody who asks to stop when so much has been told, and what was told."""
    told: list[Progress] = []
    return Watch(on_progress=told.append, should_stop=lambda: len(told) >= number), told

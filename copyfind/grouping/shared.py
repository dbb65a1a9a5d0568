"""Folders whose pictures are in other folders too: how many, and where.

Copies are those that are proven: with the same bytes or pixels, or near or edited. A folder counts
with all that is below it; a copy inside of it is not elsewhere.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from copyfind.answers import Shared, Sharing
from copyfind.paths import lies_in
from copyfind.records import Cluster, FoundFile, Member, Role

_COPIES = frozenset({Role.KEEPER, Role.REDUNDANT, Role.REFERENCE, Role.LINKED})
Elsewhere = Mapping[bytes, bool]  # folder of copies -> whether one there is the same to the pixel


def sharing(
    files: Iterable[FoundFile],
    clusters: Iterable[Cluster],
    *,
    roots: Sequence[bytes],
    against: Sequence[bytes] = (),
    within: Sequence[bytes] = (),
) -> Sharing:
    """What folders have in common.

    files: all that are known. roots: the folders they lie in. against: copies below these alone
    count, and of what is in them nothing is told. within: only what lies below these is told of.
    """
    is_other, is_told = lies_in(against), lies_in(within)
    copies = _copies(clusters, is_other if against else lambda _: True)
    up = _Up(roots)
    trees: dict[bytes, _Tally] = defaultdict(_Tally)
    leaves: dict[bytes, _Tally] = defaultdict(_Tally)
    total, lone = _Tally(), []
    for file in sorted(files, key=lambda file: file.path):
        if is_other(file.path) or (within and not is_told(file.path)):
            continue
        leaf = _parent(file.path)
        found = copies.get(file.path, {})
        apart = {folder: same for folder, same in found.items() if folder != leaf}
        for tally in (leaves[leaf], total):
            tally.add(file, apart, up)
        if not apart:
            lone.append(file.path)
        for folder in up(leaf):
            outside = {f: same for f, same in apart.items() if folder not in up(f)}
            trees[folder].add(file, outside, up)
    told = sorted(_chosen(trees, leaves, up), key=lambda s: (not s.whole, -s.size, s.folder))
    return Sharing(tuple(told), total.of(b"", up, whole=True), tuple(lone))


def count_elsewhere(clusters: Iterable[Cluster], folders: Sequence[bytes]) -> int:
    """How many files in these folders have a copy outside of them."""
    is_here = lies_in(folders)
    count = 0
    for cluster in clusters:
        here = [is_here(member.file.path) for member in _that_are_copies(cluster)]
        count += sum(here) if not all(here) else 0
    return count


class _Up:
    """The folders around a folder, the innermost first: it, and all up to the outermost root."""

    def __init__(self, roots: Sequence[bytes]) -> None:
        self._is_inside, self._known = lies_in(roots), dict[bytes, tuple[bytes, ...]]()

    def __call__(self, folder: bytes) -> tuple[bytes, ...]:
        if folder not in self._known:
            above = _parent(folder)
            goes_on = above != folder and self._is_inside(above)
            self._known[folder] = (folder, *(self(above) if goes_on else ()))
        return self._known[folder]


@dataclass(slots=True)
class _Tally:
    """Pictures of one folder while they are counted."""

    files: int = 0
    identical: int = 0
    edited: int = 0
    size: int = 0
    held: Counter[bytes] = field(default_factory=Counter)  # folder -> pictures with copies in it
    same: Counter[bytes] = field(default_factory=Counter)  # of these: with the same to the pixel

    def add(self, file: FoundFile, elsewhere: Elsewhere, up: _Up) -> None:
        """Count a picture, and the folders that have copies of it."""
        self.files += 1
        if not elsewhere:
            return
        same = any(elsewhere.values())
        self.identical += same
        self.edited += not same
        self.size += file.size
        self.held.update({above for folder in elsewhere for above in up(folder)})
        exact = (folder for folder, is_same in elsewhere.items() if is_same)
        self.same.update({above for folder in exact for above in up(folder)})

    def of(self, folder: bytes, up: _Up, *, whole: bool) -> Shared:
        """What is told of the folder."""
        # A folder around both says nothing. Of equals the one with the very pictures is meant, not
        # that of their exports, and the innermost says most.
        around = up(folder) if folder else ()
        beside = (
            (n, self.same[other], len(other), other)
            for other, n in self.held.items()
            if other not in around
        )
        count, _, _, other = max(beside, default=(0, 0, 0, None))
        return Shared(
            folder=folder,
            whole=whole,
            files=self.files,
            identical=self.identical,
            edited=self.edited,
            size=self.size,
            other=other,
            in_other=count,
        )


def _chosen(
    trees: Mapping[bytes, _Tally], leaves: Mapping[bytes, _Tally], up: _Up
) -> Iterator[Shared]:
    """The outermost folders of which all is elsewhere, and what else of single folders is."""
    entire = {f for f, tally in trees.items() if tally.files == tally.identical + tally.edited}
    for folder in trees:
        if any(above in entire for above in up(folder)[1:]):
            continue
        if folder in entire:
            yield trees[folder].of(folder, up, whole=True)
        elif folder in leaves:
            part = leaves[folder].of(folder, up, whole=False)
            if part.elsewhere:
                yield part


def _copies(
    clusters: Iterable[Cluster], may_hold: Callable[[bytes], bool]
) -> dict[bytes, Elsewhere]:
    """The folders in which there are copies of each file, by its path."""
    found: dict[bytes, Elsewhere] = {}
    for cluster in clusters:
        members = _that_are_copies(cluster)
        held: dict[bytes, set[bytes]] = defaultdict(set)
        for member in members:
            if may_hold(member.file.path):
                held[_parent(member.file.path)].update(_pictures(member))
        for member in members if len(members) > 1 else ():
            found[member.file.path] = {
                folder: not pictures.isdisjoint(_pictures(member))
                for folder, pictures in held.items()
            }
    return found


def _that_are_copies(cluster: Cluster) -> list[Member]:
    """The members that show the picture of the cluster for certain: proven copies, and who stays
    for what belongs to it, such as the JPEG beside a RAW, with the bytes or pixels of another."""
    counts = Counter(name for member in cluster.members for name in _pictures(member))
    return [
        m
        for m in cluster.members
        if m.role in _COPIES or m.held_back or any(counts[name] > 1 for name in _pictures(m))
    ]


def _pictures(member: Member) -> tuple[bytes, ...]:
    pixels = member.content.pixels
    return (member.content.sha256,) + ((b"pixels " + pixels,) if pixels else ())


def _parent(path: bytes) -> bytes:
    return os.path.dirname(path)  # noqa: PTH120 - bytes

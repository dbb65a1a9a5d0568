"""The list of clusters: which of them are asked for, in which order, and a row for each.

An order is a list of numbers of clusters; rows are asked for by number, some at a time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from copyfind.cleanup.operation import folder_of
from copyfind.paths import lies_in, shown
from copyfind.records import Cluster, Findings
from copyfind.report.cards import Card, day, shown_text
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import parse_bytes
from copyfind.report.totals_words import in_short, proposal
from copyfind.review.desk import Desk, Refusal
from copyfind.totals import totals_of

ROWS = 200  # that are given at once
_NAMED = 400  # folders, cameras and formats that a page offers to choose from
_WHICH = {"": "ods", "open": "o", "done": "d", "skip": "s"}
SORTS = ("", "gain", "newest", "oldest", "largest", "members", "folder")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for; empty words ask for all. since, until: days, ISO 8601. least:
    bytes of the largest file. folder: a part of the name of a folder."""

    tier: str = ""
    folder: str = ""
    which: str = ""
    format: str = ""
    camera: str = ""
    since: str = ""
    until: str = ""
    least: int = 0
    sort: str = ""

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Asked:
        """What the words of an address ask for. Raises Refusal."""
        known = {name: words.get(name, "").strip() for name in cls.__slots__ if name != "least"}
        if known["sort"] not in SORTS:
            raise Refusal(f"there is no order called {known['sort']!r}")
        if known["which"] not in _WHICH:
            raise Refusal(f"{known['which']!r} is no state of a cluster")
        try:
            least = parse_bytes(words.get("least") or "0")
        except ValueError as error:
            raise Refusal(str(error)) from None
        return cls(**known, least=least)


class Listing:
    """The clusters of some findings, to be listed; what takes long is made when first asked."""

    def __init__(self, findings: Findings) -> None:
        self._clusters = findings.clusters
        self._roots = findings.roots

    def order(self, asked: Asked, stands: Callable[[], str]) -> list[int]:
        """The numbers of the clusters that are asked for, in order. stands: how each cluster
        stands, a letter each."""
        text = asked.folder.casefold()
        folders = {n for n, name in enumerate(self._names) if text in name.casefold()}
        letters, said = _WHICH[asked.which], stands() if asked.which else ""
        chosen = [
            number
            for number, cluster in enumerate(self._clusters)
            if (not asked.tier or cluster.tier.value == asked.tier)
            and (not said or said[number] in letters)
            and (not text or not folders.isdisjoint(self._folders[number]))
            and (not asked.least or _largest(cluster) >= asked.least)
            and (not asked.format or asked.format in _formats(cluster))
            and (not asked.camera or asked.camera in _cameras(cluster))
            and (not (asked.since or asked.until) or self._is_between(number, asked))
        ]
        if asked.sort:
            chosen.sort(key=self._by(asked.sort))
        return chosen

    def rows(self, numbers: Iterable[int]) -> list[Card]:
        """A row for each of these clusters."""
        some = list(islice(numbers, ROWS))
        if not all(0 <= number < len(self._clusters) for number in some):
            raise Refusal("there is no such cluster")
        return [self._row(number) for number in some]

    @property
    def choices(self) -> Card:
        """What a page offers to choose from: the most common first."""
        formats = Counter(one for c in self._clusters for one in _formats(c))
        cameras = Counter(one for c in self._clusters for one in _cameras(c))
        return {
            "folders": [shown_path(folder) for folder in self._with_parents][:_NAMED],
            "formats": [name for name, _ in formats.most_common(_NAMED)],
            "cameras": [name for name, _ in cameras.most_common(_NAMED)],
        }

    def folder(self, name: str) -> tuple[bytes, ...]:
        """The folders that are shown by this name; those above a picture too. Raises Refusal."""
        wanted = name.strip().rstrip("/\\") or name.strip()
        found = tuple(f for f in self._with_parents if shown_path(f) == wanted)
        if not found:
            raise Refusal(f"no picture of these clusters is in {wanted!r}; choose one of the list")
        return found

    def _row(self, number: int) -> Card:
        cluster = self._clusters[number]
        folder, name = os.path.split(cluster.keeper.file.path)
        totals = totals_of([cluster])
        return {
            "number": number,
            "id": cluster.id,
            "name": shown(name),
            "folder": shown_path(folder),
            "pictures": [m.content.sha256.hex() for m in cluster.members[:2]],
            "members": len(cluster.members),
            "gain": cluster.reclaimable_bytes,
            "tier": cluster.tier.value,
            "date": day(cluster.keeper)[0],
            "proposal": proposal(totals),
            "short": in_short(totals),
        }

    @cached_property
    def _places(self) -> tuple[dict[bytes, int], list[frozenset[int]]]:
        """The folders by number, and those of each cluster."""
        numbers: dict[bytes, int] = {}
        own = (
            frozenset(numbers.setdefault(folder_of(m.file.path), len(numbers)) for m in c.members)
            for c in self._clusters
        )
        same: dict[frozenset[int], frozenset[int]] = {}  # most clusters share theirs with others
        return numbers, [same.setdefault(one, one) for one in own]

    @cached_property
    def _names(self) -> list[str]:
        return [shown_path(folder) for folder in self._places[0]]

    @property
    def _folders(self) -> list[frozenset[int]]:
        return self._places[1]

    @cached_property
    def _with_parents(self) -> list[bytes]:
        """All folders of pictures and those above them, up to what was indexed; those with most
        clusters first."""
        numbers, told = self._places
        counts: Counter[bytes] = Counter()
        is_below_root = lies_in(self._roots)
        chains = {n: list(_up(folder, is_below_root)) for folder, n in numbers.items()}
        for own in told:
            counts.update({folder for number in own for folder in chains[number]})
        return sorted(counts, key=lambda folder: (-counts[folder], folder))

    @cached_property
    def _days(self) -> list[tuple[str, str]]:
        """The first and the last day of each cluster."""
        days = [sorted(day(member)[0] for member in c.members) for c in self._clusters]
        return [(own[0], own[-1]) for own in days]

    def _is_between(self, number: int, asked: Asked) -> bool:
        first, last = self._days[number]
        return (not asked.since or last >= asked.since) and (
            not asked.until or first <= asked.until
        )

    def _by(self, sort: str) -> Callable[[int], tuple[object, ...]]:
        """What a number is sorted by."""
        clusters = self._clusters
        return {
            "gain": lambda n: (-clusters[n].reclaimable_bytes, n),
            "newest": lambda n: (_backwards(self._days[n][1]), n),
            "oldest": lambda n: (self._days[n][0], n),
            "largest": lambda n: (-_largest(clusters[n]), n),
            "members": lambda n: (-len(clusters[n].members), n),
            "folder": lambda n: (clusters[n].keeper.file.path, n),
        }[sort]


class Lists:
    """The listing of whatever lies on a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        first = Listing(desk.findings)
        self._made = (desk.laid.edition, first, first.choices)  # before anybody waits for it

    def now(self) -> Listing:
        """That of the findings of this moment."""
        laid, made = self._desk.laid, self._made
        if made[0] != laid.edition:
            listing = Listing(laid.findings)
            self._made = made = laid.edition, listing, listing.choices
        return made[1]

    def choices(self) -> Card:
        """What a page offers to choose from now."""
        self.now()
        return self._made[2]


def _up(folder: bytes, is_below_root: Callable[[bytes], bool]) -> Iterable[bytes]:
    """The folder and those above it that lie in what was indexed."""
    yield folder
    while (parent := folder_of(folder)) != folder and is_below_root(parent):
        yield parent
        folder = parent


def _largest(cluster: Cluster) -> int:
    return max(member.file.size for member in cluster.members)


def _formats(cluster: Cluster) -> set[str]:
    return {m.content.facts.format for m in cluster.members if m.content.facts}


def _cameras(cluster: Cluster) -> set[str]:
    facts = (member.content.facts for member in cluster.members)
    return {shown_text(one.camera) for one in facts if one and one.camera}


def _backwards(text: str) -> tuple[int, ...]:
    """A key that sorts texts of one length the other way round."""
    return tuple(-ord(character) for character in text)

"""What lies on the desk of a review: clusters, choices and totals; no HTTP in it.

A file is named by a key made from its path and content, a picture by the SHA-256 of its content, a
cluster by its id or by its number in the findings. Whoever asks for anything else gets a Refusal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from copyfind.records import Cluster, Findings, Member, Role, Standing, Tier
from copyfind.report.cards import Card, Folders, cluster_card, findings_card
from copyfind.report.totals_words import in_a_sentence
from copyfind.review.alignment import alignments
from copyfind.review.choices import Choice, Choices, Pairs, Step
from copyfind.totals import totals_of

_CLEARABLE = frozenset({Role.KEEPER, Role.REDUNDANT})
_WHY_IT_STAYS = {
    Role.RELATED: "nothing proves that this is a copy, so it stays",
    Role.LINKED: "this is the same file under another name; there is nothing to gain",
}
_DIGITS = 10  # of a number of a cluster, and no more
_TOLD = 20  # clusters that a change is told of one by one; of more the page asks anew


# Told of pairs of contents, by SHA-256, that are not copies of each other (True), or of which that
# is no longer said (False).
TellApart = Callable[[Collection[tuple[bytes, bytes]], bool], object]


class Refusal(Exception):
    """What was asked for is not there or not allowed; the message says so to people."""


@dataclass(frozen=True, slots=True)
class Laid:
    """Findings as they lie on the desk. edition: another one for each that is laid there."""

    edition: int
    findings: Findings
    keys: tuple[tuple[str, ...], ...]  # of the members of each cluster
    numbers: Mapping[str, int]  # of the clusters, by id
    homes: Mapping[str, int]  # the number of the cluster, by key of a file
    told: Card  # of all of them, for the head of a page

    def at(self, number: int) -> tuple[Cluster, tuple[str, ...]]:
        """The cluster of that number, and the keys of its members. Raises Refusal."""
        if not 0 <= number < len(self.keys):
            raise Refusal("there is no such cluster")
        return self.findings.clusters[number], self.keys[number]

    def member(self, key: str) -> Member:
        """The file of that key. Raises Refusal."""
        if key not in self.homes:
            raise Refusal("there is no such file")
        number, place = self.place(key)
        return self.findings.clusters[number].members[place]

    def place(self, key: str) -> tuple[int, int]:
        """The number of the cluster in which the file of that key is, and its place there."""
        number = self.homes[key]
        return number, self.keys[number].index(key)

    def cluster(self, key: str) -> Cluster:
        """The cluster in which the file of that key is."""
        return self.findings.clusters[self.homes[key]]


class Desk:
    """The findings of a search, and what was decided of them."""

    def __init__(
        self,
        findings: Findings,
        choices: Choices,
        *,
        tell_apart: TellApart = lambda _pairs, _are: None,
    ) -> None:
        self.cleared: frozenset[str] = frozenset()  # files that are away, by key
        self.telling: Callable[[], AbstractContextManager[None]] = (
            nullcontext  # around what is told
        )
        self._choices = choices
        self._tell_apart = tell_apart
        self.laid = _laid(findings, edition=1)

    def lay(self, findings: Findings) -> None:
        """Put other findings in the place of these; choices on files that are still there stay."""
        self.laid = _laid(findings, edition=self.laid.edition + 1)

    @property
    def findings(self) -> Findings:
        """What is looked at."""
        return self.laid.findings

    def overview(self) -> Card:
        """What the page needs of all clusters together."""
        return {**self.laid.told, **self.marks()}

    def marks(self) -> Card:
        """How each cluster stands, by number: (o)pen, (d)ecided, (s)kipped; how many undecided
        files in it are safe to clear; and the state."""
        laid, now = self.laid, self._choices.now()
        stands = [self._standing(laid, number, now) for number in range(len(laid.keys))]
        return {
            "edition": laid.edition,
            "stands": "".join(stand for stand, _ in stands),
            "safe": [safe for _, safe in stands],
            **self.state(),
        }

    def stands(self) -> str:
        """How each cluster stands, a letter each, as `marks` tells."""
        laid, now = self.laid, self._choices.now()
        return "".join(self._standing(laid, n, now)[0] for n in range(len(laid.keys)))

    def cluster(self, name: str) -> Card:
        """One cluster, by id or number, with all that is shown of its members, and what is decided
        of them."""
        laid = self.laid
        number = laid.numbers.get(name)
        if number is None:
            number = int(name) if is_number(name) else -1
        cluster, keys = laid.at(number)
        folders = Folders()
        card = cluster_card(cluster, folders)
        members = card["members"]
        assert isinstance(members, list)
        matrices = alignments(cluster)
        for key, member, shown in zip(keys, cluster.members, members, strict=True):
            shown["key"] = key
            shown["picture"] = member.content.sha256.hex()
            shown["matrix"] = matrices.get(member.file.path)
            shown["boxes"] = member.evidence.boxes if member.evidence else ()
            shown["clearable"] = may_go(member)
            shown["stays"] = None if may_go(member) else _why_it_stays(member)
            shown["keepable"] = member.role in _CLEARABLE
        names = [folder["name"] for folder in folders.cards()]
        return {**card, "folders": names, **self._decided(laid, number, self._choices.now())}

    def state(self, touched: Collection[int] | None = None) -> Card:
        """What all choices come to, and how the clusters stand that were touched; None where
        these are many, and the page has to ask anew."""
        laid, now = self.laid, self._choices.now()
        few = touched is not None and len(touched) <= _TOLD
        return {
            "totals": self.totals(),
            "steps": self._choices.steps,
            "touched": [self._decided(laid, number, now) for number in sorted(touched)]
            if touched is not None and few
            else None,
        }

    def totals(self) -> Card:
        """How much is marked to go."""
        redundant = self.redundant()
        tiers: dict[str, int] = {}
        for _, member in redundant:
            tier = member.evidence.tier if member.evidence else Tier.IDENTICAL
            tiers[tier.value] = tiers.get(tier.value, 0) + 1
        return {
            "files": len(redundant),
            "bytes": sum(m.file.size for _, m in redundant),
            "clusters": len({c.id for c, _ in redundant}),
            "tiers": tiers,
        }

    def redundant(self) -> list[tuple[Cluster, Member]]:
        """Every file marked to go with its cluster, in the order of the findings."""
        laid = self.laid
        keys = [
            key
            for key, choice in self._choices.now().items()
            if choice is Choice.REDUNDANT and key in laid.homes and key not in self.cleared
        ]
        keys.sort(key=laid.place)
        return [(laid.cluster(key), laid.member(key)) for key in keys]

    def going(self) -> frozenset[bytes]:
        """The paths of all files marked to go."""
        return frozenset(member.file.path for _, member in self.redundant())

    def decided(self) -> Mapping[str, Choice]:
        """All that is decided, by key of a file or id of a cluster."""
        return self._choices.now()

    def choose(self, changes: Mapping[str, str | None]) -> Card:
        """Decide of files and clusters by key, in one step; returns the state after it."""
        step = {key: self._choice(key, word) for key, word in changes.items()}
        self._refuse_losing_all(step)
        before = self._choices.now()
        apart = self._pairs(k for k, c in step.items() if c is Choice.NOT_A_COPY)
        again = self._pairs(k for k in step if before.get(k) is Choice.NOT_A_COPY)
        self._say(set(again) - set(apart), apart=False)
        self._say(apart, apart=True)
        self._choices.take(step, apart=apart)
        return self.state(self._touched(step))

    def mark_safe(self, numbers: Iterable[int]) -> Card:
        """Mark every undecided copy in these clusters that is safe to clear, in one step; returns
        the state after it."""
        laid, now = self.laid, self._choices.now()
        step: dict[str, Choice | None] = {}
        for number in numbers:
            cluster, keys = laid.at(number)
            if now.get(keys[0], Choice.KEEP) is not Choice.KEEP:
                continue  # somebody keeps another one there: that cluster is theirs to finish
            for key, member in zip(keys, cluster.members, strict=True):
                if member.standing is Standing.SAFE and key not in now:
                    step[key] = Choice.REDUNDANT
        return self.take(step)

    def take(self, step: Step) -> Card:
        """Take a step whose keys are known to be here; returns the state after it."""
        self._refuse_losing_all(step)
        self._choices.take(step)
        return self.state(self._touched(step))

    def undo(self) -> Card:
        """Take the last step back; returns the state after it, and the cluster where it changed
        something."""
        changed, apart = self._choices.undo()
        self._say(apart, apart=False)
        self._say(self._pairs(k for k, c in changed.items() if c is Choice.NOT_A_COPY), apart=True)
        touched = self._touched(changed)
        first = next((self.findings.clusters[number].id for number in sorted(touched)), None)
        return {**self.state(touched), "cluster": first}

    def _touched(self, keys: Iterable[str]) -> set[int]:
        """The numbers of the clusters that these keys of files and clusters speak of."""
        laid = self.laid
        known = (laid.numbers.get(k, laid.homes.get(k)) for k in keys)
        return {number for number in known if number is not None}

    def _decided(self, laid: Laid, number: int, now: Mapping[str, Choice]) -> Card:
        keys = laid.keys[number]
        name = laid.findings.clusters[number].id
        stand, safe = self._standing(laid, number, now)
        return {
            "number": number,
            "id": name,
            "stand": stand,
            "safe": safe,
            "choices": {key: now[key].value for key in (*keys, name) if key in now},
            "away": [key for key in keys if key in self.cleared],
        }

    def _standing(self, laid: Laid, number: int, now: Mapping[str, Choice]) -> tuple[str, int]:
        """How a cluster stands, in a letter, and how many undecided files are safe to clear."""
        cluster = laid.findings.clusters[number]
        open_, safe = False, 0
        for key, member in zip(laid.keys[number], cluster.members, strict=True):
            waits = member.role in (Role.REDUNDANT, Role.RELATED)
            if waits and key not in now and key not in self.cleared:
                open_ = True
                safe += member.role is Role.REDUNDANT and member.standing is Standing.SAFE
        if cluster.id in now:
            return "s", 0
        return ("o" if open_ else "d"), safe

    def _pairs(self, keys: Iterable[str]) -> Pairs:
        """The pairs that are told apart when these files are no copies: each with what it is tied
        to, and with the keeper."""
        pairs, laid = set(), self.laid
        for key in keys:
            if key not in laid.homes:
                continue
            cluster, member = laid.cluster(key), laid.member(key)
            ties = {cluster.keeper.file.path} | ({member.evidence.to} if member.evidence else set())
            own = member.content.sha256
            others = {m.content.sha256 for m in cluster.members if m.file.path in ties} - {own}
            pairs |= {(min(own, o).hex(), max(own, o).hex()) for o in others}
        return tuple(sorted(pairs))

    def _say(self, pairs: Iterable[tuple[str, str]], *, apart: bool) -> None:
        if told := [(bytes.fromhex(a), bytes.fromhex(b)) for a, b in pairs]:
            with self.telling():
                self._tell_apart(told, apart)

    def _choice(self, key: str, word: str | None) -> Choice | None:
        laid = self.laid
        try:
            choice = None if word is None else Choice(word)
        except ValueError:
            raise Refusal(f"{word!r} is no choice") from None
        if key in laid.numbers:
            if choice not in (None, Choice.SKIP):
                raise Refusal("a cluster can be skipped, and nothing else")
            return choice
        member = laid.member(key)
        if choice is Choice.SKIP:
            raise Refusal("a file cannot be skipped, its cluster can")
        if key in self.cleared:
            raise Refusal("this file has been cleared away; undo that first")
        if choice is Choice.NOT_A_COPY and not self._pairs([key]):
            raise Refusal("it has the same bytes: it is a copy, whatever is said of it")
        if choice is Choice.REDUNDANT and not may_go(member):
            raise Refusal(_why_it_stays(member))
        return choice

    def _refuse_losing_all(self, step: Step) -> None:
        """Refuse a step after which no proven member of a cluster would stay. What is not proven
        does not count: it may be another picture, and a hard link counts as the file it is."""
        laid, now = self.laid, {**self._choices.now(), **step}
        for number in {laid.homes[key] for key in step if key in laid.homes}:
            going, staying = set(), set()
            members = laid.findings.clusters[number].members
            for key, member in zip(laid.keys[number], members, strict=True):
                proven = member.role not in _WHY_IT_STAYS or member.held_back
                choice = now.get(key)
                if (may_go(member) or proven) and (
                    choice is Choice.REDUNDANT or key in self.cleared
                ):
                    going.add(member.file.identity)
                if proven and choice not in (Choice.REDUNDANT, Choice.NOT_A_COPY):
                    staying.add(member.file.identity)
            if going and not staying - going:
                raise Refusal("one picture of every cluster stays: keep another one first")


def _laid(findings: Findings, *, edition: int) -> Laid:
    keys = tuple(tuple(key_of(m) for m in c.members) for c in findings.clusters)
    return Laid(
        edition,
        findings,
        keys,
        {cluster.id: number for number, cluster in enumerate(findings.clusters)},
        {key: number for number, own in enumerate(keys) for key in own},
        {
            "head": findings_card(findings),
            "said": in_a_sentence(totals_of(findings.clusters)),
        },
    )


def is_number(name: str) -> bool:
    """Whether a word may be the number of a cluster."""
    return name.isascii() and name.isdecimal() and len(name) < _DIGITS


def may_go(member: Member) -> bool:
    """Whether it may be marked to go: it is proven to be a copy, or likely one."""
    likely = member.evidence is not None and member.evidence.tier is Tier.LIKELY
    return member.role in _CLEARABLE or (likely and member.role is Role.RELATED)


def key_of(member: Member) -> str:
    """A name for a file on the page that tells nothing of it, and is the same tomorrow."""
    return hashlib.sha256(member.content.sha256 + member.file.path).hexdigest()[:24]


def _why_it_stays(member: Member) -> str:
    if member.held_back:
        return f"it {member.reason}, so it stays"
    if member.role is Role.RELATED and member.reason:  # what belongs to something, such as a RAW
        return f"it is kept: {member.reason}"
    return _WHY_IT_STAYS.get(member.role, "its folder is to stay as it is")

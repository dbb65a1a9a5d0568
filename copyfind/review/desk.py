"""What lies on the desk of a review: clusters, choices and totals; no HTTP in it.

A file is named by a key made from its path and content, a picture by the SHA-256 of its content, a
cluster by its id. Whoever asks for anything else gets a Refusal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping

from copyfind.records import Cluster, Findings, Member, Role, Standing, Tier
from copyfind.report.cards import Card, Folders, cluster_card, findings_card
from copyfind.report.totals_words import in_a_sentence
from copyfind.review.choices import Choice, Choices, Pairs, Step
from copyfind.totals import totals_of

_CLEARABLE = frozenset({Role.KEEPER, Role.REDUNDANT})
_WHY_IT_STAYS = {
    Role.RELATED: "nothing proves that this is a copy, so it stays",
    Role.LINKED: "this is the same file under another name; there is nothing to gain",
}
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
Nine = tuple[float, ...]  # a matrix of 3 x 3, row by row


# Told of pairs of contents, by SHA-256, that are not copies of each other (True), or of which that
# is no longer said (False).
TellApart = Callable[[Collection[tuple[bytes, bytes]], bool], object]


class Refusal(Exception):
    """What was asked for is not there or not allowed; the message says so to people."""


class Desk:
    """The findings of a search, and what was decided of them."""

    def __init__(
        self,
        findings: Findings,
        choices: Choices,
        *,
        tell_apart: TellApart = lambda _pairs, _are: None,
    ) -> None:
        self.findings = findings
        self.cleared: frozenset[str] = frozenset()  # files that are away, by key
        self._choices = choices
        self._tell_apart = tell_apart
        self._clusters = {cluster.id: cluster for cluster in findings.clusters}
        self._members = {key_of(m): (c, m) for c in findings.clusters for m in c.members}

    def overview(self) -> Card:
        """What the page needs of all clusters, and all that is decided."""
        folders = Folders()
        clusters = []
        for cluster in self.findings.clusters:
            card = cluster_card(cluster, folders)
            members = card["members"]
            assert isinstance(members, list)
            clusters.append(
                {
                    "id": cluster.id,
                    "tier": cluster.tier.value,
                    "gain": cluster.reclaimable_bytes,
                    "folders": sorted({member["folder"] for member in members}),
                    "members": [[key_of(m), _letter(m)] for m in cluster.members],
                }
            )
        return {
            "head": findings_card(self.findings),
            "said": in_a_sentence(totals_of(self.findings.clusters)),
            "folders": [folder["name"] for folder in folders.cards()],
            "clusters": clusters,
            **self.state(),
        }

    def cluster(self, name: str) -> Card:
        """One cluster with all that is shown of its members."""
        if (cluster := self._clusters.get(name)) is None:
            raise Refusal("there is no such cluster")
        folders = Folders()
        card = cluster_card(cluster, folders)
        members = card["members"]
        assert isinstance(members, list)
        matrices = alignments(cluster)
        for member, shown in zip(cluster.members, members, strict=True):
            shown["key"] = key_of(member)
            shown["picture"] = member.content.sha256.hex()
            shown["matrix"] = matrices.get(member.file.path)
            shown["boxes"] = member.evidence.boxes if member.evidence else ()
            shown["clearable"] = _may_go(member)
            shown["keepable"] = member.role in _CLEARABLE
        return {**card, "folders": [folder["name"] for folder in folders.cards()]}

    def state(self) -> Card:
        """All choices and what they come to."""
        now = {
            key: choice.value
            for key, choice in self._choices.now().items()
            if key in self._members or key in self._clusters
        }
        return {
            "choices": now,
            "cleared": sorted(self.cleared),
            "totals": self.totals(),
            "steps": self._choices.steps,
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
        now = self._choices.now()
        return [
            (cluster, member)
            for key, (cluster, member) in self._members.items()
            if now.get(key) is Choice.REDUNDANT and key not in self.cleared
        ]

    def going(self) -> frozenset[bytes]:
        """The paths of all files marked to go."""
        return frozenset(member.file.path for _, member in self.redundant())

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
        return self.state()

    def mark_safe(self, clusters: Iterable[str]) -> Card:
        """Mark every undecided copy in these clusters that is safe to clear, in one step; returns
        the state after it."""
        now = self._choices.now()
        step: dict[str, Choice | None] = {}
        for name in clusters:
            if (cluster := self._clusters.get(name)) is None:
                raise Refusal("there is no such cluster")
            if now.get(key_of(cluster.keeper), Choice.KEEP) is not Choice.KEEP:
                continue  # somebody keeps another one there: that cluster is theirs to finish
            for member in cluster.members:
                if member.standing is Standing.SAFE and key_of(member) not in now:
                    step[key_of(member)] = Choice.REDUNDANT
        self._refuse_losing_all(step)
        self._choices.take(step)
        return self.state()

    def undo(self) -> Card:
        """Take the last step back; returns the state after it, and the cluster where it changed
        something."""
        changed, apart = self._choices.undo()
        self._say(apart, apart=False)
        self._say(self._pairs(k for k, c in changed.items() if c is Choice.NOT_A_COPY), apart=True)
        where = next((self._members[k][0].id for k in changed if k in self._members), None)
        where = where or next((k for k in changed if k in self._clusters), None)
        return {**self.state(), "cluster": where}

    def _pairs(self, keys: Iterable[str]) -> Pairs:
        """The pairs that are told apart when these files are no copies: each with what it is tied
        to, and with the keeper."""
        pairs = set()
        for cluster, member in (self._members[key] for key in keys if key in self._members):
            ties = {cluster.keeper.file.path} | ({member.evidence.to} if member.evidence else set())
            own = member.content.sha256
            others = {m.content.sha256 for m in cluster.members if m.file.path in ties} - {own}
            pairs |= {(min(own, o).hex(), max(own, o).hex()) for o in others}
        return tuple(sorted(pairs))

    def _say(self, pairs: Iterable[tuple[str, str]], *, apart: bool) -> None:
        if told := [(bytes.fromhex(a), bytes.fromhex(b)) for a, b in pairs]:
            self._tell_apart(told, apart)

    def _choice(self, key: str, word: str | None) -> Choice | None:
        try:
            choice = None if word is None else Choice(word)
        except ValueError:
            raise Refusal(f"{word!r} is no choice") from None
        if key in self._clusters:
            if choice not in (None, Choice.SKIP):
                raise Refusal("a cluster can be skipped, and nothing else")
            return choice
        if key not in self._members:
            raise Refusal("there is no such file")
        if choice is Choice.SKIP:
            raise Refusal("a file cannot be skipped, its cluster can")
        _, member = self._members[key]
        if key in self.cleared:
            raise Refusal("this file has been cleared away; undo that first")
        if choice is Choice.NOT_A_COPY and not self._pairs([key]):
            raise Refusal("it has the same bytes: it is a copy, whatever is said of it")
        if choice is Choice.REDUNDANT and not _may_go(member):
            raise Refusal(_why_it_stays(member))
        return choice

    def _refuse_losing_all(self, step: Step) -> None:
        """Refuse a step after which no proven member of a cluster would stay. What is not proven
        does not count: it may be another picture, and a hard link counts as the file it is."""
        now = {**self._choices.now(), **step}
        for cluster in {
            self._members[k][0].id: self._members[k][0] for k in step if k in self._members
        }.values():
            proven = [m for m in cluster.members if m.role not in _WHY_IT_STAYS or m.held_back]
            going = {
                m.file.identity
                for m in cluster.members
                if _may_go(m) or m in proven
                if now.get(key_of(m)) is Choice.REDUNDANT or key_of(m) in self.cleared
            }
            staying = {
                m.file.identity
                for m in proven
                if now.get(key_of(m)) not in (Choice.REDUNDANT, Choice.NOT_A_COPY)
            }
            if going and not staying - going:
                raise Refusal("one picture of every cluster stays: keep another one first")


def _may_go(member: Member) -> bool:
    """Whether it may be marked to go: it is proven to be a copy, or likely one."""
    likely = member.evidence is not None and member.evidence.tier is Tier.LIKELY
    return member.role in _CLEARABLE or (likely and member.role is Role.RELATED)


def key_of(member: Member) -> str:
    """A name for a file on the page that tells nothing of it, and is the same tomorrow."""
    return hashlib.sha256(member.content.sha256 + member.file.path).hexdigest()[:24]


def alignments(cluster: Cluster) -> dict[bytes, Nine]:
    """For each member, by path, what maps the keeper to it in coordinates from 0 to 1 of each; only
    where evidence aligns them, through other members if need be."""
    by_path = {member.file.path: member for member in cluster.members}
    found: dict[bytes, Nine] = {cluster.keeper.file.path: _IDENTITY}

    def reach(path: bytes, *, seen: frozenset[bytes]) -> Nine | None:
        if path in found:
            return found[path]
        member = by_path.get(path)
        if member is None or member.evidence is None or path in seen:
            return None
        step = _matrix(member)
        before = reach(member.evidence.to, seen=seen | {path}) if step else None
        if step is None or before is None:
            return None
        found[path] = _product(step, before)
        return found[path]

    for path in by_path:
        reach(path, seen=frozenset())
    return found


def _matrix(member: Member) -> Nine | None:
    """The matrix that maps the member it is tied to onto a member."""
    evidence = member.evidence
    if evidence is None:
        return None
    if evidence.tier.is_exact:
        return _IDENTITY
    matrix = evidence.matrix
    return None if matrix is None else tuple(number for row in matrix for number in row)


def _product(a: Nine, b: Nine) -> Nine:
    return tuple(
        sum(a[3 * row + k] * b[3 * k + column] for k in range(3))
        for row in range(3)
        for column in range(3)
    )


def _letter(member: Member) -> str:
    """A letter for what a member is: k(eeper), f (safe to clear), c(opy that goes with consent),
    r(elated), and what needs no choice: s(tays)."""
    if member.role is Role.REDUNDANT:
        return "f" if member.standing is Standing.SAFE else "c"
    return {Role.KEEPER: "k", Role.RELATED: "r"}.get(member.role, "s")


def _why_it_stays(member: Member) -> str:
    if member.held_back:
        return f"it {member.reason}, so it stays"
    return _WHY_IT_STAYS.get(member.role, "its folder is to stay as it is")

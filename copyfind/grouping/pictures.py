"""Contents with the same pixels are one picture; its files, and what they are to a cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter

from copyfind.grouping.keeper import (
    Criterion,
    KeepRule,
    Making,
    keeper_rank,
    pixel_count,
    rank_key,
    reason_to_keep,
)
from copyfind.records import Content, Evidence, FoundFile, Identity, Member, Role, Tier

Key = tuple[float | str | bytes, ...]
_LOSSY = ("JPEG", "MPO", "HEIC")  # all of them; of WEBP, AVIF and JPEG XL some are not


@dataclass(frozen=True, slots=True)
class Rule:
    """Wishes that decide which file stays, besides the pictures themselves."""

    keep: Sequence[KeepRule] = ()
    today: date | None = None  # what was captured later has no date
    is_reference: Callable[[FoundFile], bool] = lambda _: False
    passes: Callable[[FoundFile], bool] = lambda _: False  # it will be gone one day, by itself

    def rank(
        self, content: Content, file: FoundFile, largest: float, made: Making
    ) -> tuple[Criterion, ...]:
        lasts = Criterion(1 if self.passes(file) else 0, "not in a read-only snapshot")
        usual = keeper_rank(
            content,
            file,
            largest=largest,
            made=made,
            keep=self.keep,
            today=self.today,
            is_reference=self.is_reference(file),
        )
        return (lasts, *usual)


_AS_IT_IS = Making()


@dataclass(frozen=True, slots=True)
class Picture:
    """Contents with the same pixels: their files, those of the best content first."""

    files: tuple[tuple[Content, FoundFile], ...]
    pixels: int  # width times height
    rule: Rule
    unpacked: frozenset[int] = frozenset()  # rows of contents that hold what another one decodes to

    @property
    def head(self) -> FoundFile:
        return self.files[0][1]

    def first_hand(self, made: Making) -> float:
        """How many of its pixels show the scene, and are not made up."""
        return made.scene * (self.pixels if made.pixels is None else made.pixels)

    def making_of(self, row: int, made: Making) -> Making:
        """How one of its contents was made, if the picture was made so."""
        return replace(made, losses=made.losses + 1) if row in self.unpacked else made

    def rank(self, largest: float, made: Making = _AS_IT_IS) -> tuple[Criterion, ...]:
        """The rank of its best file, in a cluster whose largest picture has so many pixels."""
        content, file = self.files[0]
        return self.rule.rank(content, file, largest, self.making_of(content.row, made))

    def key(self, largest: float, made: Making = _AS_IT_IS) -> Key:
        """A key to sort pictures by: the best one has the smallest."""
        return rank_key(self.rank(largest, made))


def pictures_of(
    contents: Mapping[int, Content], same_pixels: Iterable[Collection[int]], rule: Rule
) -> list[Picture]:
    """Contents grouped by pixels; best content first in its group, best group first."""
    present = {i: content for i, content in contents.items() if content.files}
    groups = [[i for i in group if i in present] for group in same_pixels]
    grouped = {i for group in groups for i in group}
    groups += [[i] for i in present if i not in grouped]
    pictures = [_picture([present[i] for i in group], rule) for group in groups if group]
    return sorted(pictures, key=lambda picture: picture.key(picture.pixels))


def _picture(contents: Sequence[Content], rule: Rule) -> Picture:
    pixels = max(pixel_count(content) for content in contents)

    lossy = [content.row for content in contents if _is_lossy(content)]
    unpacked = frozenset(c.row for c in contents if lossy and c.row not in lossy)

    def key(content: Content, file: FoundFile) -> Key:
        made = Making(losses=1) if content.row in unpacked else _AS_IT_IS
        return rank_key(rule.rank(content, file, pixels, made))

    # Ranking is most of what grouping takes: each file once, and one alone not at all.
    ranked = [
        sorted(((key(content, f), f) for f in content.files), key=itemgetter(0))
        if len(contents) > 1 or len(content.files) > 1
        else [((), content.files[0])]
        for content in contents
    ]
    best_first = sorted(zip(ranked, contents, strict=True), key=lambda one: one[0][0][0])
    files = [(content, file) for keyed, content in best_first for _, file in keyed]
    return Picture(tuple(files), pixels, rule, unpacked)


def _is_lossy(content: Content) -> bool:
    """Whether nothing but decoding this file gives these very pixels in another one."""
    return content.facts is not None and content.facts.format in _LOSSY


def members_of(
    picture: Picture,
    tied: Evidence | None,
    names: dict[Identity, bytes],
    tiers: Collection[Tier],
    matches: tuple[Evidence, ...] = (),
) -> list[Member]:
    """The members that the files of one picture become: the first is tied to another picture, the
    others to the first.

    tied: None for the picture that is kept. names: the path of each file that is a
    member already; added to.
    """
    members: list[Member] = []
    first_of: dict[int, FoundFile] = {}
    for content, file in picture.files:
        link = names.get(file.identity)
        twin = first_of.setdefault(content.row, file)
        if link is None and twin is not file and Tier.IDENTICAL not in tiers:
            continue
        names.setdefault(file.identity, file.path)
        role = Role.REFERENCE if picture.rule.is_reference(file) else Role.REDUNDANT
        if link is not None:
            role, evidence = Role.LINKED, Evidence(link, Tier.IDENTICAL, 1.0)
        elif twin is not file:
            evidence = Evidence(twin.path, Tier.IDENTICAL, 1.0)
        elif members:
            evidence = Evidence(picture.head.path, Tier.SAME_PIXELS, None)
        elif tied is None:
            members.append(Member(file, content, Role.KEEPER))
            continue
        else:
            evidence = tied
            if not tied.tier.is_proven:
                role = Role.RELATED
        members.append(Member(file, content, role, None, evidence))
    if matches:
        members[0] = replace(members[0], matches=matches)
    return members


def with_reason(
    members: list[Member], keeper: tuple[Criterion, ...], others: Sequence[tuple[Criterion, ...]]
) -> list[Member]:
    """The same members; the keeper says what makes it better than the next best."""
    if others:
        reason = reason_to_keep(keeper, min(others, key=rank_key))
        members[0] = replace(members[0], reason=reason)
    return members

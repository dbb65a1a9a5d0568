"""What would be lost with a copy, and what of it can be written beside the picture that stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from copyfind.metadata.known import Metadata, joined, only_in
from copyfind.paths import printable

_NEAR = 0.001  # degrees, about 100 m: where a position is rounded it is still that position


class LossKind(StrEnum):
    """Which kind of knowledge would be lost."""

    POSITION = "GPS position"
    CAPTURED = "capture date"
    RATING = "rating"
    TITLE = "title"
    DESCRIPTION = "description"
    KEYWORDS = "keywords"
    PEOPLE = "people"
    FACES = "faces"
    FILM = "film"
    ATTACHED = "attribute"
    TEXT = "text"
    SIDECAR = "sidecar"
    UNREAD = "metadata"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that only the redundant copy has. `instead`: what the keeper says of the same.

    In words it is one line, whatever the file says.
    """

    kind: LossKind
    value: str
    instead: str | None = None

    def __str__(self) -> str:
        if self.kind is LossKind.FILM:
            return printable(f"the film {self.value}")
        if self.kind is LossKind.TEXT:
            return printable(self.value)  # it has a name of its own
        kept = f" (the keeper says: {self.instead})" if self.instead is not None else ""
        return printable(f"{self.kind.value}: {self.value}{kept}")


def losses(keeper: Metadata, redundant: Metadata) -> tuple[Loss, ...]:
    """What the redundant copy says that the keeper does not."""
    found = list(_other_values(keeper, redundant))
    for kind, ours, theirs in (
        (LossKind.KEYWORDS, keeper.keywords, redundant.keywords),
        (LossKind.PEOPLE, keeper.people, redundant.people),
        (LossKind.ATTACHED, keeper.attached, redundant.attached),
    ):
        if only := only_in(theirs, ours):
            found.append(Loss(kind, ", ".join(only)))
    found += [Loss(LossKind.TEXT, text) for text in only_in(redundant.texts, keeper.texts)]
    if redundant.faces > max(keeper.faces, len(redundant.people)):
        found.append(Loss(LossKind.FACES, f"{redundant.faces} marked", f"{keeper.faces}"))
    if redundant.film and not keeper.film:
        found.append(Loss(LossKind.FILM, "of a motion photo"))
    return tuple(found)


def missing(keeper: Metadata, *redundant: Metadata) -> Metadata:
    """What can be written beside the keeper: what it says nothing of, and further keywords and
    people. What it says otherwise stays as it says."""
    lacks = Metadata()
    for copy in redundant:
        have = joined([keeper, lacks])
        lacks = Metadata(
            position=lacks.position or (copy.position if have.position is None else None),
            captured_at=lacks.captured_at or (None if have.captured_at else copy.captured_at),
            rating=lacks.rating or (None if have.rating else copy.rating),
            title=lacks.title or (None if have.title else copy.title),
            description=lacks.description or (None if have.description else copy.description),
            keywords=lacks.keywords + only_in(copy.keywords, have.keywords),
            people=lacks.people + only_in(copy.people, have.people),
        )
    return lacks


def _other_values(keeper: Metadata, redundant: Metadata) -> Iterator[Loss]:
    here, there = keeper.position, redundant.position
    if there is not None and not (here is not None and _is_near(here, there)):
        yield Loss(LossKind.POSITION, _degrees(there), _degrees(here) if here else None)
    taken, kept = redundant.captured_at, keeper.captured_at
    # A fraction or an offset more is no other moment.
    if taken is not None and (kept is None or taken[:19] != kept[:19]):
        yield Loss(LossKind.CAPTURED, taken, kept)
    if redundant.rating is not None and redundant.rating != keeper.rating:
        kept = None if keeper.rating is None else str(keeper.rating)
        yield Loss(LossKind.RATING, str(redundant.rating), kept)
    for kind, theirs, ours in (
        (LossKind.TITLE, redundant.title, keeper.title),
        (LossKind.DESCRIPTION, redundant.description, keeper.description),
    ):
        # Writers of EXIF and XMP disagree on which of the two is which.
        if theirs is not None and theirs not in (keeper.title, keeper.description):
            yield Loss(kind, theirs, ours)


def _is_near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) < _NEAR


def _degrees(position: tuple[float, float]) -> str:
    latitude, longitude = position
    return (
        f"{abs(latitude):.5f}° {'N' if latitude >= 0 else 'S'}, "
        f"{abs(longitude):.5f}° {'E' if longitude >= 0 else 'W'}"
    )

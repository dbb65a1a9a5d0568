"""Which member of a cluster stays, and why: an ordered rule, the first difference decides."""

from __future__ import annotations

from dataclasses import dataclass

from copyfind.records import Content, FoundFile

# Formats by how much of the original they hold: sensor data, then what cameras write, then what
# keeps every pixel, then what exporters and the web make of it.
_FORMATS = ("RAW", "HEIC", "TIFF", "PNG", "BMP", "JPEG XL", "JPEG", "AVIF", "JPEG 2000", "WEBP")
_LATE = "9999"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One step of the rule: lower values win; `reason` is printed where it decided."""

    value: float | str | bytes
    reason: str


def keeper_rank(content: Content, file: FoundFile, *, largest: int) -> tuple[Criterion, ...]:
    """The rule for one file, to be compared step by step with others of its cluster.

    largest: pixels of the cluster's largest picture. Half of that is full size: a frame or a
    caption adds pixels, and must not make a copy better than the original it was made from.
    """
    facts = content.facts
    if facts is None:
        picture = (
            Criterion(1, "it can be decoded"),
            Criterion(1, "most pixels"),
            Criterion(1, "camera original"),
            Criterion(0, "most pixels"),
            Criterion(len(_FORMATS), "better format"),
            Criterion(0, "least compressed"),
            Criterion(1, "film of a motion photo"),
            Criterion(0, "most metadata"),
            Criterion(_LATE, "captured first"),
        )
    else:
        pixels = facts.width * facts.height
        original = facts.camera is not None and facts.captured_at is not None
        metadata = (facts.captured_at, facts.camera, facts.lens, facts.has_gps, facts.rating)
        picture = (
            Criterion(0, "it can be decoded"),
            Criterion(0 if 2 * pixels >= largest else 1, "most pixels"),
            Criterion(0 if original else 1, "camera original"),
            Criterion(-pixels, "most pixels"),
            Criterion(_format_rank(facts.format), "better format"),
            Criterion(-(facts.jpeg_quality or 0), "least compressed"),
            Criterion(0 if facts.has_film else 1, "film of a motion photo"),
            Criterion(-sum(bool(value) for value in metadata), "most metadata"),
            Criterion(facts.captured_at or _LATE, "captured first"),
        )
    return (
        *picture,
        Criterion(-content.size, "largest file"),
        Criterion(len(file.path), "shortest path"),
        Criterion(file.path, "first by name"),
    )


def pixel_count(content: Content) -> int:
    """Width times height; 0 where nothing could be decoded."""
    return content.facts.width * content.facts.height if content.facts else 0


def rank_key(rank: tuple[Criterion, ...]) -> tuple[float | str | bytes, ...]:
    """What to sort by: the best file has the smallest key."""
    return tuple(criterion.value for criterion in rank)


def reason_to_keep(keeper: tuple[Criterion, ...], next_best: tuple[Criterion, ...]) -> str:
    """The first step at which the keeper is better than the next best member."""
    for ours, theirs in zip(keeper, next_best, strict=True):
        if ours.value != theirs.value:
            return ours.reason
    return "first by name"


def _format_rank(name: str) -> int:
    family = "RAW" if name.startswith("RAW") else name.upper()
    return _FORMATS.index(family) if family in _FORMATS else len(_FORMATS)

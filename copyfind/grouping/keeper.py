"""Which member of a cluster stays, and why: an ordered rule, the first difference decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from copyfind.imaging.dates import is_believable
from copyfind.records import Content, Facts, FoundFile
from copyfind.verdict import Outside, Verdict

# Formats by how much of the original they hold: sensor data, then what cameras write, then what
# keeps every pixel, then what exporters and the web make of it.
_FORMATS = (
    *("RAW", "HEIC", "TIFF", "PSD", "PNG", "PNM", "TGA", "BMP"),
    *("JPEG XL", "JPEG", "MPO", "AVIF", "JPEG 2000", "WEBP"),
)
_LATE = "9999"
_AT_ONCE = 3_600_000_000_000  # nanoseconds: files unpacked or copied together say nothing by that
_WHOLE = 0.97  # share from which a picture is all there
_AS_LARGE = 0.9  # of the largest picture: what lies beside a smaller one does not make up for it
# Log odds that one of many pairs tells at most. The one that tells most that a picture was made
# from another tells more, and counts beside their mean: one maker is enough.
_SURE, _WORST, _WORSE = 2.0, 4.0, 0.3
_TELLING = 2.2  # twice the log odds from which one pair alone tells anything
_COARSER = 0.9  # pixels per pixel below which a picture holds another one reduced
# Words of a verdict that tell of something lost or laid over: in one direction only, they say
# which of two pictures was made from the other.
_LOSSES = (
    "greyscale",
    "something laid over",
    "blurred",
    "inverted",
    "posterised",
    "caption",
    "text",
    "pixelated",
    "noise",
)

_HELD = ("pasted into", "part of a collage")  # of a picture that holds the other beside its own
_CUT_OUT = "cut out of"  # the other has an edge around it: more likely it was pasted there


class KeepRule(StrEnum):
    """What may decide first which member stays; the usual order decides among equals."""

    LARGEST = "largest"
    SMALLEST = "smallest"
    ORIGINAL = "original"
    FORMAT = "format"
    METADATA = "metadata"
    OLDEST = "oldest"
    NEWEST = "newest"
    SHORTEST_PATH = "shortest-path"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One step of the rule: lower values win; `reason` is printed where it decided."""

    value: float | str | bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Making:
    """What verdicts and files say of how a picture was made from others."""

    scene: float = 1.0  # share of its pixels that show the scene: not a border, not what is around
    losses: int = 0  # members from which it was made by something that takes away or covers
    copies: int = 0  # members that were made so from it
    odds: float = 0.0  # log odds, summed, that others were made from it and not it from them
    worst: float = 0.0  # the least of these, if that is below zero
    asked: int = 0  # of how many others
    pixels: float | None = None  # that it holds at most, having been made from a smaller one

    @property
    def is_source(self) -> bool:
        """Whether it was not made from another one, as far as most of what is told of it goes."""
        return self.descent <= 0 and (self.losses == 0 or self.copies > self.losses)

    @property
    def descent(self) -> float:
        """How much more likely it was made from the others than they from it. Odds that hardly tell
        make no difference."""
        if not self.asked:
            return 0.0
        told = self.odds + _WORSE * self.asked * self.worst
        return -round(told / ((1 + _WORSE) * _TELLING)) / self.asked


def making(ties: Iterable[tuple[Verdict, float | None]]) -> Making:
    """How a picture was made, from the verdicts between others, first, and this one, second; and
    from the log odds that the second was made from the first, where that is told otherwise: then
    the words of the verdict have no say."""
    scene, losses, copies = 1.0, 0, 0
    told: list[float] = []
    for verdict, odds in ties:
        lost = _losses(verdict.how) - _losses(verdict.how_back)
        if verdict.overlap is not None:
            other_in_it, it_in_other = verdict.overlap
            pasted = any(said.startswith(_HELD) for said in verdict.how)
            framed = verdict.adds[1] is Outside.PLAIN or pasted
            reduced = verdict.scale is not None and verdict.scale < _COARSER
            if it_in_other < _WHOLE and (framed or (reduced and other_in_it >= _WHOLE)):
                scene = min(scene, it_in_other)
                lost += 1
            elif other_in_it < _WHOLE <= it_in_other and verdict.adds[0] is not Outside.PLAIN:
                lost += not any(said.startswith(_CUT_OUT) for said in verdict.how)  # a crop
        if odds is None:
            losses += lost > 0
            copies += lost < 0
        else:
            told.append(-odds)
    if not told:
        return Making(scene, losses, copies)
    summed = sum(min(max(odds, -_SURE), _SURE) for odds in told)
    return Making(scene, losses, copies, summed, max(min(0.0, *told), -_WORST), len(told))


def _losses(how: Sequence[str]) -> int:
    return sum(said.startswith(_LOSSES) for said in how)


def keeper_rank(
    content: Content,
    file: FoundFile,
    *,
    largest: float,
    made: Making = Making(),
    keep: Sequence[KeepRule] = (),
    today: date | None = None,
    is_reference: bool = False,
) -> tuple[Criterion, ...]:
    """The rank of one file by the rule, to be compared step by step with others of its cluster.

    largest: pixels of the cluster's largest picture. Half of that is full size: a frame or a
    caption adds pixels, and must not make a copy better than the original it was made from.
    keep: what decides before the usual order. today: what was captured later has no date.
    """
    facts = content.facts
    decoded = Criterion(0 if facts else 1, "it can be decoded")
    pixels = made.scene * (_pixels(facts) if made.pixels is None else made.pixels)
    is_whole = facts is not None and pixels >= _AS_LARGE * largest
    facts = _believed(facts, today)
    metadata, captured = _metadata(facts), _captured(facts)
    usual = (
        Criterion(0 if facts and 2 * pixels >= largest else 1, "most pixels"),
        Criterion(made.losses, "least processed"),
        Criterion(made.descent, "least processed"),
        Criterion(-_surplus(facts) if is_whole else 0, "holds more than its picture"),
        Criterion(0 if _is_camera_original(content.facts) else 1, "camera original"),
        Criterion(-round(pixels), "most pixels"),
        # Programs write what they make of a picture later than that, and often at a better quality.
        Criterion(min((f.mtime_ns for f in content.files), default=0) // _AT_ONCE, "oldest file"),
        _format(facts),
        Criterion(-(facts.jpeg_quality or 0) if facts else 0, "least compressed"),
        Criterion(0 if facts and facts.has_film else 1, "film of a motion photo"),
        metadata,
        captured,
        Criterion(len(file.path), "shortest path"),
        Criterion(file.path, "first by name"),
    )
    wanted: tuple[Criterion, ...] = ()
    if keep:
        named = {
            KeepRule.LARGEST: (Criterion(-_pixels(facts), "largest"),),
            KeepRule.SMALLEST: (Criterion(content.size, "smallest file"),),
            KeepRule.ORIGINAL: usual[1:5],
            KeepRule.FORMAT: (_format(facts),),
            KeepRule.METADATA: (metadata,),
            KeepRule.OLDEST: (captured, Criterion(file.mtime_ns, "oldest file")),
            KeepRule.NEWEST: (Criterion(-file.mtime_ns, "newest file"),),
            KeepRule.SHORTEST_PATH: (Criterion(len(file.path), "shortest path"),),
        }
        wanted = tuple(criterion for rule in keep for criterion in named[rule])
    reference = Criterion(0 if is_reference else 1, "in a reference folder")
    return (reference, decoded, *wanted, *usual)


def pixel_count(content: Content) -> int:
    """Width times height of a picture; 0 where nothing could be decoded."""
    return _pixels(content.facts)


def rank_key(rank: tuple[Criterion, ...]) -> tuple[float | str | bytes, ...]:
    """A key to sort files by: the best one has the smallest."""
    return tuple(criterion.value for criterion in rank)


def reason_to_keep(keeper: tuple[Criterion, ...], next_best: tuple[Criterion, ...]) -> str:
    """The words of the first step at which the keeper is better than the next best member."""
    for ours, theirs in zip(keeper, next_best, strict=True):
        if ours.value != theirs.value:
            return ours.reason
    return "first by name"


def _pixels(facts: Facts | None) -> int:
    return facts.width * facts.height if facts else 0


def _believed(facts: Facts | None, today: date | None) -> Facts | None:
    """The facts without a moment that a clock made up."""
    if facts is None or facts.captured_at is None:
        return facts
    believed = is_believable(facts.captured_at, today=today)
    return facts if believed else replace(facts, captured_at=None)


def _surplus(facts: Facts | None) -> int:
    """How many things of value lie beside the picture: gain map, layers, further pages."""
    return sum(extra.valued for extra in (facts.surplus or ())) if facts else 0


def _is_camera_original(facts: Facts | None) -> bool:
    return facts is not None and facts.camera is not None and facts.captured_at is not None


def _metadata(facts: Facts | None) -> Criterion:
    told = (
        (facts.captured_at, facts.camera, facts.lens, facts.has_gps, facts.rating) if facts else ()
    )
    return Criterion(-sum(bool(value) for value in told), "most metadata")


def _captured(facts: Facts | None) -> Criterion:
    return Criterion((facts.captured_at if facts else None) or _LATE, "captured first")


def _format(facts: Facts | None) -> Criterion:
    if facts is None:
        return Criterion(len(_FORMATS), "better format")
    family = "RAW" if facts.format.startswith("RAW") else facts.format.upper()
    rank = _FORMATS.index(family) if family in _FORMATS else len(_FORMATS)
    return Criterion(rank, "better format")

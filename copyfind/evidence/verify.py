"""A second look at two pictures: which tier they are, and how one was made from the other.

Whether both show one capture is one decision (`evidence.decide`); what was done to get one from
the other is told by rules. Measured by benchmarks/verdict_quality.py (docs/decisions.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.closer import closer_look, is_document, is_drawn
from copyfind.evidence.decide import (
    LIKELY,
    LIKELY_IN_SPITE,
    LIT_OTHERWISE,
    PROVEN,
    SHARED,
    odds_of,
)
from copyfind.evidence.explain import Geometry, Pair, geometry, how, is_slight, is_tone, tone_of
from copyfind.evidence.features import Features, extract_features
from copyfind.evidence.grounds import ground_of, is_seen
from copyfind.evidence.laying import Laid, larger_of, lay_on
from copyfind.evidence.lighting import is_lit_otherwise
from copyfind.evidence.moments import Doubt, doubt, is_one
from copyfind.evidence.outside import Beyond
from copyfind.evidence.placing import relative_boxes, relative_of
from copyfind.evidence.residual import Residual, boxes_of
from copyfind.evidence.ruled_out import is_ruled_out, share_a_third
from copyfind.evidence.strange import NOTHING_STRANGE, strange
from copyfind.evidence.tiny import same_at_a_glance, words
from copyfind.evidence.unchanged import Larger, change, of_files
from copyfind.imaging.thumbnail import LONGEST
from copyfind.records import Box, Doubles, Facts, Pixels, Tier
from copyfind.verdict import Outside, Verdict, as_matrix

__all__ = ["VERIFIER", "Look", "Outside", "Verdict", "look", "verify"]

VERIFIER = 20  # raised whenever the same pair would get another verdict

# Pixels of the shorter side below which nothing is aligned, and only the whole compared; and below
# which that is asked as well where alignment says nothing.
_TINY, _SMALL = 48, 64
_MADE_OF_TWO = 0.25  # share of what both show that differs, of pictures made of two each
_STRIP, _ALIKE = 10, 0.9  # length to width of a strip; share of blocks alike of a copy of one
_SIMILAR = 0.2  # share of blocks that have to resemble each other at all
_SERIES_INLIERS, _SERIES_AGREEMENT = 8, 0.15
_COPIES = (Tier.EDITED, Tier.LIKELY)
_STRANGE_PATCH = 0.05  # share of the common area from which it is asked in which picture it lies
_EXACT, _EXACT_ERROR = 0.97, 0.3  # blocks alike and pixels of error of what one capture gave
_NEAR_ALIKE = 0.9  # of a copy that was only resized or recompressed
_PROVEN = (Tier.NEAR, Tier.EDITED)
_WHOLE = 0.97  # overlap of pictures that show the whole of each other


@dataclass(frozen=True, eq=False)  # no slots: the picture needs a place
class Look:
    """One picture, ready for comparison."""

    unpack: Callable[[], Pixels]  # (H, W, 3), some 400 pixels long; asked once, if at all
    features: Features
    facts: Facts  # of the full-size picture
    # More of the picture, for what 400 pixels cannot show: the text of documents, other pages.
    larger: Larger | None = None

    @cached_property
    def picture(self) -> Pixels:
        """What most pairs, which nothing aligns, never need."""
        return self.unpack()


def look(picture: Pixels, facts: Facts, *, larger: Larger | None = None) -> Look:
    """Extract what a comparison needs, once a picture."""
    return Look(lambda: picture, extract_features(picture), facts, larger)


def verify(first: Look, second: Look) -> Verdict:
    """NEAR, EDITED, SERIES, or UNVERIFIED where nothing can be proven; the same in both orders."""
    if _is_later(first, second):
        return verify(second, first).reversed()
    if first.facts.has_alpha == second.facts.has_alpha:
        return _verdict(first, second)
    on_it = _on_the_ground_of(second, first), _on_the_ground_of(first, second)
    verdict = _verdict(*on_it)
    if verdict.tier in _PROVEN or on_it == (first, second):
        return verdict
    as_they_are = _verdict(first, second)
    is_better = as_they_are.tier in _PROVEN or verdict.tier is not Tier.LIKELY
    return as_they_are if is_better else verdict


def _is_later(first: Look, second: Look) -> bool:
    """An order that belongs to the two pictures, not to how they are given."""
    one, other = (
        (f.width, f.height, f.sifts.tobytes(), f.points.tobytes())
        for f in (first.features, second.features)
    )
    return one > other


def _on_the_ground_of(other: Look, one: Look) -> Look:
    """A transparent picture as it looks on what the other one lies on."""
    ground = ground_of(other.picture) if one.facts.has_alpha and one.larger else None
    if ground is None or one.larger is None:
        return one
    laid = one.larger(max(one.picture.shape[:2]), ground=ground)
    if laid is None or not is_seen(laid, ground):
        return one
    return look(laid, one.facts, larger=partial(one.larger, ground=ground))


def _verdict(first: Look, second: Look) -> Verdict:
    laid = None if _shorter_side(first, second) < _TINY else lay_on(first, second)
    if laid is None:
        return _at_a_glance(first, second)
    alignment, residual, around = laid.alignment, laid.residual, laid.around
    tier, odds, ruled_out = _tier(laid, (first.facts, second.facts))
    if tier in (Tier.UNVERIFIED, Tier.SERIES):
        seen = _at_a_glance(first, second)
        if seen.tier is Tier.LIKELY:
            return seen
    frame, onto = _size(first), _size(second)
    shape = geometry(
        alignment, frame=frame, onto=onto, reduced=(_reduction(first), _reduction(second))
    )
    relative = relative_of(alignment.matrix, frame, onto)
    said: tuple[str, ...] = ()
    said_back: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    one_grain = False
    if tier in _COPIES:
        closer, one_grain = closer_look(first, second, relative, shape, residual)
        tier = tier if closer is Tier.EDITED else closer
    if tier is Tier.LIKELY and not ruled_out:
        one_shot = is_one(first.facts, second.facts)
        drawn = not one_shot and _is_one_drawing(first, second, laid, shape, relative)
        tier = Tier.EDITED if one_shot or drawn else tier
    if tier in _COPIES:
        found, different = boxes_of(residual)
        boxes = relative_boxes(found, residual, relative, frame, onto)
        said, said_back = _both_ways(residual, around, different, shape, alignment, first, second)
        changed = of_files(first.facts, second.facts)
        if different >= _MADE_OF_TWO and odds < SHARED and any(map(_holds_more, around)):
            tier = Tier.LIKELY if tier is Tier.EDITED else tier
        named = [word for word in said + said_back if not is_slight(word)]
        is_near = _is_near(shape, residual, around, named)
        light_alone = all(map(is_tone, named))
        is_the_same = False
        if changed is None and tier is Tier.EDITED and is_near:
            document = is_document(residual)
            read = document or is_drawn(residual)
            changed = change(first, second, relative, read=read)
            light_alone = True
            is_the_same = changed is None
            is_turned = any(map(is_slight, said + said_back))
            tier = Tier.NEAR if is_the_same and not is_turned else Tier.EDITED
            if document and changed is not None and changed.boxes:
                tier = Tier.LIKELY  # one figure is too little for the words, and makes another page
        if tier is Tier.EDITED and odds < LIT_OTHERWISE and light_alone:
            lit = is_lit_otherwise(first.picture, second.picture, relative)
            tier = Tier.LIKELY if lit else tier
        if changed is not None:
            said, said_back = _with(changed.how, said), _with(changed.how_back, said_back)
            boxes = changed.boxes or boxes
        nameless = all(_is_as_saved(word) or is_slight(word) for word in said + said_back)
        if tier is Tier.EDITED and odds < LIT_OTHERWISE and nameless and not is_the_same:
            tier = Tier.LIKELY  # not the same, and no edit says how
        tier = _dated(tier, doubt(first.facts, second.facts), laid, one_grain=one_grain)
    return Verdict(
        tier,
        said,
        said_back,
        overlap=(round(residual.overlap[0], 3), round(residual.overlap[1], 3)),
        matrix=as_matrix(relative),
        mirrored=alignment.mirrored,
        scale=round(shape.scale, 4),
        inliers=alignment.inliers,
        agreement=round(alignment.agreement, 3),
        alike=round(residual.alike, 3),
        boxes=boxes,
        adds=(around[0].kind, around[1].kind),
    )


def _shorter_side(first: Look, second: Look) -> int:
    return min(min(one.facts.width, one.facts.height) for one in (first, second))


def _at_a_glance(first: Look, second: Look) -> Verdict:
    """Of small pictures that nothing lays onto each other: LIKELY, or UNVERIFIED."""
    if _shorter_side(first, second) >= _SMALL:
        return Verdict(Tier.UNVERIFIED)
    # From the files: a thumbnail's JPEG has a colour for every four pixels, of so few.
    if not same_at_a_glance(*larger_of(first, second, LONGEST)):
        return Verdict(Tier.UNVERIFIED)
    a, b = first.facts, second.facts
    scale = math.sqrt(b.width * b.height / (a.width * a.height))
    return Verdict(
        Tier.LIKELY,
        (words(a, b),),
        (words(b, a),),
        overlap=(1.0, 1.0),
        matrix=as_matrix(np.eye(3)),
        scale=round(scale, 4),
        alike=1.0,
    )


def _tier(laid: Laid, facts: tuple[Facts, Facts]) -> tuple[Tier, float, bool]:
    """EDITED for everything that is a copy, LIKELY for what only may be one; the log odds; and
    whether a rule speaks against it."""
    alignment, residual = laid.alignment, laid.residual
    if residual.similar < _SIMILAR:
        odds = -math.inf
    elif laid.by_ink or _is_strip(residual):
        odds = PROVEN if residual.alike >= _ALIKE else LIKELY
    else:
        odds = odds_of(laid, facts)
    ruled_out = odds < LIKELY or is_ruled_out(laid)
    if odds < (LIKELY_IN_SPITE if ruled_out else LIKELY):
        aligned = alignment.inliers >= _SERIES_INLIERS and alignment.agreement >= _SERIES_AGREEMENT
        return (Tier.SERIES if aligned else Tier.UNVERIFIED), odds, ruled_out
    if share_a_third(residual, laid.around):
        return Tier.UNVERIFIED, odds, ruled_out
    tier = Tier.EDITED if odds >= PROVEN and not ruled_out else Tier.LIKELY
    return tier, odds, ruled_out


def _is_strip(residual: Residual) -> bool:
    """A few cells wide: the decision has nothing to weigh there, nor on pages with a line or two.
    The rules judge these alone, and of pages their words."""
    ys, xs = np.flatnonzero(residual.covered.any(1)), np.flatnonzero(residual.covered.any(0))
    if not len(ys) or not len(xs):
        return False
    short, long = sorted((int(ys[-1] - ys[0]) + 1, int(xs[-1] - xs[0]) + 1))
    return long > _STRIP * short


def _is_one_drawing(
    first: Look, second: Look, laid: Laid, shape: Geometry, relative: Doubles
) -> bool:
    """Whether flat colours are the same everywhere, once what is written is known to be.

    The decision weighs grain, light and detail, of which drawings have none; nor do two of them
    come out alike by chance, as two photos of a still scene do.
    """
    residual = laid.residual
    return (
        _is_whole(shape, residual, laid.around)
        and residual.alike >= _NEAR_ALIKE
        and is_drawn(residual)
        and change(first, second, relative, read=True) is None
    )


def _dated(tier: Tier, doubt: Doubt, laid: Laid, *, one_grain: bool) -> Tier:
    """A copy, or another shot after all where the times say so and the pixels do not refute it."""
    if doubt is Doubt.NONE or one_grain:
        return tier
    exact = laid.residual.alike >= _EXACT and laid.alignment.error <= _EXACT_ERROR
    if doubt is Doubt.SOME and (tier is Tier.NEAR or exact):
        return tier
    return Tier.SERIES


def _with(changed: str, said: tuple[str, ...]) -> tuple[str, ...]:
    """What was changed first; that it was also saved again goes without saying."""
    return (changed, *(word for word in said if word not in ("recompressed", changed)))


def _both_ways(
    residual: Residual,
    around: tuple[Beyond, Beyond],
    different: float,
    shape: Geometry,
    alignment: Alignment,
    first: Look,
    second: Look,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the second was made from the first, and the first from the second."""
    ours, theirs = residual.frame, residual.warped
    one, other = (ours, theirs) if residual.in_first else (theirs, ours)
    share = different if residual.alike > 0.4 else 0.0
    found = strange(residual) if share >= _STRANGE_PATCH else NOTHING_STRANGE
    tone = tone_of(one, other, residual.covered)
    forth = Pair(tone, residual.overlap, around, share, taken_off=found.lies_in_first)
    back = Pair(
        None if tone is None else tone.reversed(),
        residual.overlap[::-1],
        (around[1], around[0]),
        share,
        taken_off=found.lies_in_second,
    )
    inverse = replace(alignment, matrix=np.linalg.inv(alignment.matrix).astype(np.float64))
    returned = geometry(
        inverse,
        frame=_size(second),
        onto=_size(first),
        reduced=(_reduction(second), _reduction(first)),
    )
    return how(forth, shape), how(back, returned)


def _is_as_saved(word: str) -> bool:
    """Whether saving a picture again, at some size, does this."""
    return word.startswith(("resized", "recompressed"))


def _is_near(
    shape: Geometry, residual: Residual, around: tuple[Beyond, Beyond], said: Sequence[str]
) -> bool:
    """Nothing was done but resizing, another format and a tone that has no name."""
    return (
        all(map(_is_as_saved, said))
        and _is_whole(shape, residual, around)
        and residual.alike >= _NEAR_ALIKE
    )


def _holds_more(side: Beyond) -> bool:
    """Whether a picture goes on beside what both show: so does what was made of two pictures."""
    return side.kind is not Outside.NOTHING


def _is_whole(shape: Geometry, residual: Residual, around: tuple[Beyond, Beyond]) -> bool:
    """Each shows all of the other, as it lies."""
    return (
        min(residual.overlap) >= _WHOLE
        and not shape.mirrored
        and all(side.kind is Outside.NOTHING for side in around)
    )


def _size(one: Look) -> tuple[int, int]:
    return one.picture.shape[1], one.picture.shape[0]


def _reduction(one: Look) -> float:
    width, height = _size(one)
    return math.sqrt(width * height / max(one.facts.width * one.facts.height, 1))

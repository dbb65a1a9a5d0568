"""A second look at two pictures: which tier they are, and how one was made from the other.

Measured on 750 edited copies and 99 pictures in 14 series of other shots (docs/decisions.md):
nearly all that features of copies agree on is one alignment, of other shots a third to a half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from copyfind.evidence.align import Alignment, Doubles, align
from copyfind.evidence.explain import Geometry, geometry, how
from copyfind.evidence.features import Features, extract_features
from copyfind.evidence.residual import Residual, compare
from copyfind.evidence.verdict import Outside, Verdict, as_matrix
from copyfind.records import Facts, Pixels, Tier

__all__ = ["VERIFIER", "Look", "Outside", "Verdict", "look", "verify"]

VERIFIER = 1  # raised whenever the same pair would get another verdict

LEAST_INLIERS = 8
COPY_AGREEMENT = 0.65  # share of matches that one alignment explains
SERIES_AGREEMENT = 0.15
COPY_ALIKE = 0.3  # share of blocks that show the same; stacked edits leave little
MANY_INLIERS, FEW_ALIKE = 25, 0.12  # many places that agree outweigh what was laid over them
SAME_ALIKE = 0.9  # of a copy that was only resized or recompressed
WHOLE = 0.9  # overlap of pictures that show the whole of each other
BEYOND = 0.93  # overlap under which a picture goes on where the other ends
_TURN = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture, ready for comparison."""

    picture: Pixels  # (H, W, 3), some 400 pixels long
    features: Features
    facts: Facts  # of the full-size picture
    # The picture with its longer side at most this many pixels, for what 400 cannot show: the
    # text of documents. None where the file is not at hand, or at any time.
    larger: Callable[[int], Pixels | None] | None = None


def look(
    picture: Pixels, facts: Facts, *, larger: Callable[[int], Pixels | None] | None = None
) -> Look:
    """Extract what a comparison needs, once a picture."""
    return Look(picture, extract_features(picture), facts, larger)


def verify(first: Look, second: Look) -> Verdict:
    """NEAR, EDITED, SERIES, or UNVERIFIED where nothing can be proven."""
    alignment = align(first.features, second.features)
    if alignment is None or alignment.inliers < LEAST_INLIERS:
        return Verdict(Tier.UNVERIFIED)
    residual = compare(first.picture, second.picture, alignment)
    shape = geometry(
        alignment,
        frame=(first.features.width, first.features.height),
        reduced=(_reduction(first), _reduction(second)),
    )
    tier = _tier(first, second, alignment, residual)
    said: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    if tier is Tier.EDITED:
        said = how(first.picture, second.picture, shape, residual)
        if _is_near(shape, residual, said):
            tier = Tier.NEAR
    return Verdict(
        tier,
        said,
        back,
        overlap=(round(residual.overlap[0], 3), round(residual.overlap[1], 3)),
        matrix=as_matrix(_relative(alignment.matrix, first, second)),
        mirrored=alignment.mirrored,
        scale=round(shape.scale, 4),
        inliers=alignment.inliers,
        agreement=round(alignment.agreement, 3),
        alike=round(residual.alike, 3),
    )


def _relative(matrix: Doubles, first: Look, second: Look) -> Doubles:
    """From pixels of the pictures looked at to 0..1 of each."""
    (h, w), (height, width) = first.picture.shape[:2], second.picture.shape[:2]
    # The middle of the first pixel is 0 to OpenCV and half a pixel from the edge to people.
    into = np.array([[w, 0, -0.5], [0, h, -0.5], [0, 0, 1.0]])
    out = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1.0]])
    relative: Doubles = out @ matrix @ into
    return relative


def _is_near(shape: Geometry, residual: Residual, said: tuple[str, ...]) -> bool:
    only_size = shape.stretched < 1.02 and abs(shape.turned) < _TURN and not shape.mirrored
    whole = min(residual.overlap) >= WHOLE and residual.alike >= SAME_ALIKE
    return (
        whole and only_size and all(word.startswith(("resized", "recompressed")) for word in said)
    )


def _tier(first: Look, second: Look, alignment: Alignment, residual: Residual) -> Tier:
    shows_the_same = residual.alike >= COPY_ALIKE or (
        alignment.inliers >= MANY_INLIERS and residual.alike >= FEW_ALIKE
    )
    if alignment.agreement < COPY_AGREEMENT or not shows_the_same:
        return Tier.SERIES if alignment.agreement >= SERIES_AGREEMENT else Tier.UNVERIFIED
    if _two_shots(first.facts, second.facts):
        return Tier.SERIES
    # Both go on where the other ends, and what they share is the same up to the edge: frames of a
    # panorama. A crop pasted elsewhere goes on too, but into something that does not match.
    if max(residual.overlap) < BEYOND and residual.alike >= 0.75:
        return Tier.SERIES
    return Tier.EDITED


def _two_shots(a: Facts, b: Facts) -> bool:
    """Two originals of one camera with two capture times are two shots, however alike."""
    same_camera = a.camera is not None and a.camera == b.camera
    timed = a.captured_at is not None and b.captured_at is not None
    return same_camera and timed and a.captured_at != b.captured_at


def _reduction(one: Look) -> float:
    return float(np.sqrt(one.features.width * one.features.height)) / float(
        np.sqrt(max(one.facts.width * one.facts.height, 1))
    )

"""What speaks against a copy by itself, whatever else is weighed.

Rules set on edited copies and series of photos: blocks that fit only elsewhere, pictures that go on
on both sides, too little that is seen in both, a third picture that both were made of. The decision
(`evidence.decide`) knows other things; a proof needs both. docs/decisions.md: what each is worth.
"""

from __future__ import annotations

import numpy as np

from copyfind.evidence.laying import Laid
from copyfind.evidence.outside import Beyond
from copyfind.evidence.residual import Residual, moved_blocks
from copyfind.evidence.strange import strange
from copyfind.records import Doubles

_CLEAR, _CLEAR_ALIKE = 0.9, 0.95  # agreement and share alike of copies that need no closer look
# A line through the edited copies and the series of the benchmark: what it takes to be a copy.
_AGREEMENT, _ALIKE, _MOVED, _BOTH_GO_ON, _LEAST = 3.1, 1.0, -6.3, -3.0, -1.05
_MOVING = 0.35  # share of blocks that fit only elsewhere, which no edit reaches
_PANORAMA = 0.85  # share alike from which pictures that go on on both sides are two frames
# The same where the alignment does not quite fit, in pixels, or the camera was turned.
_BENT, _BENT_ERROR, _BENT_DEPTH = 0.6, 0.5, 1.03
_TILTED = 0.93  # overlap both ways from which nothing was framed anew
# Share of blocks alike that any copy has, and that it has where few matches agree.
_FEW, _SOME, _SOME_AGREEMENT = 0.12, 0.3, 0.5
_FRAMED, _FAINT = 0.8, 0.575  # overlap of pictures with one frame, and what of it has to be seen
# What of the common area has to shine through at least, the more the fewer matches agree. Of 698
# aligned edits of photos that no benchmark holds 3 have less, of 372 lookalikes for fitting 74.
_SEEN, _SEEN_AGREEMENT = 0.76, 0.25
# Two pictures that share a third one: one has an edge around what is strange in it, the other lies
# as a part on a page. Share seen below which that is asked, area that is strange, and page.
_SHARING, _STRANGE, _PAGE = 0.8, 0.1, 0.25
_WHOLLY, _LYING_MOVED, _LYING_BLOCKS = 0.9, 0.05, 30  # of pictures that only lie on each other
_SIMILAR = 0.2  # share of blocks that have to resemble each other at all
# Blocks alike, pixels of flow and of error of two crops of one picture.
_EXACT, _EXACT_FLOW, _EXACT_ERROR = 0.97, 0.3, 0.3


def is_ruled_out(laid: Laid) -> bool:
    """Whether any rule says that these show two captures, or too little in common to say."""
    alignment, residual, around = laid.alignment, laid.residual, laid.around
    if _shows_too_little(laid):
        return True
    # What was turned by a few degrees and cut square again goes on in its corners.
    go_on = around[0].goes_on and around[1].goes_on and min(residual.overlap) < _TILTED
    clear = alignment.agreement >= _CLEAR and residual.alike >= _CLEAR_ALIKE and not go_on
    moved, _, farthest = (0.0, 0.0, 0.0) if clear else moved_blocks(residual)
    # Frames of a panorama are laid on each other nearly well, crops of one picture exactly.
    exact = residual.alike >= _EXACT and farthest <= _EXACT_FLOW and alignment.error <= _EXACT_ERROR
    bent = alignment.error >= _BENT_ERROR or _depth(laid) >= _BENT_DEPTH
    panorama = residual.alike >= _PANORAMA or (residual.alike >= _BENT and bent)
    score = (
        _AGREEMENT * alignment.agreement
        + _ALIKE * residual.alike
        + _MOVED * moved
        + (_BOTH_GO_ON if go_on and not exact else 0.0)
    )
    lies_badly = not alignment.inliers and moved > _LYING_MOVED
    framed_anew = go_on and not exact and panorama
    return score < _LEAST or moved >= _MOVING or framed_anew or lies_badly


def _shows_too_little(laid: Laid) -> bool:
    alignment, residual = laid.alignment, laid.residual
    little = not residual.blocks or residual.similar < _SIMILAR
    # Pictures pasted onto one background have that in common, and it is less than half.
    little |= min(residual.overlap) >= _FRAMED and residual.faint < _FAINT
    little |= residual.faint + _SEEN_AGREEMENT * alignment.agreement < _SEEN
    if not alignment.inliers:  # no keypoint says so: the whole picture has to
        little |= residual.alike < _WHOLLY or residual.blocks < _LYING_BLOCKS
    return little or residual.alike < (_FEW if alignment.agreement >= _SOME_AGREEMENT else _SOME)


def share_a_third(residual: Residual, around: tuple[Beyond, Beyond]) -> bool:
    """Whether each has something of its own: neither was made from the other then.

    A photo is the background of one picture, with something pasted onto it, and a part of a collage
    in the other. Both are made of it, but nothing is lost only if both stay.
    """
    if residual.faint >= _SHARING:
        return False
    found = strange(residual)
    on_page = [
        1 - overlap >= _PAGE and not side.goes_on
        for overlap, side in zip(residual.overlap, around, strict=True)
    ]
    return found.area >= _STRANGE and (
        (on_page[0] and found.lies_in_second) or (on_page[1] and found.lies_in_first)
    )


def _depth(laid: Laid) -> float:
    """How much farther one corner is than another: 1 for all but what is seen at an angle."""
    matrix: Doubles = laid.alignment.matrix
    height, width = laid.residual.frame.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    return float(depth.max() / depth.min())

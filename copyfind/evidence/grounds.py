"""Transparent pictures and their copies on one colour: what is looked at is what both show.

A drawing without a background is looked at on grey, which proves little against its copy on black:
all around it they differ, and its outline is another one. So it is laid on the copy's own ground.
"""

from __future__ import annotations

import cv2
import numpy as np

from copyfind.records import Colour, Pixels

_EDGE = 2  # pixels along the edge of a picture, where its ground is seen
_CLOSE = 14  # levels that a ground may vary
_MOSTLY = 0.5  # share of the edge that is of one colour


def ground_of(picture: Pixels) -> Colour | None:
    """The colour that a picture (H, W, 3) lies on, as its edge shows; None where it has none."""
    edge = np.concatenate(
        [
            picture[:_EDGE].reshape(-1, 3),
            picture[-_EDGE:].reshape(-1, 3),
            picture[:, :_EDGE].reshape(-1, 3),
            picture[:, -_EDGE:].reshape(-1, 3),
        ]
    )
    middle = np.median(edge, axis=0)
    close = (np.abs(edge - middle) <= _CLOSE).all(axis=1)
    if close.mean() < _MOSTLY:
        return None
    red, green, blue = (round(float(v)) for v in edge[close].mean(axis=0))
    return red, green, blue


def is_seen(picture: Pixels, ground: Colour) -> bool:
    """Whether anything stands out from it: a white drawing on white is gone."""
    difference = cv2.absdiff(picture, np.full_like(picture, ground)).max(axis=2)
    return float((difference > 2 * _CLOSE).mean()) > 0.005

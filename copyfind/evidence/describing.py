"""What it looks like around keypoints: SIFT (Lowe, IJCV 2004), as OpenCV counts it.

Along the way a keypoint points, and in units of its size, 4 x 4 cells hold 8 numbers each: how
steep it is in 8 directions. OpenCV goes through all pixels there, up to two thousand. Here the same
few places of every keypoint are read, from a picture so smooth that there is nothing between them,
and its numbers are products with what each place counts in each cell.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from copyfind.evidence.keypoints import Keypoints
from copyfind.evidence.scales import Scales, stacks_of
from copyfind.records import Bools, Floats, Pixels

_CELLS, _WAYS = 4, 8
LENGTH = _CELLS * _CELLS * _WAYS  # numbers a keypoint
_CELL = 3.0  # sigmas of a keypoint, a cell's side
_BESIDE = 0.5  # cells around all of them: what is there counts in part
_SIDE = 15  # places that are read, along and across all of that: a sigma apart
_FADING = _CELLS / 2  # cells, sigma of what a place counts
_MOST = 0.2  # of a row's length: a few steep edges must not decide
_LENGTH = 512  # of a row, as OpenCV has it, cut at 255
_STEP = (_CELLS + 2 * _BESIDE) / _SIDE  # cells


def describe(scales: Scales, keypoints: Keypoints) -> Pixels:
    """(N, 128) of each keypoint of the picture these scales are of."""
    order = np.argsort(keypoints.levels, kind="stable")
    sorted_ = keypoints.only(order)
    x, y = _places(sorted_)
    steepness = np.empty((2, len(order), _SIDE, _SIDE), np.float32)
    ends = np.flatnonzero(np.r_[np.diff(sorted_.levels) > 0, True]) + 1
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        some = slice(start, end)
        picture = scales.at(int(sorted_.levels[start]))
        _read(picture, x[some], y[some], steepness[:, some])
    sifts = np.empty((len(order), LENGTH), np.uint8)
    sifts[order] = _counted(*steepness.reshape(2, len(order), -1))
    return sifts


def _places(keypoints: Keypoints) -> tuple[Floats, Floats]:
    """x and y (N, SIDE + 2, SIDE + 2) in pixels of the keypoint's level."""
    away = (np.arange(_SIDE + 2) - (_SIDE + 1) / 2) * (_STEP * _CELL)  # sigmas
    side = 2.0 ** stacks_of(keypoints.levels)
    sigmas, turns = keypoints.sigmas / side, np.radians(keypoints.angles)
    along, across = (
        (size[:, None] * away).astype(np.float32)
        for size in (sigmas * np.cos(turns), sigmas * np.sin(turns))
    )
    left, top = (keypoints.points / side[:, None]).astype(np.float32).T[:, :, None]
    x = (left + along)[:, None, :] - across[:, :, None]
    y = (top + across)[:, None, :] + along[:, :, None]
    return x, y


def _read(picture: Floats, x: Floats, y: Floats, steepness: Floats) -> None:
    """How steep it is at all places but the outermost, right and up as the keypoint lies."""
    count, height, width = len(x), *picture.shape
    shape = (count * x.shape[1], x.shape[2])
    levels = np.asarray(
        cv2.remap(
            picture,
            x.reshape(shape),
            y.reshape(shape),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    ).reshape(x.shape)
    np.subtract(levels[:, 1:-1, 2:], levels[:, 1:-1, :-2], out=steepness[0])
    np.subtract(levels[:, :-2, 1:-1], levels[:, 2:, 1:-1], out=steepness[1])
    # Beyond the border there is nothing to count.
    corners = slice(None, None, x.shape[1] - 1)
    outermost = x[:, corners, corners], y[:, corners, corners]
    cut = np.flatnonzero(~_is_inside(*outermost, width, height).all(axis=(1, 2)))
    inner = slice(1, -1)
    steepness[:, cut] *= _is_inside(x[cut, inner, inner], y[cut, inner, inner], width, height)


def _is_inside(x: Floats, y: Floats, width: int, height: int) -> Bools:
    """Where a picture has neighbours on all sides."""
    return (x >= 0.5) & (x <= width - 1.5) & (y >= 0.5) & (y <= height - 1.5)


def _counted(right: Floats, up: Floats) -> Pixels:
    """(N, 128) from (N, places)."""
    sizes, ways = cv2.cartToPolar(right, up)
    ways *= _WAYS / (2 * np.pi)
    shares = _shares()
    numbers = np.empty((len(right), _CELLS * _CELLS, _WAYS), np.float32)
    off = np.empty_like(ways)
    for way in range(_WAYS):  # a slope between two counts for both
        np.abs(np.subtract(ways, way, out=off), out=off)
        if way == 0:
            np.minimum(off, _WAYS - off, out=off)
        np.maximum(np.subtract(1, off, out=off), 0, out=off)
        numbers[:, :, way] = np.multiply(off, sizes, out=off) @ shares
    rows = numbers.reshape(len(right), LENGTH)
    np.minimum(rows, _MOST * _lengths(rows), out=rows)
    rows *= _LENGTH / np.maximum(_lengths(rows), 1e-6)
    return np.minimum(np.rint(rows), 255).astype(np.uint8)


def _lengths(rows: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("nk,nk->n", rows, rows))[:, None], np.float32)


@cache
def _shares() -> Floats:
    """(places, CELLS²) how much a place counts in a cell: less with its distance from the middle of
    it, and of all."""
    away = (np.arange(_SIDE) - (_SIDE - 1) / 2) * _STEP  # cells
    middles = np.arange(_CELLS) - (_CELLS - 1) / 2
    of_rows = np.maximum(1 - np.abs(away[:, None] - middles), 0)
    of_rows *= np.exp(-(away**2) / (2 * _FADING**2))[:, None]
    shares: Floats = np.kron(of_rows, of_rows).astype(np.float32)
    return shares

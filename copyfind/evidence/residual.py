"""What still differs when one picture lies on the other.

The comparison is made in the coarser of the two: laying a small picture over a large one the other
way round would hold made-up detail against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.evidence.align import Alignment
from copyfind.evidence.features import grey_of
from copyfind.records import Bools, Doubles, Floats, Pixels

STEP = 8  # pixels between the middles of blocks
BLOCK = 24  # pixels
ALIKE = 0.8  # correlation of a block that shows the same thing
SIMILAR = 0.5  # of one that shows it through noise, or half covered
FAINT = 0.3  # of one of which something shines through
_FLAT = 3.0  # grey levels: below this deviation a block has no pattern to correlate
_COVERED = 0.97  # share of a block that must be covered by both
_FINEST = 0.15  # scale below which the smaller picture has too few pixels to compare
_DIFFERENT = 0.5  # correlation below which a block shows something else
_FEWEST = 3  # blocks together that are no accident
_MOST_BOXES = 8
_LEAST_OF_FLOW = 48  # pixels of a side

# (1600, 2) places of a picture, 0 to 1; none on its edge: half a pixel off is no difference.
_MIDDLES = (np.stack(np.meshgrid(*[np.arange(40)] * 2), axis=-1).reshape(-1, 2) + 0.5) / 40

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Block by block, in the frame of the coarser picture; blocks overlap."""

    in_first: bool  # that frame is the first picture's
    overlap: tuple[float, float]  # share of the first that lies in the second, and vice versa
    correlation: Floats  # (rows, columns) of blocks, NaN where not covered or without pattern
    blocks: int  # compared
    alike: float  # share of them that correlate above ALIKE
    similar: float  # above SIMILAR
    faint: float  # above FAINT
    frame: Pixels  # the coarser picture
    warped: Pixels  # the other picture in this frame
    covered: Bools  # (H, W)
    grey: tuple[Floats, Floats]  # both, smoothed; the other as a negative where it is one


def compare(first: Pixels, second: Pixels, alignment: Alignment) -> Residual:
    """Lay the pictures (H, W, 3) onto each other and correlate them block by block."""
    forth = alignment.matrix
    back: Doubles = np.linalg.inv(forth).astype(np.float64)
    overlap = (share_inside(first, second, forth), share_inside(second, first, back))
    in_first = abs(np.linalg.det(forth[:2, :2])) >= 1.0  # the first is the smaller on the second
    frame, other, matrix = (first, second, back) if in_first else (second, first, forth)
    height, width = frame.shape[:2]
    warped = warp(other, matrix, (width, height))
    mask = np.full(other.shape[:2], 255, np.uint8)
    covered: Bools = cv2.warpPerspective(mask, matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    ours, theirs = smooth(frame), smooth(warped)
    correlation = correlate(ours, theirs, covered)
    if _is_negative(correlation):
        theirs, correlation = 255 - theirs, -correlation
    compared = correlation[~np.isnan(correlation)]
    alike = float((compared >= ALIKE).mean()) if len(compared) else 0.0
    similar = float((compared >= SIMILAR).mean()) if len(compared) else 0.0
    faint = float((compared >= FAINT).mean()) if len(compared) else 0.0
    return Residual(
        in_first,
        overlap,
        correlation,
        len(compared),
        alike,
        similar,
        faint,
        frame,
        warped,
        covered,
        (ours, theirs),
    )


def warp(
    picture: Pixels, matrix: Doubles, size: Size, *, sampling: int = cv2.INTER_LINEAR
) -> Pixels:
    """Shrinking is smoothed first: sampling alone would alias."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale < 1.0:
        sigma = 0.45 * (1.0 / max(scale, _FINEST) - 1.0)
        if sigma > 0.2:
            picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    warped: Pixels = cv2.warpPerspective(picture, matrix, size, flags=sampling)
    return warped


def well_inside(covered: Bools, margin: int) -> Bools:
    """(H, W) what is covered, and so many pixels away from what is not or from the edge."""
    bordered = cv2.copyMakeBorder(covered.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    side = 2 * margin + 1
    inside: Bools = cv2.erode(bordered, np.ones((side, side), np.uint8))[1:-1, 1:-1] > 0
    return inside


def smooth(picture: Pixels) -> Floats:
    """Grey, without the grain of compression."""
    grey = grey_of(picture).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.float32)


def correlate(a: Floats, b: Floats, covered: Bools) -> Floats:
    """Normalised cross-correlation of each block; blind to brightness and contrast."""
    n = np.ones(1, np.float32)
    if not covered.all():
        # Means over blocks only where both are: what lies beyond is zero in all of them.
        weight = covered.astype(np.float32)
        a, b, n = a * weight, b * weight, np.maximum(_means(weight), 1e-6)
    sa, sb, aa, bb, ab = (_means(x) / n for x in (a, b, a * a, b * b, a * b))
    da, db = np.sqrt(np.maximum(aa - sa * sa, 0)), np.sqrt(np.maximum(bb - sb * sb, 0))
    value = np.where(np.minimum(da, db) > 0.5, (ab - sa * sb) / np.maximum(da * db, 1e-3), 0.0)
    nothing = (n < _COVERED) | (np.maximum(da, db) < _FLAT)
    return np.where(nothing, np.nan, value).astype(np.float32)


def _means(values: Floats) -> Floats:
    """Means over blocks that lie inside, every STEP pixels."""
    height, width = values.shape
    rows, columns = max(-(-(height - BLOCK) // STEP), 0), max(-(-(width - BLOCK) // STEP), 0)
    if not rows or not columns:
        return np.empty((rows, columns), np.float32)
    # A block is so many cells each way, which it shares with its neighbours.
    each = BLOCK // STEP
    down, along = rows + each - 1, columns + each - 1
    cells = cv2.resize(
        values[: down * STEP, : along * STEP], (along, down), interpolation=cv2.INTER_AREA
    )
    means = cv2.blur(cells, (each, each))
    half = each // 2
    return np.asarray(means[half : half + rows, half : half + columns], np.float32)


def _is_negative(correlation: Floats) -> bool:
    known = correlation[~np.isnan(correlation)]
    return len(known) > 0 and float(np.median(known)) < -0.3


def boxes_of(residual: Residual) -> tuple[list[tuple[int, int, int, int]], float]:
    """Where the pictures show different things though they lie right: (left, top, right, bottom)
    in pixels of the frame, largest first, and the share of the common area they take."""
    known = residual.correlation[~np.isnan(residual.correlation)]
    if not len(known):
        return [], 0.0
    limit = min(_DIFFERENT, float(np.median(known)) - 0.3)
    different = (np.nan_to_num(residual.correlation, nan=1.0) < limit).astype(np.uint8)
    # What was driven into white or black has lost its pattern; nothing lies over it.
    for grey in residual.grey:
        mean = _means(grey)
        deviation = np.sqrt(np.maximum(_means(grey * grey) - mean * mean, 0))
        different[((mean > 235) | (mean < 8)) & (deviation < 8)] = 0
    count, _, stats, _ = cv2.connectedComponentsWithStats(different, connectivity=8)
    half = BLOCK // 2
    boxes = []
    for left, top, width, height, area in stats[1:count]:
        if area < _FEWEST:
            continue
        # A block differs from the moment something enters it: what differs is smaller.
        x0, y0 = left * STEP + half // 2 + STEP // 2, top * STEP + half // 2 + STEP // 2
        x1 = (left + width - 1) * STEP + BLOCK - half // 2 - STEP // 2
        y1 = (top + height - 1) * STEP + BLOCK - half // 2 - STEP // 2
        boxes.append((int(x0), int(y0), int(x1), int(y1)))
    boxes.sort(key=lambda b: (-(b[2] - b[0]) * (b[3] - b[1]), b))
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes)
    return boxes[:_MOST_BOXES], min(area / max(float(residual.covered.sum()), 1.0), 1.0)


def moved_blocks(residual: Residual) -> tuple[float, float, float]:
    """How blocks of one picture have to be moved to fit the other after all.

    A copy lies still: what an edit covered or changed fits nowhere. In another shot near things
    and things that move fit elsewhere. Returns (share of the firm blocks that fit only elsewhere,
    median and 90th percentile of the distance in pixels of the frame where they fit).
    """
    ours, theirs = residual.grey
    height, width = ours.shape
    flow = flow_between(evened(ours), evened(theirs))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    fitted = np.asarray(
        cv2.remap(theirs, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR), np.float32
    )
    after, before = correlate(ours, fitted, residual.covered), residual.correlation
    u, v = (_means(np.ascontiguousarray(flow[..., k])) for k in (0, 1))
    firm = ~np.isnan(after) & ~np.isnan(before) & (after >= ALIKE)
    if not firm.any():
        return 0.0, 0.0, 0.0
    # All of it moved is an alignment that was a little off.
    distance = np.hypot(u - np.median(u[firm]), v - np.median(v[firm]))
    elsewhere = firm & (distance >= 1.0) & (after > before + 0.05)
    known = distance[firm]
    return (
        float(elsewhere.sum() / firm.sum()),
        float(np.median(known)),
        float(np.percentile(known, 90)),
    )


def flow_between(a: Pixels, b: Pixels) -> Floats:
    """(H, W, 2) where each pixel of the first lies in the second."""
    height, width = a.shape
    down, along = max(_LEAST_OF_FLOW - height, 0), max(_LEAST_OF_FLOW - width, 0)
    if down or along:  # OpenCV reads beyond the end of narrower pictures, and dies of it
        a, b = (cv2.copyMakeBorder(p, 0, down, 0, along, cv2.BORDER_REPLICATE) for p in (a, b))
    way = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)  # type: ignore[attr-defined] # missing in the stubs
    return np.ascontiguousarray(way.calc(a, b, None)[:height, :width], np.float32)


def evened(grey: Floats) -> Pixels:
    """Without brightness and contrast of each place, so that flow sees structure alone."""
    mean = _far(grey)
    deviation = np.sqrt(np.maximum(_far(grey * grey) - mean * mean, 0))
    evened: Pixels = np.clip(128 + 48 * (grey - mean) / (deviation + 2.0), 0, 255).astype(np.uint8)
    return evened


def _far(values: Floats) -> Floats:
    """Smoothed with a sigma of 8 pixels, at a quarter of the size: it costs a quarter."""
    height, width = values.shape
    size = (max(width // 4, 1), max(height // 4, 1))
    small = cv2.GaussianBlur(cv2.resize(values, size, interpolation=cv2.INTER_AREA), (0, 0), 2.0)
    smoothed = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smoothed, np.float32)


def share_inside(picture: Pixels, other: Pixels, matrix: Doubles) -> float:
    """Share of a picture's area that falls onto the other one."""
    height, width = picture.shape[:2]
    grid = _MIDDLES * [width, height] - 0.5
    x, y = cv2.perspectiveTransform(grid[None], matrix)[0].T
    inside: Bools = (x >= -0.5) & (x <= other.shape[1] - 0.5)
    inside &= (y >= -0.5) & (y <= other.shape[0] - 0.5)
    return float(inside.mean())

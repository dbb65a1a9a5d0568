"""Local features of a picture: RootSIFT at keypoints, and how they look in a mirror."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.evidence.describing import describe
from copyfind.evidence.keypoints import find_keypoints
from copyfind.evidence.scales import scales_of
from copyfind.imaging.thumbnail import longest_of
from copyfind.records import Doubles, Floats, Pixels

# Measured in docs/decisions.md, "Where are keypoints found?".
MOST = 400  # keypoints a picture
LONGEST = 320  # pixels; more of strips
_FOUND = 5 / 4  # of those kept, to spread from
_LARGER = 1.25  # times its size at most that a small picture is enlarged to
FEATURES_VERSION = 9  # raised whenever the same picture would give other features
_CELL = 50  # pixels, side of the cells that share the keypoints
_SOFT = 30.0  # levels: a picture that varies less is stretched
_STRETCHED, _MOST_GAIN = 45.0, 4.0
_HEAD = struct.Struct("<HHHH")  # version, width, height, keypoints


@dataclass(frozen=True, eq=False)  # no slots: what is looks needs a place
class Features:
    """Keypoints of one picture, strongest first, and what it looks like around them."""

    width: int  # of the picture, pixels
    height: int
    points: Floats  # (N, 2) x and y, pixels
    sizes: Floats  # (N,) diameter of what was looked at, pixels
    angles: Floats  # (N,) direction, degrees clockwise from the right, 0 to 360
    sifts: Pixels  # (N, 128) SIFT as OpenCV gives it: small whole numbers

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, pixels."""
        return self.width, self.height

    @cached_property
    def descriptors(self) -> Floats:
        """(N, 128) RootSIFT (Arandjelovic and Zisserman, CVPR 2012), unit rows."""
        sums = np.maximum(self.sifts.sum(axis=1, dtype=np.float32, keepdims=True), 1e-6)
        rooted: Floats = np.sqrt(self.sifts / sums)
        return rooted

    def to_bytes(self) -> bytes:
        """136 bytes a keypoint, for a cache."""
        head = _HEAD.pack(FEATURES_VERSION, self.width, self.height, len(self.points))
        places = np.round(self.points * 16).astype("<u2").tobytes()
        sizes, angles = (
            np.round(v * 64).astype("<u2").tobytes() for v in (self.sizes, self.angles)
        )
        return head + places + sizes + angles + self.sifts.tobytes()

    @staticmethod
    def from_bytes(data: bytes) -> Features | None:
        """What `to_bytes` was called on; None if it was another version's."""
        version, width, height, n = _HEAD.unpack_from(data)
        if version != FEATURES_VERSION or len(data) != _HEAD.size + n * (8 + 128):
            return None
        numbers = np.frombuffer(data, "<u2", 4 * n, _HEAD.size).astype(np.float32)
        sifts = np.frombuffer(data, np.uint8, 128 * n, _HEAD.size + 8 * n).reshape(n, 128)
        points, sizes, angles = numbers[: 2 * n], numbers[2 * n : 3 * n], numbers[3 * n :]
        places = (points / np.float32(16)).reshape(n, 2)
        return Features(
            width, height, places, sizes / np.float32(64), angles / np.float32(64), sifts
        )


_NOWHERE = np.empty((0, 2), np.float32)
_NONE = np.empty(0, np.float32)
NOTHING = Features(0, 0, _NOWHERE, _NONE, _NONE, np.empty((0, 128), np.uint8))


def extract_features(picture: Pixels, *, most: int = MOST) -> Features:
    """SIFT (Lowe, IJCV 2004) of an RGB picture (H, W, 3), at most some 4,000 pixels long."""
    height, width = picture.shape[:2]
    grey, factor = _sized(grey_of(picture))
    scales = scales_of(grey)
    found = find_keypoints(scales, round(_FOUND * most))
    if found is None:
        return replace(NOTHING, width=width, height=height)
    # Rounded as a cache would round them: a verdict must not depend on where they came from.
    points = _rounded((found.points + 0.5) / factor - 0.5, 16).clip(0)
    sizes = _rounded(2 * found.sigmas / factor, 64)
    angles = _rounded(found.angles, 64)
    order = _spread(points, most)
    sifts = describe(scales, found.only(order))
    return Features(width, height, points[order], sizes[order], angles[order], sifts)


def grey_of(picture: Pixels) -> Pixels:
    """As people see it, or along the colours that vary most where brightness hardly does.

    A duotone of two colours of one brightness is blank in grey.
    """
    grey: Pixels = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if float(cv2.meanStdDev(grey)[1][0, 0]) >= _SOFT:  # NumPy's takes thirty times as long
        return grey
    mean = np.array(cv2.mean(picture)[:3])  # NumPy's takes as long as all the rest
    colours = np.stack(cv2.split(picture)).reshape(3, -1) - mean.astype(np.float32)[:, None]
    variances, axes = np.linalg.eigh(colours @ colours.T / grey.size)
    axis = axes[:, 2] * (1 if axes[:, 2].sum() >= 0 else -1)
    gain = min(_STRETCHED / max(float(variances[2]), 1e-6) ** 0.5, _MOST_GAIN)
    # Rounded, and kept within a byte; half a level less is rounding down.
    along = np.append(gain * axis, 127.5 - gain * axis @ mean)
    stretched: Pixels = cv2.transform(picture, along[None])
    return stretched


def _sized(grey: Pixels) -> tuple[Pixels, float]:
    """The picture as large as its keypoints are looked for, and how many times its size that is."""
    factor = min(longest_of(grey.shape[1], grey.shape[0], LONGEST) / max(grey.shape), _LARGER)
    size = (max(round(grey.shape[1] * factor), 1), max(round(grey.shape[0] * factor), 1))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8), factor


def _spread(points: Floats, most: int) -> NDArray[np.intp]:
    """The first of each cell before the second of any: a busy corner must not take them all."""
    cells = (points // _CELL).astype(np.int64)
    keys = cells[:, 0] * 10_000 + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys)) - np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
    return np.sort(np.argsort(rank, kind="stable")[:most])


def _rounded(values: Doubles, parts: int) -> Floats:
    return np.round(values * parts).astype(np.float32) / np.float32(parts)


_BINS = np.arange(128).reshape(4, 4, 8)
# Where each of SIFT's 4 x 4 x 8 numbers goes when the picture is mirrored: the patch stands in the
# keypoint's own direction, which the mirror turns along; so its rows change sides, and gradients
# turn the other way round. descriptors[:, MIRROR_ORDER] are those of the mirror image.
MIRROR_ORDER = np.ascontiguousarray(_BINS[::-1][:, :, (8 - np.arange(8)) % 8].reshape(-1))
# In a negative every gradient points the other way, the keypoint's direction too: half a turn.
NEGATIVE_ORDER = np.ascontiguousarray(_BINS[::-1, ::-1].reshape(-1))


def mirror(features: Features) -> Features:
    """The features of the mirrored picture, without looking at it again."""
    points = features.points * np.array([-1, 1], np.float32)
    points[:, 0] += features.width - 1
    return replace(
        features,
        points=points,
        angles=(180 - features.angles) % 360,
        sifts=features.sifts[:, MIRROR_ORDER],
    )


def negative(features: Features) -> Features:
    """The features of the picture with light and dark exchanged."""
    return replace(
        features,
        angles=(features.angles + 180) % 360,
        sifts=features.sifts[:, NEGATIVE_ORDER],
    )


def best(features: Features, most: int) -> Features:
    """So many of them, strongest first, spread over the picture."""
    return _only(features, _spread(features.points, most))


def one_after_another(looks: Sequence[Features]) -> Features:
    """All of several looks at one picture of one size, one at least."""
    return replace(
        looks[0],
        points=np.concatenate([look.points for look in looks]),
        sizes=np.concatenate([look.sizes for look in looks]),
        angles=np.concatenate([look.angles for look in looks]),
        sifts=np.concatenate([look.sifts for look in looks]),
    )


def strongest(features: Features, most: int) -> Features:
    """The first of them."""
    return _only(features, slice(0, most))


def _only(features: Features, kept: slice | NDArray[np.intp]) -> Features:
    return replace(
        features,
        points=features.points[kept],
        sizes=features.sizes[kept],
        angles=features.angles[kept],
        sifts=features.sifts[kept],
    )

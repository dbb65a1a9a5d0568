"""Local features of a picture: RootSIFT at keypoints, and how they look in a mirror."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from copyfind.imaging.thumbnail import longest_of
from copyfind.records import Floats, Pixels

# Of all candidates of bench/edits, 563 copies are proven so and 562 with 500 keypoints, three
# layers and 320 pixels, which cost 35 ms a picture instead of 21.
MOST = 400  # keypoints a picture
LONGEST = 256  # pixels; more of strips
_LAYERS = 2  # an octave
_SIGMA = 1.6  # of the first layer, Lowe's
_FOUND = 5 / 4  # of those kept, to spread from
_SMALLEST = 16  # pixels of an octave's shorter side in which anything is described
FEATURES_VERSION = 6  # raised whenever the same picture would give other features
_CONTRAST = 0.01  # a quarter of OpenCV's default: soft pictures have too few keypoints otherwise
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
    grey, reduced = _reduced(grey_of(picture))
    keypoints = _sift(_SIGMA, round(_FOUND * most)).detect(grey, None)
    if not keypoints:
        return replace(NOTHING, width=width, height=height)
    # Rounded as a cache would round them: a verdict must not depend on where they came from.
    places = np.array([k.pt for k in keypoints], np.float64)
    points = _rounded((places + 0.5) / reduced - 0.5, 16).clip(0)
    sizes = _rounded(np.array([k.size for k in keypoints]) / reduced, 64)
    angles = _rounded(np.array([k.angle for k in keypoints]), 64)
    strength = np.array([k.response for k in keypoints], np.float32)
    # Among equals OpenCV's order is not that of the input.
    order = np.lexsort((sizes, angles, points[:, 1], points[:, 0], -strength))
    order = order[_spread(points[order], most)]
    sifts = _described(grey, [keypoints[i] for i in order.tolist()])
    return Features(width, height, points[order], sizes[order], angles[order], sifts)


def _sift(sigma: float, most: int = 0) -> cv2.Feature2D:
    # Without the precise upscaling every place is a quarter of a pixel off, and a picture that was
    # turned or mirrored half a pixel.
    sift: cv2.Feature2D = cv2.SIFT_create(  # type: ignore[attr-defined] # missing in the stubs
        nfeatures=most,
        nOctaveLayers=_LAYERS,
        contrastThreshold=_CONTRAST,
        sigma=sigma,
        enable_precise_upscale=True,
    )
    return sift


def _described(grey: Pixels, keypoints: Sequence[cv2.KeyPoint]) -> Pixels:
    """(N, 128) SIFT of keypoints, each in the octave above the one it was found in.

    A layer is smooth enough for half the pixels: descriptors stay the same (cosine .99), made of a
    quarter of the samples, and nothing is upscaled. That is two thirds of what describing costs.
    Beginning a layer earlier, each keypoint finds its own layer, as smooth, an octave up.
    """
    shorter = min(grey.shape)
    for keypoint in keypoints:
        # OpenCV packs octave, layer and a fraction that describing ignores into one number.
        octave, layer = (keypoint.octave + 128 & 255) - 128, keypoint.octave >> 8 & 255
        octave, layer = octave + 1, layer + 1 - _LAYERS
        if shorter >> octave < _SMALLEST:
            octave, layer = octave - 1, layer + _LAYERS
        keypoint.octave = octave & 255 | layer << 8
    _, sifts = _sift(_SIGMA / 2 ** (1 / _LAYERS)).compute(grey, keypoints)
    return np.asarray(sifts, np.uint8)


def grey_of(picture: Pixels) -> Pixels:
    """As people see it, or along the colours that vary most where brightness hardly does.

    A duotone of two colours of one brightness is blank in grey.
    """
    grey: Pixels = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if float(cv2.meanStdDev(grey)[1][0, 0]) >= _SOFT:  # NumPy's takes thirty times as long
        return grey
    colours = picture.reshape(-1, 3).astype(np.float32)
    colours -= colours.mean(axis=0)
    _, axes = np.linalg.eigh(colours.T @ colours / len(colours))
    axis = axes[:, 2] * (1 if axes[:, 2].sum() >= 0 else -1)
    values = colours @ axis
    gain = min(_STRETCHED / max(float(values.std()), 1e-3), _MOST_GAIN)
    stretched: Pixels = np.clip(128 + gain * values, 0, 255).astype(np.uint8)
    return stretched.reshape(grey.shape)


def _reduced(grey: Pixels) -> tuple[Pixels, float]:
    factor = longest_of(grey.shape[1], grey.shape[0], LONGEST) / max(grey.shape)
    if factor >= 1:
        return grey, 1.0
    size = (max(round(grey.shape[1] * factor), 1), max(round(grey.shape[0] * factor), 1))
    smaller: Pixels = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return smaller, factor


def _spread(points: Floats, most: int) -> NDArray[np.intp]:
    """The first of each cell before the second of any: a busy corner must not take them all."""
    cells = (points // _CELL).astype(np.int64)
    keys = cells[:, 0] * 10_000 + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys)) - np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
    return np.sort(np.argsort(rank, kind="stable")[:most])


def _rounded(values: NDArray[np.float64], parts: int) -> Floats:
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

"""Local features of a picture: RootSIFT at keypoints, and how they look in a mirror."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.records import Floats, Pixels

MOST = 600  # keypoints a picture, the strongest
FEATURES_VERSION = 1  # raised whenever the same picture would give other features
_CONTRAST = 0.02  # half of OpenCV's default: soft pictures have too few keypoints otherwise
_HEAD = struct.Struct("<HHHH")  # version, width, height, keypoints


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Keypoints of one picture, strongest first, and what it looks like around them."""

    width: int  # of the picture, pixels
    height: int
    points: Floats  # (N, 2) x and y, pixels
    sizes: Floats  # (N,) diameter of what was looked at, pixels
    angles: Floats  # (N,) direction, degrees clockwise from the right, 0 to 360
    sifts: Pixels  # (N, 128) SIFT as OpenCV gives it: small whole numbers

    @property
    def descriptors(self) -> Floats:
        """(N, 128) RootSIFT (Arandjelovic and Zisserman, CVPR 2012), unit rows."""
        sums = np.maximum(self.sifts.sum(axis=1, dtype=np.float32, keepdims=True), 1e-6)
        return np.sqrt(self.sifts / sums).astype(np.float32)

    def to_bytes(self) -> bytes:
        """138 bytes a keypoint, for a cache."""
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


def extract_features(picture: Pixels, *, most: int = MOST) -> Features:
    """SIFT (Lowe, IJCV 2004) of an RGB picture (H, W, 3), at most some 65,000 pixels long."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT_create(nfeatures=most, contrastThreshold=_CONTRAST)  # type: ignore[attr-defined] # missing in the stubs
    keypoints, found = sift.detectAndCompute(grey, None)
    height, width = grey.shape
    if found is None:
        nothing = np.empty(0, np.float32)
        return Features(
            width,
            height,
            np.empty((0, 2), np.float32),
            nothing,
            nothing,
            np.empty((0, 128), np.uint8),
        )
    sifts = found.astype(np.uint8)
    # Rounded as a cache would round them: a verdict must not depend on where they came from.
    points = _rounded([k.pt for k in keypoints], 16)
    sizes = _rounded([k.size for k in keypoints], 64)
    angles = _rounded([k.angle for k in keypoints], 64)
    strength = np.array([k.response for k in keypoints], np.float32)
    # Among equals OpenCV's order is not that of the input.
    order = np.lexsort((*sifts.T[:4], points[:, 1], points[:, 0], -strength))[:most]
    return Features(width, height, points[order], sizes[order], angles[order], sifts[order])


def _rounded(values: Sequence[float] | Sequence[tuple[float, float]], parts: int) -> Floats:
    return np.round(np.array(values, np.float32) * parts).astype(np.float32) / np.float32(parts)


def _mirror_order() -> np.ndarray:
    """Where each of SIFT's 4 x 4 x 8 numbers goes when the picture is mirrored.

    The patch stands in the keypoint's own direction, which the mirror turns along; so its rows
    change sides, and gradients turn the other way round.
    """
    bins = np.arange(128).reshape(4, 4, 8)
    mirrored = bins[::-1][:, :, (8 - np.arange(8)) % 8]
    return np.ascontiguousarray(mirrored.reshape(-1))


MIRROR_ORDER = _mirror_order()  # (128,): descriptors[:, MIRROR_ORDER] are those of the mirror image


def mirror(features: Features) -> Features:
    """The features of the mirrored picture, without looking at it again."""
    points = features.points * np.array([-1, 1], np.float32)
    points[:, 0] += features.width - 1
    return Features(
        features.width,
        features.height,
        points,
        features.sizes,
        (180 - features.angles) % 360,
        features.sifts[:, MIRROR_ORDER],
    )

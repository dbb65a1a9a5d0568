"""Local features of a picture: RootSIFT at keypoints, and how they look in a mirror."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from copyfind.records import Floats, Pixels

MOST = 600  # keypoints a picture, the strongest
_CONTRAST = 0.02  # half of OpenCV's default: soft pictures have too few keypoints otherwise


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Keypoints of one picture and what it looks like around them."""

    width: int  # of the picture, pixels
    height: int
    points: Floats  # (N, 2) x and y, pixels
    descriptors: Floats  # (N, 128) RootSIFT, unit rows


def extract_features(picture: Pixels) -> Features:
    """RootSIFT (Arandjelovic and Zisserman, CVPR 2012) of an RGB picture (H, W, 3)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT_create(nfeatures=MOST, contrastThreshold=_CONTRAST)  # type: ignore[attr-defined] # missing in the stubs
    keypoints, sifts = sift.detectAndCompute(grey, None)
    height, width = grey.shape
    if sifts is None:
        return Features(width, height, np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    points = np.array([keypoint.pt for keypoint in keypoints], np.float32)
    # Among equals OpenCV's order is not that of the input; a verdict must not depend on it.
    order = np.lexsort((*sifts.T[:4], points[:, 1], points[:, 0]))
    sifts = sifts[order].astype(np.float32)
    rooted = np.sqrt(sifts / np.maximum(sifts.sum(axis=1, keepdims=True), 1e-6))
    return Features(width, height, points[order], rooted.astype(np.float32))


def _mirror_order() -> np.ndarray:
    """Where each of SIFT's 4 x 4 x 8 numbers goes when the picture is mirrored.

    The patch stands in the keypoint's own direction, which the mirror turns along; so its rows
    change sides, and gradients turn the other way round.
    """
    bins = np.arange(128).reshape(4, 4, 8)
    mirrored = bins[::-1][:, :, (8 - np.arange(8)) % 8]
    return np.ascontiguousarray(mirrored.reshape(-1))


_MIRRORED = _mirror_order()


def mirror(features: Features) -> Features:
    """The features of the mirrored picture, without looking at it again."""
    points = features.points * np.array([-1, 1], np.float32)
    points[:, 0] += features.width - 1
    return Features(features.width, features.height, points, features.descriptors[:, _MIRRORED])

"""What the second look at two pictures found, and the same as plain data for a catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from copyfind.records import Box, Doubles, Matrix, MatrixRow, Tier


class Outside(StrEnum):
    """What a picture holds beyond the area that it shares with the other one."""

    NOTHING = "nothing"
    PLAIN = "plain"  # a border, a caption bar, a letterbox, the screen around a picture
    PICTURE = "picture"  # more of the scene, or another picture


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ties the first picture to the second.

    Coordinates are relative: 0 to 1 of the width and the height of each picture, so that they
    hold at any size. The matrix maps (x, y, 1) of the first to the second, mirroring included.
    """

    tier: Tier
    how: tuple[str, ...] = ()  # what was done to the first to get the second
    how_back: tuple[str, ...] = ()  # to the second to get the first
    overlap: tuple[float, float] | None = None  # share of the first in the second, and vice versa
    matrix: Matrix | None = None  # None: nothing aligns them
    mirrored: bool = False
    scale: float | None = None  # full-size pixels of the second per full-size pixel of the first
    inliers: int = 0  # places that agree with the matrix
    agreement: float = 0.0  # share of all matches that do
    alike: float = 0.0  # share of the blocks that show the same once laid on each other
    boxes: tuple[Box, ...] = ()  # (left, top, right, bottom) of the second: what differs there
    adds: tuple[Outside, Outside] = (Outside.NOTHING, Outside.NOTHING)  # what each holds beyond

    def reversed(self) -> Verdict:
        """The verdict on the same pair, the second picture first."""
        if self.matrix is None:
            return replace(self, how=self.how_back, how_back=self.how)
        back = np.linalg.inv(np.array(self.matrix))
        return replace(
            self,
            how=self.how_back,
            how_back=self.how,
            overlap=None if self.overlap is None else (self.overlap[1], self.overlap[0]),
            matrix=as_matrix(back),
            scale=None if self.scale is None else round(1 / self.scale, 4),
            boxes=tuple(_moved(box, back) for box in self.boxes),
            adds=(self.adds[1], self.adds[0]),
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; what has its default value is left out."""
        values: dict[str, Any] = {"tier": self.tier.value}
        if self.how:
            values["how"] = list(self.how)
        if self.how_back:
            values["how_back"] = list(self.how_back)
        if self.overlap is not None:
            values["overlap"] = list(self.overlap)
        if self.matrix is not None:
            values["matrix"] = [list(row) for row in self.matrix]
            values["mirrored"] = self.mirrored
            values["scale"] = self.scale
            values["inliers"] = self.inliers
            values["agreement"] = self.agreement
            values["alike"] = self.alike
            values["adds"] = [side.value for side in self.adds]
        if self.boxes:
            values["boxes"] = [list(box) for box in self.boxes]
        return values

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Verdict:
        """The verdict that `as_dict` was called on."""
        overlap, matrix, adds = (values.get(key) for key in ("overlap", "matrix", "adds"))
        return Verdict(
            tier=Tier(values["tier"]),
            how=tuple(values.get("how", ())),
            how_back=tuple(values.get("how_back", ())),
            overlap=None if overlap is None else (overlap[0], overlap[1]),
            matrix=None if matrix is None else as_matrix(np.array(matrix)),
            mirrored=bool(values.get("mirrored", False)),
            scale=values.get("scale"),
            inliers=values.get("inliers", 0),
            agreement=values.get("agreement", 0.0),
            alike=values.get("alike", 0.0),
            boxes=tuple((b[0], b[1], b[2], b[3]) for b in values.get("boxes", ())),
            adds=(Outside.NOTHING, Outside.NOTHING)
            if adds is None
            else (Outside(adds[0]), Outside(adds[1])),
        )


def as_matrix(values: Doubles) -> Matrix:
    """(3, 3) -> rows, divided by the last number and rounded to what a picture can show."""
    scaled = [[round(float(v), 7) for v in row] for row in values / values[2, 2]]
    rows: list[MatrixRow] = [(row[0], row[1], row[2]) for row in scaled]
    return (rows[0], rows[1], rows[2])


def _moved(box: Box, matrix: Doubles) -> Box:
    """The box around where a box lands, within the picture."""
    left, top, right, bottom = box
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
    moved = corners @ matrix.T
    places = np.clip(moved[:, :2] / moved[:, 2:], 0.0, 1.0)
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    return (round(float(x0), 4), round(float(y0), 4), round(float(x1), 4), round(float(y1), 4))

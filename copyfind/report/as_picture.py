"""What ties two pictures, drawn: where each lies in the other, both on each other, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from copyfind.records import Doubles, Pixels

_PANEL = 620  # pixels, the longer side of each of the four pictures
_GAP = 28
_PAPER, _INK, _FAINT = (18, 20, 24), (236, 238, 242), (142, 148, 158)
_FRAME, _BOX = (64, 196, 255), (255, 176, 32)
_COLOURS = {  # of the verdict
    "identical": (78, 205, 130),
    "same-pixels": (78, 205, 130),
    "near": (78, 205, 130),
    "edited": (64, 196, 255),
    "series": (255, 176, 32),
    "unverified": _FAINT,
    "different": _FAINT,
}
_THE_SAME = ("identical", "same-pixels")
_SMALLER, _LARGER = 20, 34  # of letters


def drawn(
    pictures: tuple[Pixels, Pixels],
    evidence: Mapping[str, Any] | None,
    *,
    verdict: str,
    lines: Sequence[str],
    names: tuple[str, str],
) -> Image.Image:
    """What ties two pictures, in one picture. evidence: a verdict as plain data, None where nothing
    was aligned; what has the same bytes or pixels lies on itself, and differs nowhere."""
    if evidence is None and verdict in _THE_SAME:
        evidence = {"matrix": np.eye(3)}
    a, b = (_fitted(picture) for picture in pictures)
    rows: list[list[tuple[Pixels, str]]]
    if evidence is None or evidence.get("matrix") is None:
        rows = [[(a, f"A  {names[0]}"), (b, f"B  {names[1]}")]]
    else:
        matrix = np.array(evidence["matrix"], np.float64)
        boxes = evidence.get("boxes", ())
        framed_a = _outlined(a, np.linalg.inv(matrix).astype(np.float64), ())
        framed_b = _outlined(b, matrix, boxes)
        laid = _laid(a, b, matrix)
        rows = [
            [(framed_a, f"A  {names[0]}"), (framed_b, f"B  {names[1]}")],
            [
                (_overlay(b, *laid), "A laid onto B"),
                (_difference(b, *laid), "what differs, brightness and contrast evened"),
            ],
        ]
    return _page(rows, verdict, lines)


def _fitted(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    factor = _PANEL / max(height, width)
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    fitted: Pixels = cv2.resize(picture, size, interpolation=how)
    return fitted


def _outlined(picture: Pixels, matrix: Doubles, boxes: Sequence[Sequence[float]]) -> Pixels:
    """A picture with the outline of the other one in it, and boxes; coordinates are 0 to 1."""
    height, width = picture.shape[:2]
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], np.float64)
    outline = cv2.perspectiveTransform(corners, matrix)[0] * [width, height]
    edge = np.array([[2, 2], [width - 3, 2], [width - 3, height - 3], [2, height - 3]], np.float32)
    _, within = cv2.intersectConvexConvex(outline.astype(np.float32), edge)
    line = np.round(edge if within is None else within).astype(np.int32).reshape(-1, 1, 2)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 1)
    drawn = picture.copy()
    drawn[inside == 0] = drawn[inside == 0] // 3
    cv2.polylines(drawn, [line], isClosed=True, color=_PAPER, thickness=7, lineType=cv2.LINE_AA)
    cv2.polylines(drawn, [line], isClosed=True, color=_FRAME, thickness=3, lineType=cv2.LINE_AA)
    for left, top, right, bottom in boxes:
        start = (round(left * width), round(top * height))
        end = (round(right * width), round(bottom * height))
        cv2.rectangle(drawn, start, end, _PAPER, 5, cv2.LINE_AA)
        cv2.rectangle(drawn, start, end, _BOX, 2, cv2.LINE_AA)
    return drawn


def _laid(a: Pixels, b: Pixels, matrix: Doubles) -> tuple[Pixels, NDArray[np.bool_]]:
    """The first picture laid into the frame of the second, and where it lies there."""
    height, width = b.shape[:2]
    onto = np.diag([width, height, 1.0]) @ matrix @ np.diag([1 / a.shape[1], 1 / a.shape[0], 1.0])
    laid = cv2.warpPerspective(a, onto, (width, height), flags=cv2.INTER_LINEAR)
    mask = np.ones(a.shape[:2], np.uint8)
    return laid, cv2.warpPerspective(mask, onto, (width, height), flags=cv2.INTER_NEAREST) > 0


def _overlay(b: Pixels, laid: Pixels, covered: NDArray[np.bool_]) -> Pixels:
    """Both pictures in one, in squares in turn of the one and of the other: every seam is a
    proof."""
    height, width = b.shape[:2]
    y, x = np.mgrid[:height, :width] // 52
    mixed = b // 3
    mixed[covered] = np.where(((x + y) % 2 == 0)[..., None], laid, b)[covered]
    return mixed


def _difference(b: Pixels, laid: Pixels, covered: NDArray[np.bool_]) -> Pixels:
    """Brightness once its change over the whole is taken out, and colours as they are: that all of
    a picture lost its colours is a difference, that all of it became brighter is told in words."""
    planes = [
        cv2.split(cv2.cvtColor(cv2.GaussianBlur(p, (0, 0), 1.5), cv2.COLOR_RGB2YCrCb))
        for p in (b, laid)
    ]
    difference = np.zeros(b.shape[:2], np.float32)
    if covered.any():
        ours, theirs = ([plane[covered].astype(np.float32) for plane in p] for p in planes)
        x, y = ours[0], theirs[0]
        slope = float(np.cov(y, x)[0, 1] / max(float(y.var()), 1.0))
        off = np.abs(x - (x.mean() + slope * (y - y.mean())))
        colour = np.hypot(ours[1] - theirs[1], ours[2] - theirs[2])
        difference[covered] = np.hypot(off, colour)
    heat = cv2.applyColorMap(np.clip(difference * 3, 0, 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    shown: Pixels = cv2.cvtColor(heat, cv2.COLOR_BGR2RGB)
    shown[~covered] = 34
    return shown


def _page(
    rows: Sequence[Sequence[tuple[Pixels, str]]], verdict: str, lines: Sequence[str]
) -> Image.Image:
    small, large = (ImageFont.load_default(size=size) for size in (_SMALLER, _LARGER))
    columns = [max(row[i][0].shape[1] for row in rows) for i in range(2)]
    heights = [max(picture.shape[0] for picture, _ in row) for row in rows]
    head = _GAP + _LARGER + 14 + (_SMALLER + 8) * len(lines) + _GAP // 2
    width = sum(columns) + 3 * _GAP
    height = head + sum(h + _SMALLER + 10 + _GAP for h in heights)
    page = Image.new("RGB", (width, height), _PAPER)
    pencil = ImageDraw.Draw(page)
    pencil.text((_GAP, _GAP), verdict, _COLOURS.get(verdict, _INK), font=large)
    y = _GAP + _LARGER + 14
    for line in lines:
        pencil.text((_GAP, y), _shortened(line, small, width - 2 * _GAP), _INK, font=small)
        y += _SMALLER + 8
    y = head
    for row, tallest in zip(rows, heights, strict=True):
        x = _GAP
        for (picture, label), column in zip(row, columns, strict=True):
            pencil.text((x, y), _shortened(label, small, column), _FAINT, font=small)
            page.paste(Image.fromarray(picture), (x, y + _SMALLER + 10))
            x += column + _GAP
        y += tallest + _SMALLER + 10 + _GAP
    return page


def _shortened(text: str, font: Any, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "...") > room:
        text = text[:-1]
    return text + "..."

"""What a picture shows of its own past: how fine its detail is, whether blocks, resizing or a
palette left traces, how soft its colours are."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from copyfind.imaging.lineage.full import Full
from copyfind.records import Floats

_LARGEST = 512  # pixels of a side that are looked at, from the middle
_WINDOW = 32  # pixels
_BANDS = ((0.12, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5))  # cycles a pixel
_FINE, _COARSE = (1.5, 3.0), (6.0, 12.0)  # widths of blurs: detail lies between two of them
_FAINT = 0.3  # levels of coarse colour that say nothing
_LOSSLESS = -0.7  # where a JPEG has the logarithm of its mean step
_MANY = 300  # stands for more than 256 colours
_GREY = 1.5  # mean distance from grey, in levels, below which no colours are compared

_across = np.hypot(np.fft.fftfreq(_WINDOW)[:, None], np.fft.rfftfreq(_WINDOW)[None])
_hann = np.outer(np.hanning(_WINDOW), np.hanning(_WINDOW)).astype(np.float32)


def alone(picture: Full) -> Mapping[str, float]:
    """The measures of one picture, by name."""
    box = picture.blocks_around_the_middle(_LARGEST)
    seen = picture.as_stored(picture.part(box, picture))
    colours = [picture.part(box, picture, plane=plane) for plane in (1, 2)]
    bands = _bands(seen)
    edges = np.abs(cv2.Laplacian(seen, cv2.CV_32F))
    steps = np.abs(np.diff(seen, axis=1)), np.abs(np.diff(seen, axis=0)).T
    chroma = float(np.hypot(colours[0] - 128, colours[1] - 128).mean())
    return {
        "steps": _LOSSLESS if picture.steps is None else math.log10(picture.steps.mean()),
        "colours": float(picture.colours or _MANY),
        "fine": bands[3],
        "finest": bands[3] - bands[1],
        "finer": bands[2] - bands[0],
        "calm": math.log(float(np.quantile(edges, 0.2)) + 0.2),
        "usual": math.log(float(np.median(edges)) + 0.2),
        "sharp": math.log(float(np.quantile(edges, 0.97)) + 0.2),
        "blocks": (_at_blocks(steps[0]) + _at_blocks(steps[1])) / 2,
        "rhythm": min(_rhythm(seen), _rhythm(seen.T)),
        "flat": float((steps[0] < 0.5).mean()),
        "clipped": float(((seen <= 2) | (seen >= 253)).mean()),
        "contrast": math.log(float(seen.std()) + 1),
        "chroma": chroma,
        "colour": math.log10(_fine_colours(colours) + 0.05),
        "own": _own_colours(picture) if chroma > _GREY else 0.0,
    }


def _bands(plane: Floats) -> list[float]:
    """The power of detail by how fine it is, as logarithms."""
    step = _WINDOW // 2
    seen = np.lib.stride_tricks.sliding_window_view(plane, (_WINDOW, _WINDOW))[::step, ::step]
    tiles = seen.reshape(-1, _WINDOW, _WINDOW)
    spectra = np.fft.rfft2((tiles - tiles.mean(axis=(1, 2), keepdims=True)) * _hann)
    power = (np.abs(spectra) ** 2).mean(axis=0)
    return [
        math.log10(float(power[(_across >= low) & (_across < high)].mean()) + 0.01)
        for low, high in _BANDS
    ]


def _at_blocks(steps: Floats) -> float:
    """How much more neighbours differ across the borders of blocks, (H, W - 1), than elsewhere."""
    mean = np.minimum(steps, 12).mean(axis=0)
    whole = mean[: len(mean) // 8 * 8].reshape(-1, 8).mean(axis=0)
    return math.log((whole[7] + 0.05) / (whole[:7].mean() + 0.05))


def _rhythm(plane: Floats) -> float:
    """How regularly detail comes and goes across: resizing leaves that."""
    bends = np.minimum(np.abs(np.diff(plane, 2, axis=1)), 20).mean(axis=0)
    found = np.abs(np.fft.rfft((bends - bends.mean()) * np.hanning(len(bends))))
    frequency = np.linspace(0, 0.5, len(found))
    free = frequency > 0.1
    for block in (1, 2, 3, 4):  # those of a JPEG are no resizing
        free &= np.abs(frequency - block / 8) > 0.012
    return math.log(float(found[free].max()) / (float(np.median(found[free])) + 1e-3) + 1e-3)


def _fine_colours(colours: list[Floats]) -> float:
    return math.hypot(*(_between(plane, *_FINE) for plane in colours))


def _own_colours(picture: Full) -> float:
    """The fine detail of the colours over their coarse detail, as a share of the same of
    brightness. Colours of cameras have .41 to 1.3 at any JPEG quality; those added later .15 to
    .6, as soft as they are."""
    by = min(1.0, _LARGEST / max(picture.size))
    planes = cv2.resize(picture.planes, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
    bright, *colours = (
        (_between(plane, *_FINE), _between(plane, *_COARSE))
        for plane in np.moveaxis(planes, 2, 0).astype(np.float32)
    )
    fine, coarse = (math.hypot(colours[0][n], colours[1][n]) for n in (0, 1))
    return fine / max(bright[0] / max(bright[1], 0.1) * max(coarse, _FAINT), 1e-6)


def _between(values: Floats, narrow: float, wide: float) -> float:
    band = cv2.GaussianBlur(values, (0, 0), narrow) - cv2.GaussianBlur(values, (0, 0), wide)
    return float(np.sqrt((band**2).mean()))

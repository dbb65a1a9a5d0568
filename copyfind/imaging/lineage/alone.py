"""What a picture shows of its own past: how fine its detail is, whether blocks, resizing or a
palette left traces, how soft its colours are."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np

from copyfind.imaging.lineage.full import Full
from copyfind.imaging.lineage.middle import Middle
from copyfind.records import Floats

_LARGEST = 320  # pixels of the longer side of a picture whose colours are looked at
_WINDOW, _STEP = 32, 24  # pixels
_BANDS = ((0.12, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5))  # cycles a pixel
_NARROW = 1.5  # width of the blur from which on detail is told an octave at a time
_OCTAVE = 1.3  # width of the blur that makes half as sharp what is, after that, made half as large
_FAINT = 0.3  # levels of coarse colour that say nothing
_LOSSLESS = -0.7  # where a JPEG has the logarithm of its mean step
_MANY = 300  # stands for more than 256 colours
_GREY = 1.5  # mean distance from grey, in levels, below which no colours are compared

_places = np.arange(_WINDOW)
_WAVES = np.exp(-2j * np.pi * np.outer(_places, _places) / _WINDOW).astype(np.complex64)
_across = np.hypot(np.fft.fftfreq(_WINDOW)[:, None], np.fft.rfftfreq(_WINDOW)[None])
_hann = np.outer(np.hanning(_WINDOW), np.hanning(_WINDOW)).astype(np.float32)


def alone(middle: Middle) -> Mapping[str, float]:
    """The measures of one picture, by name."""
    picture, seen = middle.picture, middle.levels
    colours = [picture.part(middle.box, picture, plane=plane) for plane in (1, 2)]
    bands = _bands(seen)
    edges = np.abs(cv2.Laplacian(seen, cv2.CV_32F))[::2, ::2]
    calm, usual, sharp = np.quantile(edges, (0.2, 0.5, 0.97)).tolist()
    across, down = np.abs(np.diff(seen, axis=1)), np.abs(np.diff(seen, axis=0))
    chroma = float(cv2.magnitude(colours[0] - 128, colours[1] - 128).mean())
    return {
        "steps": _LOSSLESS if picture.steps is None else math.log10(picture.steps.mean()),
        "colours": float(picture.colours or _MANY),
        "fine": bands[3],
        "finest": bands[3] - bands[1],
        "finer": bands[2] - bands[0],
        "calm": math.log(calm + 0.2),
        "usual": math.log(usual + 0.2),
        "sharp": math.log(sharp + 0.2),
        "blocks": (_at_blocks(across, 1) + _at_blocks(down, 0)) / 2,
        "rhythm": min(_rhythm(seen, 0), _rhythm(seen, 1)),
        "flat": float((across < 0.5).mean()),
        "clipped": float(((seen <= 2) | (seen >= 253)).mean()),
        "contrast": math.log(float(seen.std()) + 1),
        "chroma": chroma,
        "colour": math.log10(math.hypot(*(_octaves(plane, 1)[0] for plane in colours)) + 0.05),
        "own": _own_colours(picture) if chroma > _GREY else 0.0,
    }


def _bands(plane: Floats) -> list[float]:
    """The power of detail by how fine it is, as logarithms."""
    seen = np.lib.stride_tricks.sliding_window_view(plane, (_WINDOW, _WINDOW))[::_STEP, ::_STEP]
    tiles = seen.reshape(-1, _WINDOW, _WINDOW)
    tiles = (tiles - tiles.mean(axis=(1, 2), keepdims=True)) * _hann
    # Of such small ones the transform by its matrix is the quickest.
    spectra = _WAVES @ (tiles @ _WAVES[:, : _WINDOW // 2 + 1])
    power = (np.abs(spectra) ** 2).mean(axis=0)
    return [
        math.log10(float(power[(_across >= low) & (_across < high)].mean()) + 0.01)
        for low, high in _BANDS
    ]


def _at_blocks(steps: Floats, along: int) -> float:
    """How much more neighbours differ across the borders of blocks than elsewhere. steps: between
    neighbours. along: the axis across those borders."""
    mean = np.minimum(steps, 12).mean(axis=1 - along)
    whole = mean[: len(mean) // 8 * 8].reshape(-1, 8).mean(axis=0)
    return math.log((whole[7] + 0.05) / (whole[:7].mean() + 0.05))


def _rhythm(plane: Floats, along: int) -> float:
    """How regularly detail comes and goes along an axis: resizing leaves that."""
    bends = np.minimum(np.abs(np.diff(plane, 2, axis=along)), 20).mean(axis=1 - along)
    found = np.abs(np.fft.rfft((bends - bends.mean()) * np.hanning(len(bends))))
    frequency = np.linspace(0, 0.5, len(found))
    free = frequency > 0.1
    for block in (1, 2, 3, 4):  # those of a JPEG are no resizing
        free &= np.abs(frequency - block / 8) > 0.012
    return math.log(float(found[free].max()) / (float(np.median(found[free])) + 1e-3) + 1e-3)


def _own_colours(picture: Full) -> float:
    """The fine detail of the colours over their coarse detail, as a share of the same of
    brightness. Colours of cameras have .41 to 1.3 at any JPEG quality; those added later .15 to
    .6, as soft as they are."""
    by = min(1.0, _LARGEST / max(picture.size))
    bright, *colours = (
        _octaves(
            cv2.resize(plane, None, fx=by, fy=by, interpolation=cv2.INTER_AREA).astype(np.float32),
            3,
        )
        for plane in picture.planes
    )
    fine, coarse = (math.hypot(colours[0][n], colours[1][n]) for n in (0, 2))
    return fine / max(bright[0] / max(bright[2], 0.1) * max(coarse, _FAINT), 1e-6)


def _octaves(plane: Floats, number: int) -> list[float]:
    """How much detail there is between blurs of widths 1.5 and 3, 3 and 6, 6 and 12, of as many
    octaves as wanted."""
    level = cv2.GaussianBlur(plane, (0, 0), _NARROW)
    found = []
    for _ in range(number):
        level = level[::2, ::2]
        wider = cv2.GaussianBlur(level, (0, 0), _OCTAVE)
        found.append(float(np.sqrt(np.square(level - wider).mean())))
        level = wider
    return found

"""Which of two pictures has the detail of the first hand: sharpening raises what is there,
evenly, and enlarging adds nothing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

from copyfind.imaging.lineage.full import Full, middle
from copyfind.imaging.lineage.rounded import nearest_mixture
from copyfind.records import Box, Floats
from copyfind.verdict import Origin

_LARGEST = 512  # pixels of a side that are looked at, from the middle
_WINDOW = 32  # pixels
_BANDS = ((0.12, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5))  # cycles a pixel
# Photos saved at 95: sharpening shares .97 to .99 of the fine detail, .93 where much was done;
# bilateral filters .92 to .98, other denoising .2 to .95.
_RAISED, _MUCH = 1.15, 1.5  # gain of fine detail
_SHARED, _SHARED_MUCH = (0.97, 0.95), (0.93, 0.9)  # of the two middle bands
_LEVELS_OFF = 1.3, 1.15  # by how much a sharpened picture's gain may still rise from band to band
_CALM = 0.7  # share of a picture where little detail says little
# Detail that the larger picture adds, as a share of what the smaller one has at its finest: .06 to
# .31 where it was enlarged, .35 to 1.6 where the smaller one was made from it. Soft pictures have
# less: the smaller one has to be saved better, or next to nothing be added.
_ADDS, _ADDS_NOTHING, _ADDS_MUCH = 0.33, 0.2, 0.5
_ALIKE = 0.3  # of the fine detail of the smaller picture, that the larger one does not explain


def sharpened(first: Full, second: Full) -> Origin | None:
    """The origin of two pictures of one size, one of which is the other one sharpened: nothing is
    in it that is not in the other."""
    gain, shared = _gain_of(first, second)
    if _is_raised(gain, shared):
        return Origin.FIRST
    return Origin.SECOND if _is_raised(1 / gain, shared) else None


def _is_raised(gain: NDArray[np.float64], shared: NDArray[np.float64]) -> bool:
    """Whether fine detail was raised, evenly and without anything new. gain, shared: (4,)."""
    raised = float(gain[1:3].mean())
    even = gain[2] <= _LEVELS_OFF[0] * gain[1] and gain[3] <= _LEVELS_OFF[1] * gain[2]
    least = _SHARED_MUCH if raised > _MUCH else _SHARED
    return bool(raised >= _RAISED and even and (shared[1:3] >= least).all())


def first_hand(larger: Full, smaller: Full) -> Origin | None:
    """The origin of a larger picture, first, and a smaller one: the smaller one where the larger
    adds no detail to it."""
    width, size = smaller.size[0], larger.size
    box = middle(smaller.size, _LARGEST // 2)
    shown = _scaled(box, smaller.size, larger.size)
    up = smaller.part(shown, larger, Resampling.BICUBIC)
    layers = [
        up,
        smaller.sampled(shown, larger, Resampling.NEAREST),
        smaller.part(shown, larger, Resampling.BILINEAR),
        cv2.GaussianBlur(up, (0, 0), size[0] / width),
    ]
    there = larger.part(shown, larger)
    here = smaller.part(box, smaller)
    fine = cv2.GaussianBlur((here - cv2.GaussianBlur(here, (0, 0), 1.0)) ** 2, (0, 0), 2.0)
    more = _unexplained(there, layers, cv2.resize(fine, there.shape[::-1]))
    if more < (_ADDS if _is_better_saved(smaller, larger) else _ADDS_NOTHING):
        return Origin.SECOND
    down = [
        larger.part(box, smaller),
        larger.part(box, smaller, Resampling.BOX),
        larger.sampled(box, smaller, Resampling.BILINEAR),
    ]
    down += [cv2.GaussianBlur(down[0], (0, 0), width) for width in (0.6, 1.2)]
    unlike = _unexplained(here, down, fine)
    return Origin.FIRST if unlike < _ALIKE and more > _ADDS_MUCH else None


def _is_better_saved(one: Full, other: Full) -> bool:
    return one.steps is None or (
        other.steps is not None and bool(one.steps.mean() < other.steps.mean())
    )


def _unexplained(wanted: Floats, layers: list[Floats], fine: Floats) -> float:
    """What no mixture of the layers gives of a picture, as a share of the fine detail, (H, W), of
    its busiest parts."""
    busy = fine >= np.quantile(fine, _CALM)
    missed = wanted - nearest_mixture(layers, wanted)
    return float(np.sqrt((missed[busy] ** 2).mean() / max(float(fine[busy].mean()), 0.1)))


def _scaled(box: Box, size: tuple[int, int], to: tuple[int, int]) -> Box:
    """The box, in whole pixels, of a picture of another size."""
    across, down = (new / old for new, old in zip(to, size, strict=True))
    return (
        round(box[0] * across),
        round(box[1] * down),
        round(box[2] * across),
        round(box[3] * down),
    )


def _gain_of(first: Full, second: Full) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The gain of the second, and what both share, around their middle."""
    box = middle(first.size, _LARGEST)
    return _gain(first.part(box, first), second.part(box, first))


def _gain(one: Floats, other: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much more the other picture has, and how much of it both share, by band: (4,) each."""
    hann = np.hanning(_WINDOW)
    spectra = [
        np.fft.rfft2((tiles - tiles.mean(axis=(1, 2), keepdims=True)) * np.outer(hann, hann))
        for tiles in (_tiles(one), _tiles(other))
    ]
    ours, theirs = ((np.abs(spectrum) ** 2).mean(axis=0) for spectrum in spectra)
    both = np.abs((spectra[0] * spectra[1].conj()).mean(axis=0)) ** 2 / np.maximum(ours, 1e-9)
    across = np.fft.fftfreq(_WINDOW)[:, None], np.fft.rfftfreq(_WINDOW)[None]
    frequency = np.hypot(*across)
    gains, shares = [], []
    for low, high in _BANDS:
        band = (frequency >= low) & (frequency < high)
        power = max(float(theirs[band].sum()), 1e-9)
        gains.append(np.sqrt(power / max(float(ours[band].sum()), 1e-9)))
        shares.append(float(both[band].sum()) / power)
    return np.array(gains), np.array(shares)


def _tiles(plane: Floats) -> Floats:
    """(N, 32, 32), each half over the next."""
    step = _WINDOW // 2
    seen = np.lib.stride_tricks.sliding_window_view(plane, (_WINDOW, _WINDOW))[::step, ::step]
    return seen.reshape(-1, _WINDOW, _WINDOW)

"""Which edits a view may suffer, how likely and how strong; no pixels here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacks:
    """How likely each edit is, per view; the defaults are the edits people make.

    Every picture throws a strength between `gentlest` and 1 that scales all probabilities, so
    that a batch holds nearly clean views beside wrecks.
    """

    gentlest: float = 0.15
    # geometry
    crop: float = 0.6
    crop_area: tuple[float, float] = (0.2, 1.0)  # share of the picture that stays
    mirror: float = 0.4
    flip: float = 0.2
    quarter_turn: float = 0.4
    tilt: float = 0.25
    tilt_degrees: float = 45.0
    perspective: float = 0.12
    stretch: float = 0.15
    border: float = 0.12  # before it is turned, put on a page, or into a collage
    # around the picture; at most one of these
    frame: float = 0.08
    letterbox: float = 0.06
    caption: float = 0.08
    screenshot: float = 0.09
    pasted: float = 0.24
    collage: float = 0.08
    # over the picture
    text: float = 0.2
    emoji: float = 0.2
    patches: float = 0.08
    photo_overlaid: float = 0.1
    blend: float = 0.1
    stripes: float = 0.1
    text_wall: float = 0.1
    # colours
    jitter: float = 0.6
    jitter_by: tuple[float, float, float, float] = (0.6, 0.6, 0.8, 0.1)
    grey: float = 0.15
    duotone: float = 0.12
    veil: float = 0.1
    channel_shuffle: float = 0.06
    inversion: float = 0.03
    posterise: float = 0.06
    equalise: float = 0.07
    vignette: float = 0.06
    # sharpness and the codec
    blur: float = 0.2
    blur_sigma: tuple[float, float] = (0.6, 4.0)  # pixels
    sharpen: float = 0.1
    noise: float = 0.1
    pixelate: float = 0.12
    pixelate_cells: tuple[float, float] = (0.08, 0.35)  # along a side, for each of its pixels
    small_jpeg: float = 0.08  # saved at half the size, then seen as large as ever
    jpeg: float = 0.5
    jpeg_quality: tuple[float, float] = (3.0, 95.0)


# SSCD's "advanced" list (arXiv:2202.10261), in probability and extent as published.
SSCD_ADVANCED = Attacks(
    gentlest=1.0,
    crop=1.0,
    crop_area=(0.08, 1.0),
    mirror=0.5,
    flip=0.0,
    quarter_turn=0.05,
    tilt=0.05,
    tilt_degrees=180.0,
    perspective=0.0,
    stretch=0.0,
    border=0.0,
    frame=0.0,
    letterbox=0.0,
    caption=0.0,
    screenshot=0.0,
    pasted=0.0,
    collage=0.0,
    text=0.1,
    emoji=0.2,
    patches=0.0,
    photo_overlaid=0.0,
    blend=0.0,
    stripes=0.0,
    text_wall=0.0,
    jitter=0.8,
    jitter_by=(0.8, 0.8, 0.8, 0.2),
    grey=0.2,
    duotone=0.0,
    veil=0.0,
    channel_shuffle=0.0,
    inversion=0.0,
    posterise=0.0,
    equalise=0.0,
    vignette=0.0,
    blur=0.5,
    blur_sigma=(1.0, 5.0),
    sharpen=0.0,
    noise=0.0,
    pixelate=0.0,
    small_jpeg=0.0,
    jpeg=0.2,
    jpeg_quality=(1.0, 100.0),
)
EDITS = {"people": Attacks(), "sscd": SSCD_ADVANCED}

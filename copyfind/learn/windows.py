"""Windows of a feature map, in which a student learns to recognise what was cropped or pasted."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student

WINDOWS = 5  # four corners (upper first, left before right), then the middle
WINDOW = 0.6  # of the height and of the width that each takes


def window_shares(height: int, width: int) -> Tensor:
    """How much of each cell of a feature map the whole and every window hold: (H * W, 1 + WINDOWS),
    the whole first, columns sum to 1.

    A window ends inside of a cell where it has to, and then holds the share of it. So windows are
    the same part of a map of any size, and mirror or turn with the picture.
    """

    def shares(cells: int, start: float) -> Tensor:
        """How much of each cell of one axis the window from `start` on holds: (cells,)."""
        edges = torch.arange(cells + 1, dtype=torch.float64) / cells
        inside = edges.clamp(start, start + WINDOW).diff()
        return inside / inside.sum()

    near, far, middle = 0.0, 1.0 - WINDOW, (1.0 - WINDOW) / 2
    starts = ((near, near), (near, far), (far, near), (far, far), (middle, middle))
    parts = [torch.full((height, width), 1.0 / (height * width), dtype=torch.float64)]
    parts += [torch.outer(shares(height, y), shares(width, x)) for y, x in starts]
    return torch.stack([part.flatten() for part in parts], dim=1).float()


def features_with_windows(student: Student, maps: Tensor) -> Tensor:
    """The features of the whole and of its windows, from the map that `Student.maps` gave:
    (N, C, H, W) -> (N, 1 + WINDOWS, 512), as `Student.features_of` pools the whole.

    Of a transformer's tokens (N, T, C) the whole alone, for its class token is no mean over places.
    """
    if student.architecture.tokens:
        return student.features_of(maps)[:, None]
    shares = window_shares(*maps.shape[2:]).to(maps)
    means = maps.clamp(min=1e-6).pow(student.gem_p).flatten(2) @ shares  # (N, C, 1 + WINDOWS)
    pooled = means.pow(1.0 / student.gem_p).transpose(1, 2)
    return cast(Tensor, student.fc(pooled)).view(-1, 1 + WINDOWS, FEATURE_DIM)

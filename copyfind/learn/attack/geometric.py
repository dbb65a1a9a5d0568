"""Maps between pictures, composed as 3 x 3 matrices and sampled once.

Points are in a frame of [-1, 1] x [-1, 1], whatever the frame's true proportions. Every matrix
maps points of the frame that is drawn to points of the frame that is read, so that edits made
one after the other multiply from left to right: read <- first edit <- ... <- last edit <- drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

LEVELS = 4  # of the mip atlas: shrinking up to 8 times without aliasing


def stretch_and_shift(sx: Tensor, sy: Tensor, tx: Tensor, ty: Tensor) -> Tensor:
    """The maps x → sx·x + tx, y → sy·y + ty: (B,) each, as (B, 3, 3)."""
    zero, one = torch.zeros_like(sx), torch.ones_like(sx)
    rows = [sx, zero, tx, zero, sy, ty, zero, zero, one]
    return torch.stack(rows, dim=1).view(-1, 3, 3)


def window(x0: Tensor, y0: Tensor, x1: Tensor, y1: Tensor) -> Tensor:
    """Show only the box of the picture that is read (0..1): a crop. (B,) each -> (B, 3, 3)."""
    return stretch_and_shift(x1 - x0, y1 - y0, x0 + x1 - 1, y0 + y1 - 1)


def placement(x0: Tensor, y0: Tensor, x1: Tensor, y1: Tensor) -> Tensor:
    """Put the whole picture into the box of what is drawn (0..1). (B,) each -> (B, 3, 3)."""
    sx, sy = 1 / (x1 - x0), 1 / (y1 - y0)
    return stretch_and_shift(sx, sy, -(x0 + x1 - 1) * sx, -(y0 + y1 - 1) * sy)


def mirror(horizontally: Tensor, vertically: Tensor) -> Tensor:
    """The maps that mirror a frame where they are told to: (B,) bool each, as (B, 3, 3)."""
    zero = torch.zeros(len(horizontally), device=horizontally.device)
    return stretch_and_shift(1 - 2.0 * horizontally, 1 - 2.0 * vertically, zero, zero)


def turn(angle: Tensor, aspect: Tensor, expand: Tensor) -> tuple[Tensor, Tensor]:
    """Rotate by `angle` (B,), radians, as it looks in a frame of width / height `aspect` (B,).

    Where `expand` (B,) bool, the frame grows so that no corner is lost. Returns the maps
    (B, 3, 3) and the new frames' aspects (B,).
    """
    c, s = torch.cos(angle), torch.sin(angle)
    width = torch.where(expand, c.abs() * aspect + s.abs(), aspect)
    height = torch.where(expand, s.abs() * aspect + c.abs(), torch.ones_like(aspect))
    zero, one = torch.zeros_like(c), torch.ones_like(c)
    rows = [c * width / aspect, s * height / aspect, zero, -s * width, c * height, zero]
    return torch.stack([*rows, zero, zero, one], dim=1).view(-1, 3, 3), width / height


def perspective(corners: Tensor) -> Tensor:
    """The homography that shows the quadrilateral `corners` (B, 4, 2) as the whole frame.

    Corners in the frame that is read, from the upper left clockwise. Returns (B, 3, 3).
    """
    square = corners.new_tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]]).expand_as(corners)
    x, y = square.unbind(2)  # (B, 4)
    u, v = corners.unbind(2)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    first = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], dim=2)  # (B, 4, 8)
    second = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], dim=2)
    solved = torch.linalg.solve(torch.cat([first, second], dim=1), torch.cat([u, v], dim=1))
    return torch.cat([solved, one[:, :1]], dim=1).view(-1, 3, 3)


def pixel_centres(side: int, cells: Tensor) -> Tensor:
    """Points of a drawn frame: (B, side, side, 2), x before y.

    cells (B,): a frame of fewer cells than pixels is drawn in blocks of one colour.
    """
    centre = (torch.arange(side, device=cells.device) + 0.5) / side  # (side,)
    count = cells[:, None]
    line = ((centre * count).floor() + 0.5) / count * 2 - 1  # (B, side)
    shape = (len(cells), side, side)
    return torch.stack([line[:, None, :].expand(shape), line[:, :, None].expand(shape)], dim=3)


def move(points: Tensor, maps: Tensor) -> Tensor:
    """Send points (B, H, W, 2) through maps (B, 3, 3)."""
    flat = points.flatten(1, 2)  # (B, P, 2)
    moved = torch.baddbmm(maps[:, None, :, 2], flat, maps[:, :, :2].transpose(1, 2))  # (B, P, 3)
    return (moved[..., :2] / moved[..., 2:].clamp(min=1e-3)).view_as(points)


def inside(points: Tensor) -> Tensor:
    """Which points lie in the frame: (B, H, W, 2) -> (B, 1, H, W) bool."""
    return (points.abs() <= 1).all(dim=3).unsqueeze(1)


def magnification(maps: Tensor) -> Tensor:
    """How much of the read frame's length one unit of the drawn frame covers, in the middle."""
    bottom = maps[:, 2, 2].clamp(min=1e-3)[:, None, None]
    slope = maps[:, :2, :2] / bottom - maps[:, :2, 2:] * maps[:, 2:, :2] / bottom**2
    area: Tensor = torch.linalg.det(slope)
    return area.abs().clamp(min=1e-8).sqrt()


@dataclass(frozen=True, slots=True, eq=False)
class MipAtlas:
    """Pictures with their halves, quarters and eighths in one tensor: (B, C, S, 3/2 S)."""

    texels: Tensor

    @property
    def side(self) -> int:
        """The side of the full pictures, in texels."""
        return self.texels.shape[2]

    @classmethod
    def of(cls, pictures: Tensor) -> MipAtlas:
        """The atlas of pictures (B, C, S, S) uint8, S a multiple of 8; texels are in 0..1."""
        rows, channels, side, _ = pictures.shape
        texels = torch.zeros(rows, channels, side, side * 3 // 2, device=pictures.device)
        level = texels[..., :side].copy_(pictures).mul_(1 / 255)
        above = 0
        for _ in range(1, LEVELS):
            # Sums of neighbours: on a CPU three times as fast as avg_pool2d.
            pairs = level[:, :, ::2] + level[:, :, 1::2]
            level = (pairs[..., ::2] + pairs[..., 1::2]).mul_(0.25)
            below, right = above + level.shape[2], side + level.shape[3]
            texels[:, :, above:below, side:right] = level
            above = below
        return cls(texels)

    def __getitem__(self, rows: Tensor) -> MipAtlas:
        return MipAtlas(self.texels[rows])

    def sample(self, points: Tensor, magnified: Tensor) -> Tensor:
        """Read bilinearly in the level that fits each picture best; outside, the edge is repeated.

        points (B, H, W, 2); magnified (B,) texels of the full picture per drawn pixel.
        Returns (B, C, H, W).
        """
        side = self.side
        level = magnified.clamp(min=1).log2().round().clamp(max=LEVELS - 1)[:, None, None, None]
        size = side / 2**level
        left = torch.where(level > 0, float(side), 0.0)
        above = torch.where(level > 0, side - 2 * size, torch.zeros_like(size))  # 0, 1/2, 3/4 of it
        texel = torch.minimum(((points + 1) / 2 * size - 0.5).clamp(min=0), size - 1)
        x = (texel[..., :1] + left + 0.5) / (1.5 * side) * 2 - 1
        y = (texel[..., 1:] + above + 0.5) / side * 2 - 1
        grid = torch.cat([x, y], dim=3).to(self.texels.dtype)
        return F.grid_sample(self.texels, grid, align_corners=False)

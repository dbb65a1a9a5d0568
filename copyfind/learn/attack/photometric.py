"""What happens to the colours and the sharpness of pictures: (B, 3, H, W) float in 0..1.

Everything linear in the colours is composed into one matrix per picture; the rest acts on the
rows it is given, each with its own parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as JPEG and Pillow weigh them
_TO_YCC = (LUMA, (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_TO_YIQ = (LUMA, (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))


def colour_map(matrix: Tensor, offset: Tensor) -> Tensor:
    """The map colour → matrix·colour + offset: (B, 3, 3) and (B, 3) as one (B, 4, 4)."""
    whole = torch.eye(4, device=matrix.device).repeat(len(matrix), 1, 1)
    whole[:, :3, :3] = matrix
    whole[:, :3, 3] = offset
    return whole


def to_grey(amount: Tensor) -> Tensor:
    """The maps (B, 4, 4) of saturation: amount (B,) 1 keeps colours, 0 takes them away."""
    luma = torch.tensor(LUMA, device=amount.device).repeat(3, 1)
    kept = torch.eye(3, device=amount.device) * amount[:, None, None]
    return colour_map(kept + (1 - amount)[:, None, None] * luma, torch.zeros_like(kept[:, 0]))


def brightness_and_contrast(gain: Tensor, contrast: Tensor, mean: Tensor) -> Tensor:
    """Scale by gain, then spread around the mean luminance (before the gain). (B,) each."""
    eye = torch.eye(3, device=gain.device)
    offset = ((1 - contrast) * mean * gain)[:, None].expand(-1, 3)
    return colour_map(eye * (gain * contrast)[:, None, None], offset)


def hue(angle: Tensor) -> Tensor:
    """Turn the chrominance by `angle` (B,), radians."""
    to_yiq = torch.tensor(_TO_YIQ, device=angle.device)
    rotation = torch.zeros(len(angle), 3, 3, device=angle.device)
    rotation[:, 0, 0] = 1
    rotation[:, 1, 1] = rotation[:, 2, 2] = torch.cos(angle)
    rotation[:, 2, 1] = torch.sin(angle)
    rotation[:, 1, 2] = -rotation[:, 2, 1]
    matrix = torch.linalg.inv(to_yiq) @ rotation @ to_yiq
    return colour_map(matrix, torch.zeros(len(angle), 3, device=angle.device))


def duotone(dark: Tensor, light: Tensor) -> Tensor:
    """The map of luminance onto the line between two colours, (B, 3) each, as sepia is one."""
    luma = torch.tensor(LUMA, device=dark.device)
    return colour_map((light - dark)[:, :, None] * luma, dark)


def veiled(shown: Tensor, ground: Tensor) -> Tensor:
    """The map that lets `shown` (B,) of a picture be seen through colours (B, 3) over it."""
    eye = torch.eye(3, device=shown.device)
    return colour_map(eye * shown[:, None, None], (1 - shown)[:, None] * ground)


def shuffled_channels(order: Tensor) -> Tensor:
    """The map that puts channels in another order: (B, 3) with 0, 1, 2 in every row."""
    return colour_map(F.one_hot(order, 3).float(), torch.zeros_like(order, dtype=torch.float))


def inverted(rows: int, device: torch.device) -> Tensor:
    """The map to the negative, (rows, 4, 4)."""
    eye = -torch.eye(3, device=device).repeat(rows, 1, 1)
    return colour_map(eye, torch.ones(rows, 3, device=device))


def recolour(pictures: Tensor, maps: Tensor) -> Tensor:
    """Apply colour maps (B, 4, 4) to pictures."""
    flat = torch.baddbmm(maps[:, :3, 3:], maps[:, :3, :3], pictures.flatten(2))
    return flat.view_as(pictures).clamp(0, 1)


def posterise(pictures: Tensor, steps: Tensor) -> Tensor:
    """Keep `steps` (B,) values of each channel."""
    count = steps.view(-1, 1, 1, 1)
    return (pictures * count).floor().clamp(max=count - 1) / (count - 1)


def equalise(pictures: Tensor) -> Tensor:
    """Spread every channel's values evenly: each pixel becomes the share of darker ones."""
    flat = pictures.flatten(2)
    sorted_values = flat.sort(dim=2).values
    darker = torch.searchsorted(sorted_values, flat.contiguous())
    return (darker / flat.shape[2]).to(pictures.dtype).view_as(pictures)


def vignette(pictures: Tensor, strength: Tensor) -> Tensor:
    """Darken towards the corners by `strength` (B,) of the light, with a warm tint."""
    side = torch.linspace(-1, 1, pictures.shape[3], device=pictures.device)
    radius = side[None, :] ** 2 + side[:, None] ** 2  # (H, W), 0..2
    light = (1 + strength.view(-1, 1, 1, 1) * (0.2 - radius)).clamp(min=0)
    warm = torch.tensor([1.08, 1.0, 0.86], device=pictures.device).view(1, 3, 1, 1)
    return (pictures * light * warm).clamp(0, 1)


def soften(pictures: Tensor, sigma: Tensor, amount: Tensor) -> Tensor:
    """Go towards the Gaussian blur of `sigma` (B,) pixels: amount 1 blurs, below 0 sharpens."""
    rows, channels, height, width = pictures.shape
    reach = 7
    offset = torch.arange(-reach, reach + 1, device=pictures.device)
    kernel = torch.exp(-0.5 * (offset / sigma[:, None]) ** 2)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)
    flat = pictures.reshape(1, rows * channels, height, width)
    flat = F.pad(flat, (reach,) * 4, mode="reflect")
    flat = F.conv2d(flat, kernel.view(-1, 1, 1, 2 * reach + 1), groups=rows * channels)
    flat = F.conv2d(flat, kernel.view(-1, 1, 2 * reach + 1, 1), groups=rows * channels)
    blurred = flat.view_as(pictures)
    return (pictures + amount.view(-1, 1, 1, 1) * (blurred - pictures)).clamp(0, 1)


# ITU-T T.81, annex K: the tables that nearly every encoder scales by its quality.
_LUMA_TABLE = """
16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101
72 92 95 98 112 100 103 99"""
_CHROMA_TABLE = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 "
    "47 66 99 99 99 99 99 99 " + 32 * "99 "
)


@cache
def _tables() -> Tensor:
    """The quantisation tables of luminance and chrominance, (2, 8, 8)."""
    numbers = [float(n) for n in (_LUMA_TABLE + " " + _CHROMA_TABLE).split()]
    return torch.tensor(numbers).view(2, 8, 8)


@cache
def _cosines() -> Tensor:
    """The orthonormal DCT-II, (8, 8), whose rows are frequencies."""
    n = torch.arange(8)
    basis = torch.cos(math.pi * (n[None, :] + 0.5) * n[:, None] / 8) / 2
    basis[0] /= math.sqrt(2)
    return basis


def _quantise(planes: Tensor, table: Tensor) -> Tensor:
    """Round the coefficients of every block by a table (B, 8, 8).

    planes (B, C, H, W) centred on 0 in units of 0..255, sides multiples of 8.
    """
    rows, channels, height, width = planes.shape
    dct = _cosines().to(planes.device)
    blocks = planes.view(rows, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    step = table[:, None, None, None]
    coefficients = ((dct @ blocks @ dct.T) / step).round() * step
    return (dct.T @ coefficients @ dct).transpose(3, 4).reshape(planes.shape)


def jpeg(pictures: Tensor, quality: Tensor) -> Tensor:
    """Leave what a JPEG of `quality` (B,), 1 to 100, would: 4:2:0, the standard tables, no file."""
    scale = torch.where(quality < 50, 5000 / quality.clamp(min=1), 200 - 2 * quality)
    tables = _tables().to(pictures.device)[:, None] * scale[:, None, None] / 100
    tables = (tables + 0.5).floor().clamp(1, 255)  # (2, B, 8, 8)
    height, width = pictures.shape[2:]
    padded = F.pad(pictures, (0, -width % 16, 0, -height % 16), mode="replicate")
    to_ycc = torch.tensor(_TO_YCC, device=pictures.device)
    ycc = torch.einsum("ij,bjhw->bihw", to_ycc, padded * 255)
    luma = _quantise(ycc[:, :1] - 128, tables[0]) + 128
    chroma = _quantise(F.avg_pool2d(ycc[:, 1:], 2), tables[1])
    ycc = torch.cat([luma, F.interpolate(chroma, scale_factor=2.0, mode="bilinear")], dim=1)
    rgb = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(to_ycc), ycc) / 255
    return rgb[:, :, :height, :width].clamp(0, 1)


def at_half_size(pictures: Tensor, edit: Callable[[Tensor], Tensor]) -> Tensor:
    """Pictures of even sides with an edit made at half their size, as large as they were."""
    edited = edit(F.avg_pool2d(pictures, 2))
    return F.interpolate(edited, size=pictures.shape[2:], mode="bilinear")

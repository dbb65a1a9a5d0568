"""The network over maps of an aligned pair, and how it is trained; torch only here."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from copyfind.evidence.maps import CELLS, CHANNELS
from copyfind.records import Floats

_OTHER = {" a": " b", " b": " a"}  # what the pictures say each for itself
_SWAPPED = [CHANNELS.index(name[:-2] + _OTHER.get(name[-2:], name[-2:])) for name in CHANNELS]
_TONE = CHANNELS.index("tone")
_BATCH = 64


class _Separable(nn.Module):
    """Depthwise, then pointwise; added to what came in where the shape stays."""

    def __init__(self, wide: int, out: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide)
        self.pointwise = nn.Conv2d(wide, out, 1, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.stays = stride == 1 and wide == out

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm(self.pointwise(self.depthwise(x))))
        return x + y if self.stays else y


class Network(nn.Module):
    """(B, CHANNELS, CELLS, CELLS) -> (B,) log odds."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(len(CHANNELS), 40, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(40)
        self.body = nn.Sequential(
            _Separable(40, 64, 2), _Separable(64, 64, 1), _Separable(64, 64, 1),
            _Separable(64, 96, 2), _Separable(96, 96, 1), _Separable(96, 128, 2),
            _Separable(128, 128, 1),
        )  # fmt: skip
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(256, 1)

    def forward(self, maps: Tensor) -> Tensor:
        x = self.body(F.relu(self.norm(self.stem(maps))))
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)
        odds: Tensor = self.head(self.drop(pooled))[:, 0]
        return odds


def on_canvas(maps: Floats) -> NDArray[np.float16]:
    """(CHANNELS, rows, columns) -> (CHANNELS, CELLS, CELLS), zeros beside."""
    canvas = np.zeros((len(CHANNELS), CELLS, CELLS), np.float16)
    rows, columns = maps.shape[1:]
    top, left = (CELLS - rows) // 2, (CELLS - columns) // 2
    canvas[:, top : top + rows, left : left + columns] = maps
    return canvas


def train(
    maps: NDArray[np.float16], same: Floats, weight: Floats, *, epochs: int, seed: int = 0
) -> Network:
    """maps (N, CHANNELS, CELLS, CELLS); same (N,) 0 or 1; the mean of the weights is 1."""
    torch.manual_seed(seed)
    dice = np.random.default_rng(seed)
    # A CPU takes half the time where the channels of a cell lie side by side.
    network = Network()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in the stubs
    average = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.02)
    steps, step = epochs * (len(maps) // _BATCH), 0
    for epoch in range(epochs):
        order, total = dice.permutation(len(maps)), 0.0
        for at in range(0, len(order) - _BATCH + 1, _BATCH):
            rows = order[at : at + _BATCH]
            batch = _turned(torch.from_numpy(maps[rows]).float(), dice)
            target = torch.from_numpy(same[rows]) * 0.98 + 0.01
            rate = 2e-3 * min(1, step / 60) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = F.binary_cross_entropy_with_logits(
                network(batch), target, weight=torch.from_numpy(weight[rows])
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # missing in the stubs
            optimizer.step()
            total += loss.item()
            step += 1
            keep = min(0.995, (1 + step) / (10 + step))
            for name, value in network.state_dict().items():
                if value.dtype.is_floating_point:
                    average[name].mul_(keep).add_(value, alpha=1 - keep)
                else:
                    average[name].copy_(value)
        print(f"  epoch {epoch}: {total / max(len(maps) // _BATCH, 1):.4f}", flush=True)
    network.load_state_dict(average)
    network.eval()
    return network


def _turned(batch: Tensor, dice: np.random.Generator) -> Tensor:
    """Mirrored, turned, and with the pictures exchanged: none of it changes the answer."""
    if dice.random() < 0.5:
        batch = batch.flip(3)
    if dice.random() < 0.5:
        batch = batch.flip(2)
    if dice.random() < 0.5:
        batch = batch.transpose(2, 3)
    if dice.random() < 0.5:
        batch = batch[:, _SWAPPED].clone()
        batch[:, _TONE] *= -1
    return batch.contiguous(memory_format=torch.channels_last)


def odds_of(network: Network, maps: NDArray[np.float16]) -> Floats:
    """(N,) log odds."""
    with torch.inference_mode():
        parts = [
            network(torch.from_numpy(maps[at : at + 128]).float()).numpy()
            for at in range(0, len(maps), 128)
        ]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def write_network(network: Network, path: Path) -> None:
    """For `read_network`."""
    torch.save(network.state_dict(), path)


def read_network(path: Path) -> Network:
    """As it was written."""
    network = Network()
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()

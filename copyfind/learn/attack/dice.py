"""Per-sample random parameters, drawn on the device that uses them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Dice:
    """Throws `size` independent values at a time; the generator's device is theirs."""

    generator: torch.Generator
    size: int

    def uniform(self, low: float, high: float) -> Tensor:
        """(size,) float32 in [low, high)."""
        device = self.generator.device
        value = torch.rand(self.size, generator=self.generator, device=device)
        return low + (high - low) * value

    def log_uniform(self, low: float, high: float) -> Tensor:
        """(size,) with as many values in [x, 2x) as in [2x, 4x)."""
        return low * (high / low) ** self.uniform(0, 1)

    def chance(self, probability: float | Tensor) -> Tensor:
        """(size,) bool, true with that probability, which may differ per sample."""
        return self.uniform(0, 1) < probability

    def below(self, end: int) -> Tensor:
        """(size,) int64 in [0, end)."""
        device = self.generator.device
        return torch.randint(end, (self.size,), generator=self.generator, device=device)

    def colour(self) -> Tensor:
        """(size, 3) in [0, 1)."""
        return torch.stack([self.uniform(0, 1) for _ in range(3)], dim=1)

    def normal(self, *shape: int) -> Tensor:
        """(size, *shape) standard normal."""
        device = self.generator.device
        return torch.randn(self.size, *shape, generator=self.generator, device=device)

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
        """Even throws in [low, high): (size,) float32."""
        device = self.generator.device
        value = torch.rand(self.size, generator=self.generator, device=device)
        return low + (high - low) * value

    def log_uniform(self, low: float, high: float) -> Tensor:
        """Throws of which as many lie in [x, 2x) as in [2x, 4x): (size,) float32."""
        return low * (high / low) ** self.uniform(0, 1)

    def chance(self, probability: float | Tensor) -> Tensor:
        """Whether something happens, by a probability that may differ per sample: (size,) bool."""
        return self.uniform(0, 1) < probability

    def below(self, end: int) -> Tensor:
        """Whole numbers in [0, end): (size,) int64."""
        device = self.generator.device
        return torch.randint(end, (self.size,), generator=self.generator, device=device)

    def colour(self) -> Tensor:
        """Any colours: (size, 3) in [0, 1)."""
        return torch.stack([self.uniform(0, 1) for _ in range(3)], dim=1)

    def normal(self, *shape: int) -> Tensor:
        """Noise of the standard normal distribution: (size, *shape)."""
        device = self.generator.device
        return torch.randn(self.size, *shape, generator=self.generator, device=device)

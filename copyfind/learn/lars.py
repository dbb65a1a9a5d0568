"""LARS (arXiv:1708.03888): large batches, where each layer's step is a share of its own length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class Lars(torch.optim.Optimizer):
    """SGD with momentum over λ·(∇ + w·decay), λ = trust·|w| / (|∇| + decay·|w|) for each tensor.

    All tensors are scaled, BatchNorm's too, as in SSCD's published training.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[dict[str, Any]],
        *,
        lr: float,
        momentum: float = 0.9,
        weight_decay: float = 1e-6,
        trust: float = 1e-3,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override] # torch overloads it
        """One step; a closure is not supported, since nothing here needs one."""
        if closure is not None:
            raise ValueError("Lars.step takes no closure")
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                length, slope = weight.norm(), weight.grad.norm()
                decay = group["weight_decay"]
                scale = group["trust"] * length / (slope + decay * length + 1e-8)
                # A tensor of zeros, as the last BatchNorm of a residual block, must get away.
                scale = torch.where((length > 0) & (slope > 0), scale, torch.ones_like(scale))
                change = (weight.grad + decay * weight) * scale
                state = self.state[weight]
                if "momentum" in state:
                    state["momentum"].mul_(group["momentum"]).add_(change)
                else:
                    state["momentum"] = change.clone()
                weight.sub_(group["lr"] * state["momentum"])
        return None

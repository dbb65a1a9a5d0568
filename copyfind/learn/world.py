"""The processes that train together, as torchrun starts them: one a GPU, or a few on CPUs.

Every process learns from its own part of each batch. What one row is compared with comes from
all of them, with gradients; the gradients are then averaged, so that a run of several processes
equals a run of one with the same batch, up to rounding. The first process alone writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from copyfind.errors import TrainingError

PATIENCE = timedelta(hours=2)  # the others wait while the first measures and writes


@dataclass(frozen=True, slots=True)
class World:
    """This process among the others."""

    rank: int = 0
    size: int = 1
    here: int = 1  # processes on this machine, which share its memory

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def part_of(self, batch: int) -> int:
        """How many of a batch's photos are this process's own."""
        if batch % self.size or batch < 2 * self.size:
            raise TrainingError(
                f"a batch of {batch} photos cannot be dealt to {self.size} processes:"
                " give a batch that they divide, two photos each at least"
            )
        return batch // self.size

    def gather(self, rows: Tensor) -> Tensor:
        """The rows (B, ...) of all processes as (size * B, ...), by rank, with gradients."""
        if self.size == 1:
            return rows
        gathered: Tensor = _Gather.apply(rows, self)  # type: ignore[no-untyped-call] # torch's own
        return gathered

    def sum(self, values: Tensor) -> Tensor:
        """The sum of values over all processes, with gradients."""
        if self.size == 1:
            return values
        total: Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call] # torch's own
        return total

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every process the mean of all processes' gradients."""
        if self.size == 1:
            return
        slopes = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([slope.flatten() for slope in slopes])
        dist.all_reduce(flat)
        flat /= self.size
        parts = torch.split(flat, [slope.numel() for slope in slopes])
        for slope, part in zip(slopes, parts, strict=True):
            slope.copy_(part.view_as(slope))

    def any(self, flag: bool, device: torch.device) -> bool:  # noqa: FBT001 - as the built-in
        """Whether a flag is set in any process: all must stop at the same step."""
        if self.size == 1:
            return flag
        votes = torch.tensor(float(flag), device=device)
        dist.all_reduce(votes, dist.ReduceOp.MAX)
        return bool(votes.item())

    def collect(self, own: Any) -> list[Any]:
        """Collect a small thing of each process, in the order of ranks."""
        if self.size == 1:
            return [own]
        everyones: list[Any] = [None] * self.size
        dist.all_gather_object(everyones, own)
        return everyones

    def share_start(self, network: nn.Module) -> None:
        """Let every process start from what the first has."""
        if self.size > 1:
            for tensor in network.state_dict().values():
                if isinstance(tensor, Tensor):
                    dist.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Wait until all processes have come this far."""
        if self.size > 1:
            dist.barrier()


ALONE = World()


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, world: World) -> Tensor:
        ctx.world, ctx.rows = world, len(rows)
        parts = [torch.empty_like(rows) for _ in range(world.size)]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        """Sum what every process learned by comparing its rows with ours."""
        slope = slope.contiguous()
        dist.all_reduce(slope)
        begin = ctx.world.rank * ctx.rows
        return slope[begin : begin + ctx.rows], None


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor) -> Tensor:  # noqa: ARG004 - autograd's signature
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: FunctionCtx, slope: Tensor) -> Tensor:  # noqa: ARG004 - as above
        slope = slope.contiguous().clone()
        dist.all_reduce(slope)
        return slope


class SynchronisedNorm(nn.BatchNorm2d):
    """BatchNorm over the batches of all processes. PyTorch's own knows no CPUs."""

    def __init__(self, norm: nn.BatchNorm2d, world: World) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.load_state_dict(norm.state_dict())
        self.train(norm.training)
        self.world = world
        # timm's BatchNorm layers end with the activation.
        self.drop = getattr(norm, "drop", nn.Identity())
        self.act = getattr(norm, "act", nn.Identity())

    def forward(self, maps: Tensor) -> Tensor:
        if not self.training:
            normed = super().forward(maps)
        else:
            full = maps.float()
            count = self.world.size * full.numel() / full.shape[1]
            mean = self.world.sum(full.sum(dim=(0, 2, 3))) / count
            centred = full - mean[:, None, None]
            variance = self.world.sum(centred.square().sum(dim=(0, 2, 3))) / count
            self._follow(mean.detach(), variance.detach() * count / (count - 1))
            scale = self.weight * (variance + self.eps).rsqrt()
            normed = (centred * scale[:, None, None] + self.bias[:, None, None]).to(maps.dtype)
        acted: Tensor = self.act(self.drop(normed))
        return acted

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        share = self.momentum if self.momentum is not None else 1 / self.num_batches_tracked.item()
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


def synchronise(network: nn.Module, world: World) -> None:
    """Let every BatchNorm of `network` count the pictures of all processes."""
    if world.size == 1:
        return
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, SynchronisedNorm(child, world))


def seed_of(seed: int, world: World) -> int:
    """The seed of a process, so that each attacks its photos in its own way."""
    return seed + 7919 * world.rank


def random_states(generator: torch.Generator, world: World) -> list[dict[str, Tensor]]:
    """The random states that every process goes on with: views, dropout, stochastic depth."""
    return world.collect({"views": generator.get_state(), "torch": torch.get_rng_state()})


def resume_random(
    states: list[dict[str, Tensor]], generator: torch.Generator, world: World
) -> None:
    """Go on where `random_states` was; TrainingError where there were more or fewer processes."""
    if len(states) != world.size:
        raise TrainingError(
            f"the checkpoint is of {len(states)} processes, and these are {world.size}:"
            " start as many, or give another output folder"
        )
    generator.set_state(states[world.rank]["views"])
    torch.set_rng_state(states[world.rank]["torch"])


def started_by_torchrun() -> bool:
    """Whether this process is one of several that torchrun started."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextmanager
def joined(device: torch.device) -> Iterator[World]:
    """The world that torchrun tells of in the environment, or a process alone."""
    if not started_by_torchrun():
        yield ALONE
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    try:
        size = dist.get_world_size()
        yield World(dist.get_rank(), size, int(os.environ.get("LOCAL_WORLD_SIZE", size)))
    finally:
        dist.destroy_process_group()


def own_device(name: str) -> str:
    """The GPU of this process where several are started on one machine, each for its own."""
    if started_by_torchrun() and name in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return name

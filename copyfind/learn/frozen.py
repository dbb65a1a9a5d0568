"""The beginning of a network that stays as it is: its stem and first stages.

On a CPU most of the work of a step is there, and ImageNet's edges serve copies as well.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError

# Pictures a CPU passes at a time. The first maps are the largest: of 64 pictures they fit into no
# cache, and the memory for them is fetched from the system and cleared anew in every step.
AT_A_TIME = 8
_STAGES = ("blocks", "stages")
_HEADS = ("global_pool", "classifier", "head")


class FrozenStart:
    """Runs a student's backbone, its first `count` stages without learning anything."""

    def __init__(self, student: Student, count: int, *, frozen_statistics: bool) -> None:
        """Take a student apart; TrainingError where it has no such stages.

        What is not learned will need no gradients.
        """
        start, rest = _parts(student, count)
        self.start = nn.Sequential(*start).requires_grad_(requires_grad=False)
        self.rest = nn.Sequential(*rest)
        self.whole_batches = not frozen_statistics  # which are those of all of a batch

    def maps(self, normalised: Tensor) -> Tensor:
        """The student's feature maps: (B, 3, H, W) normalised gives (B, C, H', W')."""
        whole = self.whole_batches or normalised.device.type != "cpu"
        with torch.no_grad():
            some = torch.split(normalised, len(normalised) if whole else AT_A_TIME)
            begun = torch.cat([self.start(part) for part in some])
        maps: Tensor = self.rest(begun)
        return maps


def _parts(student: Student, count: int) -> tuple[list[nn.Module], list[nn.Module]]:
    """The layers before stage `count`, and those from it to the last feature map."""
    start: list[nn.Module] = []
    rest: list[nn.Module] = []
    for name, part in student.net.named_children():
        if name in _STAGES and isinstance(part, nn.Sequential):
            stages = list(part.children())
            start += stages[:count]
            rest += stages[count:]
        elif name not in _HEADS:
            (rest if rest else start).append(part)
    if not rest or student.architecture.tokens:  # a transformer adds positions in between
        raise TrainingError(f"{student.architecture.name} has no stages to freeze")
    return start, rest

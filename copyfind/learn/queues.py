"""Past descriptors and the pictures they show, in a ring."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Queue(nn.Module):
    """The last `length` vectors that were put in; fewer while it fills."""

    vectors: Tensor
    contents: Tensor

    def __init__(self, length: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.zeros(length, dim))
        self.register_buffer("contents", torch.full((length,), -1))
        self.count = 0  # of all that were ever put in; not a tensor, which a GPU would wait for

    @torch.no_grad()
    def put(self, vectors: Tensor, contents: Tensor) -> None:
        """Overwrite the oldest by vectors (B, dim); contents (B,) int64 are their pictures."""
        length = len(self.vectors)
        vectors, contents = vectors[-length:], contents[-length:]
        places = (self.count + torch.arange(len(vectors), device=self.vectors.device)) % length
        self.vectors[places] = vectors.detach().to(self.vectors.dtype)
        self.contents[places] = contents.to(self.contents.device)
        self.count += len(vectors)

    def get(self) -> tuple[Tensor, Tensor]:
        """All vectors (M, dim) and their pictures (M,), M at most `length`, in no order."""
        filled = min(self.count, len(self.vectors))
        return self.vectors[:filled], self.contents[:filled]

    def get_extra_state(self) -> dict[str, int]:
        return {"count": self.count}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.count = state["count"]

"""What students are to say: the teacher's vectors of all clean pictures, and their axes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.learn.attack.augment import clean_view
from copyfind.learn.data import Bank, Stream
from copyfind.learn.device import autocast
from copyfind.learn.teachers import Teacher
from copyfind.watch import NOBODY, Watch


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The teacher's centred unit vectors of all clean pictures, and their principal axes.

    F is FEATURE_DIM, what a student's feature layer holds; D what the teacher gives.
    """

    bank: Tensor  # (N, F) unit rows
    mean: Tensor  # (D,) taken off before normalising
    kept: Tensor  # (D, F) orthonormal columns: the principal axes of a longer teacher, or all
    axes: Tensor  # (F, P) orthonormal columns, the largest variance first

    def centre(self, features: Tensor) -> Tensor:
        """The teacher's features (B, D) as the bank's rows are, (B, F)."""
        return F.normalize((features - self.mean) @ self.kept)

    def to(self, device: torch.device) -> Targets:
        return Targets(*(part.to(device) for part in (self.bank, self.mean, self.kept, self.axes)))


def targets_of(answers: Tensor, *, axes: int, length: int = FEATURE_DIM) -> Targets:
    """The targets that follow from the teacher's features of clean pictures, (N, D) unit rows."""
    mean = answers.mean(dim=0)
    kept = torch.eye(answers.shape[1])
    if answers.shape[1] > length:  # a student cannot hold more; what is left out varies least
        kept = _principal_axes(answers - mean)[:, :length]
    bank = F.normalize((answers - mean) @ kept)
    return Targets(bank, mean, kept, _principal_axes(bank)[:, :axes].contiguous())


def _principal_axes(rows: Tensor) -> Tensor:
    """The axes of rows (N, D): (D, D) orthonormal columns, the largest variance first.

    Few rows will do.
    """
    _, vectors = torch.linalg.eigh((rows.T @ rows).double())  # ascending
    axes: Tensor = vectors.flip(1).float()
    return axes


@torch.no_grad()
def answers_of(
    teacher: Teacher,
    photos: Bank | Stream,
    *,
    side: int,
    device: torch.device,
    batch: int = 64,
    watch: Watch = NOBODY,
) -> Tensor:
    """Ask the teacher for its unit vectors of all clean pictures: (N, dim) on the CPU, row for row.

    A photo that cannot be decoded leaves zeros, and is never drawn into a batch either.
    """
    answers = torch.zeros(len(photos), teacher.dim)
    done = 0
    for some in photos.batches(torch.split(torch.arange(len(photos)), batch)):
        with autocast(device, "auto"):
            answer = teacher(clean_view(some.pictures.to(device), side=side))
        answers[some.rows.cpu()] = answer.float().cpu()
        done += len(some.rows)
        watch.show("the teacher looks at photos", done, len(photos))
        watch.check()
    return answers

"""What a student is worth on the way: figures on a benchmark, thresholds on held-out photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from copyfind.descriptor.networks import Student
from copyfind.descriptor.weights import Thresholds
from copyfind.errors import TrainingError
from copyfind.evaluate.datasets import Benchmark
from copyfind.evaluate.metrics import (
    Report,
    best_predictions,
    operating_point,
    precision_recall,
    report,
)
from copyfind.learn.attacks import Attacks
from copyfind.learn.augment import attack, clean_view
from copyfind.learn.data import Bank, Photo, load_bank
from copyfind.learn.sprites import Sprites
from copyfind.records import Floats

Reports = Mapping[tuple[int, str], Report]  # by length of the descriptor and track


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """A benchmark, decoded."""

    benchmark: Benchmark
    queries: Tensor  # (Q, S, S, 3) uint8
    references: Tensor  # (R, S, S, 3) uint8


def load_exam(benchmark: Benchmark, *, side: int, device: torch.device) -> Exam:
    """Decode all photos of a benchmark; a damaged one becomes mid-grey and is never found."""

    def views(paths: Sequence[Path]) -> Tensor:
        photos = [Photo(str(path), path) for path in paths]
        bank = load_bank(photos, side=side)
        rows = {name: row for row, name in enumerate(bank.names)}
        grey = torch.full((1, 3, side, side), 128, dtype=torch.uint8)
        pictures = torch.cat([bank.pictures, grey])
        order = torch.tensor([rows.get(photo.name, len(bank)) for photo in photos])
        return clean_view(pictures[order], side=side).to(device)

    return Exam(benchmark, views(benchmark.queries), views(benchmark.references))


@torch.no_grad()
def descriptors(student: Student, views: Tensor) -> Tensor:
    """uint8 (N, S, S, 3) -> the projector's output, not normalised, (N, dim) on the CPU."""
    student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch documents it
    parts = []
    for some in torch.split(views, 256 if views.is_cuda else 16):
        with torch.autocast(some.device.type, torch.bfloat16, enabled=some.is_cuda):
            seen = student.normalise(some).contiguous(memory_format=torch.channels_last)
            feature = student.features(seen).float()
        parts.append(student.proj(feature).cpu())
    described = torch.cat(parts)
    if not described.isfinite().all():
        raise TrainingError("the student's descriptors are not finite: lower the learning rate")
    return described


def examine(student: Student, exam: Exam, *, dims: Sequence[int]) -> Reports:
    """The figures for each beginning of the descriptor, over all queries and per track.

    A track holds its own copies and all strangers.
    """
    queries, references = (descriptors(student, views) for views in (exam.queries, exam.references))
    truth = exam.benchmark.truth
    everything = np.arange(len(exam.benchmark.queries))
    strangers = exam.benchmark.strangers()
    reports: dict[tuple[int, str], Report] = {}
    for dim in dims:
        scores = (F.normalize(queries[:, :dim]) @ F.normalize(references[:, :dim]).T).numpy()
        for track, rows in {"all": everything, **exam.benchmark.tracks}.items():
            chosen = everything if track == "all" else np.union1d(rows, strangers)
            row_of = np.full(len(everything), -1)
            row_of[chosen] = np.arange(len(chosen))
            own = truth[np.isin(truth[:, 0], rows)].copy()
            own[:, 0] = row_of[own[:, 0]]
            found = best_predictions(scores[chosen], per_query=scores.shape[1])
            reports[dim, track] = report(found, own)
    return reports


def edits_of(
    photos: Bank,
    fillers: Bank,
    *,
    side: int,
    attacks: Attacks,
    sprites: Sprites,
    generator: torch.Generator,
) -> Iterator[Tensor]:
    """An attacked view of every photo, in order: uint8 (B, side, side, 3) a batch."""
    for some in torch.split(torch.arange(len(photos), device=photos.pictures.device), 64):
        yield attack(
            photos.pictures[some],
            photos.aspects[some],
            fillers.pictures[:64],
            side=side,
            attacks=attacks,
            sprites=sprites,
            generator=generator,
        )


def thresholds_of(
    student: Student,
    photos: Bank,
    fillers: Bank,
    *,
    dims: Sequence[int],
    side: int,
    attacks: Attacks,
    sprites: Sprites,
    views: int = 8,
    seed: int = 0,
) -> Mapping[int, Thresholds]:
    """Cosines from which on pairs are copies with 90, 99, 99.9 % precision, by length.

    Measured between attacked views of photos not trained on, and those photos themselves.
    Where a precision is never reached, the threshold is 1.
    """
    generator = torch.Generator(photos.pictures.device).manual_seed(seed)
    described = [
        descriptors(student, view)
        for _ in range(views)
        for view in edits_of(
            photos, fillers, side=side, attacks=attacks, sprites=sprites, generator=generator
        )
    ]
    queries = torch.cat(described)
    references = descriptors(student, clean_view(photos.pictures, side=side))
    measured_on = f"{len(queries)} generated edits against {len(references)} photos not trained on"
    return {
        dim: thresholds_from(
            F.normalize(queries[:, :dim]).numpy(),
            F.normalize(references[:, :dim]).numpy(),
            measured_on=measured_on,
        )
        for dim in dims
    }


def thresholds_from(queries: Floats, references: Floats, *, measured_on: str) -> Thresholds:
    """Unit rows of edits (V * N, D), V times of all N photos in turn, and of these (N, D)."""
    correct = np.arange(len(queries))[:, None] % len(references) == np.arange(len(references))
    scores = queries @ references.T
    curve = precision_recall(scores.ravel(), correct.ravel(), true_pairs=len(queries))
    points = [operating_point(curve, precision=wanted) for wanted in (0.9, 0.99, 0.999)]
    p90, p99, p999 = (round(p.threshold, 4) if p else 1.0 for p in points)
    return Thresholds(p90, p99, p999, measured_on)

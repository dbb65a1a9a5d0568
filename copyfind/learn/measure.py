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
    report,
)
from copyfind.learn.attack.attacks import Attacks
from copyfind.learn.attack.augment import attack, clean_view
from copyfind.learn.attack.sprites import Sprites
from copyfind.learn.data import Bank, Photo, load_bank
from copyfind.learn.device import autocast
from copyfind.learn.frozen import AT_A_TIME
from copyfind.records import Bools, Doubles, Floats

AMONG = 1000  # photos that an edited one is looked for among, where precision is told
# Views of one photo are alike in what they are mistaken for: a few tell nearly as much as many. A
# CPU core needs three minutes for 6,000.
MOST_VIEWS, MOST_EDITS = 10, 6000
RESAMPLED = 400  # draws of photos that tell how certain a threshold is
_CLOSEST = 10  # other pairs an edit that count there: where most pairs are false no level lies

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
    """The projector's output for uint8 (N, S, S, 3): (N, dim), not normalised, on the CPU."""
    student = student.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch documents it
    parts = []
    for some in torch.split(views, 256 if views.is_cuda else AT_A_TIME):
        with autocast(some.device, "auto"):
            seen = student.normalise(some).contiguous(memory_format=torch.channels_last)
            feature = student.features(seen).float()
        parts.append(student.proj(feature).cpu())
    described = torch.cat(parts)
    if not described.isfinite().all():
        raise TrainingError("the student's descriptors are not finite: lower the learning rate")
    return described


def examine(student: Student, exam: Exam, *, dims: Sequence[int]) -> Reports:
    """Measure each beginning of the descriptor, over all queries and per track.

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
    seed: int = 0,
) -> Mapping[int, Thresholds]:
    """The cosines from which on pairs are copies with 90, 99, 99.9 % precision, by length.

    Measured between attacked views of photos not trained on, and those photos themselves.
    """
    generator = torch.Generator(photos.pictures.device).manual_seed(seed)
    described = [
        descriptors(student, view)
        for _ in range(views_each(len(photos)))
        for view in edits_of(
            photos, fillers, side=side, attacks=attacks, sprites=sprites, generator=generator
        )
    ]
    queries = torch.cat(described)
    clean = (clean_view(some, side=side) for some in torch.split(photos.pictures, 64))
    references = torch.cat([descriptors(student, view) for view in clean])
    thresholds: dict[int, Thresholds] = {}
    for dim in dims:
        ours, theirs = (F.normalize(z[:, :dim]).numpy() for z in (queries, references))
        pairs = pairs_of(ours, theirs, np.empty((0, dim), np.float32))
        thresholds[dim] = thresholds_from(pairs)
    return thresholds


def views_each(photos: int) -> int:
    """How often each of so many photos is edited."""
    return max(1, min(MOST_VIEWS, MOST_EDITS // max(1, photos)))


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Cosines of edits with photos: those they were made of, and others."""

    copies: Floats  # (Q,), Q / N times all N photos in turn
    others: Floats  # (Q, O), O other photos for each edit
    photos: int  # N
    what: str  # in words


def pairs_of(queries: Floats, references: Floats, strangers: Floats) -> Pairs:
    """Unit rows of edits (V * N, D), V times of all N photos in turn; of these photos, none of
    them trained on (N, D); and of photos that no edit shows (M, D)."""
    scores = queries @ references.T
    same = np.arange(len(queries))[:, None] % len(references) == np.arange(len(references))
    others = scores[~same].reshape(len(queries), len(references) - 1)
    others = np.concatenate([others, queries @ strangers.T], axis=1)
    what = f"{len(queries)} generated edits of {len(references)} photos not trained on"
    if len(strangers):
        what += f", and {len(strangers)} training photos"
    return Pairs(scores[same], others, len(references), what)


def thresholds_from(pairs: Pairs) -> Thresholds:
    """The lowest cosines that reach 90, 99, 99.9 % precision; 1 where none does.

    A query meets the more look-alikes the more photos there are, so precision is a matter of
    their number: it is told for `AMONG` photos, as if each were as often alike as those at hand.
    """
    levels = _Levels(pairs).where(np.ones(pairs.photos))
    return Thresholds(*levels, f"{pairs.what}; for {AMONG} photos")


def intervals_of(pairs: Pairs) -> Mapping[str, tuple[float, float]]:
    """Where 95 % of the thresholds lie, by name, had other photos of the same kind been edited.

    Photos are drawn again, each with all its edits (Efron: the bootstrap, by clusters), since
    edits of one photo are mistaken for the same others.
    """
    levels = _Levels(pairs)
    random = np.random.default_rng(0)
    drawn = random.multinomial(
        pairs.photos, np.full(pairs.photos, 1 / pairs.photos), size=RESAMPLED
    )
    found = np.array([levels.where(times.astype(np.float64)) for times in drawn])
    low, high = np.quantile(found, (0.025, 0.975), axis=0, method="nearest").tolist()
    names = ("p90", "p99", "p999")
    return {name: (low[at], high[at]) for at, name in enumerate(names)}


class _Levels:
    """The thresholds of pairs whose photos count more or less often."""

    def __init__(self, pairs: Pairs) -> None:
        queries, each = pairs.others.shape
        order = np.argsort(pairs.copies)
        self._copies = pairs.copies[order]
        self._photo_of = order % pairs.photos
        others = pairs.others.ravel()
        close = np.arange(len(others))
        if (most := _CLOSEST * queries) < len(others):
            close = np.argpartition(others, -most)[-most:]
        close = close[others[close] >= self._copies[0]]
        # A copy at or below another pair's cosine counts with it.
        self._reached = np.searchsorted(self._copies, others[close], side="right") - 1
        self._photo_of_other = close // each % pairs.photos
        # Where there is nobody else no precision is known, and none is reached.
        self._each = AMONG / each if each else np.nan

    def where(self, times: Doubles) -> tuple[float, float, float]:
        """times (N,): how often each photo, with its edits, counts."""
        found = np.cumsum(times[self._photo_of][::-1])[::-1]
        wrong = np.bincount(
            self._reached, weights=times[self._photo_of_other], minlength=len(self._copies)
        )
        wrong = np.cumsum(wrong[::-1])[::-1] * self._each
        precision = found / np.maximum(found + wrong, 1e-9)
        p90, p99, p999 = (self._lowest(precision >= wanted) for wanted in (0.9, 0.99, 0.999))
        return p90, p99, p999

    def _lowest(self, reached: Bools) -> float:
        return round(float(self._copies[reached.argmax()]), 4) if reached.any() else 1.0

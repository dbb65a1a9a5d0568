"""What may follow a student's projector: whitening and negative embedding subtraction.

Both are taken from descriptors of training photos, without gradients. How far each goes, and
whether at all, is decided by edits of photos held out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from copyfind.descriptor.networks import less_negatives
from copyfind.errors import TrainingError
from copyfind.evaluate.metrics import (
    best_predictions,
    is_correct,
    micro_average_precision,
    precision_recall,
)
from copyfind.records import Floats
from copyfind.watch import NOBODY, Watch

NEIGHBOURS, WEIGHT = 3, 1.0  # of the score normalisation that figures are given for
# How far descriptors are whitened: whole, as the papers do, or less, which their last numbers, half
# noise, may bear better (FAISS's PCAMatrix calls it eigen_power, with the other sign).
WHOLE = 0.5
POWERS = {"never": (), "always": (WHOLE,), "auto": (WHOLE, 0.4, 0.3, 0.2)}
# Of a variance: its inverse root is a number that float16 holds, as files do.
_LEAST = 1e-9
# How many negatives half of all photos are near to: from that cosine on they are subtracted.
CROWDS = (5, 10, 20, 50)


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """PCA whitening: z becomes (z - mean) @ matrix, then a unit vector."""

    mean: Floats  # (D,)
    matrix: Floats  # (D, D)


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """What follows a projector: whitening, if any, then the subtraction of negatives, if any."""

    whitening: Whitening | None
    negatives: Floats  # (B, D) unit rows, whitened
    near: float = 1.0  # cosine from which on they are subtracted

    def __call__(self, rows: Floats) -> Floats:
        """Change unit rows (N, D) to other unit rows (N, D)."""
        rows = whitened(rows, self.whitening)
        if not len(self.negatives):
            return rows
        negatives = torch.from_numpy(self.negatives)
        changed: Floats = less_negatives(torch.from_numpy(rows), negatives, near=self.near).numpy()
        return changed

    def tensors(self) -> dict[str, Floats]:
        """The tensors that a weights file holds, beside `near` in its card."""
        by = self.whitening
        held = {} if by is None else {"post.mean": by.mean, "post.matrix": by.matrix}
        return held | {"negatives": self.negatives} if len(self.negatives) else held


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a student says of photos, before anything follows: unit rows of D numbers."""

    background: Floats  # (B, D) training photos
    negatives: Floats  # (B', D) other training photos; there may be none
    references: Floats  # (N, D) photos held out
    queries: Floats  # (V * N, D) edits of these, V times of all in turn


Figures = Mapping[str, float]  # by the name of a measure


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What was tried, by its name, and what is kept."""

    post: Post
    kept: str
    figures: Mapping[str, Figures]


def choose(seen: Seen, *, whitening: str, watch: Watch = NOBODY) -> Choice:
    """Choose whatever gives the highest µAP.

    whitening: auto, as far as it helps; always, whole, or TrainingError; never.
    """
    tried = _tried(seen, whitening, watch)
    figures = {way: _figures(seen, post) for way, post in tried.items()}
    ways = [way for way, post in tried.items() if whitening != "always" or post.whitening]
    kept = max(ways, key=lambda way: figures[way]["uAP"])
    return Choice(tried[kept], kept, figures)


def whitening_of(rows: Floats, *, power: float = WHOLE) -> Whitening:
    """PCA whitening as FAISS's PCAW, up to signs, trained on unit rows (N, D), N > D.

    Every direction is divided by its variance ** power. Without FAISS: machines that are rented
    to train often have none.
    """
    count, dim = rows.shape
    if count <= dim:
        raise TrainingError(f"no whitening: {count} rows are too few for {dim} numbers")
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean
    values, axes = np.linalg.eigh(centred.T @ centred / count)
    values, axes = values[::-1], axes[:, ::-1]  # the widest first
    matrix = axes / np.maximum(values, _LEAST) ** power
    return Whitening(mean.astype(np.float32), matrix.astype(np.float32))


def whitened(rows: Floats, by: Whitening | None) -> Floats:
    """Unit rows (N, D) after a whitening, if there is one: unit rows (N, D)."""
    return rows if by is None else unit(((rows - by.mean) @ by.matrix).astype(np.float32))


def near_of(rows: Floats, negatives: Floats, *, crowd: int) -> float:
    """The cosine from which on half of the unit rows (N, D) have `crowd` negatives (B, D)."""
    nearest = np.partition(rows @ negatives.T, -crowd, axis=1)[:, -crowd]
    return round(float(np.median(nearest)), 4)


def normalised(scores: Floats, queries: Floats, background: Floats) -> Floats:
    """Scores (Q, R), less the mean of each query's nearest background (SSCD's normalisation)."""
    near = np.partition(queries @ background.T, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    mean: Floats = near.mean(axis=1, keepdims=True, dtype=np.float32)
    lowered: Floats = (scores - WEIGHT * mean).astype(np.float32)
    return lowered


def unit(rows: Floats) -> Floats:
    """The rows of (N, D), each divided by its length."""
    divided: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return divided


def _tried(seen: Seen, whitening: str, watch: Watch) -> dict[str, Post]:
    """What is tried, by name: not whitened, or more or less; as it is, or less near negatives."""
    changes: dict[str, Whitening | None] = {"plain": None}
    training = np.concatenate([seen.background, seen.negatives])
    try:
        for power in POWERS[whitening]:
            name = "whitened" if power == WHOLE else f"whitened to {power:g}"
            changes[name] = whitening_of(training, power=power)
    except TrainingError as error:
        if whitening == "always":
            raise
        watch.note(str(error))  # too few photos: it could not have helped
    tried: dict[str, Post] = {}
    for name, change in changes.items():
        tried[name] = Post(change, seen.negatives[:0])
        others, negatives = (whitened(rows, change) for rows in (seen.background, seen.negatives))
        for crowd in CROWDS:
            if crowd < len(negatives):
                near = near_of(others, negatives, crowd=crowd)
                tried[f"{name}, less {crowd} negatives"] = Post(change, negatives, near)
    return tried


def _figures(seen: Seen, post: Post) -> Figures:
    """µAP of edits among photos held out and half of the background, where look-alikes cost."""
    queries, references, others = (
        post(rows) for rows in (seen.queries, seen.references, seen.background)
    )
    distractors, known = others[::2], others[1::2]
    scores = queries @ np.concatenate([references, distractors]).T
    truth = np.arange(len(queries))
    truth = np.stack([truth, truth % len(references)], axis=1)

    def uap(scores: Floats) -> float:
        found = best_predictions(scores, per_query=10)
        curve = precision_recall(found.score, is_correct(found, truth), true_pairs=len(truth))
        return micro_average_precision(curve)

    return {"uAP": uap(scores), "uAP_SN": uap(normalised(scores, queries, known))}

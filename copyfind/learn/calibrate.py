"""After training: whitening, a background for score normalisation, and where copies begin.

Nothing is trained here. A weights file goes in and comes out with what was measured: PCA
whitening if it helps, descriptors of training photos (SSCD's score normalisation takes the mean
similarity to the nearest of them from a query's scores), thresholds from generated edits of
photos not trained on, and the graph for ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.networks import Student, load_student
from copyfind.descriptor.weights import (
    Thresholds,
    Weights,
    read_tensors,
    read_weights,
    write_weights,
)
from copyfind.errors import TrainingError, WeightsError
from copyfind.evaluate.metrics import (
    Curve,
    best_predictions,
    is_correct,
    micro_average_precision,
    precision_recall,
)
from copyfind.evaluate.plot import plot_precision_recall
from copyfind.learn.attacks import Attacks
from copyfind.learn.augment import clean_view
from copyfind.learn.data import Bank, Photo, find_photos, load_bank
from copyfind.learn.job import (
    MOST_HELD_OUT,
    OnCount,
    make_folder,
    some_of,
    split,
    sprites_of,
)
from copyfind.learn.measure import (
    Pairs,
    descriptors,
    edits_of,
    pairs_of,
    thresholds_from,
    views_each,
)
from copyfind.learn.plots import plot_similarities
from copyfind.learn.sprites import Sprites
from copyfind.records import Floats

NEIGHBOURS, WEIGHT = 3, 1.0  # of the score normalisation that figures are given for
# How far descriptors are whitened: whole, as the papers do, or less, which their last numbers, half
# noise, may bear better (FAISS's PCAMatrix calls it eigen_power, with the other sign).
WHOLE = 0.5
POWERS = (WHOLE, 0.4, 0.3, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Which weights to calibrate, on what, to where."""

    data: Sequence[Path]
    output: Path
    weights: Sequence[Path]
    average: bool = False  # the mean of the weights, which began alike, instead of each
    measured_on: Sequence[Path] = ()  # photos never trained on; none: the share that is held out
    background: int = 2000  # training photos
    whitening: str = "auto"  # as far as it helps; or "always", whole, or "never"
    attacks: Attacks = Attacks()  # noqa: RUF009 - frozen
    sprites: Path | None = None  # None: drawn now
    bank_side: int = 288
    seed: int = 0
    input_size: int | None = None  # pixels; None: what the weights were made for
    graph: bool = True  # for ONNX Runtime, beside the weights


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """z -> (z - mean) @ matrix, then L2."""

    mean: Floats  # (D,)
    matrix: Floats  # (D, D)


@dataclass(frozen=True, slots=True, eq=False)
class _Views:
    """What every student is shown."""

    background: Bank
    photos: Bank
    fillers: Bank


def calibrate(
    job: Calibration,
    *,
    device: torch.device,
    say: Callable[[str], None],
    on_count: OnCount = lambda _what, _done, _total: None,
) -> list[Path]:
    """Returns the files written: NAME.safetensors in the output folder."""
    make_folder(job.output)
    given = [read_weights(path) for path in job.weights]
    if not given:
        raise TrainingError("no weights to calibrate: name files with --weights")
    views = _views(job, device=device, say=say, on_count=on_count)
    sprites = sprites_of(job.sprites, seed=job.seed).to(device)
    tensors = [_averaged(given)] if job.average else [read_tensors(one) for one in given]
    written = []
    for weights, own in zip(given, tensors, strict=False):
        path = job.output / f"{weights.path.stem}.safetensors"
        done = _calibrate(
            weights, own, job, views, sprites, path, device=device, say=say, on_count=on_count
        )
        if job.graph:
            write_graph(done)
        written.append(done.path)
    return written


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
    matrix = axes / np.maximum(values, 1e-12) ** power
    return Whitening(mean.astype(np.float32), matrix.astype(np.float32))


def whitened(rows: Floats, by: Whitening | None) -> Floats:
    """Unit rows, changed: (N, D) -> (N, D)."""
    return rows if by is None else _unit(((rows - by.mean) @ by.matrix).astype(np.float32))


def normalised(scores: Floats, queries: Floats, background: Floats) -> Floats:
    """SSCD's score normalisation of (Q, R): less the mean of each query's nearest background."""
    near = np.partition(queries @ background.T, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    mean: Floats = near.mean(axis=1, keepdims=True, dtype=np.float32)
    lowered: Floats = (scores - WEIGHT * mean).astype(np.float32)
    return lowered


def _calibrate(
    weights: Weights,
    tensors: Mapping[str, Any],
    job: Calibration,
    views: _Views,
    sprites: Sprites,
    path: Path,
    *,
    device: torch.device,
    say: Callable[[str], None],
    on_count: OnCount,
) -> Weights:
    side = job.input_size or weights.input_size
    student = _network(weights, tensors).to(device)
    generator = torch.Generator(device).manual_seed(job.seed)
    times = views_each(len(views.photos))
    edits = (
        some
        for _ in range(times)
        for some in edits_of(
            views.photos,
            views.fillers,
            side=side,
            attacks=job.attacks,
            sprites=sprites,
            generator=generator,
        )
    )
    counted = partial(on_count, f"{path.stem} looks at training photos")
    background = _described(student, _clean(views.background, side), len(views.background), counted)
    counted = partial(on_count, f"{path.stem} looks at photos and their edits")
    count = len(views.photos)
    seen = _described(
        student, chain(_clean(views.photos, side), edits), (1 + times) * count, counted
    )
    references, queries = seen[:count], seen[count:]

    def figures(by: Whitening | None) -> dict[str, float]:
        ours, theirs, others = (whitened(rows, by) for rows in (queries, references, background))
        scores = ours @ theirs.T
        return {
            "uAP": _uap(scores),
            "uAP_SN": _uap(normalised(scores, ours, others)),
        }

    tried = _tried(background, job.whitening, say)
    measured = {way: figures(by) for way, by in tried.items()}
    ways = [way for way in tried if job.whitening != "always" or tried[way] is not None]
    kept = max(ways, key=lambda way: measured[way]["uAP"])
    by = tried[kept]
    pairs = pairs_of(*(whitened(rows, by) for rows in (queries, references, background)))
    thresholds = thresholds_from(pairs)
    for way, found in measured.items():
        say(
            f"{path.stem}, {way}: µAP {found['uAP']:.4f}, µAP_SN {found['uAP_SN']:.4f}"
            f"{', kept' if way == kept else ''}"
        )
    say(
        f"{path.stem}: precision 90, 99, 99.9 % at {thresholds.p90}, {thresholds.p99}, "
        f"{thresholds.p999}"
    )
    _plot(pairs, thresholds, path)
    post = {} if by is None else {"post.mean": by.mean, "post.matrix": by.matrix}
    card = {
        **weights.card,
        "name": path.stem,
        "input_size": side,
        "projector_dim": weights.projector_dim,
        "dim": weights.projector_dim,
        "thresholds": asdict(thresholds),
        "default_threshold": thresholds.p999,
        "calibration": {
            "measured_on": thresholds.measured_on,
            "figures": {k: {n: round(v, 4) for n, v in f.items()} for k, f in measured.items()},
            "whitening": by is not None,
            "kept": kept,
            "background": f"{len(background)} training photos",
            "score_normalisation": {"neighbours": NEIGHBOURS, "weight": WEIGHT},
        },
    }
    if job.average:
        card["averaged"] = [one.name for one in job.weights]
    network = {k: v for k, v in tensors.items() if k.startswith(("net.", "fc.", "proj."))}
    return write_weights(path, {**network, **post, "background": whitened(background, by)}, card)


def _tried(
    background: Floats, when: str, say: Callable[[str], None]
) -> dict[str, Whitening | None]:
    """What is measured, by its name: no whitening, all of it, and where either may be, less."""
    tried: dict[str, Whitening | None] = {"plain": None}
    if when == "never":
        return tried
    try:
        for power in POWERS if when == "auto" else (WHOLE,):
            name = "whitened" if power == WHOLE else f"whitened to {power:g}"
            tried[name] = whitening_of(background, power=power)
    except TrainingError as error:
        if when == "always":
            raise
        say(str(error))  # too few photos: it could not have helped
    return tried


def _plot(pairs: Pairs, thresholds: Thresholds, path: Path) -> None:
    """Beside the weights: how far copies and others lie apart."""
    title = f"{path.stem}\n{pairs.what}"  # beside each other they are too long
    plot_similarities(
        pairs.copies,
        pairs.others,
        path.with_name(f"{path.stem}-similarities.png"),
        thresholds=thresholds,
        title=title,
    )
    scores = np.concatenate([pairs.copies, pairs.others])
    correct = np.arange(len(scores)) < len(pairs.copies)
    curve = precision_recall(scores, correct, true_pairs=len(pairs.copies))
    at = np.flatnonzero(np.diff(curve.recall, prepend=0.0))  # a point a copy, not one a pair
    curve = Curve(curve.precision[at], curve.recall[at], curve.threshold[at])
    drawn = path.with_name(f"{path.stem}-precision-recall.png")
    plot_precision_recall([(path.stem, curve)], drawn, title=title)


def _views(
    job: Calibration, *, device: torch.device, say: Callable[[str], None], on_count: OnCount
) -> _Views:
    learned, held_out, filling = split(find_photos(job.data))
    if job.measured_on:
        held_out = some_of(find_photos(job.measured_on), most=MOST_HELD_OUT)
    counted = partial(on_count, "decoding photos")

    def bank(photos: Sequence[Photo]) -> Bank:
        return load_bank(photos, side=job.bank_side, on_progress=counted).to(device)

    chosen = some_of(learned, most=job.background)
    if len(chosen) < NEIGHBOURS:
        raise TrainingError(f"{len(chosen)} training photos are too few for a background")
    views = _Views(bank(chosen), bank(held_out), bank(filling))
    say(
        f"{len(views.background)} training photos as background,"
        f" {len(views.photos)} photos to measure on"
    )
    return views


def _network(weights: Weights, tensors: Mapping[str, Any]) -> Student:
    """The student without whitening, which is measured anew."""
    student = load_student(weights)
    student.register_buffer("post_mean", None)
    student.register_buffer("post_matrix", None)
    kept = student.state_dict()
    state = {
        name: torch.from_numpy(np.asarray(value, np.float32))
        for name, value in tensors.items()
        if name in kept
    }
    student.load_state_dict(state, strict=False)
    return student.eval()


def _averaged(given: Sequence[Weights]) -> dict[str, Any]:
    """The mean of networks that began alike (model soups, arXiv:2203.05482)."""
    first, *others = (read_tensors(one) for one in given)
    names = [name for name in first if name.startswith(("net.", "fc.", "proj."))]
    for weights, other in zip(given[1:], others, strict=True):
        if any(name not in other or other[name].shape != first[name].shape for name in names):
            raise WeightsError(
                f"{weights.path}: not the same network as {given[0].path}: no mean of both"
            )
    every = [first, *others]
    return {
        name: np.mean([np.asarray(one[name], np.float32) for one in every], axis=0)
        for name in names
    }


def _clean(photos: Bank, side: int) -> Iterator[Tensor]:
    """uint8 (B, side, side, 3) a batch: all at once, as float, would be some gigabytes."""
    for some in torch.split(photos.pictures, 64):
        yield clean_view(some, side=side)


def _described(
    student: Student, batches: Iterable[Tensor], total: int, on_count: Callable[[int, int], None]
) -> Floats:
    """uint8 (B, S, S, 3) a batch, N in all -> unit rows (N, D)."""
    rows: list[Floats] = []
    done = 0
    for views in batches:
        rows.append(descriptors(student, views).numpy())
        done += len(views)
        on_count(done, total)
    return _unit(np.concatenate(rows))


def _unit(rows: Floats) -> Floats:
    unit: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _uap(scores: Floats) -> float:
    """Of edits, several times of all references in turn. scores (V * R, R)."""
    queries, references = scores.shape
    truth = np.stack([np.arange(queries), np.arange(queries) % references], axis=1)
    found = best_predictions(scores, per_query=10)
    curve = precision_recall(found.score, is_correct(found, truth), true_pairs=queries)
    return micro_average_precision(curve)

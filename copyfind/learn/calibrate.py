"""After training: what follows the projector, a background, and where copies begin.

Nothing is trained here. A weights file goes in and comes out with what was measured: PCA
whitening and negative embedding subtraction if they help, descriptors of further training photos
(SSCD's score normalisation takes the mean similarity to the nearest of them from a query's
scores), thresholds from generated edits of photos not trained on, and the graph for ONNX Runtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import torch
from torch import Tensor

from copyfind.descriptor.graph import write_graph
from copyfind.descriptor.networks import load_trained, put_in_whole_numbers
from copyfind.descriptor.weights import (
    FORMAT_VERSION,
    Thresholds,
    Weights,
    read_network,
    read_weights,
    write_weights,
)
from copyfind.errors import TrainingError, WeightsError
from copyfind.evaluate.metrics import Curve, precision_recall
from copyfind.evaluate.plot import plot_precision_recall
from copyfind.learn.attack.attacks import EDITS, Attacks
from copyfind.learn.attack.augment import clean_view
from copyfind.learn.attack.sprites import Sprites, sprites_of
from copyfind.learn.data import Bank, Photo, find_photos, load_bank
from copyfind.learn.descriptions import Described, Tensors, describing
from copyfind.learn.job import make_folder
from copyfind.learn.measure import (
    Pairs,
    edits_of,
    intervals_of,
    pairs_of,
    thresholds_from,
    views_each,
)
from copyfind.learn.plots import plot_similarities
from copyfind.learn.post import NEIGHBOURS, WEIGHT, Seen, choose
from copyfind.learn.quantise import quantised
from copyfind.learn.recipes import CalibrationRecipe, Conditions
from copyfind.learn.shares import MOST_HELD_OUT, some_of, split
from copyfind.records import Bools, Floats
from copyfind.watch import NOBODY, Watch

_QUANTISED_BY = 32  # photos, and as many edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Which weights to calibrate, on what, to where."""

    data: Sequence[Path]
    output: Path
    weights: Sequence[Path]
    recipe: CalibrationRecipe = field(default=CalibrationRecipe())
    conditions: Conditions = field(default=Conditions())
    seed: int = 0

    @property
    def attacks(self) -> Attacks:
        """The edits by which thresholds are found."""
        return EDITS[self.conditions.attacks]


@dataclass(frozen=True, slots=True, eq=False)
class _Views:
    """What every student is shown."""

    training: Bank
    is_background: Bools  # (N,) of these; the others are negatives
    photos: Bank
    fillers: Bank
    sprites: Sprites


def calibrate(job: Calibration, *, device: torch.device, watch: Watch = NOBODY) -> list[Path]:
    """Measure weights and write each anew; returns the files, NAME.safetensors in the folder."""
    make_folder(job.output)
    given = [read_weights(path) for path in job.weights]
    if not given:
        raise TrainingError("no weights to calibrate: name files with --weights")
    views = _views(job, device=device, watch=watch)
    tensors = [_averaged(given)] if job.recipe.average else [read_network(one) for one in given]
    # The longest first: a shorter descriptor mostly is its beginning.
    order = sorted(range(len(tensors)), key=lambda at: -given[at].projector_dim)
    looks: list[Described] = []
    written: dict[int, Path] = {}
    for at in order:
        weights = replace(
            given[at],
            input_size=job.recipe.input_size or given[at].input_size,
            glance=job.recipe.glance,
            levels=(),
        )
        known = (look.shortened(weights, tensors[at]) for look in looks)
        look = next(filter(None, known), None)
        if look is None:
            look = _described(weights, tensors[at], job, views, device=device, watch=watch)
            looks.append(look)
        path = job.output / f"{weights.path.stem}.safetensors"
        done = _calibrate(look, job, views, path, watch=watch)
        if job.recipe.graph:
            write_graph(done)
        written[at] = done.path
    return [written[at] for at in sorted(written)]


def _described(
    weights: Weights,
    trained: Tensors,
    job: Calibration,
    views: _Views,
    *,
    device: torch.device,
    watch: Watch,
) -> Described:
    """Put a network in whole numbers where that is wanted, and describe all pictures by it."""
    side = weights.input_size
    student, tensors = load_trained(weights, trained), trained
    if job.recipe.quantise and student.architecture.is_plain:
        rounded = quantised(student, _shown(views, job, side=side))
        weights = replace(weights, levels=rounded.levels)
        tensors = {**trained, **rounded.tensors}
        put_in_whole_numbers(student, weights, tensors)
    generator = torch.Generator(device).manual_seed(job.seed)
    count, times = len(views.photos), views_each(len(views.photos))
    edits = (
        some
        for _ in range(times)
        for some in _edited(views.photos, views, job, side=side, generator=generator)
    )
    with describing(
        student, weights, tensors, device=device, by_graph=job.recipe.graph
    ) as describe:

        def described(what: str, batches: Iterable[Tensor], total: int) -> Floats:
            """Unit rows (N, L, D) of N pictures, which come in batches of uint8 (B, S, S, 3)."""
            rows: list[Floats] = []
            done = 0
            for batch in batches:
                rows.append(describe(batch))
                done += len(batch)
                watch.show(f"{weights.path.stem} looks at {what}", done, total)
                watch.check()
            return np.concatenate(rows)

        return Described(
            weights=weights,
            trained=trained,
            tensors=tensors,
            training=described(
                "training photos", _clean(views.training, side), len(views.training)
            ),
            photos=described("photos", _clean(views.photos, side), count),
            edits=described("edits of photos", edits, times * count),
        )


def _calibrate(
    look: Described, job: Calibration, views: _Views, path: Path, *, watch: Watch
) -> Weights:
    weights = look.weights
    training = look.rows(look.training)
    seen = Seen(
        background=training[views.is_background],
        negatives=training[~views.is_background],
        references=look.rows(look.photos),
        queries=look.rows(look.edits),
    )
    choice = choose(seen, whitening=job.recipe.whitening, watch=watch)
    post = choice.post
    background = post(seen.background)
    pairs = pairs_of(post(seen.queries), post(seen.references), background)
    thresholds, between = thresholds_from(pairs), intervals_of(pairs)
    for way in dict.fromkeys(("plain", choice.kept)):
        found = choice.figures[way]
        watch.note(
            f"{path.stem}, {way}: µAP {found['uAP']:.4f}, µAP_SN {found['uAP_SN']:.4f}"
            f"{', kept' if way == choice.kept else ''}"
        )
    levels = zip((thresholds.p90, thresholds.p99, thresholds.p999), between.values(), strict=True)
    told = ", ".join(f"{level} ({low} to {high})" for level, (low, high) in levels)
    watch.note(f"{path.stem}: precision 90, 99, 99.9 % at {told}")
    _plot(pairs, thresholds, path)
    card = {
        **weights.card,
        "format_version": FORMAT_VERSION,
        "name": path.stem,
        "input_size": weights.input_size,
        "projector_dim": weights.projector_dim,
        "dim": weights.projector_dim,
        "glance": weights.glance,
        "near": post.near,
        "levels": weights.levels,
        "thresholds": asdict(thresholds),
        "default_threshold": thresholds.p999,
        "calibration": {
            "measured_on": thresholds.measured_on,
            "thresholds_between": between,  # 95 % of draws of other photos
            "figures": {
                way: {name: round(value, 4) for name, value in found.items()}
                for way, found in choice.figures.items()
            },
            "kept": choice.kept,
            "whitening": post.whitening is not None,
            "background": f"{len(background)} training photos",
            "negatives": f"{len(post.negatives)} other training photos",
            "score_normalisation": {"neighbours": NEIGHBOURS, "weight": WEIGHT},
        },
    }
    if job.recipe.average:
        card["averaged"] = [one.name for one in job.weights]
    added = {**post.tensors(), "background": background}
    return write_weights(path, {**look.tensors, **added}, card)


def _shown(views: _Views, job: Calibration, *, side: int) -> Tensor:
    """Training photos to quantise a network by, and an edit of each: uint8 (2 N, S, S, 3)."""
    rows = torch.tensor(some_of(range(len(views.training)), most=_QUANTISED_BY))
    every = views.training
    photos = Bank(every.pictures[rows], every.aspects[rows], (), ())
    generator = torch.Generator(every.pictures.device).manual_seed(job.seed)
    edits = _edited(photos, views, job, side=side, generator=generator)
    return torch.cat([*_clean(photos, side), *edits]).cpu()


def _edited(
    photos: Bank, views: _Views, job: Calibration, *, side: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """An edit of each photo, uint8 (B, side, side, 3) a batch."""
    return edits_of(
        photos,
        views.fillers,
        side=side,
        attacks=job.attacks,
        sprites=views.sprites,
        generator=generator,
    )


def _plot(pairs: Pairs, thresholds: Thresholds, path: Path) -> None:
    """Draw beside the weights how far copies and others lie apart."""
    title = "\n".join([path.stem, *wrap(pairs.what, 60)])  # in one line it is wider than the plot
    plot_similarities(
        pairs.copies,
        pairs.others.ravel(),
        path.with_name(f"{path.stem}-similarities.png"),
        thresholds=thresholds,
        title=title,
    )
    scores = np.concatenate([pairs.copies, pairs.others.ravel()])
    correct = np.arange(len(scores)) < len(pairs.copies)
    curve = precision_recall(scores, correct, true_pairs=len(pairs.copies))
    at = np.flatnonzero(np.diff(curve.recall, prepend=0.0))  # a point a copy, not one a pair
    curve = Curve(curve.precision[at], curve.recall[at], curve.threshold[at])
    drawn = path.with_name(f"{path.stem}-precision-recall.png")
    plot_precision_recall([(path.stem, curve)], drawn, title=title)


def _views(job: Calibration, *, device: torch.device, watch: Watch) -> _Views:
    recipe = job.recipe
    learned, held_out, filling = split(find_photos(job.data))
    if recipe.calibrate_on:
        held_out = some_of(find_photos(recipe.calibrate_on), most=MOST_HELD_OUT)

    def bank(photos: Sequence[Photo]) -> Bank:
        return load_bank(photos, side=job.conditions.bank_side, watch=watch).to(device)

    training = bank(some_of(learned, most=recipe.background + recipe.negatives))
    is_background = shared_out(
        len(training), background=recipe.background, negatives=recipe.negatives
    )
    background = int(is_background.sum())
    if background < 2 * NEIGHBOURS:  # half of them are distractors
        raise TrainingError(
            f"{len(training)} training photos are too few: {background} would be the background"
        )
    sprites = sprites_of(job.conditions.sprites, seed=job.seed).to(device)
    views = _Views(training, is_background, bank(held_out), bank(filling), sprites)
    watch.note(
        f"{background} training photos as background, {len(training) - background} as negatives,"
        f" {len(views.photos)} photos to measure on"
    )
    return views


def shared_out(count: int, *, background: int, negatives: int) -> Bools:
    """Which of so many photos are of the background, at even distances; the others are negatives.

    (count,), in the proportion that is asked for where there are fewer than asked for.
    """
    chosen = round(min(1.0, count / (background + negatives)) * background)
    first = np.zeros(count, bool)
    first[some_of(range(count), most=chosen)] = True
    return first


def _averaged(given: Sequence[Weights]) -> dict[str, Any]:
    """The mean of networks that began alike (model soups, arXiv:2203.05482)."""
    first, *others = (read_network(one) for one in given)
    for weights, other in zip(given[1:], others, strict=True):
        if any(name not in other or other[name].shape != first[name].shape for name in first):
            raise WeightsError(
                f"{weights.path}: not the same network as {given[0].path}: no mean of both"
            )
    every = [first, *others]
    return {name: np.mean([one[name] for one in every], axis=0) for name in first}


def _clean(photos: Bank, side: int) -> Iterator[Tensor]:
    """Clean views of photos in batches of uint8 (B, side, side, 3).

    All at once, as float, would be some gigabytes.
    """
    for some in torch.split(photos.pictures, 64):
        yield clean_view(some, side=side)

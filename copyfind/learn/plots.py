"""What a run came to, as pictures: losses over steps, similarities of copies and of others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from copyfind.descriptor.weights import Thresholds
from copyfind.errors import OutputError
from copyfind.records import Floats

Points = dict[str, list[tuple[float, float]]]  # name of a line -> step, value


def plot_log(log: Path, path: Path) -> bool:
    """Draw the losses, cosines and figures of a `log.jsonl`; False where it has none."""
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    stages = list(dict.fromkeys(e["stage"] for e in entries if "losses" in e))
    measured = [e for e in entries if "micro_average_precision" in e and e["track"] == "all"]
    if not stages:
        return False
    figure = Figure(figsize=(8, 3.2 * (2 * len(stages) + bool(measured))), layout="constrained")
    panels = iter(figure.subplots(2 * len(stages) + bool(measured), squeeze=False)[:, 0])
    for stage in stages:
        own = [e for e in entries if e.get("stage") == stage]
        losses: Points = defaultdict(list)
        cosines: Points = defaultdict(list)
        for entry in own:
            for name, value in entry["losses"].items():
                losses[name].append((entry["step"], value))
            cosines["two views of a photo"].append((entry["step"], entry["positive"]))
            cosines["the most alike other"].append((entry["step"], entry["hardest_negative"]))
        _lines(next(panels), losses, title=f"{stage}: losses, as weighted", bold="loss")
        _lines(next(panels), cosines, title=f"{stage}: cosines")
    figures: Points = defaultdict(list)
    for entry in measured:
        name = f"{entry['student']}-{entry['dim']}"
        figures[name].append((entry["step"], entry["micro_average_precision"]))
    if figures:
        _lines(next(panels), figures, title="µAP on the benchmark")
    save(figure, path)
    return True


def plot_similarities(
    copies: Floats, others: Floats, path: Path, *, thresholds: Thresholds, title: str
) -> None:
    """Draw histograms of the cosines of copies (C,), and of pairs that are none (O,)."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    bins = np.linspace(-0.5, 1, 151).tolist()
    for name, cosines in (("copies", copies), ("not copies", others)):
        axes.hist(cosines, bins, density=True, alpha=0.6, label=f"{name} ({len(cosines):,})")
    for share, where in (("90", thresholds.p90), ("99", thresholds.p99), ("99.9", thresholds.p999)):
        axes.axvline(where, color="0.4", linewidth=0.8, linestyle=":")
        axes.annotate(
            f"{share} %",
            (where, 0.98),
            xycoords=("data", "axes fraction"),
            rotation=90,
            ha="right",
            va="top",
            fontsize="small",
        )
    # Most pairs of copies are as sure as most others: what is between is what there is to see.
    axes.set(yscale="log", xlabel="cosine", ylabel="density", title=title)
    axes.legend(loc="upper left")
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write a figure; OutputError where that fails."""
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise OutputError(f"{path}: the plot cannot be written ({error})") from None


def _lines(axes: Any, points: Points, *, title: str, bold: str | None = None) -> None:
    for name, line in points.items():
        steps, values = zip(*line, strict=True)
        width = 2.2 if name == bold else 1.1
        axes.plot(steps, _smooth(values), label=name, linewidth=width)
    axes.set(title=title, xlabel="step")
    axes.grid(color="0.92")
    axes.legend(fontsize="x-small", ncols=2)


def _smooth(values: Sequence[float]) -> Floats:
    """Every point as the mean of its neighbours, of the more the longer the line is."""
    line = np.asarray(values, np.float32)
    reach = len(line) // 100
    if not reach:
        return line
    kernel = np.ones(2 * reach + 1, np.float32)
    amount = np.convolve(np.ones_like(line), kernel, "same")
    smooth: Floats = (np.convolve(line, kernel, "same") / amount).astype(np.float32)
    return smooth

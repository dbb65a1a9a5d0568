"""Precision over recall as a picture, one line a method."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from copyfind.errors import EvaluationError, OutputError
from copyfind.evaluate.metrics import Curve


def check_plot(path: Path) -> None:
    """Raise OutputError or EvaluationError, before hours of work, where `path` cannot be drawn."""
    try:
        import matplotlib.figure
    except ImportError:
        raise EvaluationError("a plot needs matplotlib: pip install 'copyfind[train]'") from None
    known = matplotlib.figure.Figure().canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise OutputError(f"cannot draw {path}: its name must end in .png, .svg or .pdf")
    if path.exists():
        raise OutputError(f"{path} exists already; remove it or choose another name")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"cannot write {path}: its folder does not exist")


def plot_precision_recall(curves: Iterable[tuple[str, Curve]], path: Path, *, title: str) -> None:
    """Draw precision over recall of named curves into a new file. Raises OutputError."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for name, curve in curves:
        axes.plot(curve.recall, curve.precision, label=name, linewidth=1.8)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="recall", ylabel="precision", title=title)
    axes.axhline(0.9, color="0.6", linewidth=0.8, linestyle=":")  # where R@P90 is read off
    axes.grid(color="0.92")
    axes.legend(loc="lower left")
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error

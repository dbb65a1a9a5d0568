"""Plots of a run: which there are, and what stands in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from copyfind.descriptor.weights import Thresholds
from copyfind.errors import OutputError
from copyfind.learn import plots
from copyfind.learn.plots import plot_log, plot_similarities


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are written, kept to be looked at."""
    figures: list[Figure] = []
    write = plots.save

    def keep(figure: Figure, path: Path) -> None:
        figures.append(figure)
        write(figure, path)

    monkeypatch.setattr(plots, "save", keep)
    return figures


def log_of(folder: Path, *, steps: int, measured: bool = False) -> Path:
    entries: list[dict[str, object]] = [
        {"stage": "distill", "step": step, "positive": 0.9, "hardest_negative": 0.2}
        | {"losses": {"loss": 2.0, "contrast": 1.0}}
        for step in range(1, steps + 1)
    ]
    if measured:
        what = {"student": "small", "dim": 8, "track": "all", "step": 1}
        entries.append(what | {"micro_average_precision": 0.5})
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_losses_and_cosines_have_a_panel_each_and_figures_if_there_are_any(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    assert plot_log(log_of(tmp_path, steps=3), tmp_path / "plain.png")
    assert plot_log(log_of(tmp_path, steps=3, measured=True), tmp_path / "measured.png")

    plain, measured = ([axes.get_title() for axes in figure.axes] for figure in drawn)
    assert plain == ["distill: losses, as weighted", "distill: cosines"]
    assert measured == [*plain, "µAP on the benchmark"]
    assert (tmp_path / "plain.png").read_bytes().startswith(b"\x89PNG")


def test_a_log_without_steps_is_not_drawn(tmp_path: Path) -> None:
    assert not plot_log(log_of(tmp_path, steps=0), tmp_path / "log.png")
    assert not (tmp_path / "log.png").exists()


def test_similarities_say_how_many_pairs_there_are_and_where_copies_begin(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    copies, others = (np.linspace(*ends, dtype=np.float32) for ends in ((0.5, 1, 40), (0, 0.5, 60)))

    plot_similarities(
        copies,
        others,
        tmp_path / "similarities.png",
        thresholds=Thresholds(0.4, 0.5, 0.6, "nothing"),
        title="drawn",
    )

    (axes,) = drawn[0].axes
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["copies (40)", "not copies (60)"]
    assert [line.get_xdata()[0] for line in axes.get_lines()] == [0.4, 0.5, 0.6]  # type: ignore[index] # an array


def test_a_plot_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the plot cannot be written"):
        plots.save(Figure(), tmp_path / "nowhere" / "log.png")

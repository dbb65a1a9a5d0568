"""Scores for eyes: a table with a line for each method and track."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.table import Table
from rich.text import Text

from copyfind.evaluate.protocol import Figures, Score


def scores_table(scores: Sequence[Score]) -> Table:
    """A table with a line for each method and track. Columns that would be empty are left out."""
    every = [figures for score in scores for figures in score.figures]
    columns: list[tuple[str, bool, Callable[[Figures], float | None]]] = [
        ("µAP", True, lambda f: f.plain.micro_average_precision),
        ("µAP_SN", False, _normalised),
        ("mAP", False, lambda f: f.mean_average_precision),
        ("R@P90", True, lambda f: f.plain.recall_at_p90),
        ("from", True, lambda f: f.plain.threshold_at_p90),
        ("acc@1", True, lambda f: f.plain.accuracy_at_1),
        ("R@10", True, lambda f: f.recall_among[10]),
        ("R@16", True, lambda f: f.recall_among[16]),
        ("R@50", True, lambda f: f.recall_among[50]),
    ]
    columns = [c for c in columns if c[1] or any(c[2](figures) is not None for figures in every)]
    described = any(score.dim for score in scores)
    timed = any(score.pace for score in scores)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("method", "track"):
        table.add_column(name, no_wrap=True)
    numbers = ["queries", *(["dim", "px"] if described else []), *(name for name, *_ in columns)]
    for name in numbers + (["images/s", "alone"] if timed else []):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        for figures in score.figures:
            whole = figures is score.figures[0]
            cells = [
                Text(score.method if whole else "", "bold"),
                Text(figures.track, "bold" if whole else ""),
                Text(f"{figures.queries:,}"),
            ]
            if described:
                cells += [Text(text if whole else "") for text in (_dim(score), _side(score))]
            cells += [_share(value(figures)) for _, _, value in columns]
            if timed and whole:
                cells += _speeds(score)
            table.add_row(*cells)
    return table


def _normalised(figures: Figures) -> float | None:
    return figures.normalised.micro_average_precision if figures.normalised else None


def _dim(score: Score) -> str:
    return "" if score.dim is None else f"{score.dim} bit" if score.is_hash else str(score.dim)


def _side(score: Score) -> str:
    return "" if score.side is None else str(score.side)


def _share(value: float | None) -> Text:
    return Text("–", "dim") if value is None else Text(f"{value:.3f}")


def _speeds(score: Score) -> list[Text]:
    if score.pace is None:
        return []
    pace = score.pace
    return [Text(f"{pace.pictures / seconds:.0f}") for seconds in (pace.seconds, pace.describing)]

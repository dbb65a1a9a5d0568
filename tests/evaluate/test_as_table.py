"""The table of scores: which columns it has, and what stands where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.table import Table

from copyfind.evaluate.as_table import scores_table
from copyfind.evaluate.describe import Pace
from copyfind.evaluate.protocol import Score


def cells(table: Table) -> list[list[str]]:
    """The rows of a table as text, the header first."""
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return [[str(column.header) for column in table.columns], *rows]


def test_a_method_is_named_once_and_has_a_line_a_track(score: Score) -> None:
    header, first, second = cells(scores_table([score]))

    assert header[:4] == ["method", "track", "queries", "µAP"]
    assert (first[:4], second[:4]) == (["mine", "all", "2", "0.750"], ["", "hard", "2", "0.750"])


def test_what_is_not_known_is_a_dash(score: Score) -> None:
    unsure = replace(score.figures[0].plain, recall_at_p90=None)
    figures = replace(score.figures[0], plain=unsure)

    header, row = cells(scores_table([replace(score, figures=(figures,))]))

    assert row[header.index("R@P90")] == "–"


@pytest.mark.parametrize("column", ["µAP_SN", "mAP", "dim", "images/s"])
def test_a_column_that_would_be_empty_is_left_out(score: Score, column: str) -> None:
    assert column not in cells(scores_table([score]))[0]


def test_a_method_that_described_pictures_tells_what_it_saw_and_how_fast(score: Score) -> None:
    pace = Pace(pictures=10, seconds=2.0, describing=0.5)

    header, row, _ = cells(scores_table([replace(score, dim=64, is_hash=True, side=8, pace=pace)]))

    told = dict(zip(header, row, strict=True))
    assert [told[name] for name in ("dim", "px", "images/s", "alone")] == ["64 bit", "8", "5", "20"]

"""How much of a table is shown."""

from __future__ import annotations

from copyfind.cli.viewing import shape_of
from copyfind.report.as_table import Shape


def test_nobodys_window_limits_a_pipe() -> None:
    assert shape_of(wide=False, top=None, summary=False) == Shape(wide=True)


def test_a_summary_lists_nothing_whatever_else_is_asked_for() -> None:
    assert shape_of(wide=False, top=7, summary=True).top == 0
    assert shape_of(wide=False, top=7, summary=False).top == 7

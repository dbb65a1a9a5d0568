"""Precision over recall as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copyfind.errors import OutputError
from copyfind.evaluate.metrics import precision_recall
from copyfind.evaluate.plot import check_plot, plot_precision_recall


def test_precision_over_recall_is_drawn_once(tmp_path: Path) -> None:
    curve = precision_recall(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), true_pairs=2)
    picture = tmp_path / "curve.png"
    check_plot(picture)

    plot_precision_recall([("drawn", curve)], picture, title="drawn")

    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="exists already"):
        check_plot(picture)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("curve.txt", r"must end in \.png"), ("nowhere/curve.png", "folder does not exist")],
)
def test_what_cannot_be_drawn_is_refused_before_any_work(
    tmp_path: Path, name: str, complaint: str
) -> None:
    with pytest.raises(OutputError, match=complaint):
        check_plot(tmp_path / name)


def test_a_disk_that_refuses_the_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "curve.png").mkdir()
    curve = precision_recall(np.array([0.9]), np.array([True]), true_pairs=1)

    with pytest.raises(OutputError, match=r"cannot write .*curve\.png"):
        plot_precision_recall([("drawn", curve)], tmp_path / "curve.png", title="nothing")

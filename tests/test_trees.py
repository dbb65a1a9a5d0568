"""Trees weigh measures as those did that they were fitted with."""

from __future__ import annotations

import numpy as np

from copyfind.trees import Trees


def test_trees_go_left_up_to_the_threshold() -> None:
    trees = Trees(
        names=("a", "b"),
        nodes=np.array([[1, _bits(0.5), 1, 2], [0, 0, 1, 1], [0, 0, 2, 2]], np.int32),
        value=np.array([0, -2, 3], np.float32),
        roots=np.array([0]),
        depth=1,
        baseline=0.25,
    )
    assert trees.odds({"a": 9, "b": 0.5}) == -1.75
    assert trees.odds({"a": 9, "b": 0.6}) == 3.25


def _bits(threshold: float) -> int:
    return int(np.float32(threshold).view(np.int32))

"""Trees weigh measures as those did that they were fitted with."""

from __future__ import annotations

import numpy as np

from copyfind.trees import Trees


def test_trees_go_left_up_to_the_threshold() -> None:
    trees = Trees(
        names=("a", "b"),
        feature=np.array([1, 0, 0], np.int32),
        threshold=np.array([0.5, 0, 0], np.float32),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        value=np.array([0, -2, 3], np.float32),
        roots=np.array([0], np.int32),
        depth=1,
        baseline=0.25,
    )
    assert trees.odds({"a": 9, "b": 0.5}) == -1.75
    assert trees.odds({"a": 9, "b": 0.6}) == 3.25

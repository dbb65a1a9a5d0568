"""Arrays in files, of which little is in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from copyfind.remote import mapped
from copyfind.remote.mapped import Mapped, created
from copyfind.search.rows import let_go


@pytest.mark.parametrize("at_once", [3, 1000])
def test_some_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(mapped, "_AT_ONCE", at_once)
    whole = np.random.default_rng(0).integers(0, 100, (50, 4)).astype(np.float16)
    np.save(tmp_path / "rows.npy", whole)
    some = np.array([0, 3, 4, 20, 21, 22, 49])

    found = Mapped(tmp_path / "rows.npy").rows(some)

    np.testing.assert_array_equal(found, whole[some])
    assert type(found) is np.ndarray


def test_what_is_let_go_of_is_there_still(tmp_path: Path) -> None:
    made = created(tmp_path / "made.npy", (100, 3), np.uint32)

    made[20:40] = 7
    let_go(made)

    assert made[25].tolist() == [7, 7, 7]
    assert Mapped(tmp_path / "made.npy").open()[:20].sum() == 0
    assert Mapped(tmp_path / "made.npy").open().sum() == 20 * 3 * 7

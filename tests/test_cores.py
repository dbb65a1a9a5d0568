"""How much may run at once: what the process may use, not what the machine has."""

from __future__ import annotations

import os

import pytest

from copyfind.cores import usable_cores

_ASKED = hasattr(os, "sched_getaffinity")


@pytest.mark.skipif(not _ASKED, reason="this system does not say on which cores a process runs")
def test_cores_that_are_others_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 8})

    assert usable_cores() == 3


@pytest.mark.parametrize(("cores", "usable"), [(6, 6), (None, 1)])
def test_where_the_system_does_not_say_all_cores_count(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, usable: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert usable_cores() == usable

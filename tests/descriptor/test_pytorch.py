"""Which of PyTorch's packages are here; commands without them are in tests/cli."""

from __future__ import annotations

import importlib.metadata

from copyfind.descriptor.pytorch import can_run_networks, may_accelerate


def test_where_all_packages_are_networks_run() -> None:
    assert can_run_networks()


def test_a_cpu_build_is_known_by_its_version() -> None:
    assert may_accelerate() == (not importlib.metadata.version("torch").endswith("+cpu"))

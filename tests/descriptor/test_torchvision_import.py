"""torchvision loads beside every build of torch; tried in interpreters that know nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import copyfind

BROKEN = """
import importlib.abc, importlib.util, sys

class Broken(importlib.abc.MetaPathFinder):
    tried = 0
    def find_spec(self, name, path, target=None):
        if name == "torchvision":
            Broken.tried += 1
            if Broken.tried == 1:
                raise RuntimeError({message!r})
        return None

sys.meta_path.insert(0, Broken())
sys.modules["torchvision.left_behind"] = sys
"""
LOAD = """
from copyfind.descriptor.torchvision_import import import_torchvision
print(import_torchvision().__name__, import_torchvision() is import_torchvision())
"""


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(Path(copyfind.__file__).parents[1])},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_torchvision_loads_and_stays_loaded() -> None:
    assert python(LOAD).stdout == "torchvision True\n"


@pytest.mark.slow
def test_its_networks_can_be_built() -> None:
    done = python(LOAD + "from torchvision.models import resnet18\nprint(len(resnet18().fc.bias))")

    assert done.stdout.splitlines()[-1] == "1000"


@pytest.mark.slow
def test_another_error_is_not_hidden() -> None:
    done = python(BROKEN.format(message="out of luck") + LOAD)

    assert done.returncode == 1
    assert "RuntimeError: out of luck" in done.stderr


@pytest.mark.slow
def test_what_a_failed_import_leaves_behind_is_not_taken_for_loaded() -> None:
    program = BROKEN.format(message="operator torchvision::gone does not exist") + LOAD
    done = python(program + "print('torchvision.left_behind' in sys.modules, Broken.tried)")

    assert done.stdout == "torchvision True\nFalse 2\n"

"""What a command does not need, it does not load: people wait for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Collection, outside

PROGRAM = """
import sys
from copyfind.cli.app import main
try:
    main(sys.argv[1:])
finally:
    sys.stderr.write(" ".join(sys.modules))
"""


def loaded(*words: str) -> set[str]:
    """The modules that a command has loaded in the end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], env=outside(), capture_output=True, text=True
    )
    return set(done.stderr.split())


@pytest.mark.usefixtures("collection")
@pytest.mark.parametrize("words", [["dupes"], ["status"], ["check"], ["models"]])
def test_looking_at_what_is_indexed_loads_no_network(words: list[str]) -> None:
    modules = loaded(*words)

    assert "rich" in modules
    assert modules.isdisjoint({"torch", "torchvision", "timm", "onnxruntime"})


def test_indexing_again_loads_no_network(collection: Collection) -> None:
    modules = loaded("index", str(collection.folder))

    assert "sqlite_utils" in modules
    assert modules.isdisjoint({"torch", "torchvision", "timm", "onnxruntime"})

"""Golden files: what a report looks like, changed only on purpose and reviewed like code.

`pytest tests/report --update-golden` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files anew.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """The text of a golden file; `--update-golden` first writes what was found there."""

    def expected(name: str, found: str) -> str:
        if request.config.getoption("--update-golden", default=False):
            (GOLDEN / name).write_text(found, encoding="utf-8")
        return (GOLDEN / name).read_text(encoding="utf-8")

    return expected

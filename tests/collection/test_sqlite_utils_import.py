"""Opening a catalog does not load pandas, and leaves it to whoever wants it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(find_spec("pandas") is None, reason="needs pandas")


def printed(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_what_opens_catalogs_does_not_load_it() -> None:
    program = "import sys, copyfind.collection.database; print('pandas' in sys.modules)"

    assert printed(program) == "False"


def test_it_can_be_loaded_later() -> None:
    program = "import copyfind.collection.database, pandas; print(len(pandas.Series([1, 2])))"

    assert printed(program) == "2"


def test_where_it_is_loaded_it_stays() -> None:
    program = (
        "import sys, pandas; before = sys.modules['pandas']; import copyfind.collection.database;"
        "print(sys.modules['pandas'] is before)"
    )

    assert printed(program) == "True"

"""The tree of errors is drawn as it is, and each ends a command with the code that is promised."""

from __future__ import annotations

import inspect
import re

from copyfind import errors
from copyfind.errors import CopyfindError

ERRORS = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, CopyfindError)
}


def drawn() -> list[tuple[str, str, int]]:
    """(error, what it is drawn under, exit code) of the module's docstring."""
    found: list[tuple[str, str, int]] = []
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if not (named := re.match(r"[│├└─ ]*([A-Z]\w+)  +(.*)", line)):
            continue
        depth = named.start(1) // 4
        above[depth] = named[1]
        code = re.search(r"\((\d+)\)$", named[2])
        inherited = ERRORS[above[depth - 1]].exit_code if depth else 1
        found.append(
            (named[1], above.get(depth - 1, "Exception"), int(code[1]) if code else inherited)
        )
    return found


def test_every_error_is_drawn_under_what_it_is_a_kind_of() -> None:
    assert {name: parent for name, parent, _ in drawn()} == {
        name: kind.__bases__[0].__name__ for name, kind in ERRORS.items()
    }


def test_the_exit_codes_are_those_that_are_drawn() -> None:
    assert {name: code for name, _, code in drawn()} == {
        name: kind.exit_code for name, kind in ERRORS.items()
    }

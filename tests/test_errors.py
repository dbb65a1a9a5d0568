"""What each error means to whoever called: an exit code of its own kind, and words."""

from __future__ import annotations

import inspect

import pytest

from copyfind import errors
from copyfind.errors import CopyfindError

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if kind.__module__ == errors.__name__
]

"""Whether the extra `cluster` is installed; asked before anything here that needs it is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from copyfind.errors import StoreError

STORES, RAY = ("obstore", "pyarrow"), ("ray",)


def need(*modules: str) -> None:
    """Raises StoreError, which says what to install, where one of them is missing."""
    for name in modules:
        if find_spec(name) is None:
            raise StoreError(
                f"object stores need the package {name}: pip install 'copyfind[cluster]'"
            )

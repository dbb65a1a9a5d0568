"""Writing a report where the user asked for it, never over something that is there."""

from __future__ import annotations

from pathlib import Path

from copyfind.errors import OutputError


def write_new(path: Path, text: str) -> None:
    """Write a new file; OutputError where one exists or none can be made."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{path} exists already; remove it or choose another name") from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error

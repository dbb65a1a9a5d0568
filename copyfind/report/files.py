"""Writing a report where the user asked for it, never over something that is there."""

from __future__ import annotations

from pathlib import Path

from copyfind.errors import OutputError
from copyfind.private import make_file
from copyfind.whole_file import written_whole


def write_new(path: Path, text: str, *, private: bool = False) -> None:
    """Write a new file, whole; OutputError where one exists or none can be made. private: for our
    eyes alone, and to nobody else's changes."""
    try:
        with written_whole(path, over=False) as unfinished:
            if private:
                make_file(unfinished)
            # Halves of characters are escaped: JSON reads them back.
            unfinished.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except FileExistsError:
        raise OutputError(f"{path} exists already; remove it or choose another name") from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error

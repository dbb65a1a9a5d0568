"""Texts cut to a number of terminal cells, and paths told from the folder that was indexed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from copyfind.paths import shown

_MARK = "…"
_NAMED = 4  # folders


def shown_path(path: bytes) -> str:
    """A path for people, with ~ for their own folder."""
    text = shown(path)
    home = os.path.expanduser("~")  # noqa: PTH111 - `Path.home` fails where nobody knows it
    return "~" + text[len(home) :] if text.startswith(home + os.sep) else text


def typed_path(path: bytes) -> str:
    """A path as it is typed at a shell, with ~ for their own folder."""
    text = shown_path(path)
    home, name = ("~/", text[2:]) if text.startswith("~/") else ("", text)
    return home + shlex.quote(name)


def cut(text: str, width: int) -> str:
    """The text in at most so many cells, its end left out."""
    if cell_len(text) <= width:
        return text
    return chop_cells(text, width - 1)[0].rstrip() + _MARK if width > 1 else _MARK[:width]


def cut_in_the_middle(text: str, width: int) -> str:
    """A path in at most so many cells: where it begins, and its name, or how that ends."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return cut(text, width)
    name = cell_len(text[max(text.rfind("/"), text.rfind("\\"), 0) :])
    most = width - 1 - min(8, width // 4)
    ends = name if name <= most else width // 2
    before = width - 1 - ends
    start = chop_cells(text, before)[0] if before else ""
    backwards = chop_cells(text[::-1], ends)[0]
    return start + _MARK + backwards[::-1]


def padded(text: str, width: int) -> str:
    """The text with blanks up to so many cells; longer ones stay as they are."""
    return set_cell_size(text, max(width, cell_len(text)))


class Places:
    """Paths told from the folders that were indexed; where there are several, each has a name, the
    shortest that tells it from the others."""

    def __init__(self, roots: Sequence[bytes]) -> None:
        self._names = _names(roots)
        # The innermost folder is the one that tells most of a path.
        self._roots = sorted(roots, key=len, reverse=True)

    def text(self, path: bytes) -> str:
        """The path from its folder, with the name of that if there are several."""
        for root in self._roots:
            if path == root and self._names[root]:
                return shown(self._names[root].rstrip(_SEPARATORS))
            inside = root.rstrip(_SEPARATORS) + _SEPARATOR
            if path.startswith(inside):
                return shown(self._names[root] + path[len(inside) :])
        return shown_path(path)

    def told(self) -> str:
        """Where the paths are, in a sentence."""
        if len(self._roots) == 1:
            return f"paths are below {shown_path(self._roots[0])}"
        named = sorted(self._roots)
        told = [
            f"{shown(self._names[root].rstrip(_SEPARATORS))} is {shown_path(root)}"
            for root in named[:_NAMED]
        ]
        return "; ".join(told) + ("; …" if len(named) > _NAMED else "")


_SEPARATOR = os.fsencode(os.sep)
_SEPARATORS = b"/\\" if os.sep == "\\" else b"/"


def _names(roots: Sequence[bytes]) -> dict[bytes, bytes]:
    """What each folder's paths begin with: nothing where there is only one, else so many of its
    last parts as no other has."""
    if len(roots) < 2:
        return dict.fromkeys(roots, b"")
    parts = {root: root.strip(_SEPARATORS).split(_SEPARATOR) for root in roots}
    names = {}
    for root, own in parts.items():
        others = [other for which, other in parts.items() if which != root]
        count = next(
            (n for n in range(1, len(own)) if all(o[-n:] != own[-n:] for o in others)), len(own)
        )
        names[root] = _SEPARATOR.join(own[-count:]) + _SEPARATOR
    return names

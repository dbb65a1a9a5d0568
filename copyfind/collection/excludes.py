"""What the user leaves out: patterns in .gitignore syntax, given or from a `.copyfindignore`."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

IGNORE_FILE = b".copyfindignore"

Judge = Callable[[str], bool | None]  # out, expressly not out, or not spoken of


def compile_patterns(lines: Iterable[str]) -> Judge:
    """Patterns in .gitignore syntax, one a line; a path that ends in `/` is a folder. Raises
    ValueError where a line is no pattern.

    GitIgnoreSpec lets `*` overrule a later `!*/`, which shuts every folder to the usual
    `*`, `!*/`, `!*.jpg`; for folders the last pattern that matches decides, as in Git.
    """
    from pathspec import GitIgnoreSpec, PathSpec  # 35 ms that a scan without patterns saves

    # The other backends are found by what is installed, and cannot read names that are not UTF-8.
    comparable = [_comparable(line) for line in lines]
    files = GitIgnoreSpec.from_lines(comparable, backend="simple")
    folders = PathSpec.from_lines("gitignore", comparable, backend="simple")
    return lambda path: (folders if path.endswith("/") else files).check_file(path).include


Rule = tuple[int, Judge]  # with where, in a path, the part begins that its patterns speak of


@dataclass(frozen=True, slots=True)
class Excludes:
    """The patterns in force in a folder."""

    given: tuple[Rule, ...] = ()  # by the user, relative to the scanned folder; the last word
    found: tuple[Rule, ...] = ()  # in ignore files; the deepest first, as it overrules the others

    @classmethod
    def below(cls, folder: bytes, patterns: Iterable[str]) -> Excludes:
        """The patterns that a user gave, relative to `folder`. Raises ValueError."""
        lines = tuple(patterns)
        return cls(given=((_begin(folder), compile_patterns(lines)),) if lines else ())

    def with_ignore_file(self, folder: bytes) -> Excludes:
        """Add what the ignore file of `folder` says. Raises OSError and ValueError."""
        name = os.path.join(folder, IGNORE_FILE)
        with open(name, encoding="utf-8-sig", errors="surrogateescape") as file:
            judge = compile_patterns(file.read().split("\n"))
        return Excludes(given=self.given, found=((_begin(folder), judge), *self.found))

    def cover(self, path: bytes, *, is_folder: bool = False) -> bool:
        """Whether the absolute `path` is left out, its folder being none that is."""
        for begin, judge in (*self.given, *self.found):
            relative = _comparable(os.fsdecode(path[begin:]))
            out = judge(relative + "/" if is_folder else relative)
            if out is not None:
                return out
        return False


def _begin(folder: bytes) -> int:
    return len(os.path.join(folder, b""))


def _comparable(text: str) -> str:
    """Let a pattern mean the name it looks like.

    macOS may spell "ü" as two characters, and pathspec's "." stops at a line break.
    """
    text = text.replace("\n", "\N{SYMBOL FOR NEWLINE}")
    return text if text.isascii() else unicodedata.normalize("NFC", text)

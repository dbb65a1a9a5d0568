"""A file's name as the rules of units compare it."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass

from copyfind.collection.pictures import RAW_SUFFIXES, without_blanks


@dataclass(frozen=True, slots=True)
class Name:
    """A file's name as the rules compare it; programs differ in how they write its suffix."""

    raw: bytes
    text: str  # NFC, for macOS takes names apart
    stem: str
    suffix: str  # lower case, without its dot

    @property
    def key(self) -> str:
        """The name, its suffix in lower case."""
        return f"{self.stem}.{self.suffix}"

    @property
    def is_raw(self) -> bool:
        """Whether its suffix is that of a camera's RAW."""
        return f".{self.suffix}".encode() in RAW_SUFFIXES


def parsed(raw: bytes) -> Name:
    """A name as the file system has it."""
    text = unicodedata.normalize("NFC", raw.decode("utf-8", "surrogateescape"))
    stem, suffix = os.path.splitext(without_blanks(text))
    return Name(raw, text, stem, suffix[1:].lower())

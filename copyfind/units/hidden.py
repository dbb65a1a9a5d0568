"""Which files may be put below a hidden folder, or under a hidden name: nothing that a program
obeys. A journal from elsewhere could ask for it, so no such file is ever set aside."""

from __future__ import annotations

import os

from copyfind.collection.pictures import PICTURE_SUFFIXES, suffix_of

# Suffixes of what belongs to pictures and is no program's settings. JSON, YAML and texts are, and
# so is anything that is only known by the name in front of it.
_HARMLESS = PICTURE_SUFFIXES | {
    f".{name}".encode()
    for name in (
        *("mov", "mp4", "mp", "xmp", "pp3", "dop", "arp", "aae", "on1", "vrd", "acr", "spd", "exv"),
        *("dr4", "nksc", "cos", "onphoto", "ufraw", "mie", "thm", "wav"),
    )
}


def may_be_put_back(path: bytes) -> bool:
    """Whether a file of that path is one that `undo` gives back, whoever asks for it."""
    is_hidden = any(part.startswith(b".") for part in path.split(os.fsencode(os.sep)))
    return not is_hidden or suffix_of(os.path.basename(path)) in _HARMLESS

"""What programs attach to a file outside of its bytes: tags, ratings and comments in extended
attributes, as KDE and macOS keep them, and streams of other names; `._NAME` where a volume has no
attributes."""

from __future__ import annotations

import hashlib
import os
import plistlib
from contextlib import suppress

from copyfind.metadata.apple_double import LARGEST, attributes, double_name
from copyfind.metadata.known import Metadata, only_in

# Of all that users may write, on Linux; of what a Mac wrote onto its own volume, seen from there.
_PREFIXES = ("user.", "osx.")
_APPLE = "com.apple.metadata:"
# Where it was downloaded from, and what systems note for themselves.
_ORDINARY = frozenset(
    {
        *("xdg.origin.url", "xdg.referrer.url", "xdg.origin.email.subject", "xdg.creator"),
        *("Zone.Identifier", "DOSATTRIB", "mime_type", "xdg.robots.backup", "com.apple.quarantine"),
        *("com.apple.lastuseddate#PS", "com.apple.provenance", "com.apple.macl"),
        *("com.apple.TextEncoding", "com.dropbox.attributes", "com.dropbox.attrs"),
        *(f"{_APPLE}kMDItemWhereFroms", f"{_APPLE}kMDItemDownloadedDate"),
    }
)
_LONGEST = 1 << 20  # bytes read of one


def has_attached(path: bytes) -> bool:
    """Whether anything that may matter is attached to a file, by the names alone."""
    return bool(_names(path)) or os.path.isfile(double_name(path))


def read_attached(path: bytes) -> Metadata:
    """What is attached to a file; nothing where the system has no attributes, or none are there.

    Others wrote it: a property list may take any time and memory."""
    said = {name: value for name, value in _double(path).items() if name not in _ORDINARY}
    for short, name in _names(path).items():
        with suppress(OSError):
            said[short] = os.getxattr(path, name, follow_symlinks=False)[:_LONGEST]
    return _told(said)


def _double(path: bytes) -> dict[str, bytes]:
    """What a Mac keeps of the file beside it, where the volume has no attributes."""
    with suppress(OSError):
        if os.path.isfile(double := double_name(path)):
            with open(double, "rb") as file:
                return attributes(file.read(LARGEST))
    return {}


def _names(path: bytes) -> dict[str, str]:
    """The names of what may matter, without their prefix, and as the system has them."""
    if not hasattr(os, "listxattr"):
        return {}
    with suppress(OSError):
        names = os.listxattr(path, follow_symlinks=False)
        shorter = {n[len(p) :]: n for n in names for p in _PREFIXES if n.startswith(p)}
        return {short: name for short, name in shorter.items() if short not in _ORDINARY}
    return {}


def _told(said: dict[str, bytes]) -> Metadata:
    tags = [t.strip() for t in _text(said.pop("xdg.tags", b"")).split(",")]
    tags += [tag.split("\n")[0] for tag in _list(said.pop(f"{_APPLE}_kMDItemUserTags", b""))]
    comment = _text(said.pop("xdg.comment", b"")) or _text(said.pop("comment", b""))
    for name in ("kMDItemFinderComment", "kMDItemComment", "kMDItemDescription"):
        comment = comment or "".join(_list(said.pop(_APPLE + name, b"")))
    stars = _stars(said.pop("baloo.rating", b""), said.pop(f"{_APPLE}kMDItemStarRating", b""))
    others = (f"{name} {hashlib.sha256(value).hexdigest()[:8]}" for name, value in said.items())
    return Metadata(
        rating=stars,
        description=comment or None,
        keywords=only_in((tag for tag in tags if tag), ()),
        attached=tuple(sorted(others)),
    )


def _stars(baloo: bytes, apple: bytes) -> int | None:
    """One to five; KDE counts halves."""
    for text, whole in ((_text(baloo), 2), ("".join(_list(apple)), 1)):
        with suppress(ValueError):
            stars = -(-int(float(text)) // whole)
            if 1 <= stars <= 5:
                return stars
    return None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "").strip()


def _list(value: bytes) -> list[str]:
    """What a property list says, if it is a text, a number or a list of such."""
    with suppress(Exception):  # plistlib raises anything over damaged bytes
        found = plistlib.loads(value)
        several = found if isinstance(found, list) else [found]
        # A list of lists of lists takes no room as long as nobody writes it out.
        return [str(one).strip() for one in several if isinstance(one, str | int | float)]
    return []

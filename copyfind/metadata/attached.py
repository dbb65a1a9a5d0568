"""What programs attach to a file outside of its bytes: tags, ratings and comments in extended
attributes, as KDE and macOS keep them, and streams of other names."""

from __future__ import annotations

import hashlib
import os
import plistlib
from contextlib import suppress

from copyfind.metadata.known import Metadata, only_in

_PREFIX = "user."  # of all that users may write, on Linux
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


def read_attached(path: bytes) -> Metadata:
    """What is attached to a file; nothing where the system has no attributes, or none are there."""
    said: dict[str, bytes] = {}
    if not hasattr(os, "listxattr"):
        return Metadata()
    with suppress(OSError):
        for name in os.listxattr(path, follow_symlinks=False):
            if name.startswith(_PREFIX):
                with suppress(OSError):
                    said[name[len(_PREFIX) :]] = os.getxattr(path, name, follow_symlinks=False)
    return _told({name: value[:_LONGEST] for name, value in said.items() if name not in _ORDINARY})


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
        return [str(one).strip() for one in (found if isinstance(found, list) else [found])]
    return []

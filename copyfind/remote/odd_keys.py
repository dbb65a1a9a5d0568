"""Listing past keys that the stores' client does not take: those with an empty part, as `a//b.jpg`
has, or with `.` or `..` for one.

The client ends its list at the page in which it meets one, a thousand keys at most. The rest is
asked for folder by folder. Nothing below such a part can be asked for, nor what lies beside it in
that page under a name that begins with a character before `/`, as spaces, brackets and dots do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions as told

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

AT_ONCE = 1000  # keys of a page
_NAMED = re.compile(r'Path "(.*?)"(?: contained|: Encountered)', re.DOTALL)


def odd_folder_of(key: str) -> str | None:
    """The part of a key, up to and with a slash, below which nothing can be asked for."""
    parts = key.split("/")
    for place, part in enumerate(parts[:-1]):
        if part in ("", ".", ".."):
            return "/".join(parts[: place + 1]) + "/"
    return None


def listed_past(
    store: ObjectStore, folder: str, *, prefix: str, after: str = ""
) -> Iterator[ObjectMeta | str]:
    """The objects below a folder of a store whose keys come after one, and in place of what cannot
    be listed the key that it begins with, which ends with a slash.

    prefix: of the store, which its client puts before the keys in its errors. Raises what the
    client raises, where two such parts lie so that one hides what is around the other too.
    """
    last = after
    try:
        for chunk in obstore.list(store, folder or None, offset=after or None, chunk_size=AT_ONCE):
            for meta in chunk:
                last = meta["path"]
                yield meta
        return
    except told.InvalidPathError as error:
        named = _NAMED.search(str(error))
        odd = odd_folder_of(named[1].removeprefix(prefix).removeprefix("/")) if named else None
        if odd is None or odd < after:  # which the store has not heeded
            raise
    yield odd
    parent = odd[:-1].rpartition("/")[0]
    while folder != parent:
        step = parent.removeprefix(folder).strip("/").partition("/")[0]
        on_the_way = f"{folder}/{step}".lstrip("/")
        found = obstore.list_with_delimiter(store, folder or None)
        yield from (meta for meta in found["objects"] if meta["path"] > last)
        for child in found["common_prefixes"]:
            if child != on_the_way and (last.startswith(child + "/") or child + "/" > last):
                begun = last if last.startswith(child + "/") else ""
                yield from listed_past(store, child, prefix=prefix, after=begun)
        folder = on_the_way
    beyond = odd[:-1] + "0"  # the character after the slash
    with suppress(FileNotFoundError):
        exactly = obstore.head(store, beyond)
        yield exactly
    yield from listed_past(store, parent, prefix=prefix, after=beyond)

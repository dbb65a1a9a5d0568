"""The folders that no scan of a parent enters: libraries of other programs, trash, thumbnails.

A library's pictures belong to its program: moving one breaks it (czkawka#862). Trash and
snapshots hold what the user has thrown away or what the system will give back; thumbnails are
copies of everything. Whoever wants one of these searched names it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from copyfind.paths import is_address, shown

_LIBRARY_SUFFIXES = {
    b".photoslibrary": "Apple Photos library",
    b".photolibrary": "iPhoto library",
    b".migratedphotolibrary": "iPhoto library",
    b".aplibrary": "Aperture library",
    b".migratedaplibrary": "Aperture library",
    b".imovielibrary": "iMovie library",
    b".fcpbundle": "Final Cut library",
    b".lrlibrary": "Lightroom library",
    b".lrdata": "Lightroom previews",
    b".lrcat": "Lightroom catalog",
    b".cocatalog": "Capture One catalog",
    b".cosessiondb": "Capture One session",
}

# A server's folders have everyday names ("upload", "storage"), but it leaves a mark in them.
# digikam4.db is no such mark: it lies by default in the very folder that holds the photos.
_MARKS = {
    b".immich": "Immich storage",
    b".ppstorage": "PhotoPrism storage",
}

_FURNITURE = frozenset(
    (
        *(b"@eadir", b"#recycle", b"#snapshot", b"@recycle", b".@__thumb"),  # Synology, QNAP
        *(b"$recycle.bin", b"recycler", b"system volume information"),  # Windows
        *(b".fseventsd", b".spotlight-v100", b".temporaryitems", b".documentrevisions-v100"),
        *(b"lost+found", b".thumbnails", b".snapshots", b".snapshot", b".zfs"),  # Linux, Android
        *(b".stversions", b".dropbox.cache", b".dtrash"),  # Syncthing, Dropbox, digiKam
        *(b".git", b".hg", b".svn"),  # git-lfs keeps whole pictures, under names without a suffix
    )
)
_FURNITURE_PREFIXES = (b".trash", b".copyfind-quarantine")

_DARKTABLE = (b".config/darktable", b".cache/darktable", b".local/share/darktable")


def is_furniture(name: bytes) -> bool:
    """Whether a folder of this name belongs to a system, a trash or copyfind's quarantine."""
    name = name.lower()
    return name in _FURNITURE or name.startswith(_FURNITURE_PREFIXES)


def library_at(folder: bytes) -> str | None:
    """What library or catalog the folder at this absolute path is, in words, if it is one."""
    name = os.path.basename(folder).lower()
    if kind := _LIBRARY_SUFFIXES.get(os.path.splitext(b"x" + name)[1]):
        return kind
    if name == b"originals" and _has(os.path.dirname(folder), b"storage", b".ppstorage"):
        return "PhotoPrism originals"
    if name == b"darktable" and folder.replace(os.fsencode(os.sep), b"/").endswith(_DARKTABLE):
        return "darktable data"
    return next((kind for mark, kind in _MARKS.items() if _has(folder, mark)), None)


def untouchable(path: bytes) -> str | None:
    """The library, trash or thumbnails a path lies in, in words: its program owns what is there."""
    folder = os.path.dirname(path)
    while True:
        if kind := library_at(folder):
            return f"lies in the {kind} {shown(folder)}"
        if is_furniture(os.path.basename(folder)):
            return f"lies in {shown(folder)}"
        folder, before = os.path.dirname(folder), folder
        if folder == before:
            return None


def untouchable_among(paths: Iterable[bytes]) -> frozenset[bytes]:
    """Those of these files that are `untouchable`; each folder is looked at once. Of what has an
    address no folder is here."""
    of_folder: dict[bytes, bool] = {}
    found = []
    for path in paths:
        if is_address(path):
            continue
        folder = os.path.dirname(path)
        if folder not in of_folder:
            of_folder[folder] = untouchable(path) is not None
        if of_folder[folder]:
            found.append(path)
    return frozenset(found)


def is_never_a_picture(name: bytes) -> bool:
    """Whether a file of this name is what a desktop leaves beside pictures.

    `._IMG_1.jpg` holds what a foreign volume cannot store of IMG_1.jpg: no picture, in spite of
    its suffix.
    """
    return name.startswith(b"._") or name.lower() in (b".ds_store", b"thumbs.db", b"ehthumbs.db")


def _has(*way: bytes) -> bool:
    return os.path.lexists(os.path.join(*way))

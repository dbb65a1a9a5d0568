"""Whether the catalog is sound, and whether files still hold what it remembers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from copyfind.collection.catalog import Catalog, doubt_files
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.errors import CatalogError
from copyfind.paths import AnyPath, as_path, is_address
from copyfind.records import FoundFile
from copyfind.watch import NOBODY, Stage, Watch

_OTHER_BYTES = "holds other bytes than when it was indexed"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong: with the database, and with files (path, what)."""

    faults: tuple[str, ...]
    files: int  # looked at
    changed: tuple[tuple[bytes, str], ...]


def check_catalog(catalog: AnyPath, *, deep: bool = False, watch: Watch = NOBODY) -> Checked:
    """Check the database; with `deep`, read every file and compare it with its SHA-256. What holds
    other bytes is marked, where the catalog can be written: the next `index` reads it again.

    Raises Interrupted, and CatalogError where the file is no catalog at all.
    """
    with open_for_reading(as_path(catalog)) as db:
        known = Catalog(db)
        faults = tuple(known.integrity())
        changed: list[tuple[bytes, str]] = []
        files = 0
        if deep:
            counts = known.counts(None)
            read = 0
            for files, (file, sha256) in enumerate(known.present_files(), start=1):
                if what := _difference(file, sha256):
                    changed.append((file.path, what))
                read += file.size
                watch.show(Stage.CHECK, files, counts.files, size=read, total_size=counts.bytes)
                watch.check(
                    f"after {files:,} of {counts.files:,} files", then="nothing was changed"
                )
    wrong = [path for path, what in changed if what == _OTHER_BYTES]
    if wrong:
        try:
            with open_for_writing(as_path(catalog), holder="check", create=False) as db:
                doubt_files(db, wrong)
        except CatalogError:
            watch.note(
                "the catalog cannot be marked; read files again with: copyfind index --reread"
            )
    return Checked(faults, files, tuple(changed))


def _difference(file: FoundFile, sha256: bytes) -> str | None:
    if is_address(file.path):
        return "is in an object store, and is not looked at"
    try:
        with open(file.path, "rb") as opened:  # noqa: PTH123 - a path of bytes
            found = hashlib.file_digest(opened, "sha256").digest()
    except FileNotFoundError:
        return "gone"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if found == sha256 else _OTHER_BYTES

"""Whether the catalog is sound, and whether files still hold what it remembers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.paths import AnyPath, as_path
from copyfind.records import FoundFile
from copyfind.watch import NOBODY, Stage, Watch


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong: with the database, and with files (path, what)."""

    faults: tuple[str, ...]
    files: int  # looked at
    changed: tuple[tuple[bytes, str], ...]


def check_catalog(catalog: AnyPath, *, deep: bool = False, watch: Watch = NOBODY) -> Checked:
    """Check the database; with `deep`, read every file and compare it with its SHA-256.

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
        return Checked(faults, files, tuple(changed))


def _difference(file: FoundFile, sha256: bytes) -> str | None:
    try:
        with open(file.path, "rb") as opened:  # noqa: PTH123 - a path of bytes
            found = hashlib.file_digest(opened, "sha256").digest()
    except FileNotFoundError:
        return "gone"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if found == sha256 else "holds other bytes than when it was indexed"

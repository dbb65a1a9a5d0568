"""The catalog's schema: numbered functions, append-only, never edited once released.

`PRAGMA user_version` counts those that have run. Contents and models have integer keys so that a
million descriptors do not repeat two long hashes each; the hashes stay unique.
"""

from __future__ import annotations

from copyfind.collection.sqlite_utils_import import Database


def m001_catalog(db: Database) -> None:
    """Make the tables of folders, files, contents, models and descriptors."""
    db.table("roots").create(
        {"path": bytes, "scanned_at": str, "options": str}, pk="path", strict=True
    )
    db.table("contents").create(
        {
            "id": int,
            "sha256": bytes,
            "size": int,
            "width": int,
            "height": int,
            "format": str,
            "facts": str,  # JSON of records.Facts
            "pixels": bytes,  # hash of the full-size picture, where it was asked for
            "settled": int,  # 1: looked at for same-pixel copies
            "problem": str,  # records.Problem, and what to tell people
            "reason": str,
            "decoder": str,  # what decoded it, or failed to: imaging.formats.decoder_version
        },
        pk="id",
        not_null={"sha256", "size", "settled", "decoder"},
        strict=True,
    )
    db.table("contents").create_index(["sha256"], unique=True)
    db.table("contents").create_index(["size"])
    db.table("contents").create_index(["width", "height"])
    db.table("contents").create_index(["pixels"])
    db.table("files").create(
        {
            "path": bytes,
            "device": int,
            "inode": int,
            "size": int,
            "mtime_ns": int,
            "content": int,
            "state": str,  # present, missing, error
            "problem": str,
            "reason": str,
        },
        pk="path",
        not_null={"device", "inode", "size", "mtime_ns", "state"},
        foreign_keys=[("content", "contents", "id")],
        strict=True,
    )
    db.table("files").create_index(["content"])
    db.table("files").create_index(["inode", "device"])
    db.table("models").create(
        {
            "id": int,
            "weights": str,  # SHA-256 of the weights file, hex
            "preprocess": int,  # version of what turns a picture into the network's input
            "name": str,
            "dim": int,
            "input_size": int,
            "default_threshold": float,
        },
        pk="id",
        not_null={"weights", "preprocess", "name", "dim", "input_size", "default_threshold"},
        strict=True,
    )
    db.table("models").create_index(["weights", "preprocess"], unique=True)
    db.table("descriptors").create(
        {"content": int, "model": int, "region": int, "vector": bytes},
        pk=("content", "model", "region"),
        not_null={"vector"},
        foreign_keys=[("content", "contents", "id"), ("model", "models", "id")],
        strict=True,
    )


def m002_verdicts(db: Database) -> None:
    """Make the tables of what the check of pairs found, and of contents that were searched for
    copies."""
    db.table("verdicts").create(
        {
            "first": int,  # the content whose SHA-256 is the lower: two catalogs agree
            "second": int,
            "verifier": int,  # version of what judged
            "tier": str,
            "evidence": str,  # JSON of verdict.Verdict; NULL where nothing was proven
        },
        pk=("first", "second", "verifier"),
        not_null={"tier"},
        foreign_keys=[("first", "contents", "id"), ("second", "contents", "id")],
        strict=True,
    )
    db.table("verdicts").create_index(["second"])
    db.table("searched").create(
        {"content": int, "way": str},
        pk=("content", "way"),
        foreign_keys=[("content", "contents", "id")],
        strict=True,
    )


def m003_decisions(db: Database) -> None:
    """Make the table of what people have said of two contents; by hash, so that it outlives files
    and indexing."""
    db.table("decisions").create(
        {
            "first": bytes,  # SHA-256, the lower of the two
            "second": bytes,
            "kind": str,  # records.DecisionKind
            "decided_at": str,
        },
        pk=("first", "second"),
        not_null={"kind", "decided_at"},
        strict=True,
    )


def m004_volumes(db: Database) -> None:
    """Tell of files on which volume they are, where that can be known, and whether what is
    remembered of them has been found wrong."""
    db.execute("ALTER TABLE files ADD COLUMN volume TEXT")
    db.execute("ALTER TABLE files ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0")


def m005_origins(db: Database) -> None:
    """Make the table of what pairs of files say of which was made from the other: which file is
    kept must not depend on a cache that may be deleted."""
    db.table("origins").create(
        {
            "first": int,  # as in the table of verdicts
            "second": int,
            "version": int,  # of what told
            "odds": float,  # log odds that the second was made from the first
        },
        pk=("first", "second"),
        not_null={"version", "odds"},
        foreign_keys=[("first", "contents", "id"), ("second", "contents", "id")],
        strict=True,
    )
    db.table("origins").create_index(["second"])


def m006_acknowledged(db: Database) -> None:
    """Make the table of files that give no picture and of which people know that."""
    db.table("acknowledged").create(
        {"path": bytes, "problem": str, "acknowledged_at": str},  # problem: records.Problem
        pk="path",
        not_null={"problem", "acknowledged_at"},
        strict=True,
    )


MIGRATIONS = (
    m001_catalog,
    m002_verdicts,
    m003_decisions,
    m004_volumes,
    m005_origins,
    m006_acknowledged,
)


def migrate(db: Database) -> None:
    """Bring the schema up to date, each step in one transaction with its own record."""
    (done,) = db.execute("PRAGMA user_version").fetchone()
    for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
        with db.atomic():
            step(db)
            db.execute(f"PRAGMA user_version = {number}")

"""What lies in clusters of a run, in a catalog of this machine: so that reports and the review are
the same. Pictures that resemble no other stay in the run alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from copyfind.collection.catalog import Catalog, mark_files
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.verdicts import VerdictWriter
from copyfind.errors import CatalogError
from copyfind.evidence.verify import VERIFIER
from copyfind.imaging.lineage import LINEAGE
from copyfind.pipeline.finding import way_of
from copyfind.pipeline.importing import import_rows
from copyfind.records import FoundFile, Ints, Row
from copyfind.remote.candidates import EFFORT
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.pictures import Digests, Pictures
from copyfind.remote.verdicts import Tied
from copyfind.watch import NOBODY, Watch

_AT_ONCE = 1000  # verdicts


def keep_in_catalog(
    pictures: Pictures,
    rows: Ints,
    *,
    pixels: Digests,
    verdicts: Iterable[Tied],
    catalog: Path,
    cache: Path | None,
    watch: Watch = NOBODY,
) -> None:
    """Let the catalog hold the contents of these rows, with all objects that have them, and what
    ties their pairs; what it held of other runs of the same is marked as missing.

    pixels: (M, 32) what is known now. Raises CatalogError, OSError, Interrupted.
    """
    objects = pictures.objects_of(rows)
    paths: set[bytes] = set()
    import_rows(
        _files(pictures, objects, pixels, paths),
        catalog=catalog,
        embedder=pictures.run.made_by,
        cache=cache,
        source=ObjectsAgain(),
        watch=watch,
    )
    with open_for_writing(catalog, holder="dupes", create=False) as db:
        known = Catalog(db)
        mark_files(db, gone=[f.path for f, _ in known.present_files() if f.path not in paths])
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        sha256s = known.sha256s()
        described, _ = known.descriptors(known.model(pictures.run.made_by.model))
        way = way_of(EFFORT, known.model(pictures.run.made_by.model))
    with VerdictWriter(catalog, sha256s, verifier=VERIFIER) as writer:
        _store(writer, {sha256: row for row, sha256 in enumerate(sha256s)}, verdicts)
        writer.mark_searched(described.tolist(), way=way)
        if writer.trouble:
            raise CatalogError(writer.trouble)


def _files(
    pictures: Pictures, objects: Ints, pixels: Digests, paths: set[bytes]
) -> Iterator[tuple[FoundFile, Row]]:
    """The objects as files with what is known of them; their paths are added to `paths`."""
    for number, one in pictures.rows(objects):
        assert one.row is not None  # what has a content has bytes
        known = pixels[pictures.content[number]]
        paths.add(one.file.path)
        yield one.file, replace(one.row, pixels=known.tobytes() if known.any() else None)


def _store(writer: VerdictWriter, row_of: Mapping[bytes, int], verdicts: Iterable[Tied]) -> None:
    """Store what ties pairs of contents that are here."""
    here = (one for one in verdicts if one.first in row_of and one.second in row_of)
    while some := list(islice(here, _AT_ONCE)):
        pairs = {(row_of[one.first], row_of[one.second]): one for one in some}
        writer.store({pair: one.verdict for pair, one in pairs.items()})
        writer.store_origins(
            {pair: one.odds for pair, one in pairs.items() if one.odds is not None},
            version=LINEAGE,
        )

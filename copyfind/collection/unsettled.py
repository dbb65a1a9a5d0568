"""Contents that have not been looked at for others with the same pixels: every SQL of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from copyfind.collection.identity import found_file
from copyfind.collection.sqlite_utils_import import Database
from copyfind.records import FoundFile, Halves, Ints, Model


class Unsettled:
    """What a writer sees of them; `db` is open for writing."""

    def __init__(self, db: Database, model: Model) -> None:
        self._db = db
        self._model = model

    def shapes(self) -> list[tuple[int, int]]:
        """Width and height of contents not yet looked at for same-pixel copies."""
        return self._db.execute(
            "SELECT DISTINCT width, height FROM contents WHERE settled = 0 AND width IS NOT NULL "
            "ORDER BY width, height"
        ).fetchall()

    def contents_of_shape(self, width: int, height: int) -> tuple[Ints, Ints, Halves]:
        """(N,) content ids, (N,) settled flags, (N, D) descriptors, NaN where there is none."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM contents WHERE width = ? AND height = ?", (width, height)
        ).fetchone()
        flags = np.empty((2, count), np.int64)
        vectors = np.full((count, self._model.dim), np.nan, np.float16)
        rows = self._db.execute(
            "SELECT c.id, c.settled, d.vector FROM contents c LEFT JOIN descriptors d "
            "ON d.content = c.id AND d.model = ? AND d.region = 0 "
            "WHERE c.width = ? AND c.height = ? ORDER BY c.id",
            (self._model.key, width, height),
        )
        for place, (content, settled, vector) in enumerate(rows):
            flags[:, place] = content, settled
            if vector is not None:
                vectors[place] = np.frombuffer(vector, np.float16)
        return flags[0], flags[1], vectors

    def file_without_pixels(self, content: int) -> FoundFile | None:
        """A present file of a content whose pixel hash is not known yet."""
        row = self._db.execute(
            "SELECT f.path, f.device, f.inode, f.size, f.mtime_ns FROM files f JOIN contents c "
            "ON c.id = f.content WHERE c.id = ? AND c.pixels IS NULL AND f.state = 'present' "
            "ORDER BY f.path LIMIT 1",
            (content,),
        ).fetchone()
        return found_file(*row) if row else None

    def settle(
        self,
        contents: Iterable[int],
        pixels: Mapping[int, bytes],
        *,
        put_off: Iterable[int] = (),
    ) -> None:
        """Keep pixel hashes, and that these contents have been looked at; put_off: to be looked
        at again in the next run."""
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE contents SET pixels = ? WHERE id = ?",
                [(value, content) for content, value in pixels.items()],
            )
            mark = "UPDATE contents SET settled = ? WHERE id = ?"
            self._db.conn.executemany(mark, [(1, content) for content in contents])
            self._db.conn.executemany(mark, [(0, content) for content in put_off])

"""Descriptors of the regions of contents, read from the catalog where they are used."""

from __future__ import annotations

import json

import numpy as np

from copyfind.collection.catalog import Catalog
from copyfind.records import Halves, Ints, Model


class RegionReader:
    """Unit descriptors of all regions of described contents, region 0 being the whole."""

    def __init__(self, known: Catalog, model: Model) -> None:
        self._known, self._model = known, model
        (last,) = known.db.execute(
            "SELECT coalesce(max(region), 0) FROM descriptors WHERE model = ?", (model.key,)
        ).fetchone()
        self._count = int(last) + 1

    def __call__(self, rows: Ints) -> Halves:
        """(B, R, D) of the contents of these rows (B,) of the catalog.

        A content that an older copyfind described has the whole alone: it stands for all.
        """
        numbers = self._known.numbers_of(rows)
        found = self._known.db.execute(
            "SELECT content, region, vector FROM descriptors WHERE model = ? AND content IN "
            "(SELECT value FROM json_each(?)) ORDER BY region",
            (self._model.key, json.dumps(numbers.tolist())),
        ).fetchall()
        contents = np.array([content for content, _, _ in found], np.int64)
        regions = np.array([region for _, region, _ in found], np.int64)
        joined = np.frombuffer(b"".join(vector for _, _, vector in found), np.float16)
        joined = joined.reshape(-1, self._model.dim)
        order = np.argsort(numbers)
        places = order[np.searchsorted(numbers, contents, sorter=order)]
        vectors = np.empty((len(rows), self._count, self._model.dim), np.float16)
        wholes = np.searchsorted(regions, 1)
        vectors[places[:wholes]] = joined[:wholes, None]
        vectors[places[wholes:], regions[wholes:]] = joined[wholes:]
        return vectors

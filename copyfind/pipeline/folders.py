"""From what was found to what folders have in common."""

from __future__ import annotations

import os

from copyfind.answers import Sharing
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.grouping.shared import count_elsewhere, sharing
from copyfind.paths import AnyPath, AnyPaths, all_encoded, as_path
from copyfind.pipeline.finding import find_copies
from copyfind.records import EXACT, Findings


def compare_folders(
    catalog: AnyPath, findings: Findings, *, within: AnyPaths = (), against: AnyPaths = ()
) -> Sharing:
    """How many pictures of each folder are in other folders too, by what was found in all of the
    catalog.

    within: only folders in these are told of. against: copies in these alone count, and these are
    not told of themselves. Raises CatalogError for a folder in which nothing is indexed.
    """
    with open_for_reading(as_path(catalog)) as db:
        known = Catalog(db)
        here, others = (
            [os.path.realpath(folder) for folder in all_encoded(folders)]
            for folders in (within, against)
        )
        known.expect((*here, *others))
        return sharing(
            (file for file, _ in known.present_files()),
            findings.clusters,
            roots=[root.path for root in known.roots()],
            against=others,
            within=here,
        )


def copies_elsewhere(catalog: AnyPath, within: AnyPaths) -> int:
    """How many files in these folders have the same bytes or pixels outside of them. Nothing is
    judged for it. Raises CatalogError."""
    here = [os.path.realpath(folder) for folder in all_encoded(within)]
    exact = find_copies(catalog, verify=False, tiers=EXACT)
    return count_elsewhere(exact.clusters, here)

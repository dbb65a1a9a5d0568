"""What folders have in common, from a catalog."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from copyfind.errors import CatalogError
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.folders import compare_folders, copies_elsewhere
from copyfind.pipeline.indexing import index_folders
from tests.photos import photo


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders that share a picture, and the catalog of both."""
    top = tmp_path_factory.mktemp("disk").resolve()
    for folder in ("library", "card"):
        (top / folder).mkdir()
    photo("coffee").save(top / "library/coffee.png")
    photo("chelsea").save(top / "library/cat.png")
    shutil.copy(top / "library/coffee.png", top / "card/1.png")
    index_folders(top / "library", catalog=top / "catalog.sqlite")
    index_folders(top / "card", catalog=top / "catalog.sqlite")
    return top


def test_every_present_file_counts(disk: Path) -> None:
    catalog = disk / "catalog.sqlite"

    found = compare_folders(catalog, find_copies(catalog), against=disk / "card")

    assert (found.total.files, found.total.identical) == (2, 1)
    assert found.only_here == (os.fsencode(disk / "library/cat.png"),)


def test_files_with_copies_outside_of_a_folder_are_counted(disk: Path) -> None:
    assert copies_elsewhere(disk / "catalog.sqlite", disk / "card") == 1
    assert copies_elsewhere(disk / "catalog.sqlite", [disk / "card", disk / "library"]) == 0


def test_a_folder_that_is_not_known_is_an_error(disk: Path) -> None:
    catalog = disk / "catalog.sqlite"

    with pytest.raises(CatalogError, match="nothing that is indexed lies in"):
        compare_folders(catalog, find_copies(catalog), within=disk / "elsewhere")

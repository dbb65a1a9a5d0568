"""What no scan of a parent enters, and how it is told."""

from __future__ import annotations

import os

import pytest

from copyfind.collection.scan import LeftOutLibrary, ListedFolder, ScanOptions, scan
from tests.collection.conftest import Folder

EVERYTHING = ScanOptions(hidden=True, follow_symlinks=True, hydrate=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Photos Library.photoslibrary", "Apple Photos library"),
        ("PHOTOS.PhotosLibrary", "Apple Photos library"),
        (".photoslibrary", "Apple Photos library"),
        ("old.photolibrary", "iPhoto library"),
        ("old.migratedphotolibrary", "iPhoto library"),
        ("a.aplibrary", "Aperture library"),
        ("Catalog Previews.lrdata", "Lightroom previews"),
        ("Cloud.lrlibrary", "Lightroom library"),
        ("Work.cocatalog", "Capture One catalog"),
        (".config/darktable", "darktable data"),
    ],
)
def test_a_library_is_told_but_not_entered(folder: Folder, name: str, kind: str) -> None:
    folder.add(f"deep/{name}/originals/0/a.jpg")
    met = [one for one in folder.scan(EVERYTHING) if not isinstance(one, ListedFolder)]
    assert met == [LeftOutLibrary(folder.at(f"deep/{name}"), kind)]


@pytest.mark.parametrize(
    ("mark", "kind"), [(".immich", "Immich storage"), (".ppstorage", "PhotoPrism storage")]
)
def test_the_folder_of_a_server_is_known_by_its_mark(folder: Folder, mark: str, kind: str) -> None:
    folder.add("upload/a.jpg")
    folder.add(f"upload/{mark}", b"")
    assert folder.scan(EVERYTHING)[1:] == [LeftOutLibrary(folder.at("upload"), kind)]


def test_photoprism_originals_lie_beside_its_storage(folder: Folder) -> None:
    folder.add("originals/a.jpg")
    assert folder.found() == ["originals/a.jpg"]
    folder.add("storage/.ppstorage", b"")
    assert folder.found() == []


def test_a_folder_of_exports_named_darktable_is_a_folder(folder: Folder) -> None:
    folder.add("darktable/a.jpg")
    assert folder.found() == ["darktable/a.jpg"]


def test_the_folder_in_which_digikam_keeps_its_database_holds_the_photos(folder: Folder) -> None:
    folder.add("digikam4.db")
    folder.add("a.jpg")
    assert folder.found() == ["a.jpg"]


@pytest.mark.parametrize("inside", ["", "originals", "originals/0"])
def test_a_library_or_a_part_of_it_is_scanned_when_named(folder: Folder, inside: str) -> None:
    path = folder.add("a.photoslibrary/originals/0/a.jpg")
    named = folder.at(os.path.join("a.photoslibrary", inside))
    assert path in [met.path for met in scan(named, ScanOptions())]


def test_a_library_in_a_library_that_was_named_is_left_out(folder: Folder) -> None:
    folder.add("a.lrlibrary/b.lrdata/a.jpg")
    kinds = [type(met) for met in scan(folder.at("a.lrlibrary"), ScanOptions())]
    assert kinds == [ListedFolder, LeftOutLibrary]


def test_an_excluded_library_is_not_told(folder: Folder) -> None:
    folder.add("a.photoslibrary/a.jpg")
    assert len(folder.scan(ScanOptions(exclude=("*.photoslibrary",)))) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"),
        *(".Trash", ".Trash-1000", ".Trashes", ".stversions", ".copyfind-quarantine"),
        *(".copyfind-quarantine-2", ".thumbnails", ".git", "$Recycle.Bin"),
    ],
)
def test_trash_thumbnails_and_quarantine_are_passed_over_whatever_is_asked(
    folder: Folder, name: str
) -> None:
    folder.add(f"deep/{name}/a.jpg")
    folder.add(f"deep/{name}/a")
    assert folder.found(EVERYTHING) == []


@pytest.mark.parametrize("name", ["._a.jpg", ".DS_Store", "Thumbs.db"])
def test_what_desktops_leave_beside_pictures_is_none(folder: Folder, name: str) -> None:
    folder.add(name)
    assert folder.found(EVERYTHING) == []

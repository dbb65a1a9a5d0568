"""The words of options that several commands share, as values."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
import typer

from copyfind.cleanup.files import Files
from copyfind.cleanup.trash import find_bin
from copyfind.cleanup.ways import surroundings
from copyfind.cli.options import as_bytes, cache_folder, default_catalog, parse_size
from copyfind.errors import CatalogError
from copyfind.report.fitting import shown_path


def test_the_catalog_lies_with_the_users_data_and_the_cache_apart(tmp_path: Path) -> None:
    # The folders of this user are those of the fixture `surroundings`.
    assert default_catalog() == tmp_path / "data" / "copyfind" / "catalog.sqlite"
    assert cache_folder() == tmp_path / "cache" / "copyfind"


def test_a_path_is_made_absolute_and_its_links_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    (tmp_path / "link").symlink_to("elsewhere")

    assert as_bytes(Path("link/a")) == os.fsencode(tmp_path / "link" / "a")
    assert as_bytes(Path("~/Photos")) == b"/home/ada/Photos"
    assert as_bytes(Path(os.fsdecode(b"/caf\xe9"))) == b"/caf\xe9"


@pytest.mark.parametrize(("text", "size"), [("10k", 10_000), ("1 MB", 1_000_000), (0, 0)])
def test_a_size_is_said_in_words(text: str | int, size: int) -> None:
    assert parse_size(text) == size


def test_what_is_no_size_is_wrong_usage() -> None:
    with pytest.raises(typer.BadParameter, match="large"):
        parse_size("large")


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder and without an entry in the list of users, as in containers."""

    def unknown(user: int) -> None:
        raise KeyError(user)

    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


@pytest.mark.usefixtures("homeless")
def test_without_a_home_folder_the_catalog_has_to_be_named() -> None:
    with pytest.raises(CatalogError, match="COPYFIND_CATALOG"):
        default_catalog()


@pytest.mark.usefixtures("homeless")
def test_without_a_home_folder_all_else_works(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.touch()
    known = surroundings(tmp_path / "catalog.sqlite")

    assert cache_folder() is None
    assert shown_path(b"/x/a.jpg") == "/x/a.jpg"
    assert find_bin(os.fsencode(photo), Files(), home=known.trash).top is not None


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_folders_that_an_older_version_left_open_are_mended(tmp_path: Path, umask: int) -> None:
    for name in ("data", "cache"):
        (tmp_path / name / "copyfind").mkdir(parents=True)
        (tmp_path / name / "copyfind").chmod(0o777 & ~umask)

    folders = [default_catalog().parent, cache_folder()]

    assert [folder.stat().st_mode & 0o777 for folder in folders if folder] == [0o700, 0o700]

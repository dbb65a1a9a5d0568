"""The words of options that several commands share, as values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from copyfind.cli.options import as_bytes, cache_folder, default_catalog, parse_size


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

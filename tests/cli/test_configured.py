"""Defaults of one's own, from two files."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.cli.configured import BESIDE, TAKING, catalog_of, config_files, configured
from copyfind.errors import ConfigError


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """The path of a catalog; the user's folder for configurations is there."""
    config_files(tmp_path / "c.sqlite")[0].parent.mkdir(parents=True)
    return tmp_path / "c.sqlite"


def write(catalog: Path, own: str = "", beside: str = "") -> list[Path]:
    files = config_files(catalog)
    for file, text in zip(files, (own, beside), strict=True):
        if text:
            file.write_text(text, encoding="utf-8")
    return files


def test_without_files_there_are_no_defaults(catalog: Path) -> None:
    assert configured(catalog).values == {}


def test_what_stands_beside_the_catalog_goes_first(catalog: Path) -> None:
    files = write(
        catalog,
        own='keep = "oldest"\neffort = "fast"\nexclude = ["*.gif"]',
        beside='effort = "thorough"\nreference = ["~/Archive", "kept"]',
    )

    found = configured(catalog)

    assert found.values == {
        "keep": "oldest",
        "effort": "thorough",
        "exclude": ["*.gif"],
        "reference": [str(Path("~/Archive").expanduser()), str(catalog.parent / "kept")],
    }
    assert found.sources["effort"] == files[1] == catalog.with_name(BESIDE)
    assert found.sources["keep"] == files[0]
    assert found.for_command("index") == {"exclude": ["*.gif"]}
    assert "exclude" not in found.for_command("dupes")
    assert (found.text("keep"), found.texts("exclude")) == ("oldest", ["*.gif"])
    assert (found.text("model"), found.texts("nothing")) == (None, [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keep = 3", "keep must be a text"),
        ('keep = "oldest,biggest"', "keep knows no rule 'biggest', only: largest, "),
        ('exclude_preset = ["cats"]', "must be a list of some of thumbnails, apps, developer"),
        ('exclude_preset = "apps"', "exclude_preset must be a list"),
        ('exclude = "*.gif"', "exclude must be a list of texts"),
        ('effort = "most"', "effort must be one of fast, normal, thorough"),
        ('action = "delete"', "action must be one of quarantine"),
        ('colour = "red"', "there is no key 'colour', only: exclude, exclude_preset, "),
        ("keep = ", "is no TOML"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_file(
    catalog: Path, text: str, says: str
) -> None:
    write(catalog, beside=text)

    with pytest.raises(ConfigError, match=f"{BESIDE}.* {says}|{BESIDE}: {says}"):
        configured(catalog)


@pytest.mark.parametrize(
    "words", [["dupes", "--catalog", "x.sqlite"], ["--catalog=x.sqlite", "dupes"]]
)
def test_the_catalog_is_the_one_that_is_typed(words: list[str]) -> None:
    assert catalog_of(words) == Path("x.sqlite")


def test_else_it_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert catalog_of(["dupes"]) == tmp_path / "catalog.sqlite"
    monkeypatch.delenv("COPYFIND_CATALOG")
    assert catalog_of(["dupes", "--catalog"]).name == "catalog.sqlite"


def test_what_looks_after_the_catalog_needs_no_defaults() -> None:
    assert not TAKING & {"status", "check", "apply", "undo", "config"}

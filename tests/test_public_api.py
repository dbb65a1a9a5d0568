"""`from copyfind import ...`: what is promised is there, documented, typed, and silent."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import copyfind
from copyfind import (
    CatalogError,
    Findings,
    Progress,
    ScanOptions,
    Tier,
    compare_images,
    find_copies,
    findings_as_csv,
    findings_as_json,
    index_folders,
    search_images,
)
from copyfind.answers import Answer, Comparison
from copyfind.watch import Watch
from tests.photos import photo


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A photo, the same pixels in another file, and another photo."""
    folder = tmp_path.resolve() / "photos"
    folder.mkdir()
    coffee = photo("coffee")
    coffee.save(folder / "coffee.png")
    coffee.save(folder / "coffee.tif")
    photo("chelsea").save(folder / "cat.png")
    return folder


def test_every_name_is_there_once_and_in_order() -> None:
    assert copyfind.__all__ == sorted(set(copyfind.__all__))
    assert all(hasattr(copyfind, name) for name in copyfind.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = copyfind.nonsense


@pytest.mark.parametrize("name", copyfind.__all__)
def test_every_name_is_documented_by_itself(name: str) -> None:
    thing = getattr(copyfind, name)

    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}(")  # what a dataclass says without one


FUNCTIONS = [name for name in copyfind.__all__ if inspect.isfunction(getattr(copyfind, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_typed(name: str) -> None:
    signature = inspect.signature(getattr(copyfind, name))

    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_optional_is_given_by_name(name: str) -> None:
    for parameter in list(inspect.signature(getattr(copyfind, name)).parameters.values())[1:]:
        optional = parameter.default is not inspect.Parameter.empty
        assert not optional or parameter.kind is inspect.Parameter.KEYWORD_ONLY


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(copyfind.__file__).parent / "py.typed").is_file()


def test_the_whole_way_prints_nothing(
    album: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    catalog, steps = tmp_path / "catalog.sqlite", list[Progress]()

    summary = index_folders(
        [bytes(album)],
        catalog=catalog,
        options=ScanOptions(),
        watch=Watch(on_progress=steps.append),
    )
    findings = find_copies(catalog)
    (answer,) = search_images([bytes(album / "cat.png")], catalog=catalog)
    comparison = compare_images(bytes(album / "coffee.png"), bytes(album / "cat.png"))

    assert (summary.files, summary.described) == (3, 3)
    assert steps
    assert isinstance(findings, Findings)
    assert [cluster.tier for cluster in findings.clusters] == [Tier.SAME_PIXELS]
    assert isinstance(answer, Answer)
    assert answer.matches[0].tier is Tier.IDENTICAL
    assert isinstance(comparison, Comparison)
    assert comparison.tier is None
    assert findings_as_json(findings).startswith("{")
    assert findings_as_csv(findings).startswith("cluster,")
    assert capfd.readouterr() == ("", "")


def test_trouble_is_an_error_that_can_be_caught(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalog at"):
        find_copies(tmp_path / "none.sqlite")


def test_the_example_of_the_documentation_runs(album: Path, tmp_path: Path) -> None:
    lines = (copyfind.__doc__ or "").splitlines()
    example = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))
    program = tmp_path / "example.py"
    program.write_text(
        example.replace("/home/me/Photos", str(album)).replace(
            '"photos.sqlite"', repr(str(tmp_path / "photos.sqlite"))
        ),
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, program],
        env=os.environ | {"PYTHONPATH": str(Path(copyfind.__file__).parents[1])},
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
    assert done.stdout.startswith("same-pixels ")
    assert "coffee" in done.stdout

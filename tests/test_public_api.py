"""`from copyfind import ...`: what is promised is there, documented, typed, and silent."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from enum import EnumType
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

import copyfind
from copyfind import (
    Answer,
    CatalogError,
    Comparison,
    Findings,
    Progress,
    ScanOptions,
    Tier,
    Watch,
    check_catalog,
    compare_images,
    find_copies,
    findings_as_csv,
    findings_as_json,
    index_folders,
    search_images,
    totals_of,
)
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


def test_what_programs_see_is_what_type_checkers_see() -> None:
    tree = ast.parse(Path(copyfind.__file__).read_text(encoding="utf-8"))
    checked = {
        alias.name: statement.module
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }

    assert sorted(checked) == copyfind.__all__
    assert all(
        getattr(import_module(home or ""), name) is getattr(copyfind, name)
        for name, home in checked.items()
    )


def test_nothing_else_is_listed() -> None:
    assert [name for name in dir(copyfind) if not name.startswith("__")] == copyfind.__all__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = copyfind.nonsense


@pytest.mark.parametrize("name", copyfind.__all__)
def test_every_name_is_documented_by_itself(name: str) -> None:
    thing = getattr(copyfind, name)

    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}(")  # what a dataclass says without one


ARRAYS = ("Bools", "Floats", "Halves", "Ints", "Pixels")  # of records, where numpy is not loaded
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


def hints(thing: object) -> list[Any]:
    """The types that a function or a class names."""
    return list(get_type_hints(thing, localns=dict.fromkeys(ARRAYS, np.ndarray)).values())


def parts(hint: Any) -> Iterator[type]:
    """The classes of copyfind in a type."""
    if isinstance(hint, list):  # what a callable takes
        for inner in hint:
            yield from parts(inner)
    for inner in get_args(hint):
        yield from parts(inner)
    if isinstance(hint, type) and hint.__module__.partition(".")[0] == "copyfind":
        yield hint


def members(thing: type) -> Iterator[Any]:
    """The types of the fields of a record, and of what an implementation of a protocol needs."""
    if is_dataclass(thing):
        yield from hints(thing)
    if getattr(thing, "_is_protocol", False):
        for name, member in vars(thing).items():
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) and (name == "__call__" or not name.startswith("_")):
                yield from hints(function)


def met() -> set[type]:
    """All classes of copyfind that a caller of the public functions has to do with."""
    found: set[type] = set()
    waiting = [hint for name in FUNCTIONS for hint in hints(getattr(copyfind, name))]
    while waiting:
        for thing in set(parts(waiting.pop())) - found:
            found.add(thing)
            waiting += members(thing)
    return found


def test_every_type_that_a_program_meets_is_exported() -> None:
    things = met()

    assert {"Plan", "Facts", "Opened", "Progress"} <= {thing.__name__ for thing in things}
    assert {t for t in things if getattr(copyfind, t.__name__, None) is not t} == set()


def test_every_record_that_is_exported_is_met() -> None:
    exported = {getattr(copyfind, name) for name in copyfind.__all__}
    records = {thing for thing in exported if is_dataclass(thing) or isinstance(thing, EnumType)}

    assert records - met() == {copyfind.Stage}  # of a Progress, which may name other stages too


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


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_paths_may_be_of_any_kind_and_one_may_stand_for_itself(
    album: Path, tmp_path: Path, kind: Callable[[Path], str | bytes | Path]
) -> None:
    catalog, cache = kind(tmp_path / "catalog.sqlite"), kind(tmp_path / "cache")

    assert index_folders(kind(album), catalog=catalog, cache=cache).described == 3
    assert index_folders(paths=kind(album / "cat.png"), catalog=catalog).files == 1
    findings = find_copies(catalog, within=kind(album), references=[kind(album)], cache=cache)
    (answer,) = search_images(kind(album / "cat.png"), catalog=catalog, cache=cache)
    comparison = compare_images(kind(album / "coffee.png"), kind(album / "coffee.tif"))

    assert len(findings.clusters) == 1
    assert totals_of(findings.clusters).clearable.files == 0  # all is in a folder of reference
    assert isinstance(answer, Answer)
    assert answer.query == os.fsencode(album / "cat.png")
    assert isinstance(comparison, Comparison)
    assert comparison.tier is Tier.SAME_PIXELS
    assert check_catalog(catalog, deep=True).files == 3


def test_what_is_no_path_is_a_type_error(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="int"):
        index_folders([5], catalog=tmp_path / "catalog.sqlite")  # type: ignore[list-item] # on purpose
    with pytest.raises(TypeError, match="NoneType"):
        find_copies(None)  # type: ignore[arg-type] # on purpose


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

"""Who may import whom, what a command must not wait for, and how large a module or a list of
parameters grows. Reads the source; runs children."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import copyfind

PACKAGE = Path(copyfind.__file__).parent
# Imports go to a lower rank only, and packages of one rank do not know each other. The words at the
# top are everyone's and know nothing but each other.
WORDS = (
    *("errors", "records", "plans", "answers", "paths", "verdict", "trees"),
    *("cores", "watch", "whole_file", "private", "telemetry", "totals", "version"),
)
RANKS = {
    **dict.fromkeys(WORDS, 1),
    **dict.fromkeys(("imaging", "descriptor", "search", "report"), 2),
    **dict.fromkeys(("collection", "evidence", "grouping", "metadata", "evaluate"), 3),
    **dict.fromkeys(("units", "learn"), 4),
    **dict.fromkeys(("pipeline", "cleanup"), 5),
    **dict.fromkeys(("review", "remote"), 6),
    "__init__": 7,
    "cli": 8,
    "__main__": 9,
}
HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "faiss",
    "onnxruntime",
    "numpy",
    "PIL",
    "sqlite_utils",
    "starlette",
    "uvicorn",
    "jinja2",
    "obstore",
    "pyarrow",
    "ray",
)

TESTS = Path(__file__).parent
TOO_SMALL_FOR_A_TEST = 30  # lines: a module up to here is shown by the tests of what uses it
TOO_LONG = 400  # lines
LONG_AT_MOST = 3  # modules
PARAMETERS_AT_MOST = 8
# Modules of more than thirty lines whose tests have another name, and why. Nothing else may.
TESTED_ELSEWHERE: dict[str, str] = {
    "answers": "records without behaviour, which searching and comparing fill",
    "remote.candidates": "which pairs are judged: tests/remote/test_finding.py, by the report",
    "remote.here": "runs what is given to it: tests/remote/test_finding.py",
    "remote.judging": "needs a run and workers: tests/remote/test_finding.py",
    "remote.keeping": "fills a catalog from a run: tests/remote/test_finding.py",
    "remote.searching": "tests/cli/test_runs.py, with a run",
    "review.tools": "a record of what a review is given; all of its tests use it",
}
# The long ones, and why each stays one module.
LONG = {
    "records": "what stages hand to each other, in their order",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """`collection/scan.py` -> `collection.scan`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""


def forbidden_to(package: str) -> Iterator[tuple[str, str]]:
    """(module, import) pairs inside copyfind that break the order of ranks."""
    for path in modules():
        name = name_of(path)
        if name.partition(".")[0] != package:
            continue
        for imported in imports(path):
            target = imported.removeprefix("copyfind").lstrip(".").partition(".")[0]
            ours = imported.partition(".")[0] == "copyfind"
            if not ours or target == package or (package in WORDS and target in WORDS):
                continue
            if RANKS[target or "__init__"] >= RANKS[package]:
                yield name, imported


PACKAGES = sorted({name_of(path).partition(".")[0] for path in modules()})


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_to_a_lower_rank_only(package: str) -> None:
    assert set(forbidden_to(package)) == set()


def test_nothing_is_loose_at_the_top_but_the_words_that_everyone_knows() -> None:
    loose = {path.stem for path in PACKAGE.glob("*.py")}

    assert loose == {*WORDS, "__init__", "__main__"}


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("torch", {"descriptor", "learn", "evaluate"}),
        ("torchvision", {"descriptor", "learn", "evaluate"}),
        ("timm", {"descriptor", "learn", "evaluate"}),
        ("onnxruntime", {"descriptor", "evaluate"}),
        ("faiss", {"search.faiss_import"}),
        ("typer", {"cli"}),
        ("starlette", {"review"}),
        ("uvicorn", {"review"}),
        ("jinja2", {"report"}),
        ("watchfiles", {"collection.changes"}),
        ("sqlite_utils", {"collection.sqlite_utils_import"}),
        ("obstore", {"remote.store", "remote.odd_keys"}),
        ("pyarrow", {"remote", "evaluate"}),
        ("ray", {"remote"}),
    ],
)
def test_a_library_is_used_in_its_place_only(library: str, homes: set[str]) -> None:
    users = {
        name_of(path)
        for path in modules()
        if any(imported.partition(".")[0] == library for imported in imports(path))
    }

    assert {name for name in users if not {name, name.partition(".")[0]} & homes} == set()


def test_torchvision_is_imported_by_one_module() -> None:
    users = {name_of(p) for p in modules() if '"torchvision"' in p.read_text(encoding="utf-8")}

    assert users == {"descriptor.torchvision_import"}


def test_nothing_prints_outside_of_the_command_line() -> None:
    speakers = {
        name_of(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Name) and node.id == "print")
        or (
            isinstance(node, ast.Attribute)
            and node.attr in ("stdout", "stderr")
            and isinstance(node.value, ast.Name)
            and node.value.id == "sys"
        )
    }

    assert {name for name in speakers if not name.startswith("cli.")} == set()


def test_no_import_cycle_is_hidden_behind_type_checking() -> None:
    hidden = {
        name_of(path): imported
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        and (imported := statement.module or "").startswith("copyfind")
    }

    # Names of the package load when they are first used, commands name heavy types; nobody below
    # imports either, so no cycle can hide there.
    assert {name for name in hidden if not name.startswith(("__init__", "cli."))} == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_every_module_says_in_its_first_line_what_it_is(path: Path) -> None:
    assert (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_has_a_test_of_its_name() -> None:
    without = {
        name_of(path)
        for path in modules()
        if not path.stem.startswith("__")
        and lines_of(path) > TOO_SMALL_FOR_A_TEST
        and not (TESTS / path.relative_to(PACKAGE).parent / f"test_{path.stem}.py").is_file()
    }

    assert without - set(TESTED_ELSEWHERE) == set(), "give each a tests/ROOM/test_NAME.py"
    assert set(TESTED_ELSEWHERE) - without == set(), "take these off TESTED_ELSEWHERE"


def test_few_modules_are_long() -> None:
    long = {name_of(path) for path in modules() if lines_of(path) > TOO_LONG}

    assert long - set(LONG) == set(), f"split what has more than {TOO_LONG} lines"
    assert set(LONG) - long == set(), "take these off LONG"
    assert len(LONG) <= LONG_AT_MOST


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of a module by its full name, and how many parameters a caller sees."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named = node.args.posonlyargs + node.args.args
            bound = bool(named) and named[0].arg in ("self", "cls")
            yield f"{name_of(path)}.{node.name}", len(named) - bound + len(node.args.kwonlyargs)


def test_no_function_has_many_parameters_but_the_public_ways() -> None:
    many = {
        name
        for path in modules()
        for name, count in functions(path)
        if count > PARAMETERS_AT_MOST
        and not name.startswith("cli.")
        and name.rpartition(".")[2] not in copyfind.__all__
    }

    assert many == set(), "gather what belongs together into one record"


def loaded_after(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter has loaded after a statement."""
    program = f"import sys\n{statement}\nsys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stderr.split() if name in HEAVY}


def test_the_command_line_loads_nothing_heavy() -> None:
    assert loaded_after("import copyfind.cli.app") == set()


def test_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import copyfind") == set()


def test_decoding_workers_load_no_network() -> None:
    assert loaded_after("import copyfind.imaging.worker, copyfind.imaging.decode") <= {
        "numpy",
        "PIL",
    }


COUNTED = """
import sys
calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call"
sys.setprofile(count)
from copyfind.cli.app import main
try:
    main(["--help"])
finally:
    sys.setprofile(None)
    sys.stderr.write(f"{calls} {' '.join(sys.modules)}")
"""


def test_help_loads_little_and_computes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNTED],
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    calls, *loaded = done.stderr.split()

    # Calls of Python functions, the same whatever else the machine does. They are 130,000, which
    # takes 0.19 s of one core; numpy alone would make 50,000 more.
    assert int(calls) < 170_000
    assert set(loaded) & set(HEAVY) == set()

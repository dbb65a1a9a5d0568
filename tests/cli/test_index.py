"""copyfind index: bring the catalog up to date."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import copyfind.descriptor.embed
import copyfind.pipeline.indexing
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.scan import Met, ScanOptions
from copyfind.descriptor.engines import Engine, onnx_engine
from copyfind.descriptor.weights import DEFAULT_MODEL, Weights, find_weights
from copyfind.imaging.readers import Readers
from copyfind.records import Floats, Pixels
from tests.cli.conftest import Collection, Ran, Run


def known(album: Collection) -> set[str]:
    """The names of the files that the catalog holds as present."""
    with open_for_reading(album.catalog) as db:
        paths = [os.fsdecode(file.path) for file, _ in Catalog(db).present_files()]
    return {os.path.relpath(path, album.folder) for path in paths}


def notes(ran: Ran) -> list[dict[str, Any]]:
    """The lines of --json-log."""
    return [json.loads(line) for line in ran.err.splitlines()]


def summary(ran: Ran) -> dict[str, Any]:
    return next(note for note in notes(ran) if "described" in note)


def test_a_run_says_what_it_did_and_nothing_on_stdout(run: Run, album: Collection) -> None:
    album.add("a.png")
    album.add("b.png", "chelsea")

    ran = run("index", album.folder)

    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("2 pictures, ")
    assert ": 2 read, 2 described in " in ran.err
    assert [line.split()[0] for line in ran.err.splitlines()] == ["2", "next:"]


def test_a_second_run_reads_nothing(run: Run, album: Collection) -> None:
    album.add("a.png")
    run("index", album.folder)

    ran = run("index", album.folder, "--json-log")

    assert (summary(ran)["files"], summary(ran)["read"]) == (1, 0)


def test_what_gives_no_picture_is_named_and_counts_in_the_exit_code(
    run: Run, album: Collection
) -> None:
    album.at("letter.jpg").write_text("Dear all")

    ran = run("index", album.folder)

    assert (ran.code, ran.out) == (3, "")
    assert "1 file skipped:" in ran.err.splitlines()
    assert f"  {album.at('letter.jpg')}: " in ran.err


def test_many_skipped_files_are_not_all_named(run: Run, album: Collection) -> None:
    for number in range(7):
        album.at(f"{number}.jpg").write_text(f"letter {number}")

    ran = run("index", album.folder)

    assert "7 files skipped:" in ran.err
    assert "  and 2 more; see: copyfind status --errors\n" in ran.err


def test_files_that_are_gone_are_counted(run: Run, album: Collection) -> None:
    gone = album.add("a.png")
    run("index", album.folder)
    gone.unlink()

    ran = run("index", album.folder)

    assert "1 file gone since the last run; forget them with: copyfind prune" in ran.err


def test_a_photo_library_that_was_left_out_is_named(run: Run, album: Collection) -> None:
    album.add("a.png")
    library = album.at("My.photoslibrary")
    (library / "originals").mkdir(parents=True)

    ran = run("index", album.folder)

    assert f"left out {library}: photo libraries are entered only when named" in ran.err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], {"a.png", "sub/b.png", "large.bmp"}),
        (["--exclude", "sub/"], {"a.png", "large.bmp"}),
        (["-x", "a.*", "-x", "*.bmp"], {"sub/b.png"}),
        (["--hidden"], {"a.png", "sub/b.png", "large.bmp", ".hidden.png"}),
        (["--follow-symlinks"], {"a.png", "sub/b.png", "large.bmp", "../elsewhere/c.png"}),
        (["--min-size", "200kB"], {"large.bmp"}),
    ],
)
def test_options_decide_what_is_taken(
    run: Run, album: Collection, words: list[str], names: set[str]
) -> None:
    for name in ("a.png", "sub/b.png", "large.bmp", ".hidden.png", "../elsewhere/c.png"):
        album.add(name)
    album.at("link").symlink_to(album.at("../elsewhere"))

    run("index", album.folder, "--workers", "1", *words)

    assert known(album) == names


@pytest.mark.parametrize(
    ("word", "option"), [("--one-file-system", "one_file_system"), ("--hydrate", "hydrate")]
)
def test_what_needs_other_volumes_and_clouds_is_handed_to_the_scan(
    run: Run, album: Collection, monkeypatch: pytest.MonkeyPatch, word: str, option: str
) -> None:
    asked: list[bool] = []

    def scan(_root: bytes, options: ScanOptions) -> Iterator[Met]:
        asked.append(getattr(options, option))
        return iter(())

    monkeypatch.setattr(copyfind.pipeline.indexing, "scan", scan)

    run("index", album.folder, word)
    run("index", album.folder)

    assert asked == [True, False]


def feed(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


@pytest.mark.parametrize(
    ("words", "end"), [(["--stdin"], b"\n"), (["--stdin", "-0"], b"\0"), (["--null"], b"\0")]
)
def test_paths_may_come_from_standard_input(
    run: Run, album: Collection, monkeypatch: pytest.MonkeyPatch, words: list[str], end: bytes
) -> None:
    album.add("a.png")
    album.add("b.png", "chelsea")
    album.add("not listed.png", "rocket")
    monkeypatch.chdir(album.folder)
    feed(monkeypatch, end.join([b"a.png", bytes(album.at("b.png")), b""]))

    ran = run("index", *words, "--json-log")

    assert (ran.code, summary(ran)["files"]) == (0, 2)


def test_a_list_that_ends_lines_with_zeros_may_hold_newlines(
    run: Run, album: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = album.add("two\nlines.png")
    feed(monkeypatch, bytes(path) + b"\0")

    ran = run("index", "-0", "--json-log")

    assert (ran.code, summary(ran)["files"]) == (0, 1)


def test_with_nothing_to_index_the_usage_is_shown(run: Run) -> None:
    ran = run("index")

    assert ran.code == 2
    assert "name a folder, or give paths with --stdin" in ran.err


def test_what_is_unchanged_is_read_again_where_that_is_asked_for(
    run: Run, album: Collection
) -> None:
    album.add("one.png")
    run("index", album.folder)

    ran = run("index", "--reread")

    assert ran.code == 0
    assert "1 picture" in ran.err
    assert "1 read, 0 described" in ran.err


def test_a_pattern_that_is_none_is_wrong_usage(run: Run, album: Collection) -> None:
    ran = run("index", album.folder, "--exclude", "!")

    assert ran.code == 2
    assert "not a pattern in .gitignore syntax" in ran.err


def test_a_folder_that_is_not_there_is_an_error_that_says_what_to_do(
    run: Run, album: Collection
) -> None:
    ran = run("index", album.at("missing"))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"copyfind: '{album.at('missing')}' does not exist; check the spelling, "
        "or connect the volume it is on\n"
    )


def test_the_number_of_workers_is_as_asked_for(
    run: Run, album: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.add("a.png")
    asked: list[int] = []

    class Counting(Readers):
        def __init__(self, *, workers: int, side: int) -> None:
            asked.append(workers)
            super().__init__(workers=workers, side=side)

    monkeypatch.setattr(copyfind.pipeline.indexing, "Readers", Counting)

    ran = run("index", album.folder, "--workers", "1")

    assert (ran.code, asked) == (0, [1])


@pytest.mark.parametrize("words", [["--workers", "0"], ["--batch-size", "0"], ["--device", "tpu"]])
def test_a_value_out_of_range_is_wrong_usage(run: Run, album: Collection, words: list[str]) -> None:
    ran = run("index", album.folder, *words)

    assert ran.code == 2
    assert words[0] in ran.err


def test_a_device_that_is_not_there_is_an_error(run: Run, album: Collection) -> None:
    album.add("a.png")

    ran = run("index", album.folder, "--device", "mps")

    assert ran.code == 1
    assert ran.err == "copyfind: no mps device on this machine; use --device auto or --device cpu\n"


def test_the_batch_size_reaches_the_network(
    run: Run, album: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("coffee", "chelsea", "astronaut", "rocket"):
        album.add(f"{name}.png", name)
    passes: list[int] = []

    def counting(weights: Weights) -> Engine | None:
        engine = onnx_engine(weights)
        assert engine is not None

        def run(pictures: Pixels) -> Floats:
            passes.append(len(pictures))
            return engine(pictures)

        return run

    monkeypatch.setattr(copyfind.descriptor.embed, "onnx_engine", counting)

    run("index", album.folder, "--batch-size", "3", "--device", "cpu")

    assert sorted(passes) == [1, 3]


def test_a_weights_file_may_be_named(run: Run, album: Collection, tmp_path: Path) -> None:
    album.add("a.png")
    weights = tmp_path / find_weights(DEFAULT_MODEL).name
    shutil.copy(find_weights(DEFAULT_MODEL), weights)
    shutil.copy(find_weights(DEFAULT_MODEL).with_suffix(".onnx"), weights.with_suffix(".onnx"))

    ran = run("index", album.folder, "--model", weights)

    assert ran.code == 0
    assert "lite0-256" in run("status").out


def test_a_model_that_is_not_there_is_an_error_that_names_those(
    run: Run, album: Collection
) -> None:
    ran = run("index", album.folder, "--model", "other")

    assert ran.code == 1
    assert ran.err == (
        "copyfind: no model 'other': neither a file nor bundled (there are: lite0-128, lite0-256)\n"
    )


def test_while_another_writes_it_says_who(run: Run, album: Collection) -> None:
    with open_for_writing(album.catalog, holder="index"):
        ran = run("index", album.folder)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith(f"copyfind: copyfind index (process {os.getpid()}, since ")
    assert ran.err.endswith("wait until it has finished, or stop it\n")


def test_the_catalog_may_be_named(run: Run, album: Collection, tmp_path: Path) -> None:
    album.add("a.png")

    ran = run("index", album.folder, "--catalog", tmp_path / "deep" / "other.sqlite")

    assert ran.code == 0
    assert (tmp_path / "deep" / "other.sqlite").is_file()
    assert not album.catalog.exists()


@pytest.mark.parametrize("pattern", ["small.*", "camera/", "*.tif"])
def test_what_is_excluded_now_is_not_called_gone(
    run: Run, collection: Collection, tmp_path: Path, pattern: str
) -> None:
    own = tmp_path / "own.sqlite"  # the collection's is everybody's
    with closing(sqlite3.connect(collection.catalog)) as db:
        db.execute("VACUUM INTO ?", (str(own),))

    ran = run("index", collection.folder, "--exclude", pattern, "--catalog", own)

    assert "gone since" not in ran.err
    assert "left out of this run" in ran.err

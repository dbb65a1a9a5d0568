"""Real worker processes, fed with files that end them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from copyfind.imaging.decode import pixel_hash
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import ReadJob
from copyfind.records import FoundFile, Problem, ReadFile, Unreadable
from tests.imaging.drawing import SIDE, as_bytes, drawn, found, picture
from tests.imaging.orders import read_or_suffer


def read_all(files: list[FoundFile]) -> list[ReadFile | Unreadable]:
    with Readers(workers=2, side=SIDE, read_with=partial(read_or_suffer, side=SIDE)) as readers:
        return list(readers.read(ReadJob(file) for file in files))


def only_one_suffers(folder: Path, name: str) -> Unreadable:
    """Read the file `name` between others; they must be unharmed, and it must keep its hash."""
    before = [picture(folder, f"a{number}", seed=number) for number in range(6)]
    after = [picture(folder, f"b{number}", seed=number) for number in range(6)]
    victim = picture(folder, name)

    results = read_all([*before, victim, *after])

    assert [r.file.path for r in results if isinstance(r, ReadFile) and r.picture] == [
        file.path for file in before + after
    ]
    result = results[len(before)]
    assert isinstance(result, ReadFile)
    content = Path(os.fsdecode(victim.path)).read_bytes()
    assert result.sha256 == hashlib.sha256(content).digest()
    assert result.problem is not None
    return result.problem


def test_files_are_read_in_order(tmp_path: Path) -> None:
    files = [picture(tmp_path, f"slow-{n}" if n % 7 == 0 else f"{n}", seed=n) for n in range(30)]

    results = read_all(files)

    assert [r.file for r in results if isinstance(r, ReadFile)] == files
    for file, result in zip(files, results, strict=True):
        content = Path(os.fsdecode(file.path)).read_bytes()
        assert isinstance(result, ReadFile)
        assert result.picture is not None
        assert result.sha256 == hashlib.sha256(content).digest()
        assert result.picture.pixels == pixel_hash(content)


def test_a_crash_costs_one_file_but_not_its_hash(tmp_path: Path) -> None:
    problem = only_one_suffers(tmp_path, "abort")

    assert problem.problem is Problem.CRASHED
    assert "crashed" in problem.reason


def test_an_error_in_the_decoder_costs_one_file(tmp_path: Path) -> None:
    problem = only_one_suffers(tmp_path, "raise")

    assert problem.problem is Problem.CRASHED
    assert "on purpose" in problem.reason


def test_many_bad_files_in_a_row(tmp_path: Path) -> None:
    names = ["exit", "raise", "ok", "exit-2", "exit-3", "ok-2"]

    results = read_all([picture(tmp_path, name) for name in names])

    assert [isinstance(r, ReadFile) and r.picture is not None for r in results] == [
        name.startswith("ok") for name in names
    ]


def test_jobs_are_drawn_only_a_bounded_number_ahead(tmp_path: Path) -> None:
    file = picture(tmp_path, "one")
    drawn_jobs = 0

    def endless() -> Iterator[ReadJob]:
        nonlocal drawn_jobs
        while True:
            drawn_jobs += 1
            yield ReadJob(file)

    with Readers(workers=2, side=SIDE) as readers:
        results = readers.read(endless())
        for _ in range(10):
            next(results)

    assert drawn_jobs < 100


def test_troubles_with_the_file_are_told_apart(tmp_path: Path) -> None:
    gone = picture(tmp_path, "gone")
    (tmp_path / "gone").unlink()
    folder = tmp_path / "folder"
    folder.mkdir()
    empty = tmp_path / "empty"
    empty.touch()

    results = read_all([gone, found(folder), found(empty)])

    assert isinstance(results[0], Unreadable)
    assert results[0].problem is Problem.VANISHED
    assert isinstance(results[1], Unreadable)
    assert results[1].problem in {Problem.IO, Problem.PERMISSION}  # the latter on Windows
    assert isinstance(results[2], ReadFile)
    assert results[2].problem is not None
    assert results[2].problem.problem is Problem.EMPTY
    assert results[2].sha256 == hashlib.sha256(b"").digest()


def test_pixel_hashes_come_in_order_with_their_files(tmp_path: Path) -> None:
    files = [picture(tmp_path, f"{n}", seed=n) for n in range(5)]
    (tmp_path / "bad").write_bytes(b"text")
    stale = picture(tmp_path, "stale")
    (tmp_path / "stale").write_bytes(as_bytes(drawn(99, 99), "PNG"))

    with Readers(workers=2, side=SIDE) as readers:
        results = list(readers.pixel_hashes([*files, found(tmp_path / "bad"), stale]))

    assert [file for file, _ in results[:5]] == files
    assert [hashed for _, hashed in results[:5]] == [
        pixel_hash(Path(os.fsdecode(file.path)).read_bytes()) for file in files
    ]
    problems = [r.problem for _, r in results[5:] if isinstance(r, Unreadable)]
    assert problems == [Problem.NOT_A_PICTURE, Problem.CHANGING]

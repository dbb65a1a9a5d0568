"""Real worker processes, fed with files that end them."""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from copyfind.imaging.decode import pixel_hash
from copyfind.imaging.readers import Readers
from copyfind.imaging.reading import ReadJob, read_file
from copyfind.records import FoundFile, Problem, ReadFile, Unreadable
from tests.imaging.drawing import SIDE, as_bytes, drawn, found, picture

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and rights of POSIX")


def read_or_suffer(job: ReadJob) -> ReadFile | Unreadable:
    """Do what the file's name says, as a broken decoder might; decode all others."""
    name = os.path.basename(job.file.path)  # noqa: PTH119 - of bytes
    match name.split(b"-")[0]:
        case b"segfault":
            ctypes.string_at(0)
        case b"abort":
            os.abort()
        case b"exit":
            os._exit(3)
        case b"hang":
            time.sleep(600)
        case b"eat":
            eaten = []
            while True:
                eaten.append(b"x" * (8 << 20))
                time.sleep(0.002)
        case b"raise":
            raise ZeroDivisionError("on purpose")
        case b"print":
            os.write(1, b"a library that prints\n")
        case b"slow":
            time.sleep(0.3)
        case b"once":
            mark = Path(os.fsdecode(job.file.path) + ".mark")
            if not mark.exists():
                mark.touch()
                os._exit(3)
    return read_file(job, side=SIDE)


def read_all(files: list[FoundFile], **limits: float) -> list[ReadFile | Unreadable]:
    with Readers(
        workers=2,
        side=SIDE,
        time_limit=limits.get("time_limit", 30),
        memory_limit=int(limits.get("memory_limit", 1 << 30)),
        read_with=read_or_suffer,
    ) as readers:
        return list(readers.read(ReadJob(file) for file in files))


def only_one_suffers(folder: Path, name: str, **limits: float) -> Unreadable:
    """Read the file `name` between others; they must be unharmed, and it must keep its hash."""
    before = [picture(folder, f"a{number}", seed=number) for number in range(6)]
    after = [picture(folder, f"b{number}", seed=number) for number in range(6)]
    victim = picture(folder, name)

    results = read_all([*before, victim, *after], **limits)

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


@pytest.mark.parametrize("how", ["segfault", "abort", "exit"])
def test_a_crash_costs_one_file(tmp_path: Path, how: str) -> None:
    problem = only_one_suffers(tmp_path, how)

    assert problem.problem is Problem.CRASHED
    assert "crashed" in problem.reason


def test_a_hang_costs_one_file_and_its_time_limit(tmp_path: Path) -> None:
    started = time.monotonic()

    problem = only_one_suffers(tmp_path, "hang", time_limit=4)

    assert problem.problem is Problem.TIMED_OUT
    assert "4 s" in problem.reason
    assert time.monotonic() - started < 20


def test_eating_memory_costs_one_file(tmp_path: Path) -> None:
    problem = only_one_suffers(tmp_path, "eat", memory_limit=300e6)

    assert problem.problem is Problem.OUT_OF_MEMORY
    assert "0.30 GB" in problem.reason


def test_an_error_in_the_decoder_costs_one_file(tmp_path: Path) -> None:
    problem = only_one_suffers(tmp_path, "raise")

    assert problem.problem is Problem.CRASHED
    assert "on purpose" in problem.reason


def test_an_accident_that_does_not_repeat_costs_nothing(tmp_path: Path) -> None:
    (result,) = read_all([picture(tmp_path, "once")])

    assert isinstance(result, ReadFile)
    assert result.picture is not None


def test_a_library_that_prints_does_no_harm(tmp_path: Path) -> None:
    results = read_all([picture(tmp_path, "print"), picture(tmp_path, "other")])

    assert all(isinstance(r, ReadFile) and r.picture for r in results)


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


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    file = picture(tmp_path, "secret")
    (tmp_path / "secret").chmod(0)

    (result,) = read_all([file])

    assert isinstance(result, Unreadable)
    assert result.problem is Problem.PERMISSION


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


def test_closing_ends_workers_at_their_work(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    files = [picture(tmp_path, "hang"), picture(tmp_path, "hang-2")]
    files = [picture(tmp_path, "ok"), *files]

    with Readers(workers=2, side=SIDE, read_with=read_or_suffer) as readers:
        next(readers.read(ReadJob(file) for file in files))
        assert len(set(psutil.Process().children(recursive=True)) - before) == 2
        started = time.monotonic()

    assert time.monotonic() - started < 1
    assert set(psutil.Process().children(recursive=True)) - before == set()


PARENT = """
    import sys, time
    from pathlib import Path
    from copyfind.imaging.readers import Readers, ReadJob
    from tests.imaging.drawing import found
    from tests.imaging.test_readers import read_or_suffer

    files = [found(Path(name)) for name in sys.argv[1:]]
    try:
        with Readers(workers=2, side=64, read_with=read_or_suffer) as readers:
            results = readers.read(ReadJob(file) for file in files)
            print(next(results) and "first", flush=True)
            next(results)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def parent_with_hanging_workers(folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A program without a main guard whose two workers hang, in a process group of its own."""
    names = [str(folder / name) for name in ("ok", "hang", "hang-2", "hang-3", "hang-4")]
    for name in names:
        picture(folder, Path(name).name)
    script = folder / "parent.py"
    # In the background of a script Ctrl-C is ignored, and what starts there inherits that.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    script.write_text(heard + textwrap.dedent(PARENT))
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, str(script), *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    return process, psutil.Process(process.pid).children(recursive=True)


@POSIX
def test_ctrl_c_prints_no_traces_and_leaves_no_workers(tmp_path: Path) -> None:
    process, workers = parent_with_hanging_workers(tmp_path)

    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)  # of a busy machine

    assert (process.returncode, output, errors) == (0, "interrupted\n", "")
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert (len(gone), alive) == (2, [])


@POSIX
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    process, workers = parent_with_hanging_workers(tmp_path)

    process.kill()
    process.communicate(timeout=60)  # of a busy machine

    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert (len(gone), alive) == (2, [])


def test_workers_load_neither_torch_nor_what_they_do_not_need(tmp_path: Path) -> None:
    with Readers(workers=1, side=SIDE, read_with=loaded_modules) as readers:
        (result,) = readers.read([ReadJob(picture(tmp_path, "a"))])

    assert isinstance(result, Unreadable)
    loaded = set(result.reason.split())
    assert {"numpy", "PIL"} <= loaded
    assert not loaded & {"torch", "scipy", "cv2", "skimage", "sklearn", "typer", "rawpy"}


def loaded_modules(job: ReadJob) -> Unreadable:
    names = {name.split(".")[0] for name in sys.modules} - {"pytest"}
    return Unreadable(job.file.path, Problem.IO, " ".join(sorted(names)))

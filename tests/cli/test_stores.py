"""copyfind index of stores, from words to the exit code."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from copyfind.cli.app import main
from copyfind.remote.run import open_run
from tests.conftest import draw


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    folder = tmp_path / "bucket"
    folder.mkdir()
    for n in range(3):
        draw(n).save(folder / f"{n}.jpg")
    return folder


def run(*words: str) -> int:
    try:
        main(["index", *words])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_bucket_is_indexed_estimated_and_not_done_twice(
    bucket: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = f"file://{tmp_path}/run"

    assert run(f"file://{bucket}", "--to", to, "--estimate") == 0
    estimated = capsys.readouterr().err
    assert run(f"file://{bucket}", "--to", to) == 0
    again = capsys.readouterr().err
    (bucket / "bad.jpg").write_bytes(b"none")
    assert run(f"file://{bucket}", "--to", to) == 3

    assert "3 of 3 objects took" in estimated
    assert "core hours" in estimated
    assert "3 were there" in again
    assert "1 object gave no picture" in capsys.readouterr().err
    assert len(list(open_run(to).rows())) == 4


def test_a_list_may_be_named_by_a_path_and_leads_to_nothing_private(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("http://127.0.0.1:9/a.jpg\n")
    to = f"file://{tmp_path}/run"

    assert run("--list", str(tmp_path / "list.txt"), "--to", to) == 3

    (row,) = open_run(to).rows()
    assert row.trouble is not None
    assert "private network" in row.trouble.reason


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["s3://bucket/x"], "--to"),
        (["s3://bucket/x", "--to", "/a/path"], "--to takes an address"),
        (["/a/path", "--to", "file:///x/run"], "name an address"),
        (["--to", "file:///x/run"], "name an address, a --list or a --webdataset"),
        (["s3://bucket/x", "--to", "file:///x/run", "--column", "url"], "--column is of a --list"),
        (["s3://bucket/x", "--to", "file:///x/run", "--address", "auto"], "name --engine ray"),
        (["s3://bucket/x", "--to", "file:///x/run", "--hidden"], "no such option goes with it"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(
        "copyfind.remote.extra.find_spec", lambda name: None if name == "obstore" else known(name)
    )

    assert run("s3://bucket/x", "--to", "s3://bucket/run") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'copyfind[cluster]'" in line


def test_the_command_for_folders_loads_nothing_of_it() -> None:
    program = (
        "import sys; sys.modules['pandas'] = None;"  # sqlite-utils loads it, and it loads pyarrow
        "import copyfind.cli.index, copyfind.pipeline.indexing;"
        "unwanted = {'obstore', 'pyarrow', 'ray', 'copyfind.remote'};"
        "sys.stderr.write(' '.join(unwanted & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stderr == ""

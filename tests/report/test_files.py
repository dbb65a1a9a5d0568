"""A report goes to a new file, never over something that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.errors import OutputError
from copyfind.report.files import write_new


def test_a_report_is_written_as_it_is(tmp_path: Path) -> None:
    write_new(tmp_path / "report.csv", "ä\r\n\n")

    assert (tmp_path / "report.csv").read_bytes() == "ä\r\n\n".encode()


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("mine")

    with pytest.raises(OutputError, match=r"report\.csv exists already; .* choose another name"):
        write_new(report, "ours")

    assert report.read_text() == "mine"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OutputError, match="exists already"):
        write_new(tmp_path / "link", "ours")

    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*/missing/a\.txt: No such file"):
        write_new(tmp_path / "missing" / "a.txt", "text")

"""What a picture and what lies beside it say is the same wherever it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copyfind.imaging.apart import Apart
from copyfind.metadata.known import Metadata
from copyfind.metadata.reading import Asked, Unread, read_asked, read_with
from tests.cleanup.test_losing import jpeg


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(title="Lake"))
    return os.fsencode(path)


def test_a_worker_says_what_this_process_would(photo: bytes) -> None:
    asked = Asked(photo, takeout=b'{"people": [{"name": "Ada"}]}')

    with Apart() as apart:
        said = read_with(apart, asked)

    assert said == read_asked(asked) == Metadata(description="Lake", people=("Ada",))


def test_a_file_that_cannot_be_opened_is_told() -> None:
    assert read_asked(Asked(b"/nonexistent/a.jpg")) == Unread("No such file or directory")


def test_without_a_picture_what_lies_beside_it_speaks() -> None:
    said = read_asked(Asked(None, takeout=b'{"description": "Lake"}'))

    assert said == Metadata(description="Lake")

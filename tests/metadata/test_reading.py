"""What reads metadata may crash, hang or swell: that costs the file it was at, and is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copyfind.metadata.known import Metadata
from copyfind.metadata.reading import Asked, MetadataReader, Unread, read_asked
from tests.cleanup.test_losing import jpeg


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(title="Lake"))
    return os.fsencode(path)


def test_a_worker_says_what_this_process_would(photo: bytes) -> None:
    asked = Asked(photo, takeout=b'{"people": [{"name": "Ada"}]}')

    with MetadataReader() as read:
        said = read(asked)

    assert said == read_asked(asked) == Metadata(description="Lake", people=("Ada",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name here")
def test_a_file_that_never_ends_is_told_and_the_next_is_read(photo: bytes) -> None:
    pipe = photo + b".jpg"
    os.mkfifo(pipe)
    with MetadataReader(time_limit=2) as read:
        told = read(Asked(pipe))
        assert isinstance(told, Unread)
        assert "2 s" in told.reason
        assert read(Asked(photo)) == Metadata(description="Lake")


def test_a_file_that_cannot_be_opened_is_told() -> None:
    assert read_asked(Asked(b"/nonexistent/a.jpg")) == Unread("No such file or directory")


def test_without_a_picture_what_lies_beside_it_speaks() -> None:
    said = read_asked(Asked(None, takeout=b'{"description": "Lake"}'))

    assert said == Metadata(description="Lake")


def test_no_process_starts_where_nothing_is_asked() -> None:
    with MetadataReader() as read:
        assert read._readers is None

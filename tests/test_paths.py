"""Paths of any bytes: what lies below a folder, and what people and programs are shown."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.paths import (
    AnyPath,
    all_encoded,
    as_json,
    as_path,
    below,
    encoded,
    is_in_store,
    modified_ns,
    printable,
    shown,
)

names = st.binary(min_size=1, max_size=8).map(lambda name: name.replace(b"/", b"0"))
paths = st.lists(names, max_size=4).map(lambda parts: b"/" + b"/".join(parts))


@pytest.mark.parametrize("path", ["/a/ü.jpg", "/a/ü.jpg".encode(), Path("/a/ü.jpg")])
def test_a_path_of_any_kind_is_bytes_inside(path: AnyPath) -> None:
    assert encoded(path) == "/a/ü.jpg".encode()
    assert as_path(path) == Path("/a/ü.jpg")
    assert all_encoded(path) == ("/a/ü.jpg".encode(),)
    assert all_encoded(iter([path, b"/b"])) == ("/a/ü.jpg".encode(), b"/b")


@given(path=paths)
def test_no_path_is_changed_on_its_way(path: bytes) -> None:
    assert encoded(os.fsdecode(path)) == encoded(path) == path


@pytest.mark.parametrize("path", [5, None, ["/a"]])
def test_what_is_no_path_is_a_type_error(path: object) -> None:
    with pytest.raises(TypeError):
        encoded(path)  # type: ignore[arg-type] # that is the test
    with pytest.raises(TypeError):
        all_encoded([path])  # type: ignore[list-item] # that is the test


@given(folder=paths, path=paths)
def test_below_a_folder_is_what_begins_with_it_and_a_separator(folder: bytes, path: bytes) -> None:
    low, high = below(folder)
    assert (low <= path < high) == path.startswith(folder.rstrip(b"/") + b"/")


@given(folder=paths)
def test_a_folder_is_not_below_itself(folder: bytes) -> None:
    low, high = below(folder)
    assert not low <= folder.rstrip(b"/") < high


def test_a_folder_whose_name_only_begins_alike_is_not_below() -> None:
    low, high = below(b"/photos")
    assert not low <= b"/photos-old/a.jpg" < high
    assert not low <= b"/photos.jpg" < high


def test_everything_is_below_the_top() -> None:
    low, high = below(b"/")
    assert low <= b"/\x00" < high
    assert low <= b"/\xff\xff" < high


@given(path=st.binary())
def test_a_path_is_shown_as_one_line_that_a_terminal_only_prints(path: bytes) -> None:
    assert shown(path).isprintable()


def test_names_in_any_script_are_shown_as_they_are() -> None:
    assert shown("/Fotos/été/תמונה.jpg".encode()) == "/Fotos/été/תמונה.jpg"


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert shown(b"/a\nb\x1b[31m.jpg") == r"/a\nb\x1b[31m.jpg"
    assert shown("/a\u202egpj.exe".encode()) == r"/a\u202egpj.exe"


def test_bytes_that_are_no_text_are_shown_escaped() -> None:
    assert shown(b"/caf\xe9.jpg") == r"/caf\xe9.jpg"


@given(path=st.binary())
def test_a_program_gets_every_path_back(path: bytes) -> None:
    text, base = as_json(path)
    assert (base64.b64decode(base) if base else text.encode()) == path


def test_a_path_that_is_text_needs_no_base64() -> None:
    assert as_json("/a\n'\"ü.jpg".encode()) == ("/a\n'\"ü.jpg", None)


@given(text=st.text(st.characters()))
def test_any_text_becomes_one_line_that_a_terminal_only_prints(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


@given(path=paths)
def test_a_name_reads_the_same_as_text_and_as_bytes(path: bytes) -> None:
    assert printable(os.fsdecode(path)) == shown(path)


@pytest.mark.parametrize("seconds", [-(2**40), 2**40, 2**62, -1, 0])
def test_a_time_fits_into_64_bits_of_nanoseconds(seconds: int) -> None:
    numbers = [0] * 10
    status = os.stat_result(numbers, {"st_mtime_ns": seconds * 10**9})

    known = modified_ns(status)

    assert -(2**63) <= known < 2**63
    assert (known == seconds * 10**9) == (abs(seconds) < 2**33)


def test_addresses_are_told_from_paths() -> None:
    assert is_in_store("s3://bucket/x")
    assert is_in_store("file:///x")
    assert not is_in_store("/home/s3/x")
    assert not is_in_store("https://host/x")

"""Files whose bytes are in a cloud are told, not read."""

from __future__ import annotations

import plistlib
from types import SimpleNamespace

import pytest

from copyfind.collection import scan as scanning
from copyfind.collection.placeholders import in_words, is_placeholder, stubbed_name
from copyfind.collection.scan import ScanOptions
from copyfind.records import FoundFile, Problem, Unreadable
from tests.collection.conftest import Folder


@pytest.mark.parametrize("attribute", [0x400000, 0x40000, 0x1000])
def test_windows_marks_what_it_would_recall(attribute: int) -> None:
    assert is_placeholder(SimpleNamespace(st_file_attributes=0x20 | attribute))


def test_macos_marks_what_has_no_data() -> None:
    assert is_placeholder(SimpleNamespace(st_flags=0x40000000 | 0x20))


@pytest.mark.parametrize(
    "status",
    [
        SimpleNamespace(st_file_attributes=0x20, st_flags=0),
        SimpleNamespace(st_file_attributes=0x80000),  # PINNED: always on this device
        SimpleNamespace(st_size=10, st_blocks=0),
    ],
)
def test_other_files_are_none(status: SimpleNamespace) -> None:
    assert not is_placeholder(status)


def test_a_placeholder_is_told_with_its_size_and_the_way_to_read_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.add("a.jpg", bytes(3_400_000))
    # No file can be marked on Linux, so every one is taken to be.
    monkeypatch.setattr(scanning, "is_placeholder", lambda _: True)
    (_, met) = folder.scan()
    assert isinstance(met, Unreadable)
    assert (met.path, met.problem) == (path, Problem.PLACEHOLDER)
    assert met.reason == "3.4 MB are in the cloud only; --hydrate downloads them"


def test_with_hydrate_it_is_a_file_like_any_other(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("a.jpg")
    monkeypatch.setattr(scanning, "is_placeholder", lambda _: True)
    assert folder.found(ScanOptions(hydrate=True)) == ["a.jpg"]


def test_a_placeholder_without_suffix_is_not_opened(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("IMG_1")
    monkeypatch.setattr(scanning, "is_placeholder", lambda _: True)
    (_, met) = folder.scan()
    assert isinstance(met, Unreadable)


class TestStubs:
    STUB = plistlib.dumps({"NSURLFileSizeKey": 2_500_000}, fmt=plistlib.FMT_BINARY)

    def test_the_file_is_told_under_its_own_name(self, folder: Folder) -> None:
        folder.add(".IMG_1.HEIC.icloud", self.STUB)
        (_, met) = folder.scan()
        assert isinstance(met, Unreadable)
        assert (met.path, met.problem) == (folder.at("IMG_1.HEIC"), Problem.PLACEHOLDER)
        assert met.reason.startswith("2.5 MB are in iCloud only")

    def test_and_in_the_place_of_that_name(self, folder: Folder) -> None:
        for name in ["A.jpg", ".IMG.jpg.icloud", "Z.jpg"]:
            folder.add(name)
        names = [met.path.rsplit(b"/")[-1] for met in folder.scan()[1:]]
        assert names == [b"A.jpg", b"IMG.jpg", b"Z.jpg"]

    @pytest.mark.parametrize(
        "content",
        [
            *(b"", b"bplist00 broken", b"<?xml version='1.0'?><plist"),
            plistlib.dumps({"NSURLFileSizeKey": -1}, fmt=plistlib.FMT_BINARY),
            plistlib.dumps({"NSURLFileSizeKey": "7"}, fmt=plistlib.FMT_BINARY),
            plistlib.dumps({"NSURLFileSizeKey": 7, "a": bytes(1 << 17)}, fmt=plistlib.FMT_BINARY),
        ],
    )
    def test_a_stub_that_tells_nothing_is_still_one(self, folder: Folder, content: bytes) -> None:
        folder.add(".a.jpg.icloud", content)
        (_, met) = folder.scan()
        assert isinstance(met, Unreadable)
        assert met.reason.startswith("its bytes are in iCloud only")

    def test_a_file_that_has_arrived_is_told_alone(self, folder: Folder) -> None:
        folder.add(".a.jpg.icloud", self.STUB)
        path = folder.add("a.jpg")
        (_, met) = folder.scan()
        assert isinstance(met, FoundFile)
        assert met.path == path

    def test_stubs_of_other_files_and_excluded_ones_are_passed_over(self, folder: Folder) -> None:
        folder.add(".a.pages.icloud", self.STUB)
        folder.add(".b.jpg.icloud", self.STUB)
        assert len(folder.scan(ScanOptions(exclude=("b.jpg",)))) == 1

    @pytest.mark.parametrize("name", [b"a.icloud", b".icloud", b"..icloud.", b".a.jpg"])
    def test_other_names_are_no_stubs(self, name: bytes) -> None:
        assert stubbed_name(name) is None


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (12_345, "12 kB"), (1_234_567_890, "1234.6 MB")],
)
def test_sizes_are_told_in_words(size: int, words: str) -> None:
    assert in_words(size) == words

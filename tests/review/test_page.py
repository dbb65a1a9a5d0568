"""The page over HTTP: what can be asked for. Real requests to a real server."""

from __future__ import annotations

import io
import json
import os

import pytest
from PIL import Image

from copyfind.review.desk import key_of
from tests.review.conftest import Reviewed, Shelf, Start


@pytest.fixture
def review(start: Start) -> Reviewed:
    return start()


def test_a_change_cannot_be_asked_for_by_a_link(review: Reviewed) -> None:
    assert review.ask("/api/undo")[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/%2e%2e/__init__.py",
        "/static//etc/passwd",
        "/static/review.html",
        "/picture/full//etc/passwd",
        "/picture/full/..%2f..%2fetc%2fpasswd",
        "/picture/full/" + "0" * 64,
        "/picture/full/" + "A" * 64,
        "/picture/thumbnail/%00",
        "/picture/raw/" + "0" * 64,
        "/openapi.json",
    ],
)
def test_no_way_leads_to_other_files(review: Reviewed, path: str) -> None:
    assert review.ask(path)[0] == 404


def test_pictures_come_by_their_content(review: Reviewed) -> None:
    keeper = review.findings.clusters[0].keeper
    name = keeper.content.sha256.hex()

    for kind, size in (("full", (320, 240)), ("thumbnail", (320, 240))):
        status, headers, data = review.ask(f"/picture/{kind}/{name}")
        assert (status, headers["content-type"]) == (200, "image/jpeg")
        with Image.open(io.BytesIO(data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", size)


def test_a_tiff_is_shown_too(review: Reviewed) -> None:
    tiff = next(
        m.content.sha256.hex()
        for c in review.findings.clusters
        for m in c.members
        if m.file.path.endswith(b".tif")
    )

    assert review.ask(f"/picture/full/{tiff}")[1]["content-type"] == "image/jpeg"


def test_a_jpeg_is_handed_out_byte_for_byte(review: Reviewed, shelf: Shelf) -> None:
    small = shelf.folder / "copies" / "small.jpg"
    name = next(
        m.content.sha256.hex()
        for c in review.findings.clusters
        for m in c.members
        if m.file.path == os.fsencode(small)
    )

    assert review.ask(f"/picture/full/{name}")[2] == small.read_bytes()


def test_a_file_that_changed_is_not_shown(review: Reviewed, shelf: Shelf) -> None:
    small = shelf.folder / "copies" / "small.jpg"
    name = next(
        m.content.sha256.hex()
        for c in review.findings.clusters
        for m in c.members
        if m.file.path == os.fsencode(small)
    )
    before = small.stat()
    os.utime(small, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    try:
        assert review.ask(f"/picture/full/{name}")[0] == 404
    finally:
        os.utime(small, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_choices_are_taken_and_kept(review: Reviewed, start: Start) -> None:
    twin = key_of(next(m for m in review.findings.clusters[0].members if m.role == "redundant"))

    status, said = review.post("/api/choose", {"changes": {twin: "redundant"}})

    assert (status, said["totals"]["files"]) == (200, 1)
    again = json.loads(start().ask(f"/api/cluster/{review.findings.clusters[0].id}")[2])
    assert again["choices"] == {twin: "redundant"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/choose", {"changes": {"/etc/passwd": "redundant"}}),
        ("/api/choose", {"changes": {"x": 7}}),
        ("/api/choose", {"changes": ["x"]}),
        ("/api/choose", ["x"]),
        ("/api/choose", None),
        ("/api/mark-safe", {"clusters": "all"}),
        ("/api/mark-safe", {"clusters": ["c-none"]}),
        ("/api/mark-safe", {"clusters": [True], "edition": 1}),
        ("/api/mark-safe", {"clusters": [99], "edition": 1}),
        ("/api/mark-safe", {"clusters": [0], "edition": 2}),
    ],
)
def test_nonsense_is_refused_in_words(review: Reviewed, path: str, body: object) -> None:
    status, said = review.post(path, body)

    assert status in (400, 409)
    assert said["error"]
    assert not review.choices.exists()


def test_a_body_without_end_is_not_read(review: Reviewed) -> None:
    status, said = review.post("/api/choose", {"changes": {"x": "y" * 5_000_000}})

    assert (status, said["error"]) == (400, "changes: key -> choice")

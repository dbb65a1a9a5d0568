"""The page over HTTP: who is let in, and what can be asked for. Real requests to a real server."""

from __future__ import annotations

import io
import json
import os

import pytest
from PIL import Image

from copyfind.review.desk import key_of
from tests.review.conftest import TOKEN, Reviewed, Shelf, Start


@pytest.fixture
def review(start: Start) -> Reviewed:
    return start()


def test_the_address_with_the_token_becomes_a_cookie(review: Reviewed) -> None:
    status, headers, _ = review.ask(f"/?token={TOKEN}", cookie=None)

    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in headers["set-cookie"]
    assert "samesite=strict" in headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "path", ["/", "/static/review.js", "/api/overview", "/picture/full/" + "0" * 64]
)
def test_without_the_cookie_nothing_is_told(review: Reviewed, path: str) -> None:
    status, _, said = review.ask(path, cookie=None)

    assert status == 403
    assert b"copyfind review" in said


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "%00", "é"])
def test_a_wrong_token_is_refused(review: Reviewed, token: str) -> None:
    from urllib.parse import quote

    assert review.ask(f"/?token={quote(token)}", cookie=None)[0] == 403


def test_the_token_opens_the_first_page_only(review: Reviewed) -> None:
    assert review.ask(f"/api/overview?token={TOKEN}", cookie=None)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", "", None])
def test_another_host_is_refused(review: Reviewed, host: str | None) -> None:
    assert review.ask("/", host=host)[0] in (400, 421)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:1", "http://127.0.0.1:1"]
)
def test_another_origin_is_refused(review: Reviewed, origin: str) -> None:
    assert review.ask("/api/overview", origin=origin)[0] == 403
    assert review.ask("/api/undo", method="POST", origin=origin)[0] == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_is_refused_even_with_the_cookie(review: Reviewed, site: str) -> None:
    assert review.ask("/picture/full/" + "0" * 64, sec_fetch_site=site)[0] == 403


@pytest.mark.parametrize(
    "missing", [{"origin": None}, {"x_copyfind": None}, {"x_copyfind": "guess"}]
)
def test_changing_anything_takes_the_secret_of_the_page(
    review: Reviewed, missing: dict[str, str | None]
) -> None:
    assert review.ask("/api/undo", method="POST", **missing)[0] == 403
    assert review.ask("/api/undo", method="POST")[0] == 200


def test_a_change_cannot_be_asked_for_by_a_link(review: Reviewed) -> None:
    assert review.ask("/api/undo")[0] == 405


@pytest.mark.parametrize("path", ["/", "/static/review.css", "/api/overview"])
def test_every_answer_says_what_a_browser_must_not_do(review: Reviewed, path: str) -> None:
    _, headers, _ = review.ask(path)

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


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
    again = json.loads(start().ask("/api/overview")[2])
    assert again["choices"] == {twin: "redundant"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/choose", {"changes": {"/etc/passwd": "redundant"}}),
        ("/api/choose", {"changes": {"x": 7}}),
        ("/api/choose", {"changes": ["x"]}),
        ("/api/choose", ["x"]),
        ("/api/choose", None),
        ("/api/mark-proven", {"clusters": "all"}),
        ("/api/mark-proven", {"clusters": ["c-none"]}),
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

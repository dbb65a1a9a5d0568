"""Who is let in, and what else every answer says. Real requests to a real server."""

from __future__ import annotations

import json

import pytest

from tests.review.conftest import TOKEN, Reviewed, Start


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


def test_behind_a_proxy_that_encrypts_it_answers_to_that_name_alone(start: Start) -> None:
    review = start(origin="https://photos.example")
    there = {"host": "photos.example", "cookie": f"copyfind-https={TOKEN}"}

    status, headers, _ = review.ask(f"/?token={TOKEN}", host="photos.example", cookie=None)
    asked = review.ask("/api/overview", **there)
    secret = json.loads(asked[2])["secret"]

    def undo(origin: str) -> int:
        sent = {**there, "origin": origin, "x_copyfind": secret}
        return review.ask("/api/undo", method="POST", **sent)[0]

    assert (status, asked[0]) == (303, 200)
    assert "copyfind-https=" in headers["set-cookie"]
    assert "secure" in headers["set-cookie"].lower()
    assert undo("https://photos.example") == 200
    assert undo("http://photos.example") == 403
    assert review.ask("/", host=review.host)[0] == 421


CHANGING = (
    *("choose", "undo", "mark-safe", "plan", "plan/apply", "rules/preview", "rules/apply"),
    *("take-back", "open/file", "open/folder", "scan", "scan/stop"),
)
READING = ("overview", "marks", "list", "rows", "cluster/0", "journal", "journal/x", "metadata/x")


@pytest.mark.parametrize("what", CHANGING)
def test_nothing_that_does_something_is_done_without_the_secret(
    review: Reviewed, what: str
) -> None:
    for missing in ({"origin": None}, {"x_copyfind": None}, {"cookie": None}, {"host": "evil"}):
        assert review.ask(f"/api/{what}", method="POST", body={}, **missing)[0] in (403, 421)
    assert review.ask(f"/api/{what}")[0] in (404, 405, 409)  # never by a link


@pytest.mark.parametrize("what", [*READING, "pulse", "progress"])
def test_nothing_is_told_without_the_cookie_or_to_another_page(review: Reviewed, what: str) -> None:
    assert review.ask(f"/api/{what}", cookie=None)[0] == 403
    assert review.ask(f"/api/{what}", origin="http://evil.example")[0] == 403
    assert review.ask(f"/api/{what}", sec_fetch_site="cross-site")[0] == 403


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

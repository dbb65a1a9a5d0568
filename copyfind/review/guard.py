"""Who may talk to the review: the browser that was given the address with the token, nobody else.

Every request must name this server as its host (so that no foreign name can be pointed here), come
from the page itself where it says where it comes from, and bring the token: once in the address,
from then on as a cookie. Cookies are shared by all ports of a machine, so what changes anything
must also bring a second secret, which only the page can read.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SECRET_HEADER = "x-copyfind"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Wraps an application; origins are those it may be called by, such as
    "http://127.0.0.1:8321"; https only where a proxy before it encrypts."""

    def __init__(
        self, application: Application, *, origins: frozenset[str], token: str, secret: str
    ) -> None:
        self._application = application
        self._origins = origins
        self._hosts = [[origin.partition("://")[2]] for origin in origins]
        self._token = token
        self._secret = secret
        scheme, _, host = min(origins).partition("://")
        self._encrypted = scheme == "https"
        port = re.search(r"[0-9]+$", host)
        self._cookie = f"copyfind-{port[0] if port else scheme}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand on what is in order."""
        if scope["type"] != "http":
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._answer(scope)
        await (answer or self._application)(scope, receive, send_safely)

    def _answer(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") not in self._hosts:
            return _refused("this page is not called by that name", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return _refused("another page may not ask this", 403)
        site = headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") and not self._is_arrival(scope, headers):
            return _refused("another page may not ask this", 403)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if given is not None:
            if scope["path"] != "/" or not _equal(given[-1], self._token):
                return _refused(_WRONG, 403)
            arrived = RedirectResponse("/", status_code=303)
            arrived.set_cookie(
                self._cookie,
                self._token,
                httponly=True,
                samesite="strict",
                secure=self._encrypted,
            )
            return arrived
        if not _equal(_cookie(headers, self._cookie), self._token):
            return _refused(_WRONG, 403)
        if scope["method"] not in ("GET", "HEAD") and not (
            origin is not None and _equal(headers.get(SECRET_HEADER, ""), self._secret)
        ):
            return _refused("only the page itself may change anything", 403)
        return None

    @staticmethod
    def _is_arrival(scope: Scope, headers: Headers) -> bool:
        """Whether somebody follows the link out of a terminal or a mail on the web: then they ask
        for a whole page, with the token."""
        return (
            scope["path"] == "/"
            and scope["query_string"].startswith(b"token=")
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )


_WRONG = (
    "This page opens with the address that `copyfind review` printed, token and all. "
    "After a new start there is a new one."
)


def _refused(why: str, status: int) -> Response:
    return PlainTextResponse(why + "\n", status_code=status)


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _cookie(headers: Headers, name: str) -> str:
    for line in headers.getlist("cookie"):
        for part in line.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
    return ""

"""Serving the review on one address of this machine until it is stopped."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from copyfind.errors import AddressError
from copyfind.review.heap import give_back
from copyfind.review.page import Parts, make_page

HOST = "127.0.0.1"
# How browsers write a machine and a port in small letters. Of the usual port they leave out the
# number, and where a proxy encrypts, the page is called by https.
_NAME = r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:]+\])"
_PLAIN = re.compile(rf"{_NAME}:(?!80$)[1-9][0-9]{{0,4}}")
_ENCRYPTED = re.compile(rf"https://{_NAME}(?::(?!443$)[1-9][0-9]{{0,4}})?")
_HERE = (HOST, "localhost", "[::1]")


@contextmanager
def listen(
    host: str, port: int, *, others_may: bool, called: str | None = None
) -> Iterator[socket.socket]:
    """Listen on one address; on one that other machines reach only where that is asked for.

    called: the name and port by which browsers call the page, where that is no address of this
    machine; then, and only then, it may listen on all of its addresses. With https:// before it, a
    proxy encrypts what goes there. Raises AddressError.
    """
    named = _PLAIN.fullmatch(called or "") or _ENCRYPTED.fullmatch(called or "")
    if called is not None and named is None:
        raise AddressError(
            f"{called!r} is not how a browser calls a page; write a name or address in small "
            "letters, and a port other than 80, such as 192.0.2.7:8321, or https://photos.example "
            "where a proxy encrypts"
        )
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise AddressError(f"{host!r} is no address; write it in numbers, such as {HOST}") from None
    if address.is_unspecified and called is None:
        raise AddressError(
            f"{host} means every address of this machine; name the one that is meant, or, in a "
            "container, by what browsers call the page: --address NAME:PORT"
        )
    if named is not None and named["name"] not in _HERE and not others_may:
        raise AddressError(
            f"at {called} other machines could see your photos and clear them away; if that is "
            "wanted, add --let-others-in"
        )
    if not address.is_loopback and not others_may:
        raise AddressError(
            f"on {host} other machines could see your photos and clear them away; if that is "
            "wanted, add --let-others-in"
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise AddressError(
                f"{host} port {port} cannot be used ({error.strerror}); choose another with --port"
            ) from error
        listening.listen(64)
        yield listening


def serve(
    parts: Parts,
    listening: socket.socket,
    *,
    on_start: Callable[[str], object],
    token: str | None = None,
    called: str | None = None,
) -> None:
    """Answer requests until Ctrl-C. on_start is told the address to open, before the first.

    called: the only name and port by which the page may be called, instead of its own, with
    https:// where a proxy encrypts.
    """
    token = token or secrets.token_urlsafe(24)
    host, port = listening.getsockname()[:2]
    authority = called or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    origin = authority if "://" in authority else f"http://{authority}"
    name, _, port = origin.rpartition(":")
    here = {f"http://localhost:{port}"} if name in (f"http://{HOST}", "http://[::1]") else set()
    config = uvicorn.Config(
        make_page(parts, origins=frozenset({origin} | here), token=token),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
    give_back()  # what finding took, and no page needs
    on_start(f"{origin}/?token={token}")
    try:
        with suppress(KeyboardInterrupt):  # how a review ends
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        parts.clearing.should_stop.set()  # after the file it is at

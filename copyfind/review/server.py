"""Serving the review on one address of this machine until it is stopped."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from copyfind.errors import AddressError
from copyfind.pipeline.showing import Showcase
from copyfind.review.clearing import Clearing
from copyfind.review.desk import Desk
from copyfind.review.page import make_page

HOST = "127.0.0.1"


@contextmanager
def listen(host: str, port: int, *, others_may: bool) -> Iterator[socket.socket]:
    """Listen on one address; on one that other machines reach only where that is asked for.

    Raises AddressError.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise AddressError(f"{host!r} is no address; write it in numbers, such as {HOST}") from None
    if address.is_unspecified:
        raise AddressError(
            f"{host} means every address of this machine; name the one that is meant"
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
    desk: Desk,
    showcase: Showcase,
    clearing: Clearing,
    listening: socket.socket,
    *,
    on_start: Callable[[str], object],
    token: str | None = None,
) -> None:
    """Answer requests until Ctrl-C. on_start is told the address to open, before the first."""
    token = token or secrets.token_urlsafe(24)
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    hosts = {f"{name}:{port}"} | ({f"localhost:{port}"} if host in (HOST, "::1") else set())
    config = uvicorn.Config(
        make_page(desk, showcase, clearing, hosts=frozenset(hosts), token=token),
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
    on_start(f"http://{name}:{port}/?token={token}")
    try:
        with suppress(KeyboardInterrupt):  # how a review ends
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        clearing.should_stop.set()  # after the file it is at

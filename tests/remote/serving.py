"""A web server of this machine for tests, and a client that may ask it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from copyfind.remote.web import Web

LOOPBACK = "127.0.0.1"


@dataclass
class Served:
    """What is answered: bytes by path, a status, or an address to go to; and what was asked for."""

    answers: Mapping[str, bytes | int | str | list[bytes | int]]
    asked: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@contextmanager
def serving(served: Served, *, context: Any = None) -> Iterator[str]:
    """Yields the server's address; it ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.hosts.append(self.headers["Host"])
            answer = served.answers.get(self.path.partition("?")[0], 404)
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, str):
                self.send_response(302)
                self.send_header("Location", answer)
                self.end_headers()
            elif isinstance(answer, int):
                self.send_response(answer)
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("ETag", f'"{len(answer)}"')
                self.send_header("Last-Modified", "Sat, 28 Nov 2026 12:00:00 GMT")
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def here() -> Web:
    """A client that may ask this machine, and nobody else."""
    return Web(allowed=lambda address: str(address) == LOOPBACK, pause=0.0)

"""Servers of stores from the package registry, started for a test and ended with it."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread

KEY, SECRET = "AKIAOFTHETESTS", "s3cr3t-of-the-tests-0123456789"
_LOOPBACK = "127.0.0.1"
_LISTENS = re.compile(rb"http://127\.0\.0\.1:([1-9]\d*)")  # how they tell it, once they do


@dataclass
class Server:
    """A server that runs, and what the environment has to say to reach it as one of S3."""

    port: int
    command: list[str]  # which lacks the port
    process: subprocess.Popen[bytes]

    def environment(self, *, secret: str = SECRET, port: int | None = None) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://{_LOOPBACK}:{port or self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process, self.port = _started(self.command, self.port)


@contextmanager
def rclone(root: Path) -> Iterator[Server]:
    """Serves the folders in `root` as buckets; it checks keys, and heeds no conditions."""
    command = [str(Path(sys.executable).parent / "rclone"), "serve", "s3", str(root)]
    command += ["--auth-key", f"{KEY},{SECRET}", "--config", os.devnull, "--vfs-cache-mode", "off"]
    # What is put into a folder is to be seen at once. At 0s each folder is forgotten again and
    # again, twice the time after it was: ten folders took 7 CPU seconds a second, and who asked
    # for one waited, a minute at times.
    command += ["--dir-cache-time", "1ms", "--addr", _LOOPBACK + ":{port}"]
    yield from _running(command)


@contextmanager
def moto() -> Iterator[Server]:
    """Keeps buckets in memory; it heeds conditions, and checks no keys. A page of a list is 20."""
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", _LOOPBACK, "-p", "{port}"]
    yield from _running(command)


@contextmanager
def azurite(program: str) -> Iterator[Server]:
    """Keeps containers in memory; it checks keys, and heeds conditions."""
    command = [program, "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    command += ["--blobHost", _LOOPBACK, "--blobPort", "{port}"]
    yield from _running(command)


@contextmanager
def fake_gcs(program: str) -> Iterator[Server]:
    """Keeps buckets in memory; it checks no keys, and takes objects in another way than ours."""
    with socket.create_server((_LOOPBACK, 0)) as free:  # of port 0 it tells no more
        port = free.getsockname()[1]
    command = [program, "-backend", "memory", "-scheme", "http", "-port", "{port}"]
    command += ["-host", _LOOPBACK, "-public-host", _LOOPBACK]
    yield from _running(command, port)


def make_bucket(server: Server, name: str) -> None:
    connection = http.client.HTTPConnection(_LOOPBACK, server.port, timeout=10)
    connection.request("PUT", f"/{name}")
    assert connection.getresponse().status == 200
    connection.close()


@dataclass
class Faults:
    """What a line in between does: how many requests for a path it answers with 503, by a part of
    the path, for which it never answers, and which requests there were."""

    busy: dict[str, int] = field(default_factory=dict)
    silent: str | None = None  # a part of the path
    seen: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def between(server: Server, faults: Faults) -> Iterator[int]:
    """The port of a line to the server that is busy at times."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            faults.seen.append((self.command, self.path))
            data = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if faults.silent is not None and faults.silent in self.path:
                over.wait()
                self.close_connection = True
                return
            for part, left in faults.busy.items():
                if part in self.path and left > 0:
                    faults.busy[part] -= 1
                    self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
                    return
            line = http.client.HTTPConnection(_LOOPBACK, server.port, timeout=10)
            line.request(self.command, self.path, data or None, dict(self.headers.items()))
            answer = line.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name not in _HOPS}
            self._answer(answer.status, headers, answer.read())
            line.close()

        do_PUT = do_HEAD = do_GET  # noqa: N815 - the names of the base

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    line = ThreadingHTTPServer((_LOOPBACK, 0), Handler)
    line.daemon_threads = True
    thread = Thread(target=line.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield line.server_port
    finally:
        over.set()
        line.shutdown()
        line.server_close()
        thread.join()


_HOPS = ("Connection", "Transfer-Encoding", "Server", "Date")


def _running(command: list[str], port: int = 0) -> Iterator[Server]:
    process, port = _started(command, port)
    server = Server(port, command, process)
    try:
        yield server
    finally:
        server.kill()


def _started(command: list[str], port: int = 0) -> tuple[subprocess.Popen[bytes], int]:
    """The server and its port: that which it says itself, for at one that was free before the
    server of another test may have come to listen."""
    with TemporaryFile() as said:
        words = [word.replace("{port}", str(port)) for word in command]
        env = os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": "20"}
        process = subprocess.Popen(words, stdout=said, stderr=said, env=env)
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            if found := _LISTENS.search(os.pread(said.fileno(), 1 << 16, 0)):
                return process, int(found[1])
            time.sleep(0.05)
        process.kill()
        process.wait()
        raise AssertionError(f"{command[0]} does not start: {os.pread(said.fileno(), 1000, 0)!r}")

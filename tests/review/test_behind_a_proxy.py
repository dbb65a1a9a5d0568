"""The review behind a proxy that encrypts, in a real browser."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.review.conftest import Start

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")


def test_all_of_the_page_works_behind_a_proxy_that_encrypts(
    start: Start, chromium: Browser, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        origin = f"https://localhost:{listening.getsockname()[1]}"
        review = start(origin=origin)
        with encrypting(listening, review.host, tmp_path):
            context = chromium.new_context(ignore_https_errors=True)
            page = context.new_page()
            page.goto(f"{origin}/?{urlsplit(review.address).query}")
            expect(page.locator("#title")).to_contain_text("1 of 2")
            page.keyboard.press("r")
            expect(page.locator("#totals")).to_contain_text("1 file marked")
            (cookie,) = context.cookies()
            context.close()

    assert cookie["secure"]
    assert cookie["httpOnly"]


@contextmanager
def encrypting(listening: socket.socket, host: str, folder: Path) -> Iterator[None]:
    """A proxy that hands on what it decrypts, as it is."""
    words = "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 -keyout key -out cert"
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    started: Future[Callable[[], object]] = Future()

    async def pumped(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(65536):
                to.write(piece)
                await to.drain()
            to.close()
        except (OSError, asyncio.CancelledError):
            to.transport.abort()  # the other side has gone, or the test is over

    async def handed_on(asks: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        name, _, port = host.rpartition(":")
        told, wanted = await asyncio.open_connection(name, int(port))
        await asyncio.gather(pumped(asks, wanted), pumped(told, answers))

    async def proxy() -> None:
        over = asyncio.Event()
        async with await asyncio.start_server(handed_on, sock=listening, ssl=context):
            started.set_result(partial(asyncio.get_running_loop().call_soon_threadsafe, over.set))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(proxy(),))  # it ends what is under way
    thread.start()
    end = started.result(timeout=60)
    try:
        yield
    finally:
        end()
        thread.join(timeout=60)
        assert not thread.is_alive()

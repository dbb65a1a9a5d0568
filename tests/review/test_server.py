"""The review listens on one address of this machine, and ends when it is told to."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from copyfind.errors import AddressError
from copyfind.review.server import listen
from tests.conftest import surroundings
from tests.review.conftest import Shelf

PROGRAM = """
import os, sys
from pathlib import Path
from copyfind.cleanup.apply import Surroundings
from copyfind.cleanup.files import Files
from copyfind.cleanup.journals import Journals
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.showing import Showcase
from copyfind.review.choices import Choices
from copyfind.review.desk import Desk
from copyfind.review.page import assembled
from copyfind.review.server import listen, serve
from copyfind.review.tools import Tools
top = Path(sys.argv[2])
findings = find_copies(Path(sys.argv[1]))
files = Files()
desk = Desk(findings, Choices(top / "choices.jsonl"))
known = Surroundings(files, Journals(os.fsencode(top / "journals"), files), b"/nowhere")
nobody = lambda *_: None
tools = Tools(known, *[nobody] * 4, state=str, folder=top)
with (
    listen("127.0.0.1", 0, others_may=False) as listening,
    Showcase(findings, workers=1) as shown,
    assembled(desk, shown, tools) as parts,
):
    serve(parts, listening, on_start=lambda where: print(where, flush=True))
print("asked to stop" if parts.clearing.should_stop.is_set() else "goes on", flush=True)
"""


def test_it_answers_at_the_address_it_tells_until_ctrl_c(shelf: Shelf, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(shelf.catalog), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
    ) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection(address.netloc, timeout=2000)
        connection.request("GET", f"/?{address.query}")
        status = connection.getresponse().status
        connection.close()
        process.send_signal(signal.SIGINT)
        ended = process.stdout.read().strip()

    assert (status, ended, process.returncode) == (303, "asked to stop", 0)
    assert address.query.startswith("token=")
    assert len(address.query) > 30


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("localhost", "is no address"),
        ("0.0.0.0", "every address of this machine"),
        ("::", "every address of this machine"),
        ("192.0.2.1", "other machines could see your photos"),
    ],
)
def test_an_address_that_others_reach_is_refused(host: str, why: str) -> None:
    with pytest.raises(AddressError, match=why), listen(host, 0, others_may=False):
        pass


@pytest.mark.parametrize(
    "called", ["nas", "nas:0", "nas:80", "NAS:8321", "http://nas:8321", "nas:8321/", "a b:8321", ""]
)
def test_what_no_browser_calls_a_page_is_refused(called: str) -> None:
    with (
        pytest.raises(AddressError, match="not how a browser calls a page"),
        listen("127.0.0.1", 0, others_may=False, called=called),
    ):
        pass


@pytest.mark.parametrize("called", ["https://photos.example:443", "https://a/", "https://", "a"])
def test_what_no_browser_calls_an_encrypted_page_is_refused(called: str) -> None:
    with (
        pytest.raises(AddressError, match="not how a browser calls a page"),
        listen("127.0.0.1", 0, others_may=True, called=called),
    ):
        pass


@pytest.mark.parametrize("called", ["https://photos.example", "nas.local:8321"])
def test_a_name_that_others_may_call_needs_leave_behind_a_proxy_too(called: str) -> None:
    with (
        pytest.raises(AddressError, match="other machines could see your photos"),
        listen("127.0.0.1", 0, others_may=False, called=called),
    ):
        pass
    with listen("127.0.0.1", 0, others_may=True, called=called):
        pass
    with listen("127.0.0.1", 0, others_may=False, called="https://localhost:8443"):
        pass


def test_all_addresses_need_a_name_and_the_leave_of_others() -> None:
    with (
        pytest.raises(AddressError, match="other machines could see your photos"),
        listen("0.0.0.0", 0, others_may=False, called="nas.local:8321"),
    ):
        pass
    with listen("0.0.0.0", 0, others_may=True, called="nas.local:8321") as listening:
        assert listening.getsockname()[0] == "0.0.0.0"


def test_an_address_that_is_not_of_this_machine_cannot_be_used() -> None:
    with (
        pytest.raises(AddressError, match="choose another with --port"),
        listen("192.0.2.1", 0, others_may=True),
    ):
        pass


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with (
            pytest.raises(AddressError, match=f"port {port} cannot be used"),
            listen("127.0.0.1", port, others_may=False),
        ):
            pass


def test_whichever_port_is_free_is_taken_and_let_go() -> None:
    with listen("127.0.0.1", 0, others_may=False) as listening:
        port = listening.getsockname()[1]
        answered = threading.Event()

        def answer() -> None:
            connection, _ = listening.accept()
            connection.close()
            answered.set()

        thread = threading.Thread(target=answer)
        thread.start()
        socket.create_connection(("127.0.0.1", port), timeout=200).close()
        thread.join()

    assert answered.is_set()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=200)

"""A folder of real pictures, indexed once, and a review of it that runs in a thread."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Page, expect

from copyfind.cleanup.apply import Surroundings
from copyfind.cleanup.files import Files
from copyfind.cleanup.gathering import Maker, catalog_state
from copyfind.cleanup.journals import Journals, journals_folder
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.pipeline.showing import Showcase
from copyfind.records import Findings
from copyfind.review.choices import Choices
from copyfind.review.desk import Desk
from copyfind.review.page import assembled, make_page
from copyfind.review.server import listen
from copyfind.review.tools import Tools
from tests.browsing import OpenPage
from tests.photos import photo

TOKEN = "a-token-of-the-tests"
NASTY = "<img src=x onerror=alert(1)>\u202e.png"


@dataclass(frozen=True)
class Shelf:
    """Pictures, and the catalog that knows them."""

    folder: Path
    catalog: Path

    def findings(self) -> Findings:
        return find_copies(self.catalog)


def stocked(top: Path) -> Shelf:
    """Two clusters: coffee with a twin, a TIFF and a smaller one; a cat with a twin."""
    shelf = Shelf(top / "photos", top / "catalog.sqlite")
    for folder in ("camera", "copies"):
        (shelf.folder / folder).mkdir(parents=True)
    coffee = shelf.folder / "camera" / "coffee.png"
    photo("coffee").save(coffee)
    shutil.copy(coffee, shelf.folder / "copies" / NASTY)
    with Image.open(coffee) as picture:
        picture.save(shelf.folder / "copies" / "coffee.tif")
        picture.resize((160, 120)).save(shelf.folder / "copies" / "small.jpg", quality=80)
    cat = shelf.folder / "camera" / "cat.png"
    photo("chelsea").save(cat)
    shutil.copy(cat, shelf.folder / "copies" / "cat again.png")
    index_folders([os.fsencode(shelf.folder)], catalog=shelf.catalog, workers=1)
    return shelf


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Read-only for tests: all of them share it."""
    return stocked(tmp_path_factory.mktemp("shelf").resolve())


@pytest.fixture
def own_shelf(tmp_path: Path) -> Shelf:
    """For tests that change something."""
    return stocked(tmp_path.resolve() / "shelf")


@dataclass
class Reviewed:
    """A review that runs, and a way to talk to it as no browser would."""

    address: str
    host: str
    findings: Findings
    choices: Path
    desk: Desk
    said: list[tuple[bytes, bytes]]  # contents that are not copies of each other
    secret: str = ""
    stop: Callable[[], None] = field(default=lambda: None)

    def ask(
        self, path: str, *, method: str = "GET", body: object = None, **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, with the cookie; a header set to None is left out, `_` is `-`."""
        port = int(self.host.rpartition(":")[2])
        sent = {"Host": self.host, "Cookie": f"copyfind-{port}={TOKEN}"}
        if method == "POST":
            sent |= {"Origin": f"http://{self.host}", "X-Copyfind": self.secret}
        for name, value in headers.items():
            name = name.replace("_", "-")
            sent = {key: v for key, v in sent.items() if key.lower() != name.lower()}
            if value is not None:
                sent[name] = value
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=200)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = b"" if body is None else json.dumps(body).encode()
            for name, value in {**sent, "Content-Length": str(len(data))}.items():
                connection.putheader(name, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def post(self, path: str, body: object) -> tuple[int, Any]:
        status, _, said = self.ask(path, method="POST", body=body)
        return status, json.loads(said)


Start = Callable[..., Reviewed]


@pytest.fixture
def start(shelf: Shelf, tmp_path: Path) -> Iterator[Start]:
    """Starts reviews of the shelf, or of other findings; they end with the test."""
    with ExitStack() as running:

        def started(
            findings: Findings | None = None,
            *,
            of: Shelf = shelf,
            anywhere: bool = True,
            origin: str | None = None,  # by which it is called instead of its own
        ) -> Reviewed:
            findings = findings or of.findings()
            listening = running.enter_context(listen("127.0.0.1", 0, others_may=False))
            showcase = running.enter_context(Showcase(findings, workers=1))
            choices = tmp_path / "choices.jsonl"
            said: list[tuple[bytes, bytes]] = []
            desk = Desk(
                findings,
                Choices(choices),
                tell_apart=lambda pairs, are: said.extend(pairs) if are else _forget(said, pairs),
            )
            files = Files()
            maker = Maker(of.catalog, "1", files)
            tools = Tools(
                Surroundings(
                    files,
                    Journals(journals_folder(tmp_path / "catalog.sqlite"), files),
                    os.fsencode(tmp_path / "Trash"),
                ),
                make=maker.choices,
                draft=maker.draft,
                find=lambda rules, watch: find_copies(of.catalog, keep=rules, watch=watch),
                index=lambda folders, watch: index_folders(
                    folders, catalog=of.catalog, workers=1, watch=watch
                ),
                state=lambda: catalog_state(of.catalog),
                folder=tmp_path,
                anywhere=anywhere,
            )
            parts = running.enter_context(assembled(desk, showcase, tools))
            host = f"127.0.0.1:{listening.getsockname()[1]}"
            page = make_page(parts, origins=frozenset({origin or f"http://{host}"}), token=TOKEN)
            stop = running.callback(_run(page, listening))
            reviewed = Reviewed(
                f"http://{host}/?token={TOKEN}", host, findings, choices, desk, said
            )
            reviewed.stop = stop
            if origin is None:
                reviewed.secret = json.loads(reviewed.ask("/api/overview")[2])["secret"]
            return reviewed

        yield started


@pytest.fixture
def page(start: Start, open_page: OpenPage) -> Page:
    """The review in a browser at its first cluster: coffee, of which two copies are proven."""
    page = open_page(start().address)
    expect(page.locator("#title")).to_contain_text("1 of 2")
    return page


def _forget(said: list[tuple[bytes, bytes]], pairs: Collection[tuple[bytes, bytes]]) -> None:
    for pair in pairs:
        said.remove(pair)


def _run(page: Any, listening: socket.socket) -> Callable[[], None]:
    """Serve in a thread; returns what ends it."""
    server = uvicorn.Server(
        uvicorn.Config(
            page,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http="h11",
            timeout_graceful_shutdown=2,  # as the product: no answer under way is waited for longer
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return stop

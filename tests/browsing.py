"""A real Chromium for tests of pages: the system's own, driven by Playwright.

Where there is none the tests are skipped, but never in CI (the environment variable CI is set).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 60_000  # milliseconds; what a page does at once takes long on a busy machine


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Started once for all tests of a worker."""
    program = os.environ.get("COPYFIND_TEST_BROWSER") or next(
        filter(None, map(shutil.which, _NAMES)), None
    )
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here: install Debian's package chromium")
        pytest.skip("no Chromium here; Debian's package is called chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_PATIENCE)

    # Root may not use the sandbox of the browser.
    root = sys.platform != "win32" and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if root else []
        )
        yield browser
        browser.close()


OpenPage = Callable[..., "Page"]


@cache
def _axe() -> str:
    """axe-core, which looks for what keeps people out of a page."""
    script = files("axe_playwright_python") / "axe.min.js"
    return script.read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it is, in light and dark: the rule, and where."""
    page.evaluate(_axe())
    found = page.evaluate("async () => (await axe.run()).violations")
    page.emulate_media(color_scheme="dark")
    found += page.evaluate("async () => (await axe.run({runOnly: ['color-contrast']})).violations")
    page.emulate_media(color_scheme="light")
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens pages in a context of their own. At the end no page may have said an error, or have
    asked anybody but a file or this machine for anything."""
    with _contexts(chromium) as opened:
        yield opened


@contextmanager
def _contexts(chromium: Browser) -> Iterator[OpenPage]:
    contexts = []
    troubles: list[str] = []
    asked: list[str] = []

    def opened(
        address: str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
    assert [
        url for url in asked if not url.startswith(("file:", "data:", "http://127.0.0.1:"))
    ] == []

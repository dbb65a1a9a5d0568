"""The documentation as a site: whole, linked, and without anything of others, as it is read too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browsing import OpenPage

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / ".ci" / "mkdocs.yml"
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does it."""
    folder = tmp_path_factory.mktemp("site")
    words = ["build", "--quiet", "--strict", "--config-file", str(SETTINGS), "--site-dir"]
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", *words, str(folder)],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return folder


def test_every_page_is_listed() -> None:
    listed = set(
        re.findall(r"- ([a-z-]+\.md)$", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    )
    pages = {page.name for page in DOCS.glob("*.md")}

    assert listed == pages


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_read_from_files_without_the_network(
    site: Path, open_page: OpenPage, width: int
) -> None:
    page = open_page((site / "proofs.html").as_uri(), width=width, dark=width == 390)

    assert page.locator("h1").inner_text() == "How proofs work"
    assert page.evaluate("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_page_loads_anything_of_others(site: Path) -> None:
    loaded = [
        (page.name, found)
        for page in site.rglob("*.html")
        for found in re.findall(
            r"""(?:src=|<link[^>]*href=|url\()["']?(https?:[^"')\s]+)""",
            page.read_text(encoding="utf-8"),
        )
    ]
    sheets = "".join(sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css"))

    assert loaded == []
    assert re.findall(r"url\(['\"]?https?:|@import", sheets) == []


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_readme_is_one_screen_with_two_commands_first() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = readme.partition("```\n")[2].partition("```")[0].splitlines()

    assert len(readme.splitlines()) <= 50
    assert len(first) == 2

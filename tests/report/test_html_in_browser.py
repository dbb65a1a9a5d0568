"""The HTML report in a real browser, opened from a file: drawn, paged, filtered, harmless."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from copyfind.records import Findings
from copyfind.report.as_html import findings_as_html
from tests.browsing import OpenPage, faults
from tests.making import made_findings
from tests.report.test_as_html import ATTACKS, many, named


def photo(sha256: bytes) -> bytes:
    """A JPEG as large as those in the cache."""
    return drawn(sha256[-1] % 8)


@cache
def drawn(seed: int) -> bytes:
    out = io.BytesIO()
    grain = np.random.default_rng(seed).integers(0, 256, (38, 50, 3), dtype=np.uint8)
    Image.fromarray(grain).resize((400, 300)).save(out, "JPEG", quality=85)
    return out.getvalue()


def written(folder: Path, findings: Findings) -> str:
    """The address of the report in a file."""
    path = folder / "report.html"
    path.write_text(findings_as_html(findings, thumbnail=photo, version="1.2.3"), encoding="utf-8")
    return path.as_uri()


def test_clusters_are_drawn_with_pictures_and_words(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, made_findings()))

    assert page.locator("h1").inner_text() == "1 cluster among 7 photos"
    assert page.locator("article.cluster figure").count() == 5
    assert page.locator("figure.kept .badge").inner_text() == "Keep"
    assert page.evaluate("[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    assert "the same picture to the pixel" in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_people_out(tmp_path: Path, open_page: OpenPage, width: int) -> None:
    page = open_page(written(tmp_path, many(3)), width=width)
    expect(page.locator("article.cluster")).to_have_count(3)

    assert faults(page) == []


def test_pages_are_turned(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, many(60)))

    page.get_by_role("button", name="Next").click()

    assert page.locator("#place").inner_text() == "26 to 50 of 60"
    # The numbers are those of the terminal, most to gain first; here that stands last.
    assert page.locator("article h2").first.inner_text().startswith("35. ")
    expect(page.locator("figure img").first).to_have_js_property("complete", True)  # noqa: FBT003


def test_kinds_and_folders_are_chosen(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, many(240)))

    page.get_by_role("combobox", name="Show").select_option("near")
    assert page.locator("#count").inner_text().startswith("120 clusters, ")

    page.get_by_label("Folder or name contains").fill("/photos/2/")
    expect(page.locator("#count")).to_contain_text(re.compile("^20 clusters"))


def test_the_order_is_chosen(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, many(30)))

    page.get_by_label("Order").select_option("gain")

    assert page.locator("article h2").first.inner_text().startswith("1. ")


def test_names_are_text_whatever_is_in_them(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, named(*ATTACKS)))

    names = page.locator("figcaption a.name").all_inner_texts()
    assert page.locator("main script, main [onerror]").count() == 0
    assert any("onerror=alert(1)" in name for name in names)
    assert any("exe.\\u202egpj.jpg" in name for name in names)
    assert any("\\xff\\xfe not utf-8" in name for name in names)
    assert page.evaluate("[...document.links].every((a) => a.protocol === 'file:')")


def test_a_script_that_got_in_could_not_run(tmp_path: Path, chromium: Browser) -> None:
    path = tmp_path / "report.html"
    text = findings_as_html(made_findings(), thumbnail=photo, version="1.2.3")
    path.write_text(text.replace("</main>", "</main><b id=x onclick='document.title=1'>x</b>"))

    page = chromium.new_page()
    page.goto(path.as_uri())
    page.locator("#x").click()

    assert page.title() != "1"
    page.close()


def test_light_and_dark_follow_the_system(tmp_path: Path, open_page: OpenPage) -> None:
    address = written(tmp_path, made_findings())
    colour = "getComputedStyle(document.body).backgroundColor"

    light, dark = open_page(address), open_page(address, dark=True)

    assert light.evaluate(colour) == "rgb(246, 245, 242)"
    assert dark.evaluate(colour) == "rgb(20, 20, 21)"


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(tmp_path: Path, open_page: OpenPage, width: int) -> None:
    long = named(b"a" * 200 + b".jpg", b"b" * 200 + b".jpg", *ATTACKS)

    page = open_page(written(tmp_path, long), width=width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_names_and_links_are_there(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, many(3)), scripts=False)

    assert page.locator("noscript table a").count() == 6
    assert page.locator("noscript caption").first.is_visible()


def test_it_prints(tmp_path: Path, open_page: OpenPage) -> None:
    page = open_page(written(tmp_path, many(3)))

    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="print")
    assert page.locator("article.cluster").count() == 3
    assert not page.locator("#tools").is_visible()


@pytest.mark.slow
def test_a_thousand_clusters_are_seen_before_they_are_read_to_the_end(
    tmp_path: Path, open_page: OpenPage
) -> None:
    address = written(tmp_path, many(1000))

    page = open_page(address)

    seen, read = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime,"
        " performance.getEntriesByType('navigation')[0].domInteractive]"
    )
    assert seen < read
    page.get_by_label("Folder or name contains").fill("/photos/9/")
    expect(page.locator("#count")).to_contain_text(re.compile("^100 clusters"))

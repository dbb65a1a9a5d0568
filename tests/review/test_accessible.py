"""What axe-core finds of the review, whatever it shows, at any width, light and dark: nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import OpenPage, faults
from tests.review.conftest import Shelf, Start

DIALOGS = {"?": "help", "m": "rules", "j": "journal", "i": "metadata"}


@pytest.mark.parametrize("width", [1280, 390])
def test_looking_and_the_list(start: Start, open_page: OpenPage, width: int) -> None:
    page = opened(start, open_page, width)
    found = {"pictures": faults(page)}

    page.keyboard.press("v")
    found["slider"] = faults(page)
    page.keyboard.press("v")
    page.keyboard.press("v")
    expect(page.locator("#contact button")).to_have_count(4)
    found["all pictures"] = faults(page)
    page.keyboard.press("l")
    expect(page.locator("#list")).to_be_focused()
    found["list"] = faults(page)
    page.get_by_text("More filters").click()
    found["filters"] = faults(page)
    page.get_by_label("Folder contains").fill("nowhere")
    expect(page.locator("#nothing")).to_be_visible()
    found["no cluster"] = faults(page)

    assert not any(found.values()), found


@pytest.mark.parametrize("width", [1280, 390])
def test_the_dialogs(start: Start, open_page: OpenPage, width: int) -> None:
    page = opened(start, open_page, width)
    found = {}
    for key, name in DIALOGS.items():
        page.keyboard.press(key)
        expect(page.locator(f"#{name}-dialog")).to_be_visible()
        if name == "rules":
            page.get_by_label("Rule", exact=True).select_option("original")
            page.get_by_role("button", name="Preview").click()
            expect(page.locator("#rules-said .big")).to_be_visible()
        if name == "metadata":
            expect(page.locator("#metadata-words mark").first).to_be_visible()
        found[name] = faults(page)
        page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("1 file marked")
    found["marked"] = faults(page)
    page.locator("#clear").click()
    expect(page.locator("#clear-words .big")).to_be_visible()
    found["clear away"] = faults(page)

    assert not any(found.values()), found


@pytest.mark.parametrize("width", [1280, 390])
def test_scanning_and_what_it_found(
    start: Start, open_page: OpenPage, shelf: Shelf, width: int
) -> None:
    page = open_page(start(replace(shelf.findings(), clusters=())).address, width=width, height=900)
    expect(page.locator("#nothing")).to_be_visible()
    found = {"nothing": faults(page)}
    page.get_by_role("button", name="Scan a folder").click()
    found["scan"] = faults(page)
    page.get_by_role("button", name="Only find copies again").click()
    expect(page.locator("#scan-done")).to_be_visible()
    found["scanned"] = faults(page)
    page.keyboard.press("Escape")
    expect(page.locator("#notice")).to_be_visible()
    found["notice"] = faults(page)

    assert not any(found.values()), found


def test_what_keeps_people_out_would_be_found(open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><button></button>")

    assert [fault.partition(":")[0] for fault in faults(page)] == ["button-name"]


def opened(start: Start, open_page: OpenPage, width: int) -> Page:
    page = open_page(start().address, width=width, height=900)
    expect(page.locator("#title")).to_contain_text("1 of 2")
    expect(page.locator("#list [role=option] img").first).to_be_attached()
    return page

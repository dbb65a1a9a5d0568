"""The list, rules, journal, scans and addresses of the review in a real browser, by keyboard."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from copyfind.records import Findings
from tests.browsing import OpenPage
from tests.review.conftest import Shelf, Start

MANY = 40_000  # clusters


def test_the_list_leads_to_a_cluster_and_back(page: Page) -> None:
    first = page.url
    page.keyboard.press("l")
    expect(page.locator("#list [role=option]")).to_have_count(2)
    expect(page.locator("#list [role=option]").first).to_have_attribute("aria-selected", "true")

    page.keyboard.press("ArrowDown")
    expect(page.locator("#title")).to_contain_text("2 of 2")
    page.keyboard.press("Enter")
    expect(page.locator("#actions")).to_be_focused()
    second = page.url
    assert second != first
    assert "#c-" in second

    page.reload()
    expect(page.locator("#title")).to_contain_text("2 of 2")
    page.go_back()
    expect(page.locator("#title")).to_contain_text("1 of 2")
    assert page.url == first
    page.go_forward()
    expect(page.locator("#title")).to_contain_text("2 of 2")


def test_a_number_leads_there_and_filters_stay_in_the_address(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_contain_text("2 of 2")
    page.get_by_label("Kind").select_option("identical")
    expect(page.locator("#title")).to_contain_text("1 of 1")
    page.get_by_label("Order").select_option("newest")
    expect(page).to_have_url(re.compile("sort=newest"))

    page.reload()

    expect(page.locator("#listed")).to_have_text("1 cluster")
    page.get_by_text("More filters").click()
    page.get_by_label("At least").fill("900MB")
    expect(page.locator("#nothing")).to_contain_text("No cluster is like that.")
    page.get_by_role("button", name="Show all clusters").click()
    expect(page.locator("#listed")).to_have_text("2 clusters")


@pytest.mark.parametrize("width", [1280, 390])
def test_folder_and_name_are_seen_at_every_width(
    start: Start, open_page: OpenPage, shelf: Shelf, width: int
) -> None:
    page = open_page(start().address, width=width, height=844, dark=width == 390)
    folder = page.locator("#right-words .folder")
    expect(folder).to_have_attribute("title", str(shelf.folder / "camera"))

    expect(folder).to_contain_text(re.compile("camera$"))
    expect(folder).to_be_in_viewport()
    expect(page.locator("#right-words .name")).to_be_in_viewport()
    page.set_viewport_size({"width": 200 if width == 390 else 700, "height": 844})
    if width == 390:
        expect(folder).to_contain_text(re.compile("….*camera$"))
    page.set_viewport_size({"width": width, "height": 844})
    for one in (folder, page.locator("#right-words .name")):
        assert one.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_rule_is_previewed_marked_and_undone_by_keyboard(page: Page, shelf: Shelf) -> None:
    page.keyboard.press("m")
    page.get_by_label("Rule", exact=True).select_option("clear-in")
    page.locator("#rule-folder").fill(str(shelf.folder / "camera"))
    page.keyboard.press("Enter")
    expect(page.locator("#rules-said")).to_contain_text("2 files, ")
    expect(page.locator("#totals")).to_contain_text("Nothing marked")

    page.keyboard.press("Enter")  # its button has the focus
    expect(page.locator("#totals")).to_contain_text("2 files marked")
    page.keyboard.press("n")
    expect(page.locator("#left-words")).to_contain_text("Kept: your choice")  # the cat again

    page.keyboard.press("u")
    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def test_what_a_dialog_is_told_is_seen_above_it(page: Page) -> None:
    warn = "import('/static/elements.js').then((page) => page.warn('that is no folder'))"
    page.keyboard.press("m")
    page.evaluate(warn)

    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("that is no folder")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_be_visible()  # it is still told without the dialog


def test_the_journal_brings_back_what_was_cleared_away(
    start: Start, open_page: OpenPage, own_shelf: Shelf
) -> None:
    before = sorted(own_shelf.folder.rglob("*.*"))
    review = start(of=own_shelf)
    for cluster in review.findings.clusters:
        for member in cluster.members:  # a thumbnail stays when its file is away
            review.ask(f"/picture/thumbnail/{member.content.sha256.hex()}")
    review.post("/api/mark-safe", {"clusters": [0, 1], "edition": 1})
    _, plan = review.post("/api/plan", {"kind": "quarantine"})
    review.post("/api/plan/apply", {"plan": plan["plan"]})
    page = open_page(review.address, width=390, height=844)
    expect(page.locator("#strip")).to_be_visible()

    page.keyboard.press("j")
    expect(page.locator("#journal-words")).to_contain_text("3 files, ")
    page.locator("#journal-words summary").press("Enter")
    expect(page.locator("#journal-words")).to_contain_text("cat again.png")
    page.get_by_role("button", name="Undo 2").press("Enter")

    expect(page.locator("#clear-words .big")).to_have_text("3 files brought back")
    assert sorted(own_shelf.folder.rglob("*.*")) == before
    page.keyboard.press("Escape")
    expect(page.locator("#totals")).to_contain_text("3 files marked")


def test_metadata_of_both_is_side_by_side(page: Page) -> None:
    page.keyboard.press("i")

    expect(page.locator("#metadata-words tbody tr").first).to_contain_text("coffee.tif")
    expect(page.locator("#metadata-words mark").first).to_be_visible()
    expect(page.locator("#metadata-words tr", has_text="pixels").locator("mark")).to_have_count(0)
    expect(page.get_by_role("button", name="Open folder of coffee.tif")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#metadata-dialog")).not_to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_copies_are_cleared_away_and_brought_back_by_keyboard(
    start: Start, open_page: OpenPage, own_shelf: Shelf, width: int, *, dark: bool
) -> None:
    before = sorted(own_shelf.folder.rglob("*.*"))
    page = open_page(start(of=own_shelf).address, width=width, height=844, dark=dark)
    expect(page.locator("#title")).to_contain_text("1 of 2")
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("1 file marked")

    page.locator("#clear").press("Enter")
    expect(page.locator("#clear-words .big")).to_contain_text("1 file, ")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#clear-words .big")).to_contain_text("cleared away")
    assert len(sorted(own_shelf.folder.rglob("*.*"))) == len(before) - 1
    page.keyboard.press("Shift+Tab")  # from Close to Undo
    page.keyboard.press("Enter")

    expect(page.locator("#clear-words .big")).to_have_text("1 file brought back")
    assert sorted(own_shelf.folder.rglob("*.*")) == before


def test_all_pictures_of_a_cluster_are_seen_at_once(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("v")
    expect(page.locator("#contact button")).to_have_count(4)

    page.keyboard.press("ArrowRight")
    expect(page.locator("#contact [aria-current]")).to_have_count(1)
    page.keyboard.press("k")
    expect(page.locator("#contact .badge.keep")).to_have_count(2)


def test_a_scan_shows_what_it_found(start: Start, open_page: OpenPage, own_shelf: Shelf) -> None:
    card = own_shelf.folder.parent / "card"
    card.mkdir()
    shutil.copy(own_shelf.folder / "camera" / "cat.png", card / "cat on a card.png")
    page = open_page(start(of=own_shelf).address)
    page.get_by_role("button", name="Scan…").click()
    page.locator("#scan-folder").fill(str(card))
    page.keyboard.press("Enter")
    expect(page.locator("#scan-said")).to_contain_text("1 picture met", timeout=120_000)

    page.get_by_role("button", name="Show what was found").press("Enter")

    expect(page.locator("#list [role=option]").filter(has_text="3 ·")).to_have_count(1)


def many(findings: Findings) -> Findings:
    """The same two clusters over and over, each time with other contents and names."""
    clusters = []
    for number in range(MANY):
        cluster = findings.clusters[number % 2]
        mark = number.to_bytes(4, "big")
        members = tuple(
            replace(
                m,
                file=replace(m.file, path=m.file.path + b"%d" % number),
                content=replace(m.content, sha256=mark + m.content.sha256[4:]),
                evidence=m.evidence and replace(m.evidence, to=m.evidence.to + b"%d" % number),
            )
            for m in cluster.members
        )
        clusters.append(replace(cluster, id=f"c-{number:016x}", members=members))
    return replace(findings, clusters=tuple(clusters))


def test_forty_thousand_clusters_are_a_list_like_any_other(
    start: Start, open_page: OpenPage, shelf: Shelf
) -> None:
    page = open_page("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(start(many(shelf.findings())).address)
    expect(page.locator("#title")).to_contain_text("1 of 40,000")
    expect(page.locator("#list [role=option]").first).to_have_attribute("aria-setsize", "40000")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}

    page.locator("#list").press("End")

    expect(page.locator("#title")).to_contain_text("40,000 of 40,000")
    expect(page.locator("#list [role=option]").last).to_have_attribute("aria-posinset", "40000")
    assert page.locator("#list [role=option]").count() < 40
    assert metrics["TaskDuration"] < 1.0  # seconds of the page's own thread
    assert min(painted_after(page) for _ in range(3)) < 1000
    assert metrics["JSHeapUsedSize"] < 100e6
    sent = page.evaluate(
        "performance.getEntriesByType('resource').reduce((a, e) => a + e.decodedBodySize, 0)"
    )
    assert sent < 2e6


def painted_after(page: Page) -> float:
    """The milliseconds after which the page, loaded anew, shows something, as Chromium has it."""
    page.reload()
    expect(page.locator("#title")).to_contain_text("of 40,000")
    after: float = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    return after

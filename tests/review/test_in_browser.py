"""The review in a real browser: looking, deciding with keys and buttons, and coming back to it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from copyfind.records import Findings, Role
from copyfind.review.choices import Choices
from tests.browsing import OpenPage
from tests.review.conftest import NASTY, Shelf, Start


def name_looked_at(page: Page) -> str:
    """The whole name; what is seen of it may be shortened."""
    return page.locator("#right-words .name").get_attribute("title") or ""


def test_the_token_leaves_the_address(page: Page) -> None:
    assert "token" not in page.url


def test_the_keeper_and_the_copy_are_side_by_side(page: Page) -> None:
    expect(page.locator("#left-words .name")).to_have_text("coffee.tif")
    expect(page.locator("#left-words .badge")).to_have_text("Keep")
    expect(page.locator("#right-words .badge")).to_have_text("Safe to clear?")
    expect(page.locator(".sheet.ready")).to_have_count(3)  # left, right, and laid over
    assert page.locator("#strip button").count() == 4


def test_a_name_is_text(page: Page) -> None:
    shown = NASTY.replace("\u202e", "\\u202e")
    names = {name_looked_at(page)}
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        names.add(name_looked_at(page))

    assert shown in names
    assert page.locator("[onerror]").count() == 0


def test_keys_decide_and_go_on(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("1 file marked")
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("2 files marked")
    page.keyboard.press("x")  # the smaller one

    expect(page.locator("#title")).to_contain_text("2 of 2")
    expect(page.locator("#said")).to_contain_text("not a copy. 2 files marked")


def unproven(findings: Findings, reason: str | None = None) -> Findings:
    """The findings, as if nothing proved what the smaller one is, or as if it stayed for that
    reason."""
    coffee = next(c for c in findings.clusters if len(c.members) == 4)
    members = tuple(
        replace(m, role=Role.RELATED, reason=reason) if m.file.path.endswith(b"small.jpg") else m
        for m in coffee.members
    )
    return replace(findings, clusters=(replace(coffee, members=members),))


def test_what_is_not_proven_cannot_be_marked(
    start: Start, open_page: OpenPage, shelf: Shelf
) -> None:
    page = open_page(start(unproven(shelf.findings())).address)
    page.locator("#strip button").last.click()
    assert name_looked_at(page) == "small.jpg"

    page.keyboard.press("r")

    expect(page.locator("#toast")).to_contain_text("Nothing proves that this is a copy")
    expect(page.locator("[data-choice=redundant]")).to_be_disabled()
    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def test_why_a_copy_stays_is_said_beside_it_and_when_it_is_marked(
    start: Start, open_page: OpenPage, shelf: Shelf
) -> None:
    page = open_page(start(unproven(shelf.findings(), "RAW+JPEG pair of small.nef")).address)
    page.locator("#strip button").last.click()

    page.keyboard.press("r")

    expect(page.locator("#right-words")).to_contain_text("kept: RAW+JPEG pair of small.nef")
    expect(page.locator("#toast")).to_have_text("It is kept: RAW+JPEG pair of small.nef.")


def test_the_last_choice_is_undone_where_it_was_made(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("1 file marked")  # one thing at a time
    page.keyboard.press("n")
    expect(page.locator("#title")).to_contain_text("2 of 2")

    page.keyboard.press("Control+z")

    expect(page.locator("#title")).to_contain_text("1 of 2")
    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def test_choices_are_there_after_a_restart(start: Start, open_page: OpenPage) -> None:
    first = open_page(start().address)
    expect(first.locator("#title")).to_contain_text("1 of 2")
    first.keyboard.press("r")
    expect(first.locator("#totals")).to_contain_text("1 file marked")

    again = open_page(start().address)

    expect(again.locator("#totals")).to_contain_text("1 file marked")
    expect(again.locator("#strip i.copy")).to_have_count(1)


def test_another_picture_is_kept_instead(page: Page) -> None:
    other = name_looked_at(page)

    page.keyboard.press("b")

    expect(page.locator("#left-words .name")).to_have_text(other)
    expect(page.locator("#left-words")).to_contain_text("Kept: your choice")
    expect(page.locator("#right-words .name")).to_have_text("coffee.tif")
    expect(page.locator("#right-words .badge")).to_have_text("Redundant")


def test_the_last_picture_cannot_be_marked(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#title")).to_contain_text("2 of 2")
    page.keyboard.press("b")  # the twin stays instead of the cat
    expect(page.locator("#totals")).to_contain_text("1 file marked")

    page.locator("#strip button:not([disabled])").click()
    assert name_looked_at(page) == "cat.png"
    page.keyboard.press("b")  # and back: never both

    expect(page.locator("#totals")).to_contain_text("1 file marked")
    expect(page.locator("#left-words .name")).to_have_text("cat.png")


def test_many_proven_copies_are_marked_at_once_and_undone_at_once(page: Page) -> None:
    page.get_by_role("button", name="Mark 3 safe copies").click()
    expect(page.locator("#many-words")).to_contain_text("3 undecided copies")

    page.get_by_role("button", name="Mark them redundant").click()
    expect(page.locator("#totals")).to_contain_text("3 files marked")

    page.keyboard.press("u")
    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def test_a_cluster_is_skipped(page: Page) -> None:
    page.keyboard.press("s")
    expect(page.locator("#title")).to_contain_text("2 of 2")

    page.get_by_label("Which").select_option("skip")

    expect(page.locator("#title")).to_contain_text("1 of 1")
    expect(page.locator("#title")).to_contain_text("skipped")


def test_kinds_and_folders_filter(page: Page) -> None:
    page.get_by_label("Kind").select_option("identical")
    expect(page.locator("#title")).to_contain_text("1 of 1")
    expect(page.locator("#left-words .name")).to_have_text(re.compile("cat"))

    page.get_by_label("Folder contains").fill("nowhere")
    expect(page.locator("#title")).to_have_text("Nothing to look at")


def test_letters_in_a_field_decide_nothing(page: Page) -> None:
    page.get_by_label("Folder contains").fill("")
    page.get_by_label("Folder contains").press_sequentially("rrr")

    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def test_letter_keys_can_be_turned_off(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_label("Letter keys are on").uncheck()
    page.get_by_role("button", name="Close").click()

    page.keyboard.press("r")

    expect(page.locator("#totals")).to_contain_text("Nothing marked")


def sheets(page: Page) -> list[dict[str, float]]:
    """Where the two pictures are on the screen."""
    return [
        page.locator(f"#{side}-view .sheet").first.bounding_box() or {}  # type: ignore[misc]
        for side in ("left", "right")
    ]


def test_both_pictures_are_zoomed_and_moved_together(page: Page) -> None:
    left = page.locator("#left-view")
    box = left.bounding_box()
    assert box
    before = sheets(page)

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -600)
    expect(page.locator("#fit")).to_contain_text("×")
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 30, steps=4)
    page.mouse.up()

    after = sheets(page)
    shift = page.locator("#right-view").bounding_box()
    assert shift
    assert after[0]["width"] > 2 * before[0]["width"]
    assert after[1]["width"] == pytest.approx(after[0]["width"], rel=0.01)
    assert after[1]["x"] - shift["x"] == pytest.approx(after[0]["x"] - box["x"], abs=1.5)
    assert after[1]["y"] == pytest.approx(after[0]["y"], abs=1.5)


def test_the_slider_lays_one_over_the_other(page: Page) -> None:
    page.get_by_role("button", name="Slider").click()
    page.get_by_label("Divider").fill("25")

    kept = page.locator("#left-view > .sheet").bounding_box()
    laid = page.locator(".wipe .sheet .full").bounding_box()
    line = page.locator(".line").bounding_box()
    assert kept
    assert line
    assert kept == laid  # proven to the pixel: they lie on each other exactly
    assert line["x"] == pytest.approx(kept["x"] + kept["width"] / 4, abs=2)
    page.keyboard.press("v")
    expect(page.locator("#stage")).to_have_attribute("data-view", "difference")


def test_an_aligned_crop_is_laid_where_it_was_cut(
    start: Start, open_page: OpenPage, shelf: Shelf
) -> None:
    page = open_page(start(cropped(shelf.findings())).address)
    expect(page.locator("#aligned")).to_contain_text("Same spot on both")

    page.get_by_role("button", name="Slider").click()

    kept = page.locator("#left-view > .sheet").bounding_box()
    laid = page.locator(".wipe .sheet .full").bounding_box()
    assert kept
    assert laid
    assert laid["x"] == pytest.approx(kept["x"] + kept["width"] / 4, abs=1)
    assert laid["width"] == pytest.approx(kept["width"] / 2, abs=1)


def cropped(findings: Findings) -> Findings:
    """The findings, as if the cat's twin showed the middle half of it."""
    from copyfind.records import Tier

    cat = next(c for c in findings.clusters if b"cat" in c.keeper.file.path)
    assert cat.members[1].evidence
    evidence = replace(
        cat.members[1].evidence,
        tier=Tier.EDITED,
        how=("cropped to 25 %",),
        overlap=(0.25, 1.0),
        matrix=((2.0, 0.0, -0.5), (0.0, 2.0, -0.5), (0.0, 0.0, 1.0)),
    )
    members = (cat.members[0], replace(cat.members[1], evidence=evidence))
    return replace(findings, clusters=(replace(cat, tier=Tier.EDITED, members=members),))


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_everything_fits_the_window(
    start: Start, open_page: OpenPage, width: int, height: int
) -> None:
    page = open_page(start().address, width=width, height=height)
    expect(page.locator("#title")).to_contain_text("1 of 2")

    for name in ("Keep", "Redundant", "Not a copy", "Skip", "Undo"):
        box = page.get_by_role("button", name=re.compile(f"^{name}( .)?$")).first.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    view = page.locator("#left-view").bounding_box()
    assert view
    assert view["height"] > 0.15 * height


def test_beside_the_choices_two_pictures_are_seen_whole(page: Page) -> None:
    strip = page.locator("#strip")
    page.keyboard.press("n")  # a cluster of two
    expect(page.locator("#strip button")).to_have_count(2)

    assert strip.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    expect(page.locator("#list .facts").first).to_have_text(re.compile("3 safe|2 safe, 1 ask"))


def test_on_a_phone_the_keys_are_named_and_the_head_is_whole(
    start: Start, open_page: OpenPage
) -> None:
    page = open_page(start().address, width=390, height=844)
    expect(page.locator("#title .short")).to_be_visible()
    assert page.locator("#title").evaluate("(e) => e.scrollWidth <= e.clientWidth")
    words = page.locator("#right-words")
    assert words.evaluate("(e) => e.scrollHeight <= e.clientHeight")

    page.keyboard.press("?")

    for key in page.locator("#help-dialog dt kbd").all():
        expect(key).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    head = page.get_by_role("rowheader", name="JPEG quality")
    expect(page.get_by_role("rowheader", name="pixels")).to_be_visible()
    for row in [*head.all(), *page.get_by_role("rowheader").all()]:
        assert row.evaluate("(e) => e.scrollWidth <= e.clientWidth")


def test_light_and_dark_follow_the_system(start: Start, open_page: OpenPage) -> None:
    address = start().address
    colour = "getComputedStyle(document.body).backgroundColor"

    assert open_page(address).evaluate(colour) == "rgb(246, 245, 242)"
    assert open_page(address, dark=True).evaluate(colour) == "rgb(20, 20, 21)"


def test_every_control_has_a_name(page: Page) -> None:
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select")].filter((e) =>
            !(e.getAttribute("aria-label") || e.textContent.trim()
              || e.labels?.[0]?.textContent.trim())).length"""
    )

    assert nameless == 0
    assert page.locator("img:not([alt])").count() == 0


def test_no_copies_are_said_to_be_none(start: Start, open_page: OpenPage, shelf: Shelf) -> None:
    page = open_page(start(replace(shelf.findings(), clusters=())).address)

    expect(page.locator("#nothing")).to_contain_text("There are no copies here.")
    expect(page.get_by_role("button", name="Scan a folder")).to_be_visible()


def test_before_anything_is_indexed_the_page_says_how_to_begin(
    start: Start, open_page: OpenPage, shelf: Shelf
) -> None:
    page = open_page(start(replace(shelf.findings(), clusters=(), files=0, roots=())).address)

    expect(page.locator("#nothing")).to_contain_text("Nothing is indexed yet.")
    page.get_by_role("button", name="Scan a folder").press("Enter")
    expect(page.locator("#scan-folder")).to_be_focused()


def test_the_choices_file_holds_what_the_page_says(page: Page, tmp_path: Path) -> None:
    page.keyboard.press("r")
    expect(page.locator("#totals")).to_contain_text("1 file marked")

    assert list(Choices(tmp_path / "choices.jsonl").now().values()) == ["redundant"]


def marked(start: Start, open_page: OpenPage, shelf: Shelf, **options: object) -> Page:
    """A review of a folder of this test's own, all three proven copies marked."""
    page = open_page(start(of=shelf).address, **options)
    page.get_by_role("button", name="Mark 3 safe copies").click()
    page.get_by_role("button", name="Mark them redundant").click()
    expect(page.locator("#totals")).to_contain_text("3 files marked")
    return page


def all_pictures_shown(page: Page) -> None:
    """Wait for the two at which one looks and for the next cluster's, which is asked for ahead: of
    a file that is gone by then there is no picture, and a browser calls that an error."""
    page.wait_for_function(
        """() => [...document.images].every(image => image.complete)
        && performance.getEntriesByType("resource")
            .filter(one => one.name.includes("/picture/full/")).length === 3"""
    )


def test_clearing_away_asks_first_and_can_be_undone(
    start: Start, open_page: OpenPage, own_shelf: Shelf
) -> None:
    before = sorted(own_shelf.folder.rglob("*.*"))
    page = marked(start, open_page, own_shelf)

    page.get_by_role("button", name="Clear away…").click()
    expect(page.locator("#clear-words .big")).to_contain_text("3 files, ")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()  # Enter aborts
    page.keyboard.press("Enter")
    expect(page.locator("#clear-dialog")).not_to_be_visible()
    assert sorted(own_shelf.folder.rglob("*.*")) == before

    page.get_by_role("button", name="Clear away…").click()
    page.get_by_role("button", name="Move 3 files to quarantine").click()
    expect(page.locator("#clear-words .big")).to_contain_text("3 files, ")
    expect(page.locator("#clear-words .big")).to_contain_text("cleared away")
    assert not (own_shelf.folder / "copies" / "cat again.png").exists()

    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.locator("#clear-words .big")).to_have_text("3 files brought back")
    assert sorted(own_shelf.folder.rglob("*.*")) == before
    page.get_by_role("button", name="Close").last.click()
    expect(page.locator("#totals")).to_contain_text("3 files marked")


def test_where_nothing_could_be_cleared_away_nothing_is_said_to_come_back(
    start: Start, open_page: OpenPage, own_shelf: Shelf
) -> None:
    page = marked(start, open_page, own_shelf)
    all_pictures_shown(page)
    for copy in (own_shelf.folder / "copies").iterdir():
        copy.rename(own_shelf.folder.parent / copy.name)

    page.get_by_role("button", name="Clear away…").click()
    page.get_by_role("button", name="Move 3 files to quarantine").click()

    expect(page.locator("#clear-words .big")).to_contain_text("0 files, ")
    expect(page.locator("#clear-words summary")).to_have_text("2 clusters left alone")
    expect(page.locator("#clear-words")).not_to_contain_text("Undo")


def test_a_dry_run_from_the_page_does_nothing(
    start: Start, open_page: OpenPage, own_shelf: Shelf
) -> None:
    before = sorted(own_shelf.folder.rglob("*"))
    page = marked(start, open_page, own_shelf, width=390, height=844)

    page.get_by_role("button", name="Clear away…").click()
    page.get_by_role("button", name="Try without doing").click()

    expect(page.locator("#clear-said")).to_contain_text("3 files would go, nothing was done")
    assert sorted(own_shelf.folder.rglob("*")) == before


def test_the_plan_can_be_downloaded(start: Start, open_page: OpenPage, own_shelf: Shelf) -> None:
    page = marked(start, open_page, own_shelf)
    page.get_by_role("button", name="Clear away…").click()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download plan.json").click()

    assert download.value.suggested_filename == "plan.json"
    assert "copyfind.plan/1" in download.value.path().read_text(encoding="utf-8")

"""Take the pictures of the review and of the HTML report that the documentation shows.

They show the folder of `make_demo.py`, whose photos ship with scikit-image and scikit-learn.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent


def main() -> None:
    """Index the demonstration, open both pages, write docs/*.webp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE.parent / "docs")
    parser.add_argument("--browser", default=shutil.which("chromium"), help="a Chromium")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        top = Path(name)
        environment = os.environ | {
            "HOME": name,  # names are shown from there
            "XDG_CACHE_HOME": name,
            "COPYFIND_CATALOG": f"{name}/c.sqlite",
        }

        def copyfind(*words: str) -> list[str]:
            return [sys.executable, "-m", "copyfind", *words]

        subprocess.run([sys.executable, str(HERE / "make_demo.py"), f"{name}/photos"], check=True)
        subprocess.run(copyfind("-q", "index", f"{name}/photos"), env=environment, check=True)
        page_of_report = top / "report.html"
        subprocess.run(
            copyfind("-q", "dupes", "--format", "html", "-o", str(page_of_report)),
            env=environment,
            check=True,
        )
        proofs(copyfind("-q", "compare"), top, chosen.output / "pictures", environment)
        browser = playwright.chromium.launch(
            executable_path=chosen.browser, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        with serving(copyfind("review", "--no-browser"), environment) as address:
            review(browser, address, chosen.output)
        report = browser.new_page(viewport={"width": 1280, "height": 860})
        report.goto(page_of_report.as_uri())
        save(report, chosen.output / "report.webp")
        browser.close()


def proofs(compare: list[str], top: Path, output: Path, environment: Mapping[str, str]) -> None:
    """What `compare --image` draws of three edits."""
    for photo, edit in (("coffee", "cropped"), ("chelsea", "caption"), ("astronaut", "frame")):
        both = [f"{top}/photos/camera/{photo}.jpg", f"{top}/photos/web/{photo} {edit}.jpg"]
        drawn = top / f"{edit}.png"
        subprocess.run([*compare, *both, "--image", str(drawn)], env=environment, check=True)
        with Image.open(drawn) as picture:
            small = picture.convert("RGB")
        small.thumbnail((1280, 4000))
        name = {"cropped": "crop"}.get(edit, edit)
        small.save(output / f"proof-{name}.webp", quality=70, method=6)


@contextmanager
def serving(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """A review that runs; its address."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def review(browser: Browser, address: str, output: Path) -> None:
    """Side by side in a wide window; the slider in the dark on a phone."""
    wide = browser.new_page(viewport={"width": 1280, "height": 860})
    wide.goto(address)
    looked_at(wide)
    wide.keyboard.press("r")
    wide.keyboard.press("n")
    looked_at(wide)
    wide.locator("#strip button").last.click()
    looked_at(wide)
    save(wide, output / "review.webp")
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", device_scale_factor=1.5
    ).new_page()
    phone.goto(address)
    looked_at(phone)
    phone.keyboard.press("n")
    looked_at(phone)
    phone.locator("#strip button").nth(2).click()
    looked_at(phone)
    phone.get_by_role("button", name="Slider").click()
    save(phone, output / "review-phone.webp")


def looked_at(page: Page) -> None:
    """Wait for both pictures of the cluster."""
    page.wait_for_timeout(300)
    expect(page.locator(".sheet.ready")).to_have_count(3)


def save(page: Page, path: Path) -> None:
    """What is seen, small."""
    page.wait_for_timeout(400)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(path, quality=72, method=6)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

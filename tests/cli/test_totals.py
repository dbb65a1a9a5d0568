"""The same totals, whatever says them: dupes, plan, review, HTML, JSON."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from copyfind.cleanup.ways import read_plan
from copyfind.cli.app import main
from copyfind.pipeline.finding import find_copies
from copyfind.report.numbers import shown_bytes
from copyfind.review.choices import Choices
from copyfind.review.desk import Desk
from tests.cli.conftest import Collection, Run

Told = dict[str, tuple[int, str]]  # safe, ask, stay -> files, and bytes in words


def of_everything(album: Collection) -> None:
    """A copy of every kind, and copies of an edited copy."""
    original = album.add("camera/coffee.png")
    with Image.open(original) as picture:
        picture.save(album.at("coffee.tif"))
        picture.resize((160, 120)).save(album.at("small.jpg"), quality=80)
        picture.crop((60, 60, 400, 380)).save(album.at("crop.jpg"), quality=90)
    for name in ("small", "crop"):
        shutil.copy(album.at(f"{name}.jpg"), album.at(f"{name} again.jpg"))
    shutil.copy(original, album.at("coffee again.png"))


def of_what_stays(album: Collection) -> None:
    """A copy with two names, one in a library, one whose sidecar is a link, and a RAW+JPEG pair of
    which only the JPEG has a copy."""
    original = album.add("coffee.png")
    shutil.copy(original, album.at("copy.png"))
    os.link(album.at("copy.png"), album.at("link.png"))
    other = album.add("cat.png", "chelsea")
    album.at("Old.photoslibrary").mkdir()
    shutil.copy(other, album.at("Old.photoslibrary/cat.png"))
    shutil.copy(other, album.at("cat (1).png"))
    album.at("cat (1).png.xmp").symlink_to(album.at("nowhere"))
    shutil.copy(other, album.at("cat (2).png"))
    album.at("cat (2).png.xmp").write_text('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')


MAKE = {"everything": of_everything, "what stays": of_what_stays}


@pytest.fixture(scope="module", params=["indexed", *MAKE])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection that all tests here share: read-only."""
    if request.param == "indexed":
        indexed: Collection = request.getfixturevalue("indexed")
        return indexed
    top = tmp_path_factory.mktemp("totals").resolve()
    made = Collection(top / "photos", top / "catalog.sqlite")
    MAKE[request.param](made)
    folders = [made.folder, *made.folder.glob("*.photoslibrary")]
    with pytest.raises(SystemExit) as ended:
        main(["--quiet", "index", *map(str, folders), "--catalog", str(made.catalog)])
    assert not ended.value.code
    return made


@pytest.fixture
def known(shared: Collection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Collection:
    """The same, in a catalog of the test's own."""
    own = tmp_path / "catalog.sqlite"
    with closing(sqlite3.connect(shared.catalog)) as db:
        db.execute("VACUUM INTO ?", (str(own),))
    monkeypatch.setenv("COPYFIND_CATALOG", str(own))
    return Collection(shared.folder, own)


def in_the_table(text: str) -> Told:
    found = re.findall(r"^  (safe|ask|stay) +([\d,]+) +([\d.]+ k?M?B) ", text, re.MULTILINE)
    return {word: (int(files), size) for word, files, size in found}


def in_json(document: dict[str, dict[str, int]]) -> Told:
    names = {"safe": "safe", "consent": "ask", "never": "stay"}
    return {
        word: (document[name]["files"], shown_bytes(document[name]["bytes"]))
        for name, word in names.items()
    }


def in_a_page(text: str) -> Told:
    """The totals in its data."""
    data = re.search(r'id="findings">(.*?)</script>', text)
    assert data is not None
    return in_json(json.loads(data[1])["head"]["totals"])


def test_dupes_plan_review_html_and_json_say_the_same(
    run: Run, known: Collection, tmp_path: Path
) -> None:
    table = in_the_table(run("dupes").out)
    page = tmp_path / "page.html"
    run("dupes", "--format", "html", "-o", page)
    desk = Desk(find_copies(known.catalog), Choices(tmp_path / "choices"))
    overview = desk.overview()
    head = json.loads(json.dumps(overview["head"]))

    assert table["safe"][0] > 0
    assert in_the_table(run("plan").out) == table
    assert in_json(json.loads(run("dupes", "--format", "json").out)["totals"]) == table
    assert in_json(head["totals"]) == table
    assert in_a_page(page.read_text()) == table
    assert str(overview["said"]) in page.read_text()


@pytest.mark.parametrize(
    ("words", "counted"),
    [((), ("safe",)), (("--include", "near,edited"), ("safe", "ask"))],
)
def test_a_plan_takes_what_they_say(
    run: Run, known: Collection, tmp_path: Path, words: tuple[str, ...], counted: tuple[str, ...]
) -> None:
    del known
    ran = run("plan", "-o", tmp_path / "plan.json", *words)

    plan = read_plan(tmp_path / "plan.json")
    totals = in_the_table(ran.out)
    assert len(plan.actions) == sum(totals[word][0] for word in counted)
    if len(counted) == 1:
        size = sum(action.file.file.size for action in plan.actions)
        assert shown_bytes(size) == totals["safe"][1]


def test_what_is_marked_as_safe_is_what_is_safe(known: Collection, tmp_path: Path) -> None:
    desk = Desk(find_copies(known.catalog), Choices(tmp_path / "choices"))

    state = desk.mark_safe(range(len(desk.findings.clusters)))

    marked = json.loads(json.dumps(state["totals"]))
    safe = json.loads(json.dumps(desk.overview()["head"]))["totals"]["safe"]
    assert (marked["files"], marked["bytes"]) == (safe["files"], safe["bytes"])

"""Every command that the documents show is run, as it stands there, in a home with such folders.

What is shown with a placeholder (c-3e07, PHOTOS) is given a real one, or only looked at.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from copyfind.cli.app import build_app, main
from copyfind.cli.console import Settings, settings
from tests.cli.conftest import child, outside, page_at, serving
from tests.photos import photo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the documents speak of ~ and /")
ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWS_A_PAGE = ("go", "review")
# These want hours, weights that somebody has made, or a store: their options alone are looked at.
_NOT_HERE = ("--teacher", "--model", "s3://")
_DONE = (0, 5)  # 5: copies were found, and that was to be told


def commands_of(page: str) -> list[str]:
    """The lines of a page in which copyfind is run, without what is said of them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = (line for block in _BLOCK.findall(text) for line in block.splitlines())
    typed = (re.split(r"\s+#", line)[0] for line in lines)
    return [line for line in typed if re.match(r"copyfind( |$)|find .*\| copyfind ", line)]


WITH_COMMANDS = [page for page in PAGES if commands_of(page)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library, and what shares pictures with it: a card, a disk, downloads, a Takeout."""
    top = tmp_path_factory.mktemp("documented").resolve()
    home, media = top / "home", top / "media"
    library = home / "Photos" / "2019"
    library.mkdir(parents=True)
    for name in ("coffee", "chelsea"):
        photo(name).save(library / f"{name}.png")
    for folder in (media / "card", media / "backup", home / "Downloads", home / "Takeout"):
        folder.mkdir(parents=True)
        shutil.copy2(library / "coffee.png", folder / "IMG_1.png")
    photo("rocket").save(media / "card" / "IMG_2.png")
    photo("chelsea").resize((160, 120)).save(home / "Takeout" / "IMG_2.jpg")
    (home / "Takeout" / "IMG_1.png.json").write_text('{"title": "IMG_1.png"}')
    for name in ("a.jpg", "holiday.jpg"):
        photo("coffee").convert("RGB").save(home / "Photos" / name)
    photo("coffee").convert("RGB").crop((40, 30, 280, 210)).save(home / "Photos" / "b.jpg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.delenv("COPYFIND_CATALOG", raising=False)
        for name in ("DATA", "CACHE", "CONFIG"):
            patch.delenv(f"XDG_{name}_HOME", raising=False)
        run(["index", str(home), str(media)])
        yield home


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """That home, as it was; commands run in a folder in which the pictures lie that they name."""
    for name in ("a.jpg", "b.jpg", "holiday.jpg"):
        (tmp_path / name).symlink_to(made / "Photos" / name)
    monkeypatch.chdir(tmp_path)
    yield made
    run(["--quiet", "undo"])  # a page clears away once at most


def real(line: str, home: Path) -> list[str]:
    """The words of a command, with folders and a cluster of this home."""
    words = [
        re.sub(r"^~", str(home), re.sub(r"^/media\b", str(home.parent / "media"), word))
        for word in shlex.split(line)
    ]
    if any(word == "c-3e07" for word in words):
        found = subprocess.run(
            child("dupes", "--format", "json"), env=outside(), capture_output=True, check=True
        )
        name = json.loads(found.stdout)["clusters"][0]["id"]
        words = [name if word == "c-3e07" else word for word in words]
    return words


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_do_what_it_says(page: str, home: Path) -> None:
    for line in commands_of(page):
        if any(option in line for option in _NOT_HERE):
            continue
        if "|" in line:
            through_a_shell(line)
            continue
        _, *words = real(line, home)
        command = next((word for word in words if not word.startswith("-")), "")
        if command in _SHOWS_A_PAGE or Path(command).is_dir():
            shows_its_page(words)
        else:
            code = run([*words, *answers(command)])
            assert code in _DONE, f"{line}: exit code {code}"
        if "choices.csv" in words and command == "dupes":
            filled_in(Path("choices.csv"))


def answers(command: str) -> list[str]:
    """What a person would answer to what the command asks."""
    return {"apply": ["--yes", "--yes-large"], "empty": ["--yes"]}.get(command, [])


def run(words: list[str]) -> int:
    """The exit code of a command; what an earlier one wrote under that name is out of its way."""
    if "-o" in words:
        Path(words[words.index("-o") + 1]).unlink(missing_ok=True)
    if "--image" in words:
        Path(words[words.index("--image") + 1]).unlink(missing_ok=True)
    with pytest.raises(SystemExit) as ended:
        main(words)
    fresh = Settings()
    settings.quiet, settings.json_log, settings.debug = fresh.quiet, fresh.json_log, fresh.debug
    return int(ended.value.code or 0)


def filled_in(table: Path) -> None:
    """What a person does with a table: the copy of the same bytes is to go."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        for row in rows:
            goes = row["standing"] == "safe"
            writer.writerow({**row, "choice": "remove" if goes else ""})


def shows_its_page(words: list[str]) -> None:
    called = ["--no-browser", *(["--port", "0"] if "--port" in words else [])]
    with serving(*words, *called) as (_, address):
        if "--address" in words:
            assert address.startswith(words[words.index("--address") + 1])
        else:
            assert b"<title>copyfind review</title>" in page_at(address)


def through_a_shell(line: str) -> None:
    program = Path("copyfind").absolute()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(child())} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", line], env=outside() | {"PATH": path}, check=True)


def test_every_command_and_option_of_a_page_is_one() -> None:
    known = {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in get_command(build_app(whole=True)).commands.items()  # type: ignore[attr-defined] # it is a group
    }
    for page in WITH_COMMANDS:
        for line in commands_of(page):
            _, *words = line.rpartition("| ")[2].split()
            name = next((word for word in words if not word.startswith("-")), "go")
            options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            here = known["go"] if "/" in name else known[name]
            assert options <= here | {"--quiet"}, f"{page}: {line}"

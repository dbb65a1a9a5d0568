"""Somebody who has read one part of the README clears a card of what their library has.

They type what stands there, at a terminal, and answer what they are asked: four commands, and less
than three minutes.
"""

from __future__ import annotations

import re
import resource
import shutil
import sys
from pathlib import Path

import pytest

from tests.photos import photo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MINUTES = 3  # of the processor: how long it takes depends on what else the machine does


def commands_of(section: str) -> list[str]:
    """The command lines of a part of the README, without what is said of them."""
    text = README.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    block = text.partition("```\n")[2].partition("```")[0]
    return [re.split(r"\s+#", line)[0] for line in block.splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.png"))


def test_a_card_is_cleared_of_what_the_library_has(tmp_path: Path) -> None:
    from tests.terminal import terminal  # which Windows cannot import

    card, library = tmp_path / "card", tmp_path / "home" / "Photos"
    card.mkdir()
    library.mkdir(parents=True)
    for number, name in enumerate(("coffee", "chelsea", "rocket"), start=1):
        photo(name).save(card / f"IMG_{number}.png")
    for number, name in ((1, "coffee"), (2, "cat")):
        shutil.copy2(card / f"IMG_{number}.png", library / f"{name}.png")
    commands = commands_of("Is all of this card in my library?")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    with terminal(tmp_path, library.parent) as shell:
        said = [
            shell.run(
                command.replace("/media/card", str(card)),
                answers={"Type yes to go on": "yes", "Type really to go on": "really"},
            )
            for command in commands
        ]
        cleared = names(card)
        shell.run("copyfind undo")

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(commands) <= 4
    assert [command.split()[1] for command in commands] == ["index", "folders", "plan", "apply"]
    assert "IMG_3.png" in said[1]  # what is on the card alone is named
    assert cleared == ["IMG_3.png"]
    assert names(library) == ["cat.png", "coffee.png"]
    assert names(card) == ["IMG_1.png", "IMG_2.png", "IMG_3.png"]
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < MINUTES * 60

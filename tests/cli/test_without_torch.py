"""On a CPU nothing but training needs PyTorch: every other command runs where it is absent."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from copyfind.descriptor.pytorch import INSTALL
from copyfind.descriptor.weights import DEFAULT_MODEL, find_weights
from tests.cli.conftest import page_at, started
from tests.photos import EDITS, photo
from tests.surroundings import without_torch


@dataclass(frozen=True)
class Bare:
    """A place without PyTorch, with a few photos that are indexed there."""

    top: Path
    photos: Path
    environment: dict[str, str]

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-S", "-W", "error", "-m", "copyfind"]

    def __call__(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *map(str, words)],
            cwd=self.top,
            env=self.environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    top = tmp_path_factory.mktemp("bare").resolve()
    photos = top / "photos"
    photos.mkdir()
    photo("coffee").save(photos / "one.png")
    shutil.copy(photos / "one.png", photos / "same.png")
    EDITS["cropped"](photo("coffee")).save(photos / "cropped.jpg")
    photo("chelsea").save(photos / "other.png")
    own = {f"XDG_{kind}_HOME": str(top / kind) for kind in ("DATA", "CACHE", "CONFIG")}
    found = Bare(top, photos, without_torch(top / "packages") | own)
    indexed = found("index", photos)
    assert indexed.returncode == 0, indexed.stderr
    return found


def test_pytorch_is_absent_there(bare: Bare) -> None:
    found = subprocess.run(
        [sys.executable, "-S", "-c", "import numpy, torch"],
        env=bare.environment,
        capture_output=True,
        text=True,
    )

    assert "No module named 'torch'" in found.stderr


def test_copies_are_found_and_cleared_away(bare: Bare) -> None:
    found = json.loads(bare("dupes", "--format", "json").stdout)

    assert [cluster["tier"] for cluster in found["clusters"]] == ["edited"]
    assert bare("plan", "-o", "plan.json").returncode == 0
    assert bare("apply", "plan.json", "--yes").returncode == 0
    assert bare("undo").returncode == 0
    assert len(list(bare.photos.iterdir())) == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["search", "photos/cropped.jpg"], "edited"),
        (["compare", "photos/one.png", "photos/cropped.jpg"], "cropped"),
        (["status"], "4 files"),
        (["models"], DEFAULT_MODEL),
        (["check", "--deep"], ""),
        (["index", "--reread", "--device", "auto"], ""),
        (["train", "--show-recipe"], "RDCD"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_it_works(bare: Bare, words: list[str], says: str) -> None:
    done = bare(*words)

    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_the_review_is_served(bare: Bare) -> None:
    with started([*bare.command, "review", "--no-browser"], bare.environment) as (_, address):
        assert b"<!doctype html>" in page_at(address).lower()


def test_what_needs_it_says_what_to_install(bare: Bare, tmp_path: Path) -> None:
    alone = tmp_path / "alone.safetensors"  # without its graph
    shutil.copy(find_weights(DEFAULT_MODEL), alone)
    script = tmp_path / "network.pt"
    script.write_bytes(b"")
    (tmp_path / "references").mkdir()
    (tmp_path / "queries").mkdir()
    for folder, name in (("references", "R0"), ("queries", "Q0")):
        photo("rocket").save(tmp_path / folder / f"{name}.png")
    (tmp_path / "a_ground_truth.csv").write_text("query_id,reference_id\nQ0,R0\n")
    needy: list[list[str | Path]] = [
        ["train", "--data", bare.photos, "--output", tmp_path / "out"],
        ["index", tmp_path / "references", "--model", alone],
        ["index", tmp_path / "references", "--device", "cuda"],
        ["eval", "disc", "--path", tmp_path, "--baseline", script, "--model", DEFAULT_MODEL],
    ]
    for words in needy:
        done = bare(*words)

        assert done.returncode == 1, words
        assert done.stderr.count("\n") <= 2
        assert INSTALL in done.stderr or "needs torch: pip install" in done.stderr

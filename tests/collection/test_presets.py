"""What the presets leave out, and what they must not."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import pytest

from copyfind.collection.excludes import Excludes
from copyfind.collection.presets import PRESETS, with_presets


def is_left_out(path: str, patterns: Iterable[str]) -> bool:
    """Whether a walk from /top leaves out a file, or a folder on the way to it."""
    excludes = Excludes.below(b"/top", patterns)
    *folders, last = accumulate(path.split("/"), lambda before, name: f"{before}/{name}")
    at = [f"/top/{one}".encode() for one in (*folders, last)]
    return any(excludes.cover(one, is_folder=one != at[-1]) for one in at)


@pytest.mark.parametrize(
    ("preset", "path"),
    [
        ("thumbnails", "cloud/appdata_oc1/preview/a/b/1-max.png"),
        ("thumbnails", "site/wp-content/uploads/2019/05/beach-300x200.jpg"),
        ("thumbnails", "immich/thumbs/3f/x.webp"),
        ("apps", "phone/Android/data/com.maps/tile.png"),
        ("apps", "Users/me/AppData/Local/x.png"),
        ("developer", "code/app/node_modules/pkg/logo.png"),
        ("developer", "code/app/src/main/res/drawable-hdpi/icon.png"),
    ],
)
def test_a_preset_leaves_out_what_it_says(preset: str, path: str) -> None:
    assert is_left_out(path, with_presets([preset], ()))
    assert not is_left_out(path, with_presets(PRESETS.keys() - {preset}, ()))


@pytest.mark.parametrize(
    "name",
    [
        *("2019/build/house.jpg", "vendor/fair.jpg", "Library/books.jpg", "cache/geo.jpg"),
        *("thumbs/up.jpg", "wedding-300x200.jpg", "venv.jpg", "Windows/glass.jpg", "data/i.jpg"),
    ],
)
def test_everyday_names_stay(name: str) -> None:
    assert not is_left_out(name, with_presets(PRESETS, ()))


def test_the_users_own_patterns_have_the_last_word() -> None:
    patterns = with_presets(["developer"], ["!node_modules/"])

    assert not is_left_out("node_modules/mine.jpg", patterns)

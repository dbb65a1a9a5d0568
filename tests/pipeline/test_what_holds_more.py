"""From a catalog to findings and a plan: files that hold more than their pictures show."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from sqlite_utils import Database

from copyfind.cleanup.plan import Origin, Wishes, plan_copies
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import EXACT, PROVEN, Role, Tier
from tests.embedding import Grid
from tests.filming import film
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import (
    chunk,
    index_segment,
    segment,
    with_chunks,
    with_segments,
    xmp_segment,
)
from tests.imaging.test_profile import WIDE

PLAIN = as_bytes(drawn(640, 480), "JPEG", quality=90)
PNG = as_bytes(drawn(640, 480), "PNG")
MAPPED = with_segments(PLAIN, index_segment(0x030000, 0x050000)) + as_bytes(drawn(80, 60), "JPEG")
RATED = with_segments(PLAIN, xmp_segment(b'xmp:Rating="3"'))
MOVING = PLAIN + film(brand=b"dby1")
PPM = as_bytes(drawn(640, 480), "PPM")


def masks() -> bytes:
    path = Path("masks.tif")
    mask = np.full((480, 640, 2), 7, np.uint8)
    samples = np.dstack([np.asarray(drawn(640, 480)), mask])
    tifffile.imwrite(path, samples, photometric="rgb", extrasamples=["unspecified"] * 2)
    return path.read_bytes()


def gone(folder: Path, *, tiers: tuple[Tier, ...] = EXACT) -> list[str]:
    """The names of files that the plan would clear away."""
    findings = find_copies(folder / "c.sqlite")
    plan = plan_copies(findings, Wishes(tiers=tiers), Origin("now", "1", "state"))
    return sorted(Path(os.fsdecode(action.file.path)).name for action in plan.actions)


def index(folder: Path, **files: bytes) -> None:
    photos = folder / "photos"
    photos.mkdir()
    for name, data in files.items():
        (photos / name).write_bytes(data)
    index_folders([os.fsencode(photos)], catalog=folder / "c.sqlite", embedder=Grid(), workers=1)


@pytest.mark.parametrize(
    ("rich", "plain"),
    [
        (MAPPED, RATED),
        (MOVING, RATED),
        (with_segments(PLAIN, segment(0xE1, b"FLIR\0" + bytes(999))), RATED),
        (with_segments(PLAIN, segment(0xE7, b"QMONO" + bytes(999))), RATED),
        (PLAIN + b"a letter behind the picture", RATED),
        (PPM + PPM, PNG),
        (with_chunks(PNG, chunk(b"mkBT", bytes(99))), PPM),
        (as_bytes(drawn(640, 480), "TIFF", icc_profile=WIDE, compression="tiff_lzw"), PNG),
        (None, PNG),
    ],
)
def test_the_richer_file_never_goes(
    rich: bytes | None, plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    index(tmp_path, rich=masks() if rich is None else rich, plain=plain)

    assert gone(tmp_path) in (["plain"], [])
    assert "rich" not in gone(tmp_path, tiers=PROVEN)


def test_two_files_with_something_of_their_own_both_stay_and_say_why(tmp_path: Path) -> None:
    hot = with_segments(RATED, segment(0xE1, b"FLIR\0" + bytes(999)))
    index(tmp_path, hot=hot, moving=MOVING, rated=RATED, twin=MOVING)

    assert gone(tmp_path) == ["moving", "rated"]  # "twin" is the shorter path
    (cluster,) = find_copies(tmp_path / "c.sqlite").clusters
    (related,) = (m for m in cluster.members if m.role is Role.RELATED)
    assert related.reason in (
        "holds a film that its keeper lacks",
        "holds thermal data that its keeper lacks",
    )


def test_a_catalog_that_knows_nothing_of_surplus_is_read_again(tmp_path: Path) -> None:
    index(tmp_path, moving=MOVING, rated=RATED)
    db = Database(tmp_path / "c.sqlite")
    with db.atomic():
        db.execute("UPDATE contents SET facts = json_remove(facts, '$.surplus'), decoder = '1'")
        db.execute("UPDATE models SET preprocess = preprocess - 1")
    db.close()

    assert gone(tmp_path) == []
    photos = os.fsencode(tmp_path / "photos")
    again = index_folders([photos], catalog=tmp_path / "c.sqlite", embedder=Grid(), workers=1)

    assert again.read == 2
    assert gone(tmp_path) == ["rated"]


def test_a_picture_as_wide_as_its_profile_is_not_the_same_without_it(tmp_path: Path) -> None:
    wide = as_bytes(drawn(640, 480), "PNG", icc_profile=WIDE)
    index(tmp_path, wide=wide, untagged=PNG)

    assert gone(tmp_path) == []

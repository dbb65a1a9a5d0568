"""A burst on disk, with what people made of its frames, from files to clusters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PIL.ExifTags import IFD, Base

from copyfind.records import Cluster, Tier
from tests.conftest import Album
from tests.evidence.conftest import shot

COPY_TIERS = {Tier.IDENTICAL, Tier.SAME_PIXELS, Tier.NEAR, Tier.EDITED}


@pytest.fixture(scope="module")
def frames(large_photos: dict[str, Image.Image]) -> list[Image.Image]:
    """Somebody walks past while the exposure is bracketed, from the hand."""
    scene = large_photos["temple"].resize((960, 640), Image.Resampling.BICUBIC)
    return [
        shot(scene, seed=n, shake=2.0, walker=0.15 + 0.2 * n, exposure=(1.0, 0.6, 1.5, 1.0)[n])
        for n in range(4)
    ]


def taken(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model] = "Example", "One"
    details = exif.get_ifd(IFD.Exif)
    details[Base.DateTimeOriginal] = "2019:07:01 12:00:00"
    details[Base.SubsecTimeOriginal] = f"{number}5"
    return exif


def stems(clusters: list[Cluster]) -> set[frozenset[str]]:
    return {
        frozenset(Path(os.fsdecode(m.file.path)).stem for m in cluster.members)
        for cluster in clusters
    }


def test_frames_are_a_series_and_what_was_made_of_one_is_its_copy(
    album: Album, frames: list[Image.Image]
) -> None:
    for number, frame in enumerate(frames):
        frame.save(album.folder / f"frame{number}.jpg", quality=93, exif=taken(number))
    first, second = frames[0], frames[1]
    first.save(album.folder / "again.jpg", quality=70)
    first.crop((90, 60, 900, 600)).save(album.folder / "cropped.jpg", quality=85)
    captioned = second.copy()
    ImageDraw.Draw(captioned).text((60, 540), "best day ever", "white", font_size=60)
    captioned.save(album.folder / "captioned.jpg", quality=85)
    album.index()

    clusters = album.findings().clusters
    copies = [cluster for cluster in clusters if cluster.tier in COPY_TIERS]
    series = [cluster for cluster in clusters if cluster.tier is Tier.SERIES]

    assert stems(copies) == {
        frozenset({"frame0", "again", "cropped"}),
        frozenset({"frame1", "captioned"}),
    }
    assert stems(series) == {frozenset({"frame2", "frame3"})}
    assert all(cluster.reclaimable_bytes == 0 for cluster in series)

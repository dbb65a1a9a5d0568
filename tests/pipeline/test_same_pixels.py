"""Pictures equal to the pixel, in other bytes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from copyfind.pipeline.same_pixels import ALIKE, may_have_partner
from copyfind.records import Bools, Floats, Role, Tier
from copyfind.watch import Progress, Stage, Watch
from tests.conftest import Album, draw

_LARGE = (2400, 1800)  # decoded at half its size on the way to a descriptor


@st.composite
def descriptors(draw_from: st.DrawFn) -> tuple[Floats, Bools]:
    """Unit rows of which some are alike and some unknown, and which of them are new."""
    count = draw_from(st.integers(0, 12))
    angles = draw_from(arrays.arrays(np.float32, count, elements=st.sampled_from([0, 0.1, 1, 2])))
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    rows[draw_from(arrays.arrays(np.bool_, count))] = np.nan
    return rows.reshape(count, 2), draw_from(arrays.arrays(np.bool_, count))


@given(descriptors())
def test_partners_are_new_rows_that_resemble_a_row_and_the_rows_they_resemble(
    drawn: tuple[Floats, Bools],
) -> None:
    rows, new = drawn
    expected = {
        row
        for one in np.flatnonzero(new).tolist()
        for other in range(len(rows))
        if one != other and (not float(rows[one] @ rows[other]) < ALIKE)  # so is NaN
        for row in (one, other)
    }
    assert may_have_partner(rows, new=new).tolist() == sorted(expected)


@given(descriptors())
def test_many_pictures_of_one_shape_are_searched_with_the_same_result(
    drawn: tuple[Floats, Bools],
) -> None:
    rows, new = drawn
    rows = np.nan_to_num(rows, nan=1 / np.sqrt(2)).astype(np.float32)
    searched = may_have_partner(rows, new=new, dense_up_to=0)
    assert searched.tolist() == may_have_partner(rows, new=new).tolist()


def test_however_many_pictures_share_a_shape_comparing_them_takes_little_memory() -> None:
    rows = np.zeros((200_000, 2), np.float32)
    rows[:, 0] = 1
    new = np.zeros(len(rows), bool)
    new[:500] = True
    tracemalloc.start()
    may_have_partner(rows, new=new)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000


def assert_one_pair(album: Album, *names: str) -> None:
    (cluster,) = (c for c in album.findings().clusters if c.tier is Tier.SAME_PIXELS)
    assert {Path(os.fsdecode(m.file.path)).name for m in cluster.members} == set(names)
    assert [m.role for m in cluster.members] == [Role.KEEPER, Role.REDUNDANT]


def with_exif(path: Path, said: str) -> Path:
    """A copy whose picture is the same to the byte, with other metadata."""
    data = path.read_bytes()
    exif = Image.Exif()
    exif[0x010E] = said  # ImageDescription
    block = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    other = path.with_name(f"{said}.jpg")
    other.write_bytes(data[:2] + segment + data[2:])
    return other


def large_jpeg(album: Album, name: str, seed: int) -> Path:
    path = album.folder / name
    draw(seed).resize(_LARGE, Image.Resampling.BICUBIC).save(path, quality=80)
    return path


def hashed(album: Album) -> int:
    ((count,),) = album.query("SELECT count(*) FROM contents WHERE pixels IS NOT NULL")
    return int(count)


def test_a_picture_saved_without_loss_in_another_format_is_the_same(drawn_album: Album) -> None:
    Image.open(drawn_album.folder / "b.png").save(drawn_album.folder / "b.bmp")
    drawn_album.index()
    assert_one_pair(drawn_album, "b.png", "b.bmp")


def test_a_jpeg_with_other_metadata_is_the_same(drawn_album: Album) -> None:
    with_exif(drawn_album.folder / "a.jpg", "described")
    drawn_album.index()
    assert_one_pair(drawn_album, "a.jpg", "described.jpg")


def test_a_picture_with_one_other_pixel_is_not_the_same(album: Album) -> None:
    picture = draw(1)
    picture.save(album.folder / "a.png")
    picture.putpixel((80, 60), (1, 2, 3))
    picture.save(album.folder / "b.png")
    album.index()
    assert [c.tier for c in album.findings().clusters] == [Tier.NEAR]


def test_large_photos_with_other_metadata_are_the_same(album: Album) -> None:
    with_exif(large_jpeg(album, "a.jpg", 1), "described")
    told: list[Progress] = []
    album.index(watch=Watch(on_progress=told.append))
    assert_one_pair(album, "a.jpg", "described.jpg")
    assert [(p.files, p.total_files) for p in told if p.stage is Stage.SETTLE] == [(2, 2)]


def test_a_large_photo_that_comes_later_is_compared_with_those_before(album: Album) -> None:
    first = large_jpeg(album, "a.jpg", 1)
    album.index()
    assert hashed(album) == 0
    with_exif(first, "described")
    album.index()
    assert_one_pair(album, "a.jpg", "described.jpg")


def test_a_large_photo_and_its_lossless_copy_are_the_same(album: Album) -> None:
    path = large_jpeg(album, "a.jpg", 1)
    Image.open(path).save(path.with_suffix(".bmp"))
    album.index()
    assert_one_pair(album, "a.jpg", "a.bmp")


def test_large_photos_that_resemble_no_other_are_not_decoded_whole(album: Album) -> None:
    for seed in range(3):
        large_jpeg(album, f"{seed}.jpg", seed)
    album.index()
    assert hashed(album) == 0
    assert album.index().read == 0


@pytest.fixture
def undescribed(album: Album) -> Album:
    """Two large photos with the same pixels for which the network gave no finite descriptor."""
    with_exif(large_jpeg(album, "a.jpg", 1), "described")
    album.index()
    with closing(sqlite3.connect(album.catalog)) as db:
        db.execute("DELETE FROM descriptors")
        db.execute(
            "UPDATE contents SET settled = 0, pixels = NULL, "
            "problem = 'damaged picture', reason = 'the network gives no finite descriptor for it'"
        )
        db.commit()
    return album


def test_photos_without_a_descriptor_are_compared_too(undescribed: Album) -> None:
    assert undescribed.index().read == 0
    assert_one_pair(undescribed, "a.jpg", "described.jpg")


def test_a_photo_that_was_away_is_compared_with_what_came_meanwhile(album: Album) -> None:
    path = large_jpeg(album, "a.jpg", 1)
    album.index()
    with_exif(path, "described")
    away = path.rename(path.parent.with_name("away.jpg"))
    album.index()
    away.rename(path)
    assert album.index().read == 0
    assert_one_pair(album, "a.jpg", "described.jpg")


def test_a_photo_that_changes_before_it_is_compared_costs_no_other(album: Album) -> None:
    path = large_jpeg(album, "a.jpg", 1)
    with_exif(path, "described")
    with_exif(path, "again")

    def change(progress: Progress) -> None:
        if progress.stage is Stage.READ and progress.files:
            path.write_bytes(path.read_bytes() + b" ")

    album.index(watch=Watch(on_progress=change))
    assert hashed(album) == 2
    album.index()
    (cluster,) = album.findings().clusters
    assert (cluster.tier, len(cluster.members)) == (Tier.SAME_PIXELS, 3)


def test_a_photo_that_could_not_be_compared_is_compared_by_the_next_run(album: Album) -> None:
    path = large_jpeg(album, "a.jpg", 1)
    away = path.parent.with_name("away.jpg")
    with_exif(path, "described")

    def take_away(progress: Progress) -> None:
        if progress.stage is Stage.READ and progress.files:
            path.rename(away)

    album.index(watch=Watch(on_progress=take_away))
    assert hashed(album) == 1
    away.rename(path)
    assert album.index().read == 0
    assert_one_pair(album, "a.jpg", "described.jpg")


def test_a_photo_whose_copy_comes_after_it_went_is_compared(album: Album) -> None:
    path = large_jpeg(album, "a.jpg", 1)
    album.index()
    with_exif(path, "described")
    away = path.rename(path.parent.with_name("away.jpg"))
    album.index()
    shutil.copyfile(away, album.folder / "copy.jpg")
    assert album.index().described == 0
    assert_one_pair(album, "copy.jpg", "described.jpg")

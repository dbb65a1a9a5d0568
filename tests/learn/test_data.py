"""Folders, tar files and shards of drawn photos."""

from __future__ import annotations

import io
import itertools
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from copyfind import index_folders
from copyfind.errors import FolderError, TrainingError
from copyfind.learn.data import (
    Stream,
    decode,
    find_photos,
    is_held_out,
    load_bank,
    shuffled_epochs,
)
from copyfind.records import Problem, Unreadable
from tests.learn.conftest import draw_pictures


def encoded(number: int, *, size: tuple[int, int] = (60, 40), kind: str = "PNG") -> bytes:
    array = draw_pictures(1, 64, seed=number)[0].permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(array).resize(size).save(buffer, kind)
    return buffer.getvalue()


def make_folder(folder: Path, *, photos: int) -> Path:
    (folder / "sub").mkdir(parents=True)
    for number in range(photos):
        (folder / "sub" / f"{number}.png").write_bytes(encoded(number))
    (folder / "notes.txt").write_text("no photo")
    return folder


def make_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return path


def test_shards_may_be_named_as_webdataset_does(tmp_path: Path) -> None:
    for number in range(9, 12):
        make_tar(tmp_path / f"s-{number:03d}.tar", {f"{number}.png": encoded(number)})

    names = [photo.name for photo in find_photos([tmp_path / "s-{009..011}.tar"])]

    assert names == ["9.png", "10.png", "11.png"]
    with pytest.raises(FolderError, match=r"s-012\.tar: no such"):
        find_photos([tmp_path / "s-{009..012}.tar"])


def test_a_catalog_gives_each_content_once(tmp_path: Path) -> None:
    album = make_folder(tmp_path / "album", photos=2)
    (album / "again.png").write_bytes((album / "sub" / "0.png").read_bytes())
    index_folders([os.fsencode(album)], catalog=tmp_path / "c.sqlite", device="cpu", workers=1)

    photos = find_photos([tmp_path / "c.sqlite"])

    assert [photo.path.name for photo in photos] == ["again.png", "1.png"]
    assert len(load_bank(photos, side=16)) == 2


def test_a_folder_a_tar_and_a_shard_become_one_bank(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "album", photos=2)
    shard = {"a.png": encoded(3), "a.json": b"{}", "a.cls": b"1", "b.png": encoded(4)}
    tar = make_tar(tmp_path / "shard-0.tar", shard)
    bank = load_bank(find_photos([folder, tar]), side=16)
    assert bank.names == ("sub/0.png", "sub/1.png", "a.png", "b.png")
    assert bank.pictures.shape == (4, 3, 16, 16)
    assert bank.pictures.dtype == torch.uint8
    assert bank.aspects.tolist() == [1.5] * 4


def test_tar_files_in_a_folder_are_read_too(tmp_path: Path) -> None:
    make_tar(tmp_path / "shard.tar", {"a.png": encoded(1)})
    assert [photo.name for photo in find_photos([tmp_path])] == ["a.png"]


def test_damaged_photos_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = encoded(1)
    tar = make_tar(
        tmp_path / "t.tar", {"good.png": whole, "cut.png": whole[: len(whole) // 2], "no.png": b""}
    )
    bank = load_bank(find_photos([tar]), side=16)
    assert bank.names == ("good.png",)
    assert [trouble.problem for trouble in bank.skipped] == [Problem.DAMAGED] * 2
    assert bank.skipped[0].reason.startswith("cut.png: ")


def test_turned_photos_are_upright_and_transparent_ones_lie_on_grey(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise by 90°
    wide = Image.new("RGB", (40, 20), "red")
    wide.paste("blue", (0, 0, 20, 20))
    wide.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    clear, turned = (decode(photo, side=16) for photo in find_photos([tmp_path]))
    assert not isinstance(turned, Unreadable)
    assert not isinstance(clear, Unreadable)
    square, aspect = turned
    assert aspect == 0.5
    assert square[2, 2].mean() > 200  # blue, once left, is above
    assert (clear[0] == 128).all()


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no photos in"):
        find_photos([tmp_path])


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no such folder or tar file"):
        find_photos([tmp_path / "nowhere"])


def test_photos_of_which_none_decodes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"not a photo")
    with pytest.raises(TrainingError, match=r"none of 1 photos can be decoded.*a\.jpg"):
        load_bank(find_photos([tmp_path]), side=16)


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"x" * 2000, lambda content: content[: len(content) // 2], lambda _: b""],
    ids=["another format", "cut off", "empty"],
)
def test_a_broken_tar_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    tar = make_tar(tmp_path / "t.tar", {"a.png": encoded(1), "b.png": encoded(2, size=(600, 400))})
    tar.write_bytes(damage(tar.read_bytes()))
    with pytest.raises(TrainingError, match=r"t\.tar: not a whole, uncompressed tar file"):
        find_photos([tar])


def test_a_stream_gives_what_the_bank_gives(tmp_path: Path) -> None:
    photos = find_photos([make_folder(tmp_path / "album", photos=5)])
    orders = [torch.tensor([4, 0]), torch.tensor([1, 3]), torch.tensor([2])]
    bank, stream = load_bank(photos, side=16), Stream(photos, side=16, threads=2)
    pairs = list(zip(bank.batches(orders), stream.batches(orders), strict=True))
    assert len(pairs) == 3
    for ours, theirs in pairs:
        assert torch.equal(ours.rows, theirs.rows)
        assert torch.equal(ours.pictures, theirs.pictures)
        assert torch.equal(ours.aspects, theirs.aspects)


def test_a_stream_leaves_damaged_photos_out_of_their_batch(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "album", photos=3)
    (folder / "sub" / "1.png").write_bytes(b"damaged")
    stream = Stream(find_photos([folder]), side=16, threads=2)
    (batch,) = stream.batches([torch.tensor([2, 1, 0])])
    assert batch.rows.tolist() == [2, 0]
    assert len(batch.pictures) == 2
    assert len(stream.skipped) == 1


def test_held_out_photos_stay_held_out_whatever_else_is_there() -> None:
    names = [f"{n}.jpg" for n in range(2000)]
    held = is_held_out(names, share=0.1)
    assert held.float().mean().item() == pytest.approx(0.1, abs=0.03)
    assert torch.equal(is_held_out(names[::-1][:50], share=0.1), held.flip(0)[:50])
    assert (is_held_out(names, share=0.2) >= held).all()


def test_an_epoch_shows_every_photo_once_and_goes_on_where_it_stopped() -> None:
    run = list(itertools.islice(shuffled_epochs(10, batch=3, seed=1), 7))
    first = torch.cat(run[:3]).tolist()
    assert len(set(first)) == 9
    assert first != torch.cat(run[3:6]).tolist()
    resumed = next(shuffled_epochs(10, batch=3, seed=1, first_step=4))
    assert torch.equal(resumed, run[4])


def test_processes_share_a_global_batch() -> None:
    whole = next(shuffled_epochs(20, batch=6, seed=1))
    parts = [next(shuffled_epochs(20, batch=3, seed=1, share=(rank, 2))) for rank in range(2)]
    assert torch.equal(torch.cat(parts), whole)


def test_fewer_photos_than_a_batch_come_twice() -> None:
    rows = next(shuffled_epochs(3, batch=8, seed=1))
    assert len(rows) == 8
    assert np.bincount(rows.numpy(), minlength=3).min() >= 2

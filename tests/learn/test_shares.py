"""Which photos are learned and which are held out, and where they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from copyfind.errors import TrainingError
from copyfind.learn import shares
from copyfind.learn.data import Bank, Photo, Stream, bytes_needed, find_photos
from copyfind.learn.shares import MOST_FILLERS, MOST_HELD_OUT, divide, some_of, split
from copyfind.watch import Watch
from tests.learn.conftest import CPU, draw_pictures


def test_some_of_many_are_at_even_distances() -> None:
    assert some_of(range(10), most=4) == [0, 2, 5, 7]
    assert some_of(range(3), most=4) == [0, 1, 2]


def test_a_photo_stays_on_its_side_whatever_else_is_there() -> None:
    photos = [Photo(f"{n}.jpg", Path()) for n in range(1000)]

    whole, half = split(photos), split(photos[::2])

    for some, others in zip(half, whole, strict=True):
        assert {photo.name for photo in some} <= {photo.name for photo in others}


def test_too_few_photos_to_hold_any_out_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"3 photos are too few: .* some hundred are needed"):
        split([Photo(f"{n}.jpg", Path()) for n in range(3)])


def test_photos_are_streamed_where_too_little_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, picture in enumerate(draw_pictures(160, 32).permute(0, 2, 3, 1).numpy()):
        Image.fromarray(picture).save(tmp_path / f"drawn-{number}.png")
    photos = find_photos([tmp_path])
    needed = bytes_needed(split(photos)[0], side=32)
    told: list[str] = []

    def divided(*, free: int) -> Bank | Stream:
        monkeypatch.setattr(shares, "room_for_photos", lambda *_, **__: free)
        watch = Watch(on_note=told.append)
        learned, _, _ = divide(photos, side=32, memory=2**40, device=CPU, watch=watch)
        return learned

    assert isinstance(divided(free=needed), Bank)
    assert isinstance(divided(free=needed - 1), Stream)
    assert "do not fit into memory" in told[-1]


def test_of_a_million_photos_those_that_are_always_in_memory_stay_few() -> None:
    photos = [Photo(f"{n}.jpg", Path()) for n in range(115_000)]

    learned, held_out, fillers = split(photos)

    assert len(learned) > 100_000
    assert (len(held_out), len(fillers)) == (MOST_HELD_OUT, MOST_FILLERS)
    assert len({photo.name for photo in (*learned, *held_out, *fillers)}) > 109_000

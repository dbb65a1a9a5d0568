"""Which photos are learned, which are kept to measure on and to paste into; and their decoding."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

from copyfind.errors import TrainingError
from copyfind.learn.data import Bank, Photo, Stream, bytes_needed, is_held_out, load_bank
from copyfind.learn.memory import room_for_photos
from copyfind.learn.world import ALONE, World
from copyfind.report.numbers import shown_bytes
from copyfind.watch import NOBODY, Watch

HELD_OUT, FILLERS = 0.03, 0.05  # shares of the photos: to measure on, and to paste into
# Of a million photos these shares would be more than memory holds, and 8 views of each, compared
# with all, more still; of so many false pairs the rarest look-alikes are known, too.
MOST_HELD_OUT, MOST_FILLERS = 1000, 4000
T = TypeVar("T")


def split(photos: Sequence[Photo]) -> tuple[list[Photo], list[Photo], list[Photo]]:
    """Share photos out: to learn, to measure on, to paste into; by name, so the same in every run.

    Of very many, not all that are kept from learning are used.
    """
    names = [photo.name for photo in photos]
    held = is_held_out(names, share=HELD_OUT)
    filling = is_held_out(names, share=HELD_OUT + FILLERS) & ~held

    def chosen(rows: Tensor) -> list[Photo]:
        return [photos[row] for row in rows.nonzero().flatten().tolist()]

    learned = chosen(~held & ~filling)
    held_out = some_of(chosen(held), most=MOST_HELD_OUT)
    fillers = some_of(chosen(filling), most=MOST_FILLERS)
    if min(len(learned), len(held_out), len(fillers)) < 2:
        raise TrainingError(
            f"{len(photos)} photos are too few: {len(learned)} to learn, {len(held_out)} to"
            f" measure on and {len(fillers)} to paste into are left; some hundred are needed"
        )
    return learned, held_out, fillers


def some_of(things: Sequence[T], *, most: int) -> list[T]:
    """All things, or `most` at the most, at even distances."""
    count = min(most, len(things))
    return [things[number * len(things) // count] for number in range(count)]


def divide(
    photos: Sequence[Photo],
    *,
    side: int,
    memory: int,
    device: torch.device,
    watch: Watch = NOBODY,
    world: World = ALONE,
) -> tuple[Bank | Stream, Bank, Bank]:
    """Decode the parts of `split`; the first only as it is needed where memory is too small.

    memory: bytes that the user grants; what is free counts besides. All processes do the same,
    for a stream has rows for photos that cannot be decoded.
    """
    learning, *others = split(photos)
    began = time.monotonic()
    held_out, fillers = (load_bank(part, side=side).to(device) for part in others)
    learned: Bank | Stream
    needed = bytes_needed(learning, side=side)
    room = min(memory, room_for_photos(device, processes=world.here))
    if not world.any(needed > room, device):
        learned = load_bank(learning, side=side, watch=watch).to(device)
        skipped = len(learned.skipped) + len(held_out.skipped) + len(fillers.skipped)
        watch.note(
            f"{len(learned)} photos to learn, {len(held_out)} held out, {len(fillers)} to paste"
            f" into, {skipped} skipped; decoded in {time.monotonic() - began:.0f} s"
        )
    else:
        learned = Stream(learning, side, threads=16)
        watch.note(
            f"{len(learned)} photos to learn do not fit into memory ({shown_bytes(needed)}, of"
            f" which {shown_bytes(room)} may be taken): decoded as they are needed"
        )
    return learned, held_out, fillers

"""Real photos from tar files, and as many different pictures as wanted, cut from them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PIL import Image

SIDE = 256  # pixels of the shorter side, to which pieces are enlarged
_GRIDS = {1: (1, 1), 2: (2, 1), 4: (2, 2), 6: (3, 2), 9: (3, 3), 16: (4, 4), 25: (5, 5)}
_IN_A_FOLDER = 1000


def read_photos(shards: Path) -> Iterator[Image.Image]:
    """The photos in the tar files of a folder, in their order."""
    for shard in sorted(shards.glob("*.tar")):
        with tarfile.open(shard) as members:
            for member in members:
                if content := members.extractfile(member):
                    yield Image.open(io.BytesIO(content.read())).convert("RGB")


def write_strangers(folder: Path, count: int, *, shards: Path, skipped: int = 0) -> None:
    """Write `count` JPEGs of which no two show the same; a new folder for each thousand.

    The photos themselves where there are enough of them; pieces that do not overlap otherwise, of
    the coarsest grid that does, the last photos in larger ones. skipped: photos left out at first,
    of which something else was made. ValueError where even 25 pieces a photo are too few.
    """
    photos = sum(1 for _ in _members(shards)) - skipped
    finest = next((pieces for pieces in _GRIDS if pieces * photos >= count), None)
    if finest is None:
        raise ValueError(f"{count:,} different pictures cannot be cut from {photos:,} photos")
    coarser = max((pieces for pieces in _GRIDS if pieces < finest), default=finest)
    fine = -(-(count - photos * coarser) // max(finest - coarser, 1))
    pieces = (
        piece
        for place, photo in enumerate(islice(read_photos(shards), skipped, None))
        for piece in cut(photo, finest if place < fine or finest == coarser else coarser)
    )
    for number, piece in enumerate(islice(pieces, count)):
        home = folder / f"{number // _IN_A_FOLDER:04d}"
        home.mkdir(parents=True, exist_ok=True)
        piece.save(home / f"S{number:07d}.jpg", quality=87)


def cut(photo: Image.Image, pieces: int) -> Iterator[Image.Image]:
    """So many equal pieces (a number of `_GRIDS`), at least `SIDE` pixels high and wide."""
    columns, rows = _GRIDS[pieces]
    if photo.width < photo.height:
        columns, rows = rows, columns
    for column in range(columns):
        for row in range(rows):
            box = (
                photo.width * column // columns,
                photo.height * row // rows,
                photo.width * (column + 1) // columns,
                photo.height * (row + 1) // rows,
            )
            piece = photo.crop(box)
            factor = SIDE / min(piece.size)
            if factor > 1:
                size = round(piece.width * factor), round(piece.height * factor)
                piece = piece.resize(size, Image.Resampling.BICUBIC)
            yield piece


def _members(shards: Path) -> Iterator[tarfile.TarInfo]:
    for shard in sorted(shards.glob("*.tar")):
        with tarfile.open(shard) as members:
            yield from (member for member in members if member.isfile())

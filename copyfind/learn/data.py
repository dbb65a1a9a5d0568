"""Photos to learn from: folders, tar files, WebDataset shards, catalogs; as batches of squares.

A collection that fits is decoded once into one tensor; a larger one is decoded as it is needed,
the next batch while this one is learned. Photos that cannot be decoded are skipped and listed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from copyfind.cores import usable_cores
from copyfind.errors import FolderError, TrainingError
from copyfind.records import Pixels, Problem, Unreadable
from copyfind.watch import NOBODY, Watch

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MID_GREY = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class Photo:
    """Where the bytes of a photo are: a file, or a stretch of a tar file."""

    name: str  # the same wherever the folder or tar file lies
    path: Path
    offset: int = 0
    size: int | None = None  # None: to the end

    def read(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(-1 if self.size is None else self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some photos, all decoded."""

    rows: Tensor  # (B,) int64, which photos of the collection
    pictures: Tensor  # (B, 3, S, S) uint8, squeezed to a square
    aspects: Tensor  # (B,) float32, width / height before


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """A whole collection in memory. `names` and `skipped` are for people and for the split."""

    pictures: Tensor  # (N, 3, S, S) uint8
    aspects: Tensor  # (N,) float32
    names: tuple[str, ...]
    skipped: tuple[Unreadable, ...]

    def __len__(self) -> int:
        return len(self.pictures)

    def batches(self, orders: Iterable[Tensor]) -> Iterator[Batch]:
        """One batch for each (B,) tensor of rows, on the bank's device."""
        for rows in orders:
            here = rows.to(self.pictures.device)
            yield Batch(here, self.pictures[here], self.aspects[here])

    def to(self, device: torch.device) -> Bank:
        return Bank(self.pictures.to(device), self.aspects.to(device), self.names, self.skipped)


@dataclass(slots=True, eq=False)
class Stream:
    """A collection too large for memory: batches lose the photos that cannot be decoded."""

    photos: Sequence[Photo]
    side: int
    threads: int
    skipped: list[Unreadable] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(photo.name for photo in self.photos)

    def __len__(self) -> int:
        return len(self.photos)

    def batches(self, orders: Iterable[Tensor]) -> Iterator[Batch]:
        """One batch for each (B,) tensor of rows; the next is decoded meanwhile."""
        with ThreadPoolExecutor(self.threads) as pool, ThreadPoolExecutor(1) as ahead:
            pending = None
            for rows in orders:
                following = ahead.submit(self._decode, rows, pool)
                if pending is not None:
                    yield pending.result()
                pending = following
            if pending is not None:
                yield pending.result()

    def _decode(self, rows: Tensor, pool: ThreadPoolExecutor) -> Batch:
        chosen = [self.photos[row] for row in rows.tolist()]
        decoded = list(pool.map(partial(decode, side=self.side), chosen))
        good = [n for n, result in enumerate(decoded) if not isinstance(result, Unreadable)]
        self.skipped += [result for result in decoded if isinstance(result, Unreadable)]
        return Batch(rows[good], *_stack(decoded, self.side))


Decoded = tuple[Pixels, float]


def decode(photo: Photo, *, side: int) -> Decoded | Unreadable:
    """Decode a photo to (3, side, side) uint8, upright RGB over mid-grey, and its aspect."""
    try:
        content = photo.read()
    except OSError as error:
        return Unreadable(os.fsencode(photo.path), Problem.IO, f"{photo.name}: {error}")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.draft("RGB", (side, side))
            picture = ImageOps.exif_transpose(opened)
            if picture.has_transparency_data:
                picture = picture.convert("RGBA")
                page = Image.new("RGBA", picture.size, (*MID_GREY, 255))
                picture = Image.alpha_composite(page, picture)
            picture = picture.convert("RGB")
            shrinks = min(picture.size) >= side
            how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
            square = np.asarray(picture.resize((side, side), how))
            return square.transpose(2, 0, 1).copy(), picture.width / picture.height
    except MemoryError:  # no fault of the photo's
        raise
    except Exception as error:  # noqa: BLE001 - a codec may raise anything over damaged bytes
        return Unreadable(os.fsencode(photo.path), Problem.DAMAGED, f"{photo.name}: {error}")


def _stack(decoded: Iterable[Decoded | Unreadable], side: int) -> tuple[Tensor, Tensor]:
    good = [result for result in decoded if not isinstance(result, Unreadable)]
    pictures = torch.empty(len(good), 3, side, side, dtype=torch.uint8)
    for row, (square, _) in zip(pictures, good, strict=True):
        row.copy_(torch.from_numpy(square))
    return pictures, torch.tensor([aspect for _, aspect in good])


def find_photos(sources: Sequence[Path]) -> list[Photo]:
    """Find all photos of folders, tar files, shards and catalogs, in a fixed order, undecoded.

    Shards may be named as WebDataset does, `photos-{000..012}.tar`.
    """
    photos: list[Photo] = []
    for source in (one for given in sources for one in _shards(given)):
        if source.is_dir():
            photos += _in_folder(source)
        elif source.is_file():
            photos += _in_catalog(source) if _is_sqlite(source) else _in_tar(source)
        else:
            raise FolderError(f"{source}: no such folder or tar file to learn from")
    if not photos:
        where = ", ".join(str(source) for source in sources)
        raise TrainingError(f"no photos in {where or 'nothing'}: give folders or tar files of them")
    return photos


def _shards(source: Path) -> list[Path]:
    """`photos-{000..012}.tar` as thirteen paths; any other path as it is."""
    found = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", str(source), re.DOTALL)
    if found is None or source.exists():
        return [source]
    before, first, last, after = found.groups()
    numbers = range(int(first), int(last) + 1)
    return [Path(f"{before}{number:0{len(first)}d}{after}") for number in numbers]


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _in_catalog(path: Path) -> Iterator[Photo]:
    """The pictures of a copyfind catalog that are there, equal bytes once."""
    from copyfind.collection.catalog import Catalog
    from copyfind.collection.database import open_for_reading

    seen: set[bytes] = set()
    with open_for_reading(path) as db:
        for file, sha256 in Catalog(db).present_files():
            picture = Path(os.fsdecode(file.path))
            if sha256 not in seen and picture.suffix.lower() in PICTURES:
                seen.add(sha256)
                yield Photo(sha256.hex(), picture)


def _in_folder(folder: Path) -> Iterator[Photo]:
    """The photos below a folder, and those in its tar files."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICTURES and path.is_file():
            yield Photo(path.relative_to(folder).as_posix(), path)
        elif path.suffix.lower() == ".tar" and path.is_file():
            yield from _in_tar(path)


def _in_tar(path: Path) -> Iterator[Photo]:
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                if member.isfile() and Path(member.name).suffix.lower() in PICTURES:
                    yield Photo(member.name, path, member.offset_data, member.size)
    except (tarfile.TarError, OSError) as error:
        raise TrainingError(f"{path}: not a whole, uncompressed tar file ({error})") from None


def load_bank(
    photos: Sequence[Photo],
    *,
    side: int,
    threads: int | None = None,
    watch: Watch = NOBODY,
) -> Bank:
    """Decode all photos into one tensor; TrainingError where not one could be.

    Every photo goes to its row at once: a list of them, stacked at the end, would take twice the
    memory. Raises Interrupted where the watch asks to stop.
    """
    pictures = torch.empty(len(photos), 3, side, side, dtype=torch.uint8)
    aspects: list[float] = []
    names: list[str] = []
    skipped: list[Unreadable] = []
    with ThreadPoolExecutor(threads or usable_cores()) as pool:
        try:
            decoded = pool.map(partial(decode, side=side), photos)
            for done, (photo, result) in enumerate(zip(photos, decoded, strict=True), start=1):
                if isinstance(result, Unreadable):
                    skipped.append(result)
                else:
                    square, aspect = result
                    pictures[len(names)].copy_(torch.from_numpy(square))
                    aspects.append(aspect)
                    names.append(photo.name)
                watch.show("decoding photos", done, len(photos))
                watch.check()
        except BaseException:  # stopped on the way: do not decode the rest first
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not names:
        reason = f", the first is {skipped[0].reason}" if skipped else ""
        raise TrainingError(f"none of {len(photos)} photos can be decoded{reason}")
    return Bank(pictures[: len(names)], torch.tensor(aspects), tuple(names), tuple(skipped))


def bytes_needed(photos: Sequence[Photo], *, side: int) -> int:
    """What a bank of these photos takes in memory."""
    return len(photos) * 3 * side * side


def is_held_out(names: Sequence[str], *, share: float) -> Tensor:
    """Which photos to measure on, never to train on: (N,) bool, by name, so the same tomorrow.

    Whatever else is in the collection, and in whatever order, a photo stays on its side.
    """
    digests = (hashlib.sha256(os.fsencode(name)).digest()[:8] for name in names)
    return torch.tensor([int.from_bytes(d) / 2**64 < share for d in digests])


def shuffled_epochs(
    count: int, *, batch: int, seed: int, first_step: int = 0, share: tuple[int, int] = (0, 1)
) -> Iterator[Tensor]:
    """Endless batches of rows, (batch,) int64; every photo once an epoch, the rest dropped.

    share (rank, world) deals each process its own part of every global batch. The order
    depends on seed and step alone, so a run can go on from `first_step` as if never stopped.
    """
    rank, world = share
    steps = max(1, count // (batch * world))
    step = first_step
    while True:
        epoch, within = divmod(step, steps)
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        order = torch.randperm(count, generator=generator)
        while len(order) < batch * world:  # fewer photos than a batch: some come twice
            order = torch.cat([order, torch.randperm(count, generator=generator)])
        for here in range(within, steps):
            start = (here * world + rank) * batch
            yield order[start : start + batch]
            step += 1

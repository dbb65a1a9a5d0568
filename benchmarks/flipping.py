"""Pairs that a person who flips between them would call the same, or not: made from photos.

    python -m benchmarks.flipping FOLDER [--pairs 40] [--seed 1] [--workers 2]

Prints for each kind how many pairs are `near`, `edited` or anything else. Unaltered ones were only
scaled, sharpened by the scaler and saved, once or twice, in some format. Changed ones had one small
thing done to them before. Everything is drawn from the seed.
"""

from __future__ import annotations

import argparse
import io
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from copyfind.evidence.verify import Look, look, verify
from copyfind.imaging.decode import decode, thumbnail
from copyfind.imaging.thumbnail import decode_thumbnail
from copyfind.records import Colour, Pixels, Tier

Chance = np.random.Generator
_FILTERS = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)
_WORDS = ("Marta", "410.70", "975.70", "Ostern", "paid", "due", "No. 17", "north", "sold")


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """Two files, and what was done between them."""

    first: bytes
    second: bytes
    kind: str  # "unaltered", or of the change
    note: str


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="photos that nothing was fitted on")
    parser.add_argument(
        "--pairs", type=int, default=40, help="of each change; unaltered five times"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    photos = sorted(path for path in wanted.folder.rglob("*") if path.is_file())
    chance = np.random.default_rng(wanted.seed)
    kinds = ["unaltered"] * 5 * wanted.pairs + [k for k in CHANGES for _ in range(wanted.pairs)]
    jobs = [
        (photos[int(chance.integers(len(photos)))], kind, int(chance.integers(1 << 30)))
        for kind in kinds
    ]
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with ProcessPoolExecutor(wanted.workers) as pool:
        for (_, kind, _), tier in zip(jobs, pool.map(_judged, jobs, chunksize=8), strict=True):
            if tier is not None:
                found[kind][tier.value] += 1
    for kind, tiers in found.items():
        print(f"{kind:12}", ", ".join(f"{tier} {n}" for tier, n in tiers.most_common()))


def _judged(job: tuple[Path, str, int]) -> Tier | None:
    """The verdict on one pair; None where the change would not be seen."""
    path, kind, seed = job
    cv2.setNumThreads(1)
    chance = np.random.default_rng(seed)
    photo = Image.open(path).convert("RGB")
    flip = unaltered(photo, chance) if kind == "unaltered" else changed(photo, chance, kind)
    return None if flip is None else verify(_looked(flip.first), _looked(flip.second)).tier


def _looked(data: bytes) -> Look:
    """A file as verification sees it."""
    picture = decode(data, side=64)
    small = decode_thumbnail(picture.thumbnail or b"")

    def larger(longest: int, *, page: int = 0, ground: Colour = (128, 128, 128)) -> Pixels:
        return thumbnail(data, longest=longest, page=page, ground=ground)

    return look(small, picture.facts, larger=larger)


def unaltered(photo: Image.Image, chance: Chance) -> Flip:
    """The photo, and what scaling and saving make of it."""
    saved, note = _saved(photo, chance, least=30, smallest=0.2)
    if chance.random() < 0.3:
        saved, again = _saved(_opened(saved), chance, least=50, smallest=0.6)
        note += f", {again}"
    return Flip(_master(photo, chance), saved, "unaltered", note)


def changed(photo: Image.Image, chance: Chance, kind: str) -> Flip | None:
    """The photo, and one with a small change of a kind; None where nobody would see it."""
    done = CHANGES[kind](photo, chance)
    if done is None:
        return None
    other, said = done
    if not _is_seen(photo, other):
        return None
    saved, note = _saved(other, chance, least=50, smallest=0.5)
    return Flip(_master(photo, chance), saved, kind, f"{said}; {note}")


def _master(photo: Image.Image, chance: Chance) -> bytes:
    stream = io.BytesIO()
    if chance.random() < 0.5:
        photo.save(stream, "PNG", compress_level=1)
    else:
        photo.save(stream, "JPEG", quality=int(chance.integers(75, 98)))
    return stream.getvalue()


def _saved(photo: Image.Image, chance: Chance, *, least: int, smallest: float) -> tuple[bytes, str]:
    note = []
    scale = 1.0 if chance.random() < 0.3 else float(chance.uniform(smallest, 1.0))
    scale = max(scale, 72 / min(photo.size))
    if scale < 1:
        how = _FILTERS[int(chance.integers(len(_FILTERS)))]
        size = (max(round(photo.width * scale), 1), max(round(photo.height * scale), 1))
        if chance.random() < 0.25:
            shrunk = cv2.resize(np.asarray(photo), size, interpolation=cv2.INTER_AREA)
            photo, said = Image.fromarray(shrunk), "area"
        else:
            photo, said = photo.resize(size, how), how.name.lower()
        note.append(f"{scale:.2f} {said}")
        if chance.random() < 0.35:
            percent, radius = int(chance.integers(30, 110)), float(chance.uniform(0.4, 1.0))
            photo = photo.filter(ImageFilter.UnsharpMask(radius, percent, 1))
            note.append(f"sharpened {radius:.1f} {percent}")
    stream = io.BytesIO()
    kind = ("JPEG", "JPEG", "JPEG", "WEBP", "AVIF", "PNG")[int(chance.integers(6))]
    quality = int(chance.integers(least, 96))
    if kind == "JPEG":
        sampling = int(chance.integers(3))
        photo.save(stream, kind, quality=quality, subsampling=sampling)
        note.append(f"JPEG {quality} s{sampling}")
    elif kind == "PNG":
        photo.save(stream, kind, compress_level=1)
        note.append(kind)
    else:
        photo.save(stream, kind, quality=max(quality, 40))
        note.append(f"{kind} {max(quality, 40)}")
    return stream.getvalue(), " ".join(note)


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _is_seen(photo: Image.Image, other: Image.Image) -> bool:
    """Whether a change is more than a person overlooks: levels and pixels at 600 pixels."""
    size = tuple(max(round(s * min(600 / max(photo.size), 1)), 1) for s in photo.size)
    a, b = (
        cv2.resize(np.asarray(p), size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for p in (photo, other)
    )
    difference = cv2.GaussianBlur(np.abs(a - b).max(axis=2), (0, 0), 1.0)
    return bool((difference > 20).sum() >= 16 or (difference > 3).mean() > 0.2)


def _placed(photo: Image.Image, chance: Chance, share: float) -> tuple[int, int, int, int]:
    """A place of about that share of the area, well inside."""
    area, aspect = share * photo.width * photo.height, float(chance.uniform(0.6, 1.7))
    w, h = max(round((area * aspect) ** 0.5), 3), max(round((area / aspect) ** 0.5), 3)
    x = int(chance.integers(4, max(photo.width - w - 4, 5)))
    y = int(chance.integers(4, max(photo.height - h - 4, 5)))
    return x, y, w, h


def _blob(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    share = float(np.exp(chance.uniform(np.log(0.0005), np.log(0.02))))
    x, y, w, h = _placed(photo, chance, share)
    other = photo.copy()
    around = np.asarray(photo.crop((x, y, x + w, y + h))).reshape(-1, 3).mean(axis=0)
    step = float(chance.uniform(30, 120)) * (1 if around.mean() < 128 else -1)
    colour = tuple(int(v) for v in np.clip(around + step * chance.uniform(0.3, 1.0, 3), 0, 255))
    pencil = ImageDraw.Draw(other)
    draw = pencil.ellipse if chance.random() < 0.6 else pencil.rectangle
    draw((x, y, x + w, y + h), fill=colour)
    return other, f"{share:.2%}"


def _removed(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    """Painted over with what is around, as a mole is."""
    share = float(np.exp(chance.uniform(np.log(0.0008), np.log(0.02))))
    x, y, w, h = _placed(photo, chance, share)
    mask = np.zeros((photo.height, photo.width), np.uint8)
    cv2.ellipse(mask, (x + w // 2, y + h // 2), (w // 2 + 1, h // 2 + 1), 0, 0, 360, 255, -1)
    healed = cv2.inpaint(np.asarray(photo), mask, 3, cv2.INPAINT_TELEA)
    return Image.fromarray(healed), f"{share:.2%}"


def _moved(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    """A part lies a little aside."""
    share = float(np.exp(chance.uniform(np.log(0.003), np.log(0.03))))
    x, y, w, h = _placed(photo, chance, share)
    dx, dy = (int(v) for v in chance.integers(-w // 2 - 3, w // 2 + 4, 2))
    other = photo.copy()
    other.paste(photo.crop((x, y, x + w, y + h)), (x + dx, y + dy))
    return other, f"{share:.2%} by {dx}, {dy}"


def _word(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    x, y, _, _ = _placed(photo, chance, 0.005)
    size = max(round(photo.height * float(chance.uniform(0.03, 0.07))), 9)
    other = photo.copy()
    word = str(chance.choice(_WORDS))
    ImageDraw.Draw(other).text((x, y), word, ("white", "black")[x % 2], font_size=size)
    return other, word


def _grey(photo: Image.Image, _: Chance) -> tuple[Image.Image, str] | None:
    return photo.convert("L").convert("RGB"), ""


def _sepia(photo: Image.Image, _: Chance) -> tuple[Image.Image, str]:
    grey = np.asarray(photo.convert("L")).astype(np.float32)[..., None]
    brown = np.clip(grey * np.array([1.07, 0.98, 0.82], np.float32), 0, 255)
    return Image.fromarray(brown.astype(np.uint8)), ""


def _tint(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    share = float(np.exp(chance.uniform(np.log(0.03), np.log(0.3))))
    colour = np.zeros(3)
    colour[int(chance.integers(3))] = 255
    mixed = (1 - share) * np.asarray(photo) + share * colour
    return Image.fromarray(mixed.round().astype(np.uint8)), f"{share:.0%}"


def _gamma(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    gamma = float(np.exp(chance.uniform(np.log(1.05), np.log(1.5))))
    gamma = gamma if chance.random() < 0.5 else 1 / gamma
    table = (255 * (np.arange(256) / 255) ** gamma).round().astype(int).tolist() * 3
    return photo.point(table), f"{gamma:.2f}"


def _balance(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    gain = float(chance.uniform(0.04, 0.15))
    gains = np.array([1 + gain, 1, 1 - gain]) if chance.random() < 0.5 else [1 - gain, 1, 1 + gain]
    other = np.clip(np.asarray(photo) * gains, 0, 255).round().astype(np.uint8)
    return Image.fromarray(other), f"{gain:.0%}"


def _saturation(photo: Image.Image, chance: Chance) -> tuple[Image.Image, str]:
    factor = float(chance.choice([0.3, 0.5, 0.7, 1.3, 1.6]))
    return ImageEnhance.Color(photo).enhance(factor), f"{factor}"


CHANGES: dict[str, Callable[[Image.Image, Chance], tuple[Image.Image, str] | None]] = {
    "blob": _blob,
    "removed": _removed,
    "moved": _moved,
    "word": _word,
    "grey": _grey,
    "sepia": _sepia,
    "tint": _tint,
    "gamma": _gamma,
    "balance": _balance,
    "saturation": _saturation,
}


if __name__ == "__main__":
    main()

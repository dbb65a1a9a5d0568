"""Which file of a chain of copies is kept: the source, or something made of it?

Each photo becomes a source and ten files, one made of the other (`chain`) or each of the source
(`star`), by what people and programs do to pictures, and written in any order. All are indexed,
`find_copies` says which is kept, and the table says in how many of the chains that is the source.
A file of a chain that no proof ties to the source stays too, and is counted apart: it is no loss.

    python -m benchmarks.keeper_chains PHOTOS [--photos 100] [--seed 1] [--only 0 25] [--keep NEW]

PHOTOS: a folder of photos, or tar archives of them; sources are made of them in turn as a JPEG of
several qualities, and as lossless PNG, TIFF, WebP, PPM, TGA and BMP.
"""

from __future__ import annotations

import argparse
import io
import random
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from copyfind import find_copies, index_folders
from copyfind.records import Role

STEPS = 10
_FORMATS = {"jpg": "JPEG"}
Resampling = Image.Resampling
Made = tuple[Image.Image, str, dict[str, Any]]  # a picture, the suffix and how it is saved
SOURCES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("jpg", {"quality": 75}),
    ("jpg", {"quality": 85}),
    ("jpg", {"quality": 92}),
    ("jpg", {"quality": 97}),
    ("png", {}),
    ("tiff", {}),
    ("webp", {"lossless": True}),
    ("ppm", {}),
    ("tga", {}),
    ("bmp", {}),
)


def chain(source: Path, dice: random.Random, *, star: bool) -> dict[str, bytes]:
    """Ten files by name, of the one before, or all of the source."""
    made: dict[str, bytes] = {}
    names = dice.sample(sorted(WAYS), k=STEPS)
    first = before = Image.open(source).convert("RGB")
    for number, name in enumerate(names, start=1):
        picture, suffix, how = WAYS[name](first if star else before, dice)
        into = io.BytesIO()
        picture.save(into, _FORMATS.get(suffix, suffix), **how)
        made[f"{number:02d}-{name}.{suffix}"] = into.getvalue()
        before = Image.open(into).convert("RGB")
    return made


def written(source: Path, files: dict[str, bytes], dice: random.Random) -> None:
    """Write the files, and the source again, in any order: no time of writing tells anything."""
    every = [(source, source.read_bytes())]
    every += [(source.with_name(name), data) for name, data in files.items()]
    source.unlink()
    dice.shuffle(every)
    for path, data in every:
        path.write_bytes(data)


def _saved(picture: Image.Image, dice: random.Random, low: int = 60, high: int = 98) -> Made:
    return picture, "jpg", {"quality": dice.randint(low, high)}


def _resized(picture: Image.Image, by: float, way: Resampling) -> Image.Image:
    return picture.resize((round(picture.width * by), round(picture.height * by)), way)


def _enlarged(picture: Image.Image, dice: random.Random) -> Made:
    way = dice.choice([Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS])
    by = min(dice.uniform(1.2, 2.5), 1600 / max(picture.size))
    return _saved(_resized(picture, max(by, 1.0), way), dice, 80)


def _reduced(picture: Image.Image, dice: random.Random) -> Made:
    way = dice.choice([Resampling.BILINEAR, Resampling.BICUBIC, Resampling.LANCZOS])
    by = max(dice.uniform(0.5, 0.9), 200 / min(picture.size))
    return _saved(_resized(picture, min(by, 1.0), way), dice)


def _sharpened(picture: Image.Image, dice: random.Random) -> Made:
    mask = ImageFilter.UnsharpMask(
        dice.uniform(0.8, 2.5), dice.randint(60, 160), dice.randint(0, 3)
    )
    return _saved(picture.filter(mask), dice, 85)


def _denoised(picture: Image.Image, dice: random.Random) -> Made:
    pixels = np.asarray(picture)
    way = dice.choice(["median", "bilateral", "means"])
    if way == "median":
        calm = cv2.medianBlur(pixels, 3)
    elif way == "bilateral":
        calm = cv2.bilateralFilter(pixels, 7, dice.uniform(20, 40), 5)
    else:
        calm = cv2.fastNlMeansDenoisingColored(pixels, None, 6, 6, 7, 21)
    return _saved(Image.fromarray(calm), dice, 85)


def _recoloured(picture: Image.Image, dice: random.Random) -> Made:
    """Colours that a program put on the grey of the picture: soft clouds of them."""
    lab = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2LAB)
    colours = cv2.GaussianBlur(lab[..., 1:].astype(np.float32), (0, 0), dice.uniform(5, 9))
    lab[..., 1:] = (128 + (colours - 128) * dice.uniform(0.5, 1.0)).clip(0, 255).astype(np.uint8)
    return _saved(Image.fromarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)), dice, 80)


def _marked(picture: Image.Image, dice: random.Random) -> Made:
    marked = picture.copy()
    size = round(min(picture.size) * dice.uniform(0.06, 0.14))
    place = dice.uniform(0.05, 0.4) * picture.width, dice.choice([0.05, 0.8]) * picture.height
    colour = (255, 255, 255, dice.randint(110, 255))
    pen = ImageDraw.Draw(marked, "RGBA")
    pen.text(place, "© A. Photo", fill=colour, font=ImageFont.load_default(size))
    return _saved(marked, dice, 80)


def _with_palette(picture: Image.Image, dice: random.Random) -> Made:
    few = picture.quantize(dice.choice([128, 256]))
    return (few, *dice.choice([("png", {}), ("gif", {})]))


def _in_grey(picture: Image.Image, dice: random.Random) -> Made:
    return _saved(picture.convert("L"), dice, 75)


def _brighter(picture: Image.Image, dice: random.Random) -> Made:
    gain, more = dice.uniform(0.9, 1.1), dice.uniform(-8, 8)
    return _saved(picture.point(lambda level: round(level * gain + more)), dice, 80)


WAYS: dict[str, Callable[[Image.Image, random.Random], Made]] = {
    "saved lower": lambda p, d: _saved(p, d, 40, 70),
    "saved higher": lambda p, d: _saved(p, d, 93, 99),
    "png": lambda p, _: (p, "png", {}),
    "webp": lambda p, d: (p, "webp", {"quality": d.randint(70, 95)}),
    "avif": lambda p, d: (p, "avif", {"quality": d.randint(60, 90)}),
    "enlarged": _enlarged,
    "reduced": _reduced,
    "sharpened": _sharpened,
    "denoised": _denoised,
    "recoloured": _recoloured,
    "marked": _marked,
    "palette": _with_palette,
    "grey": _in_grey,
    "brighter": _brighter,
}


def photos_in(place: Path, number: int, dice: random.Random) -> list[Image.Image]:
    """So many photos of a folder or of a tar archive, by chance."""
    with tempfile.TemporaryDirectory() as unpacked:
        folder = place
        if place.suffix == ".tar":
            with tarfile.open(place) as archive:
                archive.extractall(unpacked, filter="data")
            folder = Path(unpacked)
        paths = sorted(p for p in folder.rglob("*") if p.suffix in {".jpg", ".png", ".webp"})
        return [
            Image.open(path).convert("RGB") for path in dice.sample(paths, min(number, len(paths)))
        ]


def kept(catalog: Path) -> dict[str, str]:
    """By the folder of a chain: what is kept in the place of its source, and why. Nothing where
    the source is kept, or its very pixels in another format."""
    lost = {}
    for cluster in find_copies(catalog, cache=catalog.with_suffix(".cache")).clusters:
        for member in cluster.members:
            path = Path(member.file.path.decode())
            same = member.evidence is not None and member.evidence.tier.is_exact
            if path.name.startswith("00-source") and member.role is not Role.KEEPER and not same:
                keeper = Path(cluster.keeper.file.path.decode())
                how = member.evidence.how if member.evidence else ()
                said = f"{keeper.name}: {cluster.keeper.reason}; the source is {', '.join(how)}"
                lost[path.parent.name] = f"{path.name} -> {said}"
    return lost


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--photos", dest="number", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs=2, help="a part of them: from, to")
    parser.add_argument("--keep", type=Path, help="make the chains in this new folder, and keep it")
    wanted = parser.parse_args(arguments)
    pictures = photos_in(wanted.photos, wanted.number, random.Random(wanted.seed))
    numbers = range(len(pictures))[slice(*(wanted.only or (None,)))]
    with tempfile.TemporaryDirectory() as temporary:
        place = wanted.keep or Path(temporary)
        for star in (False, True):
            kind = "star" if star else "chain"
            for number in numbers:
                # Each has its own: parts come to the same as the whole.
                dice = random.Random(f"{wanted.seed} {kind} {number}")
                folder = place / kind / f"{number:03d}"
                folder.mkdir(parents=True)
                suffix, how = SOURCES[number % len(SOURCES)]
                path = folder / f"00-source.{suffix}"
                pictures[number].save(path, **how)
                written(path, chain(path, dice, star=star), dice)
            catalog = place / f"{kind}.sqlite"
            index_folders([place / kind], catalog=catalog)
            lost = kept(catalog)
            print(f"{kind}: the source is kept in {len(numbers) - len(lost)} of {len(numbers)}")
            for name, said in sorted(lost.items()):
                print(f"  {name}  {said}")
            ways = Counter(said.split(": ")[0].split("-", 2)[-1] for said in lost.values())
            print("  kept instead:", dict(ways.most_common()))


if __name__ == "__main__":
    main()

"""Make a benchmark of edits that cover a picture from edge to edge, or ruin its pixels.

Each photo is striped, shown through white, saved as a JPEG of quality 1 to 8 at 120 to 260 pixels,
pixelated by its nearest pixels, written over in many lines, and shown by an app on a screen; three
of five are cropped before, one of five is mirrored. For `copyfind eval disc --path MADE`.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

SIDE = 640  # pixels of a reference's longer side, at most
WORDS = [
    *("the", "of", "and", "holiday", "beach", "best", "day", "ever", "sale", "today", "only"),
    *("follow", "for", "more", "never", "again", "monday", "coffee", "please", "share", "friends"),
    *("summer", "2026"),
]


def striped(photo: Image.Image, chance: random.Random) -> Image.Image:
    """Six to thirty stripes of one colour at any angle, translucent in one photo of three."""
    layer = Image.new("RGBA", (2 * max(photo.size),) * 2, (0, 0, 0, 0))
    pencil = ImageDraw.Draw(layer)
    period = layer.width / chance.randint(6, 30) / 2
    colour = (*_colour(chance), chance.choice([255, 255, chance.randrange(120, 255)]))
    width = period * chance.uniform(0.2, 0.5)
    for number in range(round(layer.width / period) + 1):
        top = number * period
        pencil.rectangle((0, top, layer.width, top + width), fill=colour)
    layer = layer.rotate(chance.choice([0, 90, 45, chance.uniform(0, 180)]))
    x, y = (layer.width - photo.width) // 2, (layer.height - photo.height) // 2
    seen = photo.convert("RGBA")
    seen.alpha_composite(layer.crop((x, y, x + photo.width, y + photo.height)))
    return seen.convert("RGB")


def through_white(photo: Image.Image, chance: random.Random) -> Image.Image:
    """12 to 45 % of the photo, on white."""
    return Image.blend(Image.new("RGB", photo.size, "white"), photo, chance.uniform(0.12, 0.45))


def bad_jpeg(photo: Image.Image, chance: random.Random) -> Image.Image:
    """Small, of the lowest qualities, and as large again."""
    small = photo.copy()
    small.thumbnail((chance.randint(120, 260),) * 2)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=chance.randint(1, 8))
    return Image.open(stream).convert("RGB").resize(photo.size)


def pixelated(photo: Image.Image, chance: random.Random) -> Image.Image:
    """18 to 44 squares along the longer side, each a pixel's colour."""
    block = max(photo.size) / chance.randint(18, 44)
    size = (max(1, round(photo.width / block)), max(1, round(photo.height / block)))
    nearest = Image.Resampling.NEAREST
    return photo.resize(size, nearest).resize(photo.size, nearest)


def written_over(photo: Image.Image, chance: random.Random) -> Image.Image:
    """Lines of words from the top to the bottom."""
    seen = photo.copy()
    pencil = ImageDraw.Draw(seen)
    size = chance.randint(max(8, seen.height // 30), max(10, seen.height // 12))
    font = ImageFont.load_default(size)
    colours: list[str | tuple[int, int, int]] = ["white", "black", _colour(chance)]
    colour = chance.choice(colours)
    top = 0
    while top < seen.height:
        place = (chance.randint(-20, 5), top)
        pencil.text(place, " ".join(chance.choices(WORDS, k=30)), fill=colour, font=font)
        top += round(size * chance.uniform(1.1, 1.3))
    return seen


def on_screen(photo: Image.Image, chance: random.Random) -> Image.Image:
    """A screenshot of an app that shows the photo among words, upright or wide."""
    width, height = chance.choice([(720, 1440), (1080, 2000), (1280, 800)])
    screen = Image.new("RGB", (width, height), chance.choice(["white", "#111", "#f0f2f5"]))
    pencil = ImageDraw.Draw(screen)
    font = ImageFont.load_default(width // 30)
    bar = height // 14
    pencil.rectangle((0, 0, width, bar), fill=chance.choice(["#1877f2", "#222", "#fff", "#075e54"]))
    title = chance.choice(["Photos", "9:41", "Home  Search  Profile"])
    pencil.text((width // 20, height // 50), title, fill="#ccc", font=font)
    share = chance.uniform(0.45, 1)
    if width < height:
        wide = round(width * share)
    else:
        wide = round(height * 0.75 * photo.width / photo.height)
    high, most = round(wide * photo.height / photo.width), round(height * 0.72)
    if high > most:
        wide, high = round(wide * most / high), most
    x = chance.randint(0, max(0, width - wide))
    y = chance.randint(bar, max(bar, height - high - height // 12))
    screen.paste(photo.resize((max(wide, 1), max(high, 1))), (x, y))
    for _ in range(6):
        above = chance.randint(bar, max(bar, y - 20))
        below = chance.randint(min(height - 30, y + high + 5), height - 20)
        top = chance.choice([above, below])
        pencil.text(
            (chance.randint(5, width // 3), top),
            " ".join(chance.choices(WORDS, k=6)),
            fill="#888",
            font=font,
        )
    circle = (width - width // 8, height - width // 8, width - width // 40, height - width // 40)
    pencil.ellipse(circle, fill=_colour(chance))
    screen.thumbnail((900, 900))
    return screen


EDITS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "stripes": striped,
    "opacity": through_white,
    "bad_jpeg": bad_jpeg,
    "pixelated": pixelated,
    "wall": written_over,
    "screenshot": on_screen,
}


def make(folder: Path, photos: Sequence[Path], others: Sequence[Path], *, seed: int) -> int:
    """Write references, queries and who is whose; returns how many queries there are."""
    chance = random.Random(seed)
    queries, references = folder / "queries", folder / "references"
    queries.mkdir(parents=True, exist_ok=True)
    references.mkdir(exist_ok=True)
    originals, tracks = [("query_id", "reference_id")], [("query_id", "track", "edits")]
    for number, path in enumerate(photos):
        photo = _small(path)
        name = f"R{number:05d}"
        photo.save(references / f"{name}.jpg", quality=92)
        for kind, edit in EDITS.items():
            query = f"Q{len(originals) - 1:05d}"
            edited = edit(_framed_anew(photo, chance), chance)
            edited.save(queries / f"{query}.jpg", quality=chance.randint(60, 92))
            originals.append((query, name))
            tracks.append((query, kind, kind))
    for number, path in enumerate(others, len(photos)):
        _small(path).save(references / f"R{number:05d}.jpg", quality=92)
    for table, rows in (("ground_truth", originals), ("edits", tracks)):
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return len(originals) - 1


def _small(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    photo.thumbnail((SIDE, SIDE))
    return photo


def _framed_anew(photo: Image.Image, chance: random.Random) -> Image.Image:
    if chance.random() < 0.6:
        share = chance.uniform(0.75, 1)
        width, height = round(photo.width * share), round(photo.height * share)
        x, y = chance.randint(0, photo.width - width), chance.randint(0, photo.height - height)
        photo = photo.crop((x, y, x + width, y + height))
    return ImageOps.mirror(photo) if chance.random() < 0.2 else photo


def _colour(chance: random.Random) -> tuple[int, int, int]:
    red, green, blue = (chance.randrange(256) for _ in range(3))
    return red, green, blue


def main() -> None:
    """Make the benchmark of the photos in one folder, among the pictures of others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to make it")
    parser.add_argument("--from", dest="photos", type=Path, required=True, help="photos to edit")
    parser.add_argument("--among", type=Path, help="pictures that nothing is made of")
    parser.add_argument("--seed", type=int, default=2611)
    asked = parser.parse_args()
    others = sorted(asked.among.iterdir()) if asked.among else []
    made = make(asked.folder, sorted(asked.photos.iterdir()), others, seed=asked.seed)
    print(f"{made:,} queries in {asked.folder}")


if __name__ == "__main__":
    main()

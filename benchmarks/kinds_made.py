"""The sets of `kinds_quality`: what every picture is of, and whether a person tells it apart."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from benchmarks.kinds_drawn import (
    APPS,
    Dice,
    Photo,
    Words,
    chat,
    chess,
    icon,
    invoice,
    said,
    screenshot,
    slip,
    spreadsheet,
)

Made = Iterator["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A file. Those of one subject are copies; of one look too, they may be `near`."""

    subject: str
    data: bytes
    suffix: str
    look: str = ""


def _saved(picture: Image.Image, kind: str = "JPEG", **options: int | bool | str) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _jpeg(subject: str, picture: Image.Image, quality: int, look: str = "") -> Picture:
    return Picture(subject, _saved(picture.convert("RGB"), quality=quality), "jpg", look)


def _png(subject: str, picture: Image.Image, look: str = "") -> Picture:
    return Picture(subject, _saved(picture, "PNG", compress_level=1), "png", look)


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).astype(np.float32)


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels.round(), 0, 255).astype(np.uint8))


def screens(photo: Photo, dice: Dice) -> Made:
    """Ten apps, twelve moments of each, one of them saved small as well."""
    for app in APPS:
        for number in range(12):
            shot = screenshot(app, photo, dice)
            yield _png(f"{app}-{number}", shot)
            if number == 5:
                factor = float(dice.uniform(0.4, 0.7))
                yield _jpeg(f"{app}-{number}", _scaled(shot, factor), 75)


def _coloured(photo: Photo) -> Image.Image:
    """The next photo that has colours."""
    while True:
        picture = photo()
        pixels = _pixels(picture)
        if float((np.ptp(pixels, axis=2) > 24).mean()) > 0.05:
            return picture


def colours(photo: Photo, dice: Dice) -> Made:
    """200 photos, and each in other colours; half of the faint ones are given as the original."""
    ways = ("grey", "sepia", "tinted", "faded", "faint", "last", "one", "colourised")
    for number in range(200):
        subject, way = f"photo-{number}", ways[number % len(ways)]
        one = _coloured(photo)
        grey = one.convert("L").convert("RGB")
        other = grey
        if way == "sepia":
            other = _picture(_pixels(grey) * [1.0, 0.93 - dice.uniform(0, 0.06), 0.8])
        elif way == "tinted":
            hue = tuple(int(v) for v in dice.permutation([255, 120, 0]))
            other = Image.blend(
                one, Image.new("RGB", one.size, hue), float(dice.uniform(0.05, 0.2))
            )
        elif way == "faded":
            other = Image.blend(grey, one, float(dice.uniform(0.3, 0.7)))
        elif way == "faint":  # hardly any colour, then none
            one = Image.blend(grey, one, float(dice.uniform(0.12, 0.3)))
        elif way == "last":
            other = Image.blend(grey, one, float(dice.uniform(0.05, 0.2)))
        elif way == "one":  # a coloured thing in a grey picture
            mask, side = Image.new("L", one.size, 0), round(max(one.size) * dice.uniform(0.08, 0.2))
            x, y = (int(dice.integers(4, s - side - 4)) for s in one.size)
            ImageDraw.Draw(mask).ellipse((x, y, x + side, y + side), fill=255)
            hue = tuple(int(v) for v in dice.permutation([220, 60, 40]))
            one = Image.composite(
                Image.blend(grey, Image.new("RGB", one.size, hue), 0.5), grey, mask
            )
        elif way == "colourised":
            lab = cv2.cvtColor(np.asarray(one), cv2.COLOR_RGB2LAB)
            soft = cv2.GaussianBlur(lab[..., 1:].astype(np.float32), (0, 0), 6) - 128
            lab[..., 1:] = 128 + soft * dice.uniform(0.3, 1.0)
            other, one = Image.fromarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)), grey
        scale = float(dice.choice([1.0, dice.uniform(0.6, 1.0)]))
        yield _jpeg(subject, one, 90)
        yield _jpeg(subject, _scaled(other, scale), int(dice.integers(70, 95)), way)


def _scan(page: Image.Image, dice: Dice) -> Image.Image:
    """Laid on the glass askew, a little soft and grey, some noise."""
    turned = page.rotate(
        float(dice.uniform(0.3, 1.5)) * (1 if dice.random() < 0.5 else -1),
        Image.Resampling.BICUBIC, expand=True, fillcolor="#cfcfca",
    )  # fmt: skip
    pixels = _pixels(turned.filter(ImageFilter.GaussianBlur(float(dice.uniform(0.4, 0.8)))))
    return _picture(12 + 0.9 * pixels + dice.normal(0, 3, pixels.shape))


def _figure(dice: Dice) -> str:
    return f"{dice.integers(1, 1000)}.{dice.integers(10, 100)}"


def _changed(words: Words, place: int, dice: Dice) -> Words:
    """Another word or figure at one place; of a figure it may be one digit."""
    word = words[place]
    other = word
    while other == word:
        if not word[-1].isdigit():
            other = said(dice, 1)
        elif dice.random() < 0.5:
            other = word[:-2] + str(dice.integers(0, 10)) + word[-1]
        else:
            other = _figure(dice)
    return [*words[:place], other, *words[place + 1 :]]


def _position(dice: Dice) -> Words:
    return [str(p) for p in dice.choice(list("......PpRrBbNnQq"), 64)]


def _moved(pieces: Words, dice: Dice) -> Words:
    """One piece moved to an empty square."""
    start = int(dice.choice([i for i, piece in enumerate(pieces) if piece != "."]))
    goal = int(dice.choice([i for i, piece in enumerate(pieces) if piece == "."]))
    moved = list(pieces)
    moved[start], moved[goal] = ".", pieces[start]
    return moved


def _texts(count: int, figures: int, dice: Dice) -> Words:
    """Words, and figures among them: one of so many."""
    words = [said(dice, 1) for _ in range(count)]
    return [_figure(dice) if i % figures == figures - 1 else w for i, w in enumerate(words)]


def pages(_: Photo, dice: Dice) -> Made:
    """Documents that differ from one of their family in one word or figure, scanned and saved."""
    for kind, draw, families, members, count, figures in (
        ("invoice", invoice, 8, 5, 208, 8),
        ("slip", slip, 5, 4, 4, 4),
        ("chat", chat, 4, 4, 27, 9),
        ("sheet", spreadsheet, 4, 4, 168, 2),
        ("chess", chess, 4, 4, 64, 0),
    ):
        for family in range(families):
            first = _position(dice) if kind == "chess" else _texts(count, figures, dice)
            written = [first]
            while len(written) < members:
                if kind == "chess":
                    words = _moved(first, dice)
                else:
                    words = _changed(first, int(dice.integers(count)), dice)
                if words not in written:
                    written.append(words)
            for member, words in enumerate(written):
                subject, page = f"{kind}-{family}-{member}", draw(words)
                yield _png(subject, page)
                if member == 1 and kind not in ("chat", "chess", "sheet"):
                    yield _jpeg(subject, _scan(page, dice), 80, "scan")
                elif member == 2:
                    yield _jpeg(subject, _scaled(page, float(dice.uniform(0.6, 1.0))), 80)


def _placed(photo: Image.Image, dice: Dice) -> tuple[int, int, int, int]:
    """A box of .5 to 2 % of the area."""
    area = float(np.exp(dice.uniform(np.log(0.005), np.log(0.02)))) * photo.width * photo.height
    w = round(float((area * dice.uniform(0.6, 1.7)) ** 0.5))
    h = round(area / w)
    x, y = int(dice.integers(5, photo.width - w - 5)), int(dice.integers(5, photo.height - h - 5))
    return x, y, x + w, y + h


def small_things(photo: Photo, dice: Dice) -> Made:
    """A blob, a word, a thing of another photo, one that is gone: in 60 photos."""
    for number in range(60):
        one, other_photo = photo(), photo()
        subject, way = f"photo-{number}", ("blob", "word", "thing", "gone")[number % 4]
        box = _placed(one, dice)
        size, other = (box[2] - box[0], box[3] - box[1]), one.copy()
        around = np.asarray(one.crop(box).convert("RGB")).reshape(-1, 3).mean(axis=0)
        contrast = "white" if around.mean() < 128 else "black"
        pencil = ImageDraw.Draw(other)
        if way == "blob":
            step = dice.uniform(40, 110) * (1 if around.mean() < 128 else -1)
            pencil.ellipse(box, fill=tuple(int(v) for v in np.clip(around + step, 0, 255)))
        elif way == "word":
            pencil.text(box[:2], said(dice, 1), contrast, font_size=max(size[1], 12))
        elif way == "thing":
            mask = Image.new("L", size, 0)
            ImageDraw.Draw(mask).ellipse((0, 0, *size), fill=255)
            thing = ImageOps.fit(other_photo, size)
            lighter = 90 if around.mean() < 128 else -90
            thing = _picture(_pixels(thing) * 0.5 + (around + lighter) * 0.5)
            other.paste(thing, box[:2], mask)
        else:
            pencil.rectangle(box, fill=contrast)
            one, other = other, one
        yield _jpeg(subject, one, 92)
        yield _jpeg(subject, _scaled(other, float(dice.uniform(0.7, 1.0))), 85, way)


def _animated(frames: Sequence[Image.Image], kind: str) -> bytes:
    stream, (first, *rest) = io.BytesIO(), [f.convert("RGB") for f in frames]
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {"duration": 90, "loop": 0}
    first.save(stream, kind, save_all=True, append_images=rest, **options)
    return stream.getvalue()


def frames(photo: Photo, dice: Dice) -> Made:
    """Animations and scans whose first page is the same; and drawings with other transparency."""
    for number in range(10):
        kind = ("GIF", "WEBP", "TIFF")[number % 3]
        size = (260, 200)
        first, *rest = (ImageOps.fit(photo(), size) for _ in range(5))
        other = ImageOps.fit(photo(), size)
        subject, suffix = f"pages-{number}", kind.lower()
        there = [first, *rest[:3]]
        later = [*there[:2], other, there[3]] if number % 2 else [first, *rest[1:]]
        yield Picture(subject, _animated(there, kind), suffix)
        yield Picture(subject, _animated(later, kind), suffix, "other pages")
        if number % 5 == 0:
            smaller = [_scaled(f, 0.8) for f in there]
            yield Picture(subject, _animated(smaller, "WEBP"), "webp")
    for number in range(10):
        picture = ImageOps.fit(photo(), (300, 300)).convert("RGBA")
        subject = f"cut-{number}"
        for look in ("", "other transparency"):
            mask = Image.new("L", picture.size, 0)
            edge = 20 if not look else int(dice.integers(45, 75))
            ImageDraw.Draw(mask).ellipse((edge, 20, 280, 300 - edge), fill=255)
            picture.putalpha(mask)
            yield _png(subject, picture, look)


def bitonal(photo: Photo, _: Dice) -> Made:
    """30 photos in black and white alone: at a threshold, and dithered in two ways."""
    grid = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8
    for number in range(30):
        one = _scaled(photo(), 1.5)
        way, grey = ("threshold", "dither", "ordered")[number % 3], one.convert("L")
        if way == "dither":
            other = grey.convert("1")
        else:
            values = np.asarray(grey)
            limit: np.ndarray | float = float(np.median(values))
            if way == "ordered":
                limit = np.tile(grid, (values.shape[0] // 4 + 1, values.shape[1] // 4 + 1))
                limit = limit[: values.shape[0], : values.shape[1]]
            other = Image.fromarray(values > limit)
        yield _jpeg(f"{way}-{number}", one, 90)
        yield _png(f"{way}-{number}", other, way)


def tiny(photo: Photo, dice: Dice) -> Made:
    """Pictures of 56 to 160 pixels, stored turned; and 12 icons in five sizes."""
    for number in range(24):
        one = photo()
        one = _scaled(one, float(dice.uniform(56, 160)) / max(one.size))
        turned = (3, 6, 8)[number % 3]
        back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
        stored = one.transpose(back.get(turned, Image.Transpose.ROTATE_270))
        exif = Image.Exif()
        exif[0x0112] = turned
        yield _jpeg(f"photo-{number}", one, 92)
        data = _saved(stored.convert("RGB"), quality=85, exif=exif)  # type: ignore[arg-type]
        yield Picture(f"photo-{number}", data, "jpg")


def icons(_: Photo, dice: Dice) -> Made:
    """Fifteen icons in five sizes."""
    for number in range(15):
        one = icon(dice)
        for side in (192, 96, 72, 48, 32):
            yield _png(f"icon-{number}", one.resize((side, side), Image.Resampling.LANCZOS))


def strips(photo: Photo, dice: Dice) -> Made:
    """Panoramas, lying and standing, up to 40 : 1, and each at half the size."""
    for number, ratio in enumerate((3, 6, 9, 12, 16, 17, 20, 24, 28, 34, 40)):
        high = 200
        strip = Image.new("RGB", (high * ratio, high))
        left = 0
        while left < strip.width:
            part = photo()
            part = _scaled(part, high / part.height)
            strip.paste(part, (left, 0))
            left += part.width
        if number % 2:
            strip = strip.transpose(Image.Transpose.ROTATE_90)
        yield _jpeg(f"strip-{ratio}", strip, 90)
        yield _jpeg(f"strip-{ratio}", _scaled(strip, float(dice.uniform(0.4, 0.7))), 75)


def cut_outs(photo: Photo, dice: Dice) -> Made:
    """Drawings and cut-outs without background, and each on black, white and blue."""
    for number in range(10):
        if number % 2:
            size = (400, 400)
            cut, mask = ImageOps.fit(photo(), size).convert("RGBA"), Image.new("L", size, 0)
            pencil = ImageDraw.Draw(mask)
            for _ in range(4):
                x, y = (int(v) for v in dice.integers(40, 180, 2))
                w, h = (int(v) for v in dice.integers(90, 180, 2))
                pencil.ellipse((x, y, x + w, y + h), fill=255)
            cut.putalpha(mask)
        else:
            cut = Image.new("RGBA", (500, 500), (0, 0, 0, 0))
            pencil = ImageDraw.Draw(cut)
            for _ in range(22):
                x, y = (int(v) for v in dice.integers(90, 330, 2))
                r = int(dice.integers(14, 80))
                fill = (*(int(v) for v in dice.integers(0, 256, 3)), 255)
                draw = (pencil.ellipse, pencil.rectangle)[int(dice.integers(2))]
                draw((x, y, x + r, y + r), fill=fill, outline="#181818", width=3)
        yield _png(f"cut-{number}", cut)
        for name, ground in (("black", "#000000"), ("white", "#ffffff"), ("blue", "#2846a0")):
            whole = Image.new("RGB", cut.size, ground)
            whole.paste(cut, mask=cut)
            yield _jpeg(f"cut-{number}", whole, 88, name)


SETS: dict[str, Callable[[Photo, Dice], Made]] = {
    "screens": screens,
    "colours": colours,
    "pages": pages,
    "small things": small_things,
    "frames": frames,
    "bitonal": bitonal,
    "tiny": tiny,
    "icons": icons,
    "strips": strips,
    "cut-outs": cut_outs,
}

"""Make a small folder of photos and edited copies to try copyfind on.

The photos ship with scikit-image and scikit-learn. Each gets copies as people and apps make
them: the same bytes, other metadata, smaller, cropped, mirrored, greyscale, captioned, framed.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
from skimage import data
from sklearn.datasets import load_sample_images


def photos() -> dict[str, Image.Image]:
    """Real photos, by name."""
    found = {}
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "moon", "brick", "coins"):
        try:
            found[name] = Image.fromarray(np.asarray(getattr(data, name)())).convert("RGB")
        except (AttributeError, ModuleNotFoundError, OSError):
            continue  # not in this version of scikit-image, or not in its wheel
    for name, pixels in zip(("temple", "flower"), load_sample_images().images, strict=True):
        found[name] = Image.fromarray(pixels)
    return found


def caption(image: Image.Image) -> Image.Image:
    """A white bar with words below the picture."""
    framed = ImageOps.expand(image, border=(0, 0, 0, image.height // 7), fill="white")
    ImageDraw.Draw(framed).text((12, image.height + 8), "summer 2019", "black", font_size=28)
    return framed


def middle(image: Image.Image) -> Image.Image:
    """The middle 80 % of each side."""
    w, h = image.size
    return image.crop((w // 10, h // 10, w - w // 10, h - h // 10))


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda image: image.resize((image.width // 2, image.height // 2)),
    "cropped": middle,
    "mirrored": ImageOps.mirror,
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "caption": caption,
    "bright": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "frame": lambda image: ImageOps.expand(image, border=image.width // 20, fill="black"),
}


def main() -> None:
    """Write the folder, or leave it as it is when it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if folder.is_dir():
        return
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for sub in ("camera", "phone", "web"):
        (unfinished / sub).mkdir(parents=True)
    for place, (name, image) in enumerate(photos().items()):
        original = unfinished / "camera" / f"{name}.jpg"
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Example", "Camera One"
        exif.get_ifd(0x8769)[0x9003] = f"2019:07:{place + 1:02d} 12:00:00"
        image.save(original, quality=92, exif=exif)
        edits = sorted(EDITS)
        for kind in (edits[place % len(edits)], edits[(place + 3) % len(edits)]):
            EDITS[kind](image).save(unfinished / "web" / f"{name} {kind}.jpg", quality=75)
        if place % 3 == 0:
            shutil.copy(original, unfinished / "phone" / f"copy of {name}.jpg")
        if place % 3 == 1:
            with Image.open(original) as opened:
                opened.save(unfinished / "phone" / f"{name}.png")
    unfinished.rename(folder)


if __name__ == "__main__":
    main()

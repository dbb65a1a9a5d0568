"""Fit the decision whether two aligned pictures show one capture (`copyfind/evidence/decide.py`).

python -m benchmarks.fit_decision pairs OTHERS PHOTOS WORK  # matched pairs, laid on each other
python -m benchmarks.fit_decision measure WORK              # their measures
python -m benchmarks.fit_decision fit WORK                  # models compared, one written
"""

from __future__ import annotations

import argparse
import itertools
import pickle
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps

from benchmarks.decision_models import (
    cross_validated,
    fitted,
    many_trees,
    read_pairs,
    told,
    told_by_kind,
    write_trees,
)
from benchmarks.matched_edits import RECOLOURS, Dice, edited, saved, scaled
from benchmarks.matched_layouts import drawn_group
from copyfind.evidence.decide import DECISION
from copyfind.evidence.laying import Laid, lay_on
from copyfind.evidence.maps import maps_of
from copyfind.evidence.measures import measures_of
from copyfind.evidence.residual import smooth
from copyfind.evidence.verify import Look, look
from copyfind.imaging.decode import decode, thumbnail
from copyfind.records import Colour, Pixels

TRACKS, ODDS = ("light", "single", "stacked"), (0.35, 0.35, 0.3)
_SIMILAR = 0.15
_LONGEST, _SMALLEST = 800, 64
_IN_A_BLOCK = 12


@dataclass(frozen=True, slots=True)
class Unit:
    """What pairs are made of at once: a picture and its group, a drawn group, or a photo."""

    number: int
    turn: int  # other dice each time
    kind: str
    group: str
    files: tuple[Path, ...]


def units(
    others: Path, photos: Path, *, drawn: int, alone: int, hard: int, turn: int = 0
) -> list[Unit]:
    """All, shuffled, so that any part of them is like the whole; turn: which time round."""
    found: list[tuple[str, str, tuple[Path, ...]]] = []
    for folder in sorted(others.glob("*/*")):
        files = sorted(folder.iterdir())
        name = f"{folder.parent.name}/{folder.name}"
        for n in range(len(files)):
            found.append((folder.parent.name, name, (files[n], *files[:n], *files[n + 1 :])))
    shots = sorted(photos.rglob("*.webp"))
    order = np.random.default_rng(3).permutation(len(shots)).tolist()
    pool = tuple(shots[n] for n in order[: len(order) // 2])
    for n in range(drawn):
        some = np.random.default_rng(n).choice(len(pool), 12, replace=False).tolist()
        found.append(("drawn", f"drawn/{n}", tuple(pool[k] for k in some)))
    for n in range(alone):
        which = (n + turn * alone) % (len(order) // 2)
        found.append(("photo", f"photo/{which}", (shots[order[len(order) // 2 + which]],)))
    mixed = np.random.default_rng(5).permutation(len(found)).tolist()
    every = [Unit(n, turn, *found[k]) for n, k in enumerate(mixed)]
    for n in range(hard):
        some = np.random.default_rng([n, 1, turn]).choice(len(pool), 12, replace=False).tolist()
        group = f"hard/{n}/{turn}"
        every.append(Unit(len(every), turn, "hard", group, tuple(pool[k] for k in some)))
    return every


def made(unit: Unit, background: Sequence[Path]) -> tuple[Counter[str], list[dict[str, Any]]]:
    """The pairs of a unit that align, and how many of each kind were tried."""
    cv2.setNumThreads(1)
    dice = np.random.default_rng([unit.number, 18, unit.turn])
    other = _opened(background[int(dice.integers(len(background)))])
    kind = unit.kind
    if kind in ("drawn", "hard"):
        photos = itertools.cycle([_opened(path) for path in unit.files])
        kind, pictures = drawn_group(dice, lambda: next(photos), 3, hard=kind == "hard")
    else:
        pictures = [_opened(path) for path in unit.files[:3]]
        longest = max(max(p.shape[:2]) for p in pictures[:1])
        wanted = min(longest, _LONGEST)
        if dice.random() < 0.5 and longest > _SMALLEST:
            most = min(longest * 1.5, _LONGEST)
            wanted = int(np.exp(dice.uniform(np.log(_SMALLEST), np.log(most))))
        pictures = [scaled(p, wanted / longest) for p in pictures]
    tried: Counter[str] = Counter()
    found: list[dict[str, Any]] = []

    def compare(first: Look, second: Look, how: str, track: str, *, same: bool) -> None:
        tried[f"{kind}:{track}:{int(same)}"] += 1
        pair = (first, second) if dice.random() < 0.5 else (second, first)
        laid = lay_on(*pair)
        if laid is None or laid.residual.similar < _SIMILAR:
            return
        found.append(
            {
                "kind": kind, "group": unit.group, "same": same, "how": how, "track": track,
                "laid": _packed(laid), "facts": tuple(one.facts for one in pair),
                "sizes": tuple(one.picture.shape[:2] for one in pair),
            }
        )  # fmt: skip

    one, rest = pictures[0], pictures[1:]
    looks = [_look(picture, dice) for picture in pictures]
    for partner in looks[1:2]:
        compare(looks[0], partner, "", "plain", same=False)
    least = 0.12 if kind == "photo" else 0.35
    for _ in range(1 if kind == "photo" else 2):
        track = str(dice.choice(TRACKS, p=ODDS))
        seed = int(dice.integers(2**31))
        changed, how = edited(one, track, np.random.default_rng(seed), other, least=least)
        seen = _look(changed, dice)
        colours_tell = kind in ("flags", "graphics") or "colourway" in unit.group
        if not (colours_tell and any(edit.__name__ in how for edit in RECOLOURS)):
            compare(looks[0], seen, how, track, same=True)
        for partner in looks[1:]:
            compare(partner, seen, how, track, same=False)
        if rest and dice.random() < 0.6:  # the same edit of another: shared chrome and background
            which = int(dice.integers(len(rest)))
            shared, _how = edited(
                rest[which], track, np.random.default_rng(seed), other, least=least
            )
            compare(seen, _look(shared, dice), how, f"{track}-shared", same=False)
        if dice.random() < 0.5 and not colours_tell:
            again, more = edited(one, str(dice.choice(TRACKS, p=ODDS)), dice, other, least=least)
            compare(seen, _look(again, dice), f"{how} / {more}", f"{track}-both", same=True)
    return tried, found


def _packed(laid: Laid) -> Laid:
    """Without what can be made again: it is two thirds of the bytes."""
    residual = laid.residual
    theirs = smooth(residual.warped)
    negative = np.abs(residual.grey[1] - theirs).max(initial=0.0) > 1.0
    nothing = np.empty((0, 0), np.float32)
    flag = np.full((1, 1), float(negative), np.float32)
    return replace(laid, residual=replace(residual, grey=(flag, nothing)))


def unpacked(laid: Laid) -> Laid:
    """What was packed."""
    residual = laid.residual
    ours, theirs = smooth(residual.frame), smooth(residual.warped)
    grey = (ours, 255 - theirs if residual.grey[0][0, 0] else theirs)
    return replace(laid, residual=replace(residual, grey=grey))


def _look(picture: Pixels, dice: Dice) -> Look:
    data = saved(picture, dice)

    def larger(longest: int, *, page: int = 0, ground: Colour = (128, 128, 128)) -> Pixels:
        return thumbnail(data, longest=longest, page=page, ground=ground)

    return look(thumbnail(data, longest=400), decode(data, side=16).facts, larger=larger)


def _opened(path: Path) -> Pixels:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA").convert("RGB")
    image.thumbnail((_LONGEST, _LONGEST))
    return np.asarray(image, np.uint8)


def _block(
    number: int, some: Sequence[Unit], background: Sequence[Path], work: Path
) -> Counter[str]:
    path = work / f"pairs-{number:04}.pkl"
    if path.exists():
        with path.open("rb") as file:
            return Counter(pickle.load(file)[0])
    tried: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    for unit in some:
        try:
            counts, pairs = made(unit, background)
        except (OSError, ValueError, cv2.error) as error:
            print(unit.group, repr(error)[:100])
            continue
        tried.update(counts)
        found += pairs
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        pickle.dump((dict(tried), found), file)
    part.rename(path)
    return tried


def make_pairs(asked: argparse.Namespace) -> None:
    """Write blocks of aligned pairs; what is there already stays."""
    asked.work.mkdir(parents=True, exist_ok=True)
    counts = {"drawn": asked.drawn, "alone": asked.alone, "hard": asked.hard}
    shots = sorted(asked.photos.rglob("*.webp"))
    background = [shots[n] for n in np.random.default_rng(9).choice(len(shots), 400).tolist()]
    blocks: dict[int, list[Unit]] = {}
    for turn in range(asked.turns):
        every = units(asked.others, asked.photos, **counts, turn=turn)
        for n, at in enumerate(range(0, len(every), _IN_A_BLOCK)):
            blocks[turn * 1000 + n] = every[at : at + _IN_A_BLOCK]
    made_of = partial(_block, background=background, work=asked.work)
    tried: Counter[str] = Counter()
    with ProcessPoolExecutor(asked.workers) as pool:
        for n, found in enumerate(pool.map(made_of, blocks.keys(), blocks.values())):
            tried.update(found)
            print(f"{n + 1} of {len(blocks)} blocks, {sum(tried.values())} tried", flush=True)


def measure(asked: argparse.Namespace) -> None:
    """The measures of every block of pairs, beside it."""
    blocks = sorted(asked.work.glob("pairs-*.pkl"))
    with ProcessPoolExecutor(asked.workers) as pool:
        print(f"{sum(pool.map(_measured, blocks))} pairs in {len(blocks)} blocks")


def _measured(block: Path) -> int:
    cv2.setNumThreads(1)
    path = block.with_name(block.name.replace("pairs", "measures"))
    with (path if path.exists() else block).open("rb") as file:
        tried, found = pickle.load(file)
    if path.exists():
        return len(found)
    rows = []
    for pair in found:
        laid = unpacked(pair.pop("laid"))
        maps = maps_of(laid)
        if maps is not None:
            rows.append(pair | {"measures": measures_of(laid, maps, pair["facts"])})
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        pickle.dump((tried, rows), out)
    part.rename(path)
    return len(rows)


def fit(asked: argparse.Namespace) -> None:
    """Compare the models, write the decision."""
    pairs = read_pairs(asked.work)
    copies = int(pairs.same.sum())
    print(
        f"{sum(pairs.tried.values())} pairs tried, of which align {copies} copies, "
        f"{len(pairs.same) - copies} others"
    )
    odds = cross_validated(pairs)
    told(odds, pairs.same)
    told_by_kind(odds["many trees"], pairs, (-2.0, -1.0, 0.0, 1.0, 2.0))
    grown = fitted(many_trees, pairs, np.ones(len(pairs.same), bool))
    write_trees(DECISION, pairs.names, grown)
    known: dict[str, Any] = dict(odds)
    np.savez(asked.work / "odds.npz", **known, same=pairs.same, kind=pairs.kind, track=pairs.track)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    stages = options.add_subparsers(required=True)
    pairs = stages.add_parser("pairs")
    pairs.add_argument("others", type=Path)
    pairs.add_argument("photos", type=Path)
    pairs.add_argument("work", type=Path)
    pairs.add_argument("--drawn", type=int, default=900)
    pairs.add_argument("--alone", type=int, default=2200)
    pairs.add_argument("--hard", type=int, default=1000)
    pairs.add_argument("--turns", type=int, default=2)
    pairs.add_argument("--workers", type=int, default=2)
    pairs.set_defaults(run=make_pairs)
    maps = stages.add_parser("measure")
    maps.add_argument("work", type=Path)
    maps.add_argument("--workers", type=int, default=2)
    maps.set_defaults(run=measure)
    fitting = stages.add_parser("fit")
    fitting.add_argument("work", type=Path)
    fitting.set_defaults(run=fit)
    asked = options.parse_args()
    asked.run(asked)


if __name__ == "__main__":
    main()

"""Pictures that need not be indexed: their copies in the catalog, and what ties two of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from copyfind.answers import Answer, Comparison, Match
from copyfind.collection.cache import open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.collection.scan import ScanOptions, scan_paths
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import load_embedder
from copyfind.descriptor.weights import DEFAULT_MODEL, Weights, bundled_weights, read_weights
from copyfind.errors import CatalogError
from copyfind.evidence.verify import Verdict, look, verify
from copyfind.imaging.readers import Readers, ReadJob
from copyfind.pipeline.gallery import Gallery
from copyfind.pipeline.verifying import Pair, ordered, verify_pairs
from copyfind.records import (
    TIERS,
    Content,
    Floats,
    FoundFile,
    Halves,
    Ints,
    Model,
    Pixels,
    Problem,
    ReadFile,
    Tier,
    Unreadable,
)
from copyfind.search.nearest import nearest

LOOKED_AT = 16  # contents nearest to a picture, or to a part of it, that get a second look
THUMBNAIL = 400  # pixels, the longer side of what is aligned
_A_FOLDER = "a folder, not a picture; name a file"


def search_images(
    images: Sequence[bytes],
    *,
    catalog: Path,
    k: int = 10,
    threshold: float | None = None,
    model: str | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    cache: Path | None = None,
) -> list[Answer | Unreadable]:
    """For each image, up to k indexed contents that are proven to be tied to it, or have a cosine
    of at least `threshold`, the model's own by default.

    The images themselves need not be indexed; the answers come in their order. cache: the folder
    of thumbnails and local features. Raises CatalogError, WeightsError, DeviceError.
    """
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        used = known.model(model)
        least = used.default_threshold if threshold is None else threshold
        weights = _weights_of(used)
        with (
            Readers(workers=usable_cores(), side=weights.input_size) as readers,
            open_cache(catalog, cache) as cached,
        ):
            read = _read(readers, images)
            pictures = [r for r in read if isinstance(r, ReadFile) and r.picture]
            embed = load_embedder(str(weights.path), device=device, batch_size=batch_size)
            queries = embed(_squares(pictures, weights))  # (Q, R, D)
            ids, descriptors = known.descriptors(used)
            found = [
                _nearest(ids, descriptors, regions, k=max(k, LOOKED_AT)) for regions in queries
            ]
            contents = known.contents(i for near in found for i in near)
            gallery = Gallery({c.sha256: c for c in contents.values()}, cached, readers)
            answers = {
                picture.file.path: _answer(picture, near, contents, gallery, least=least, k=k)
                for picture, near in zip(pictures, found, strict=True)
            }
        return [r if isinstance(r, Unreadable) else answers[r.file.path] for r in read]


def _nearest(ids: Ints, descriptors: Halves, regions: Floats, *, k: int) -> dict[int, float]:
    """The contents most like a picture (R, D) or a part of it, with the cosine of the wholes."""
    rows, similarities = nearest(descriptors, regions, k=min(k, max(len(ids), 1)))
    best: dict[int, float] = {}
    for row, similarity in zip(rows.ravel().tolist(), similarities.ravel().tolist(), strict=True):
        if row >= 0:
            best[row] = max(best.get(row, -1.0), similarity)
    whole = regions[0].astype(np.float32)
    strongest = sorted(best, key=lambda row: (-best[row], row))[:k]
    return {int(ids[row]): float(descriptors[row].astype(np.float32) @ whole) for row in strongest}


def _answer(
    query: ReadFile,
    near: Mapping[int, float],
    contents: Mapping[int, Content],
    gallery: Gallery,
    *,
    least: float,
    k: int,
) -> Answer:
    """The second look at what is near, and what of it stays."""
    picture = query.picture
    matches = [_match(contents[i], query, similarity) for i, similarity in near.items()]
    if picture is not None:
        if picture.thumbnail:
            gallery.cached.store_thumbnails({query.sha256: picture.thumbnail})
        asked = Content(-1, query.sha256, query.file.size, picture.facts, None, (query.file,))
        proven = verify_pairs(
            [
                ordered(query.sha256, match.content.sha256)
                for match in matches
                if match.tier is Tier.UNVERIFIED
            ],
            replace(gallery, contents={**gallery.contents, asked.sha256: asked}),
        ).proven
        matches = [_proven(match, query.sha256, proven) for match in matches]
    kept = [m for m in matches if m.tier is not Tier.UNVERIFIED or (m.similarity or 0.0) >= least]
    kept.sort(key=lambda m: (TIERS.index(m.tier), -(m.similarity or 0.0), m.content.sha256))
    return Answer(query.file.path, tuple(kept[:k]))


def _proven(match: Match, query: bytes, proven: Mapping[Pair, Verdict]) -> Match:
    """With what the second look found, told from the content to the query."""
    verdict = proven.get(ordered(query, match.content.sha256))
    if verdict is None:
        return match
    if query < match.content.sha256:
        verdict = verdict.reversed()
    return replace(match, tier=verdict.tier, how=verdict.how, overlap=verdict.overlap)


def compare_images(
    first: bytes,
    second: bytes,
    *,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    to_draw: int | None = None,
) -> Comparison | Unreadable:
    """What ties two picture files, indexed or not; Unreadable where one gives no picture.

    to_draw: hand the pictures on as well, this many pixels long at most.
    """
    embed = load_embedder(model, device=device)
    with Readers(workers=2, side=embed.weights.input_size) as readers:
        read = _read(readers, [first, second])
        for result in read:
            if isinstance(result, Unreadable):
                return result
        a, b = (r for r in read if isinstance(r, ReadFile))
        similarity: float | None = None
        verdict = Verdict(Tier.UNVERIFIED)
        if a.picture and b.picture:
            one, other = embed(_squares([a, b], embed.weights))[:, 0]
            similarity = float(one @ other)
            hashes = [value for _, value in readers.pixel_hashes([a.file, b.file])]
            if a.sha256 == b.sha256:
                verdict = Verdict(Tier.IDENTICAL)
            elif isinstance(hashes[0], bytes) and hashes[0] == hashes[1]:
                verdict = Verdict(Tier.SAME_PIXELS)
            else:
                verdict = _verdict(readers, a, b)
        elif a.sha256 == b.sha256:
            verdict = Verdict(Tier.IDENTICAL)
        threshold = embed.weights.default_threshold
        resembles = similarity is not None and similarity >= threshold
        tier = verdict.tier if verdict.tier is not Tier.UNVERIFIED or resembles else None
        return Comparison(
            a,
            b,
            tier,
            similarity,
            threshold,
            verdict.how,
            verdict.overlap,
            verdict.how_back,
            verdict.as_dict() if verdict.matrix is not None else None,
            _drawn(readers, a, b, to_draw) if to_draw is not None else None,
        )


def _verdict(readers: Readers, a: ReadFile, b: ReadFile) -> Verdict:
    """The second look, at what local features and the aligned pixels say."""
    small = [s for _, s in readers.thumbnails([a.file, b.file], longest=THUMBNAIL)]
    looks = [
        look(picture, read.picture.facts, larger=partial(_larger, readers, read.file))
        for picture, read in zip(small, (a, b), strict=True)
        if not isinstance(picture, Unreadable) and read.picture
    ]
    return verify(*looks) if len(looks) == 2 else Verdict(Tier.UNVERIFIED)


def _larger(readers: Readers, file: FoundFile, longest: int) -> Pixels | None:
    for _, picture in readers.thumbnails([file], longest=longest):
        return None if isinstance(picture, Unreadable) else picture
    return None


def _drawn(
    readers: Readers, a: ReadFile, b: ReadFile, longest: int
) -> tuple[Pixels, Pixels] | None:
    one, other = (_larger(readers, read.file, longest) for read in (a, b))
    return None if one is None or other is None else (one, other)


def _read(readers: Readers, images: Sequence[bytes]) -> list[ReadFile | Unreadable]:
    results: list[ReadFile | Unreadable] = []
    for image in images:
        if os.path.isdir(image):  # noqa: PTH112 - a path of bytes
            results.append(Unreadable(image, Problem.NOT_A_PICTURE, _A_FOLDER))
            continue
        met = [
            m for m in scan_paths([image], ScanOptions()) if isinstance(m, FoundFile | Unreadable)
        ]
        jobs = [ReadJob(m) for m in met if isinstance(m, FoundFile)]
        results += [m for m in met if isinstance(m, Unreadable)]
        results += (
            r.problem if isinstance(r, ReadFile) and r.problem else r for r in readers.read(jobs)
        )
    return results


def _squares(read: Sequence[ReadFile], weights: Weights) -> Pixels:
    squares = [r.picture.square for r in read if r.picture]
    side = weights.input_size
    return np.stack(squares) if squares else np.empty((0, side, side, 3), np.uint8)


def _match(content: Content, query: ReadFile, similarity: float) -> Match:
    if content.sha256 == query.sha256:
        return Match(content, Tier.IDENTICAL, similarity)
    pixels = query.picture.pixels if query.picture else None
    if pixels is not None and content.pixels == pixels:
        return Match(content, Tier.SAME_PIXELS, similarity)
    return Match(content, Tier.UNVERIFIED, similarity)


def _weights_of(model: Model) -> Weights:
    """The weights file that the catalog's descriptors came from."""
    for path in bundled_weights():
        weights = read_weights(path)
        if weights.id == model.weights:
            return weights
    path = Path(model.name)
    if path.is_file() and (weights := read_weights(path)).id == model.weights:
        return weights
    raise CatalogError(
        f"this copyfind does not carry the model {model.name} that the catalog was made with; "
        "index again, or give the weights file with --model PATH"
    )

"""What ties two pictures, which need not be indexed: what a catalog that holds both would say."""

from __future__ import annotations

import numpy as np

from copyfind.answers import Comparison
from copyfind.collection.cache import PictureCache
from copyfind.descriptor.embed import Embedder, descriptors_of, load_embedder
from copyfind.descriptor.weights import DEFAULT_MODEL
from copyfind.imaging.readers import Readers
from copyfind.paths import AnyPath, encoded
from copyfind.pipeline.queries import content_of, read_queries, squares_of, thumbnails_of
from copyfind.pipeline.verifying import verify_with
from copyfind.records import FoundFile, Pixels, ReadFile, Tier, Unreadable
from copyfind.search.rows import unit_rows
from copyfind.verdict import Verdict


def compare_images(
    first: AnyPath,
    second: AnyPath,
    *,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
    embedder: Embedder | None = None,
    to_draw: int | None = None,
) -> Comparison | Unreadable:
    """What ties two picture files, indexed or not; Unreadable where one gives no picture.

    The verdict is the one that `find_copies` gives the two, in either order. model, device: as for
    `load_embedder`. embedder: what describes them in place of that. to_draw: hand the pictures on
    as well, this many pixels long at most. Raises WeightsError, DeviceError.
    """
    if embedder is None:
        embedder = load_embedder(model, device=device)
    with Readers(workers=2, side=embedder.side) as readers:
        read = read_queries(readers, [encoded(first), encoded(second)])
        for result in read:
            if isinstance(result, Unreadable):
                return result
        a, b = (r for r in read if isinstance(r, ReadFile))
        verdict = verdict_on(a, b, readers)
        similarity = _similarity(a, b, embedder)
        threshold = embedder.default_threshold
        resembles = similarity is not None and similarity >= threshold
        return Comparison(
            a,
            b,
            verdict.tier if verdict.tier is not Tier.UNVERIFIED or resembles else None,
            similarity,
            threshold,
            verdict.how,
            verdict.overlap,
            verdict.how_back,
            verdict.as_dict() if verdict.matrix is not None else None,
            None if to_draw is None else _drawn(readers, a.file, b.file, to_draw),
        )


def verdict_on(a: ReadFile, b: ReadFile, readers: Readers) -> Verdict:
    """What ties the first of two files that were read to the second."""
    if a.sha256 == b.sha256:
        return Verdict(Tier.IDENTICAL)
    if not (a.picture and b.picture):
        return Verdict(Tier.UNVERIFIED)
    hashes = [pixels for _, pixels in readers.pixel_hashes([a.file, b.file])]
    if isinstance(hashes[0], bytes) and hashes[0] == hashes[1]:
        return Verdict(Tier.SAME_PIXELS)
    cached = PictureCache(None)
    cached.store_thumbnails(thumbnails_of([a, b]))
    (verdict,) = verify_with(content_of(b), [content_of(a)], cached, readers)
    return verdict


def _similarity(a: ReadFile, b: ReadFile, embedder: Embedder) -> float | None:
    """The cosine of the two descriptors as a catalog stores them."""
    if not (a.picture and b.picture):
        return None
    wholes = descriptors_of(squares_of([a, b], side=embedder.side), embedder)
    (cosine,) = unit_rows(wholes.astype(np.float16)).similarity(np.array([0]), np.array([1]))
    return float(cosine)


def _drawn(
    readers: Readers, first: FoundFile, second: FoundFile, longest: int
) -> tuple[Pixels, Pixels] | None:
    one, other = (small for _, small in readers.thumbnails([first, second], longest=longest))
    return None if isinstance(one, Unreadable) or isinstance(other, Unreadable) else (one, other)

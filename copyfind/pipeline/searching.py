"""Pictures that need not be indexed: their copies in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from copyfind.answers import Answer, Match
from copyfind.collection.cache import PictureCache, open_cache
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import Embedder, Network, descriptors_of
from copyfind.descriptor.weights import bundled_weights, weights_with_id
from copyfind.errors import CatalogError
from copyfind.imaging.readers import Readers
from copyfind.paths import AnyPath, AnyPaths, all_encoded, as_path
from copyfind.pipeline.queries import content_of, read_queries, thumbnails_of, with_parts
from copyfind.pipeline.verifying import verify_with
from copyfind.records import (
    TIERS,
    Content,
    Floats,
    Halves,
    Ints,
    Model,
    ReadFile,
    Tier,
    Unreadable,
)
from copyfind.search.nearest import nearest
from copyfind.search.rows import unit_rows

LOOKED_AT = 16  # contents nearest to a picture, or to a part of it, that get a second look


def search_images(
    images: AnyPaths,
    *,
    catalog: AnyPath,
    k: int = 10,
    threshold: float | None = None,
    model: str | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    embedder: Embedder | None = None,
    cache: AnyPath | None = None,
) -> list[Answer | Unreadable]:
    """For each image, up to k indexed contents that are proven to be tied to it, or have a cosine
    of at least `threshold`, the model's own by default.

    The images themselves need not be indexed; the answers come in their order. model: the name or
    the id of what described the catalog, by default what described most of it. embedder: what
    describes the images, where that is none of copyfind's own; what it described in the catalog is
    searched. cache: the folder of thumbnails and local features. Raises CatalogError, WeightsError,
    DeviceError.
    """
    catalog, cache = as_path(catalog), None if cache is None else as_path(cache)
    with open_for_reading(catalog) as db:
        known = Catalog(db)
        used = known.model(model if embedder is None else embedder.id)
        least = used.default_threshold if threshold is None else threshold
        if embedder is None:
            embedder = network_of(used, device=device, batch_size=batch_size)
        with (
            Readers(workers=usable_cores(), side=embedder.side) as readers,
            open_cache(catalog, cache) as cached,
        ):
            among = Described(*known.descriptors(used), known.contents)
            return search_among(
                among, images, embedder=embedder, readers=readers, cached=cached, k=k, least=least
            )


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The pictures that are searched: M contents with a descriptor, and what gives those of some
    rows, each with its files."""

    rows: Ints  # (M,) ascending
    descriptors: Halves  # (M, D)
    contents: Callable[[Iterable[int]], Mapping[int, Content]]


def search_among(
    among: Described,
    images: AnyPaths,
    *,
    embedder: Embedder,
    readers: Readers,
    cached: PictureCache,
    k: int,
    least: float,
) -> list[Answer | Unreadable]:
    """As `search_images`, among these pictures. least: cosine from which on what is not proven is
    told. readers: of their files and the images'."""
    read = read_queries(readers, all_encoded(images))
    pictures = [one for one in read if isinstance(one, ReadFile)]
    cached.store_thumbnails(thumbnails_of(pictures))
    answers: dict[bytes, Answer] = {}
    for picture in pictures:
        assert picture.picture is not None  # what gives none is Unreadable here
        looks = descriptors_of(with_parts(picture.picture.square), embedder)
        near = _nearest(among.rows, among.descriptors, looks, k=max(k, LOOKED_AT))
        contents = among.contents(near)
        matches = [_match(contents[row], picture, near[row]) for row in near]
        matches = _second_look(picture, matches, cached, readers)
        answers[picture.file.path] = Answer(picture.file.path, _best(matches, least, k))
    return [one if isinstance(one, Unreadable) else answers[one.file.path] for one in read]


def _nearest(rows: Ints, descriptors: Halves, looks: Floats, *, k: int) -> dict[int, float]:
    """The contents most like a picture or a part of it, with the cosine of the wholes.

    looks (L, D): what describes the picture, then its parts."""
    found = nearest(descriptors, looks, k=min(k, max(len(rows), 1)))
    best: dict[int, float] = {}
    for place, similarity in zip(*(part.ravel().tolist() for part in found), strict=True):
        if place >= 0:
            best[place] = max(best.get(place, -1.0), similarity)
    strongest = sorted(best, key=lambda place: (-best[place], place))[:k]
    wholes = unit_rows(np.concatenate([looks[:1].astype(np.float16), descriptors[strongest]]))
    cosines = wholes.similarity(np.zeros(len(strongest), np.int64), np.arange(len(strongest)) + 1)
    return dict(zip(rows[strongest].tolist(), cosines.tolist(), strict=True))


def _second_look(
    query: ReadFile, matches: Sequence[Match], cached: PictureCache, readers: Readers
) -> list[Match]:
    """The matches, with what is proven of those that only look alike."""
    alike = [match.content for match in matches if match.tier is Tier.UNVERIFIED]
    verdicts = verify_with(content_of(query), alike, cached, readers)
    proven = {
        content.row: verdict
        for content, verdict in zip(alike, verdicts, strict=True)
        if verdict.tier is not Tier.UNVERIFIED
    }
    return [
        replace(match, tier=verdict.tier, how=verdict.how, overlap=verdict.overlap)
        if (verdict := proven.get(match.content.row))
        else match
        for match in matches
    ]


def _best(matches: Sequence[Match], least: float, k: int) -> tuple[Match, ...]:
    """Up to k matches that are proven or have a cosine of at least `least`, the strongest first."""
    kept = [m for m in matches if m.tier is not Tier.UNVERIFIED or (m.similarity or 0.0) >= least]
    kept.sort(key=lambda m: (TIERS.index(m.tier), -(m.similarity or 0.0), m.content.sha256))
    return tuple(kept[:k])


def _match(content: Content, query: ReadFile, similarity: float) -> Match:
    if content.sha256 == query.sha256:
        return Match(content, Tier.IDENTICAL, similarity)
    pixels = query.picture.pixels if query.picture else None
    if pixels is not None and content.pixels == pixels:
        return Match(content, Tier.SAME_PIXELS, similarity)
    return Match(content, Tier.UNVERIFIED, similarity)


def network_of(model: Model, *, device: str, batch_size: int | None) -> Network:
    """The network that the descriptors of a catalog, or of a run, came from. Raises
    CatalogError."""
    weights = weights_with_id(model.weights, [*bundled_weights(), Path(model.name)])
    if weights is None:
        raise CatalogError(
            f"this copyfind does not carry the model {model.name} that the catalog was made with; "
            "index again, or give the weights file with --model PATH"
        )
    return Network(weights, device, batch_size)

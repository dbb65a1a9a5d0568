"""Pictures of this machine: their copies among the objects of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from copyfind.answers import Answer
from copyfind.collection.cache import PictureCache
from copyfind.cores import usable_cores
from copyfind.descriptor.embed import Embedder
from copyfind.imaging.readers import Readers
from copyfind.paths import AnyPaths
from copyfind.pipeline.searching import Described, network_of, search_among
from copyfind.records import Content, Model, Unreadable
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.pictures import Pictures, read_pictures
from copyfind.remote.rows import MadeBy, file_of
from copyfind.remote.run import Run
from copyfind.watch import NOBODY, Stage, Watch


def search_run(
    images: AnyPaths,
    run: Run,
    *,
    k: int = 10,
    threshold: float | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    embedder: Embedder | None = None,
    watch: Watch = NOBODY,
) -> list[Answer | Unreadable]:
    """For each image, up to k contents of the run, as `search_images` finds them in a catalog;
    everything is compared, and the nearest are looked at. Raises StoreError, OSError, CatalogError,
    WeightsError, DeviceError."""
    pictures = read_pictures(run, count=watch.counting(Stage.READ))
    least = run.made_by.default_threshold if threshold is None else threshold
    if embedder is None:
        embedder = network_of(_model(run.made_by), device=device, batch_size=batch_size)
    cached = PictureCache(None)

    def contents(rows: Iterable[int]) -> Mapping[int, Content]:
        return _contents(pictures, rows, cached)

    with Readers(workers=usable_cores(), side=embedder.side, source=ObjectsAgain()) as readers:
        return search_among(
            Described(pictures.described, pictures.descriptors, contents),
            images,
            embedder=embedder,
            readers=readers,
            cached=cached,
            k=k,
            least=least,
        )


def _model(made_by: MadeBy) -> Model:
    return Model(
        0, made_by.name, made_by.model, made_by.dim, made_by.side, made_by.default_threshold
    )


def _contents(
    pictures: Pictures, rows: Iterable[int], cached: PictureCache
) -> Mapping[int, Content]:
    """Contents by row, each with all objects that have it, by address; the thumbnails that the run
    holds of them go to the cache."""
    wanted = np.unique(np.array(list(rows), np.int64))
    listed = pictures.listed(pictures.objects_of(wanted))
    standing = {int(pictures.content[n]): one for n, one in pictures.rows(pictures.first[wanted])}
    found = {}
    for content, one in standing.items():
        assert one.row is not None  # it is described
        if one.row.thumbnail:
            cached.store_thumbnails({one.row.sha256: one.row.thumbnail})
        files = [file_of(at) for n, at in listed.items() if pictures.content[n] == content]
        files.sort(key=lambda file: file.path)
        found[content] = Content(
            content, one.row.sha256, one.row.size, one.row.facts, one.row.pixels, tuple(files)
        )
    return found

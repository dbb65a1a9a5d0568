"""The whole ways with an embedder that is not copyfind's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from copyfind.answers import Answer, Comparison
from copyfind.errors import CatalogError
from copyfind.pipeline.comparing import compare_images
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.pipeline.searching import search_images
from copyfind.records import Floats, Pixels, Tier
from tests.conftest import Album
from tests.embedding import Grid
from tests.photos import photo


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Album:
    """Three photos and a small copy of one; described by `Grid` alone. Read-only."""
    top = tmp_path_factory.mktemp("own").resolve()
    album = Album(top / "photos", top / "catalog.sqlite")
    album.folder.mkdir()
    for name in ("coffee", "chelsea", "rocket"):
        photo(name).save(album.folder / f"{name}.png")
    photo("coffee").resize((240, 180)).save(album.folder / "small.jpg")
    index_folders(album.folder, catalog=album.catalog, embedder=Grid())
    return album


def name(path: bytes) -> str:
    return Path(os.fsdecode(path)).name


@pytest.mark.parametrize("named", [None, "grid", Grid().id])
def test_its_candidates_are_proven_like_any_others(described: Album, named: str | None) -> None:
    findings = find_copies(described.catalog, model=named)

    (cluster,) = findings.clusters
    assert cluster.tier is Tier.NEAR
    assert [name(m.file.path) for m in cluster.members] == ["coffee.png", "small.jpg"]
    assert findings.threshold == Grid().default_threshold


def test_pictures_are_searched_by_it(described: Album, tmp_path: Path) -> None:
    photo("coffee").resize((200, 150)).save(tmp_path / "asked.png")

    (answer,) = search_images(tmp_path / "asked.png", catalog=described.catalog, embedder=Grid())

    assert isinstance(answer, Answer)
    assert {(name(m.content.files[0].path), m.tier) for m in answer.matches} == {
        ("coffee.png", Tier.NEAR),
        ("small.jpg", Tier.NEAR),
    }


def test_without_it_nothing_of_its_kind_can_be_searched(described: Album, tmp_path: Path) -> None:
    photo("coffee").save(tmp_path / "asked.png")

    with pytest.raises(CatalogError, match="does not carry the model grid"):
        search_images(tmp_path / "asked.png", catalog=described.catalog)
    with pytest.raises(CatalogError, match="nothing was indexed with the model 'another'"):
        search_images(
            tmp_path / "asked.png", catalog=described.catalog, embedder=Grid(id="another")
        )


def test_two_pictures_are_compared_by_it(described: Album) -> None:
    comparison = compare_images(
        described.folder / "coffee.png", described.folder / "small.jpg", embedder=Grid()
    )

    assert isinstance(comparison, Comparison)
    assert (comparison.tier, comparison.threshold) == (Tier.NEAR, Grid().default_threshold)


@dataclass(frozen=True)
class Long(Grid):
    """All pictures get one row, which rounding to float16 makes longer than 1."""

    id: str = "long"
    dim: int = 2

    def __call__(self, pictures: Pixels, /) -> Floats:
        return np.full((len(pictures), 2), [0.6001, 0.8003], np.float32)


def test_no_similarity_is_above_one(described: Album, tmp_path: Path) -> None:
    row = np.array([0.6001, 0.8003], np.float16).astype(np.float32)
    assert float(row @ row) > 1
    catalog = tmp_path / "catalog.sqlite"
    index_folders(described.folder, catalog=catalog, embedder=Long())

    findings = find_copies(catalog)
    (answer,) = search_images(described.folder / "small.jpg", catalog=catalog, embedder=Long())
    comparison = compare_images(
        described.folder / "coffee.png", described.folder / "small.jpg", embedder=Long()
    )

    assert isinstance(answer, Answer)
    assert isinstance(comparison, Comparison)
    evidence = [m.evidence.similarity for c in findings.clusters for m in c.members if m.evidence]
    matches = [match.similarity for match in answer.matches]
    told = {*evidence, *matches, comparison.similarity}
    assert all(one is not None and 0.9999 < one <= 1 for one in told)


def test_every_version_of_it_is_searched_anew(described: Album, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    for version in ("1", "2"):
        mine = Grid(id=f"an embedder of my own, version {version}")
        index_folders(described.folder, catalog=catalog, embedder=mine)
        find_copies(catalog, model=mine.id)

    album = Album(described.folder, catalog)
    assert album.query("SELECT count(DISTINCT way) FROM searched") == [(2,)]

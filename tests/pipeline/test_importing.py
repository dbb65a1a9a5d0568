"""Rows made elsewhere give the catalog that indexing gives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from copyfind.collection.cache import open_cache
from copyfind.collection.identity import found_at
from copyfind.descriptor.embed import Network, load_embedder
from copyfind.errors import Interrupted
from copyfind.pipeline.describing import describe
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.importing import import_rows
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Cluster, Findings, FoundFile, Problem, Row, Tier
from copyfind.watch import Watch
from tests.embedding import Grid

Rows = list[tuple[FoundFile, Row]]
COFFEES = (b"coffee.png", b"coffee.tif", b"cropped.png", b"small.jpg")


def photo(name: str, width: int = 640, height: int = 480) -> Image.Image:
    return Image.fromarray(getattr(data, name)()).resize((width, height))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of every kind, two large ones of one JPEG's pixels among them; read-only."""
    folder = tmp_path_factory.mktemp("rows").resolve() / "photos"
    folder.mkdir()
    coffee = photo("coffee")
    coffee.save(folder / "coffee.png")
    coffee.save(folder / "coffee.tif")
    coffee.resize((320, 240)).save(folder / "small.jpg")
    coffee.crop((60, 40, 600, 440)).save(folder / "cropped.png")
    shutil.copy(folder / "coffee.png", folder / "again.png")
    photo("chelsea", 2000, 1500).save(folder / "cat.jpg")
    shutil.copy(folder / "cat.jpg", folder / "cat told.jpg")
    with (folder / "cat told.jpg").open("ab") as file:
        file.write(b"bytes after the end")
    photo("rocket").save(folder / "alone.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xffnothing more")
    return folder


@pytest.fixture(scope="module")
def embedder() -> Network:
    return load_embedder()


@pytest.fixture(scope="module")
def rows(folder: Path, embedder: Network) -> Rows:
    return [
        (found_at(path), describe(path.read_bytes(), embedder)) for path in sorted(folder.iterdir())
    ]


@pytest.fixture(scope="module")
def indexed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What `index` and `dupes` say of the folder."""
    catalog = tmp_path_factory.mktemp("indexed") / "catalog.sqlite"
    index_folders([os.fsencode(folder)], catalog=catalog)
    return find_copies(catalog)


def told(clusters: Iterable[Cluster]) -> list[object]:
    """All of some clusters."""
    return [asdict(cluster) for cluster in clusters]


def names(findings: Findings) -> list[tuple[Tier, list[str]]]:
    return [
        (c.tier, sorted(Path(os.fsdecode(m.file.path)).name for m in c.members))
        for c in findings.clusters
    ]


def test_rows_give_the_clusters_that_the_files_give(
    rows: Rows, indexed: Findings, tmp_path: Path
) -> None:
    summary = import_rows(rows, catalog=tmp_path / "catalog.sqlite")

    findings = find_copies(tmp_path / "catalog.sqlite")

    assert (summary.files, summary.described, summary.missing) == (9, 8, 0)
    assert [Path(os.fsdecode(s.path)).name for s in summary.skipped] == ["broken.jpg"]
    assert sorted(names(findings)) == [
        (Tier.EDITED, ["again.png", "coffee.png", "coffee.tif", "cropped.png", "small.jpg"]),
        (Tier.SAME_PIXELS, ["cat told.jpg", "cat.jpg"]),
    ]
    assert told(findings.clusters) == told(indexed.clusters)
    assert findings.skipped == indexed.skipped


def test_what_was_imported_is_not_read_again(rows: Rows, folder: Path, tmp_path: Path) -> None:
    import_rows(rows, catalog=tmp_path / "catalog.sqlite")

    summary = index_folders([os.fsencode(folder)], catalog=tmp_path / "catalog.sqlite")

    assert (summary.files, summary.read) == (9, 0)


def test_rows_may_come_again(rows: Rows, tmp_path: Path) -> None:
    import_rows(rows, catalog=tmp_path / "catalog.sqlite")
    before = told(find_copies(tmp_path / "catalog.sqlite").clusters)

    import_rows(reversed(rows), catalog=tmp_path / "catalog.sqlite")

    assert told(find_copies(tmp_path / "catalog.sqlite").clusters) == before


def test_rows_are_drawn_as_they_are_stored(rows: Rows, tmp_path: Path) -> None:
    drawn: list[int] = []
    stored: list[int] = []

    def counted() -> Iterator[tuple[FoundFile, Row]]:
        file, row = rows[0]
        for number in range(150):
            drawn.append(number)
            yield replace(file, path=b"/gone/%d.png" % number), row

    def stop() -> bool:
        stored.append(len(drawn))
        return len(stored) == 2

    with pytest.raises(Interrupted, match="after 128 files, all of them kept"):
        import_rows(counted(), catalog=tmp_path / "catalog.sqlite", watch=Watch(should_stop=stop))

    assert stored == [64, 128]
    assert find_copies(tmp_path / "catalog.sqlite").files == 128


def test_thumbnails_of_rows_are_kept_in_the_cache(rows: Rows, tmp_path: Path) -> None:
    catalog, cache = tmp_path / "catalog.sqlite", tmp_path / "cache"

    import_rows(rows, catalog=catalog, cache=cache)

    with open_cache(catalog, cache) as cached:
        kept = cached.thumbnails(row.sha256 for _, row in rows)
    assert kept == {row.sha256: row.thumbnail for _, row in rows if row.thumbnail}


def test_what_lies_elsewhere_is_found_by_its_thumbnails(rows: Rows, tmp_path: Path) -> None:
    catalog, cache = tmp_path / "catalog.sqlite", tmp_path / "cache"
    elsewhere = [
        (FoundFile(b"s3://bucket/" + os.path.basename(file.path), 0, 0, file.size, 1), row)  # noqa: PTH119 - bytes
        for file, row in rows
    ]

    import_rows(elsewhere, catalog=catalog, cache=cache)
    findings = find_copies(catalog, cache=cache)

    assert sorted(sorted(m.file.path for m in c.members) for c in findings.clusters) == [
        [b"s3://bucket/" + name for name in (b"again.png", *COFFEES)],
        [b"s3://bucket/cat told.jpg", b"s3://bucket/cat.jpg"],
    ]


def test_a_file_that_changed_since_is_told_and_not_stored(rows: Rows, tmp_path: Path) -> None:
    file, row = rows[0]
    path = Path(shutil.copy(os.fsdecode(file.path), tmp_path / "a.png"))
    before = found_at(path)
    os.utime(path, ns=(1, 1))
    grown = replace(file, path=bytes(tmp_path / "b.png"), size=row.size + 1)

    summary = import_rows([(before, row), (grown, row)], catalog=tmp_path / "catalog.sqlite")

    assert [s.problem for s in summary.skipped] == 2 * [Problem.CHANGING]
    assert find_copies(tmp_path / "catalog.sqlite").files == 0


def test_inodes_are_looked_up(rows: Rows, tmp_path: Path) -> None:
    file, row = rows[0]

    import_rows([(replace(file, device=0, inode=0), row)], catalog=tmp_path / "catalog.sqlite")

    summary = index_folders(
        [os.path.dirname(file.path)],  # noqa: PTH120 - bytes
        catalog=tmp_path / "catalog.sqlite",
    )
    assert summary.read == len(rows) - 1


def test_rows_of_an_embedder_of_ones_own(folder: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    mine = [
        (found_at(path), describe(path.read_bytes(), Grid())) for path in sorted(folder.iterdir())
    ]

    import_rows(mine, catalog=catalog, embedder=Grid())

    assert find_copies(catalog).model.weights == Grid().id
    index_folders([os.fsencode(folder)], catalog=tmp_path / "2.sqlite", embedder=Grid())
    assert told(find_copies(catalog).clusters) == told(find_copies(tmp_path / "2.sqlite").clusters)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": "another"}, "was described by another, not by lite0-256"),
        ({"descriptor": None}, "has neither a descriptor nor a problem"),
        ({"descriptor": np.zeros((1, 256), np.float16)}, r"is not \(256,\) finite numbers"),
        (
            {"descriptor": np.full(256, np.nan, np.float16)},
            r"is not \(256,\) finite numbers",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    rows: Rows, tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    file, row = rows[0]
    wrong = replace(row, **changes)  # type: ignore[arg-type] # made to be wrong

    with pytest.raises(ValueError, match=complaint):
        import_rows([(file, wrong)], catalog=tmp_path / "catalog.sqlite")


def test_a_path_that_is_not_absolute_is_refused(rows: Rows, tmp_path: Path) -> None:
    file, row = rows[0]

    with pytest.raises(ValueError, match=r"a\.png is no absolute path, and no address"):
        import_rows([(replace(file, path=b"a.png"), row)], catalog=tmp_path / "catalog.sqlite")

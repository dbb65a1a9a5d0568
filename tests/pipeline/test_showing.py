"""Pictures for pages: only those of the findings, and only as they were indexed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from copyfind.errors import Interrupted
from copyfind.imaging.thumbnail import LONGEST
from copyfind.pipeline import showing
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.showing import Showcase
from copyfind.records import Findings
from copyfind.watch import Watch
from tests.conftest import Album, draw


@pytest.fixture
def findings(album: Album) -> Findings:
    """Two clusters: of JPEGs, and of a PNG and the same pixels as TIFF."""
    draw(1, width=640, height=480).save(album.folder / "a.jpg")
    (album.folder / "b.jpg").write_bytes((album.folder / "a.jpg").read_bytes())
    for name in ("c.png", "d.tif"):
        draw(2, width=500, height=700).save(album.folder / name)
    album.index()
    return find_copies(album.catalog, verify=False)


def content_of(findings: Findings, name: str) -> bytes:
    """The SHA-256 of the file of this name."""
    return next(
        member.content.sha256
        for cluster in findings.clusters
        for member in cluster.members
        if member.file.path.endswith(name.encode())
    )


def size_of(jpeg: bytes | None) -> tuple[int, int]:
    assert jpeg is not None
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        return image.size


def test_a_thumbnail_is_small_and_made_once(findings: Findings) -> None:
    kept: dict[bytes, bytes] = {}
    name = content_of(findings, "c.png")

    with Showcase(findings, keep=kept.update, workers=1) as showcase:
        first = showcase.thumbnail(name)
        again = showcase.thumbnail(name)

    assert size_of(first) == (round(LONGEST * 5 / 7), LONGEST)
    assert again is first
    assert kept == {name: first}


def test_what_is_remembered_is_not_made(findings: Findings) -> None:
    asked: list[bytes] = []

    def known(names: Iterable[bytes]) -> Mapping[bytes, bytes]:
        asked.extend(names)
        return dict.fromkeys(asked, b"a JPEG")

    with Showcase(findings, known=known, workers=1) as showcase:
        assert showcase.thumbnail(content_of(findings, "a.jpg")) == b"a JPEG"
        showcase.make_thumbnails()
        assert showcase._readers is None


def test_what_the_cache_keeps_is_not_held_in_memory_too(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "_BATCH", 1)
    kept: dict[bytes, bytes] = {}
    asked: list[int] = []

    def known(names: Iterable[bytes]) -> Mapping[bytes, bytes]:
        some = list(names)
        asked.append(len(some))
        return {name: kept[name] for name in some if name in kept}

    with Showcase(findings, known=known, keep=kept.update, workers=1) as showcase:
        showcase.make_thumbnails()

        assert len(kept) == 3
        assert max(asked) == 1
        assert showcase._made == {}


def test_a_content_that_is_in_no_cluster_is_not_shown(findings: Findings) -> None:
    with Showcase(findings, workers=1) as showcase:
        assert showcase.thumbnail(bytes(32)) is None
        assert showcase.full(bytes(32)) is None


def test_a_jpeg_is_shown_as_it_is_and_another_picture_decoded(
    findings: Findings, album: Album
) -> None:
    with Showcase(findings, workers=1) as showcase:
        jpeg = showcase.full(content_of(findings, "a.jpg"))
        png = showcase.full(content_of(findings, "c.png"))

    assert jpeg == (album.folder / "a.jpg").read_bytes()
    assert size_of(png) == (500, 700)


def test_another_file_of_the_content_stands_in_for_one_that_is_gone(
    findings: Findings, album: Album
) -> None:
    name, data = content_of(findings, "a.jpg"), (album.folder / "b.jpg").read_bytes()
    (album.folder / "a.jpg").unlink()

    with Showcase(findings, workers=1) as showcase:
        assert showcase.full(name) == data
        assert size_of(showcase.thumbnail(name)) == (400, 300)


@pytest.mark.parametrize("how", ["changed", "gone", "a link", "a folder"])
def test_what_is_no_longer_what_was_indexed_gives_nothing(
    findings: Findings, album: Album, tmp_path: Path, how: str
) -> None:
    secret = tmp_path / "secret.jpg"
    draw(9).save(secret)
    for path in album.folder.iterdir():
        path.unlink()
        if how == "changed":
            draw(3).save(path)
        elif how == "a link":
            path.symlink_to(secret)
        elif how == "a folder":
            path.mkdir()

    with Showcase(findings, workers=1) as showcase:
        for name in ("a.jpg", "c.png"):
            assert showcase.thumbnail(content_of(findings, name)) is None
            assert showcase.full(content_of(findings, name)) is None


def test_all_thumbnails_are_made_in_batches_and_kept_when_it_is_stopped(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "_BATCH", 1)
    kept: dict[bytes, bytes] = {}

    with (
        Showcase(findings, keep=kept.update, workers=1) as showcase,
        pytest.raises(Interrupted, match="after 1 of 3 thumbnails, all of them kept"),
    ):
        showcase.make_thumbnails(Watch(should_stop=lambda: True))

    assert len(kept) == 1
    with Showcase(findings, known=lambda _: kept, keep=kept.update, workers=1) as showcase:
        showcase.make_thumbnails()
    assert len(kept) == 3

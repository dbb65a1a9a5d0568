"""Pictures are coded once, those that can be had."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from copyfind.collection.cache import PictureCache
from copyfind.imaging.readers import Readers
from copyfind.pipeline.coding import add_codes, coded
from copyfind.pipeline.gallery import Gallery
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import KEPT, Codes
from copyfind.watch import UNCOUNTED
from tests.conftest import draw
from tests.pipeline.test_gallery import Shelf


def test_those_that_can_be_had_are_coded(tmp_path: Path) -> None:
    shelf, store = Shelf(tmp_path), CodeStore(None)
    names = [shelf.contents[row].sha256 for row in range(3)]
    (tmp_path / "1.png").unlink()

    with Readers(workers=1, side=1) as readers:
        gallery = Gallery(shelf, PictureCache(None), readers)
        add_codes([2, 1, 0], names[::-1], gallery=gallery, store=store, count=UNCOUNTED)

    places = store.places(names)
    assert (places >= 0).tolist() == [True, False, True]
    assert (store.counts(places) > 10).tolist() == [True, False, True]


@pytest.mark.parametrize("size", [(400, 300), (1600, 60), (90, 60)])
def test_a_thumbnail_of_any_shape_has_codes(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    jpeg = io.BytesIO()
    Image.fromarray(noise).save(jpeg, "JPEG")

    codes = Codes.from_bytes(coded(jpeg.getvalue()).codes)

    assert 0 < len(codes.words) <= KEPT


@pytest.mark.parametrize("ground", ["black", "white"])
def test_a_cut_out_has_codes_in_common_with_its_copies_on_black_and_on_white(
    tmp_path: Path, ground: str
) -> None:
    cut = draw(7, width=300, height=300).filter(ImageFilter.GaussianBlur(6))
    mask = Image.new("L", cut.size)
    ImageDraw.Draw(mask).regular_polygon((150, 150, 120), 5, rotation=20, fill=255)
    cut.putalpha(mask)
    laid = Image.new("RGB", cut.size, ground)
    laid.paste(cut, mask=mask)
    shelf, store = Shelf(tmp_path), CodeStore(None)
    for row, picture in enumerate((cut, laid)):
        shelf.put(row, picture)
    names = [shelf.contents[row].sha256 for row in range(2)]

    with Readers(workers=1, side=1) as readers:
        gallery = Gallery(shelf, PictureCache(None), readers)
        add_codes([0, 1], names, gallery=gallery, store=store, count=UNCOUNTED)

    of_cut, of_laid = (
        {bytes(code) for code in of_one["codes"][:count]}
        for of_one, count in zip(
            store.records(store.places(names)), store.counts(store.places(names)), strict=True
        )
    )
    assert len(of_cut & of_laid) >= 0.2 * len(of_laid) > 0

"""How well two pictures' features agree, by their codes: copies' do, in any crowd."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from skimage import data

from copyfind.evidence.features import MIRROR_ORDER, extract_features
from copyfind.records import Floats
from copyfind.search.agreement import agreement
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import encode

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


@pytest.fixture(scope="module")
def photos() -> dict[str, Image.Image]:
    """Four photos of 300 pixels."""
    photos = {name: Image.fromarray(getattr(data, name)()) for name in NAMES}
    for photo in photos.values():
        photo.thumbnail((300, 300))
    return photos


def agree(*pairs: tuple[Image.Image, Image.Image]) -> Floats:
    """Of each pair."""
    store = CodeStore(None)
    pictures = [picture.convert("RGB") for pair in pairs for picture in pair]
    names = [n.to_bytes(32, "big") for n in range(len(pictures))]
    store.add(names, [encode(extract_features(np.asarray(picture))) for picture in pictures])
    first = np.arange(0, len(pictures), 2)
    return agreement(store, store.places(names), first, first + 1, mirror_order=MIRROR_ORDER)


def test_those_of_strangers_agree_by_chance_alone(photos: dict[str, Image.Image]) -> None:
    found = agree(*[(photos[a], photos[b]) for a in NAMES for b in NAMES if a < b])

    assert found.max() < 4


@pytest.mark.parametrize("how", ["smaller", "turned", "mirrored", "cropped", "darker"])
def test_those_of_a_copy_agree(photos: dict[str, Image.Image], how: str) -> None:
    def edited(photo: Image.Image) -> Image.Image:
        width, height = photo.size
        if how == "smaller":
            return photo.resize((width * 2 // 3, height * 2 // 3))
        if how == "turned":
            return photo.rotate(30, expand=True)
        if how == "mirrored":
            return ImageOps.mirror(photo)
        if how == "cropped":
            return photo.crop((width // 4, height // 4, width, height))
        return ImageEnhance.Brightness(photo).enhance(0.5)

    assert agree(*[(photos[name], edited(photos[name])) for name in NAMES]).min() > 4


def test_it_is_told_of_each_pair_whatever_the_order(photos: dict[str, Image.Image]) -> None:
    pairs = [(photos["coffee"], photos[name]) for name in NAMES]
    alone = np.concatenate([agree(pair) for pair in pairs])

    store = CodeStore(None)
    names = [name.encode().ljust(32) for name in NAMES]
    features = [extract_features(np.asarray(photos[name])) for name in NAMES]
    store.add(names, [encode(one) for one in features])
    places = store.places(names)
    coffee = np.full(4, NAMES.index("coffee"))
    order = np.array([3, 0, 2, 1])
    found = agreement(store, places, coffee, order, mirror_order=MIRROR_ORDER)

    np.testing.assert_allclose(found, alone[order], rtol=1e-5)


def test_many_pairs_are_told_some_at_a_time(
    photos: dict[str, Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CodeStore(None)
    features = [extract_features(np.asarray(photos[name])) for name in NAMES]
    names = [name.encode().ljust(32) for name in NAMES]
    store.add(names, [encode(one) for one in features])
    places = store.places(names)
    first, second = np.array([[2, 0, 1, 0, 2, 0, 1], [3, 3, 2, 1, 2, 2, 3]])

    def found() -> Floats:
        return agreement(store, places, first, second, mirror_order=MIRROR_ORDER)

    at_once = found()
    monkeypatch.setattr("copyfind.search.agreement._AT_ONCE", 2)

    np.testing.assert_allclose(found(), at_once, rtol=1e-5)
    assert at_once.argmax() == 4  # the picture itself


def test_pictures_without_features_agree_with_none(photos: dict[str, Image.Image]) -> None:
    blank = Image.new("RGB", (300, 200), "grey")

    assert not agree((blank, photos["coffee"]), (photos["coffee"], blank), (blank, blank)).any()


def test_a_picture_without_codes_agrees_with_none(photos: dict[str, Image.Image]) -> None:
    store = CodeStore(None)
    name = bytes(32)
    store.add([name], [encode(extract_features(np.asarray(photos["coffee"])))])
    places = store.places([name, b"x" * 32])

    found = agreement(store, places, np.array([0]), np.array([1]), mirror_order=MIRROR_ORDER)

    assert found.tolist() == [0.0]


def test_of_no_pairs_nothing_is_told() -> None:
    none = np.empty(0, np.int64)

    assert not len(agreement(CodeStore(None), none, none, none, mirror_order=MIRROR_ORDER))

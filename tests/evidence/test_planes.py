"""Maps between pictures: known ones come out whatever a few places say, absurd ones are told."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.evidence.planes import (
    affine,
    best_map,
    distances,
    firm_affine,
    is_loose,
    is_sane,
    jacobian_at,
    median,
    mirroring,
    scale_and_turn,
)
from copyfind.records import Doubles

SIZE = 400, 300
TURNED = np.array([[0.8, -0.3, 40.0], [0.3, 0.8, -12.0], [0.0, 0.0, 1.0]])
SKEWED = np.array([[0.9, 0.2, 5.0], [-0.1, 0.7, 30.0], [0.0, 0.0, 1.0]])
SEEN_ASIDE = np.array([[0.9, 0.1, 5.0], [-0.05, 1.0, 3.0], [6e-4, -2e-4, 1.0]])


def places(count: int, seed: int = 1) -> Doubles:
    return np.random.default_rng(seed).uniform((0, 0), SIZE, (count, 2))


def laid(matrix: Doubles, source: Doubles) -> Doubles:
    return np.asarray(cv2.perspectiveTransform(source[None], matrix)[0], np.float64)


@pytest.mark.parametrize("count", [4, 12, 200])
def test_an_affine_map_comes_out_of_four_places_and_more(count: int) -> None:
    source = places(count)

    found = affine(source, laid(SKEWED, source))

    assert found is not None
    assert np.allclose(found, SKEWED, atol=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_fewer_places_give_a_turn_and_a_size(count: int) -> None:
    source = places(count)

    found = affine(source, laid(TURNED, source))

    assert found is not None
    assert np.allclose(found, TURNED, atol=1e-6)


def test_places_on_a_line_do_not_tell_how_a_picture_is_skewed() -> None:
    source = np.outer(np.arange(9.0), [3.0, 4.0])

    found = affine(source, laid(TURNED, source))

    assert found is not None
    assert np.allclose(found, TURNED, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_one_place_gives_no_map(count: int) -> None:
    assert affine(places(count), places(count)) is None


def test_one_place_alone_that_is_meant_twice_gives_none() -> None:
    source = np.repeat(places(1), 2, axis=0)

    assert affine(source, source) is None


def test_the_worst_place_has_no_say() -> None:
    source = places(30)
    target = laid(SKEWED, source)
    target[7] += 40

    found = affine(source, target)

    assert found is not None
    assert np.allclose(found, SKEWED, atol=1e-6)


def test_what_a_third_says_otherwise_is_not_believed() -> None:
    source = places(60)
    target = laid(SKEWED, source)
    target[:20] = places(20, seed=2)
    plain = affine(source, target)

    found = firm_affine(source, target, reach=3.0)

    assert plain is not None
    assert is_loose(plain, source, target)
    assert found is not None
    assert np.allclose(found, SKEWED, atol=1e-3)
    assert not is_loose(found, source, target)


def test_a_perspective_is_taken_where_it_fits_clearly_better() -> None:
    source = places(40)

    found = best_map(source.astype(np.float32), laid(SEEN_ASIDE, source).astype(np.float32), SIZE)

    assert found is not None
    assert np.allclose(found / found[2, 2], SEEN_ASIDE, atol=1e-3)


def test_noise_is_no_perspective() -> None:
    source = places(40)
    noise = np.random.default_rng(3).normal(0, 0.5, source.shape)

    found = best_map(
        source.astype(np.float32), (laid(TURNED, source) + noise).astype(np.float32), SIZE
    )

    assert found is not None
    assert found[2].tolist() == [0, 0, 1]
    assert np.abs(laid(found, source) - laid(TURNED, source)).max() < 1


def test_four_places_are_too_few_to_say_that_a_picture_is_there() -> None:
    source = places(4).astype(np.float32)

    assert best_map(source, source, SIZE) is None


@pytest.mark.parametrize(
    ("what", "matrix"),
    [
        ("a mirror", mirroring(SIZE[0])),
        ("a twentieth of the size", np.diag([0.05, 0.05, 1.0])),
        ("twenty times the size", np.diag([20.0, 20.0, 1.0])),
        ("squeezed to an eighth one way", np.diag([1.0, 0.125, 1.0])),
        ("folded", np.array([[1, 0, 0], [0, 1, 0], [-0.004, 0, 1.0]])),
        ("one corner five times as far", np.array([[1, 0, 0], [0, 1, 0], [0.01, 0, 1.0]])),
        ("no number", np.array([[np.nan, 0, 0], [0, 1, 0], [0, 0, 1.0]])),
    ],
)
def test_what_nobody_does_to_a_picture_is_not_sane(what: str, matrix: Doubles) -> None:
    assert not is_sane(matrix, SIZE), what


@pytest.mark.parametrize("matrix", [np.eye(3), TURNED, SKEWED, SEEN_ASIDE])
def test_what_people_do_is(matrix: Doubles) -> None:
    assert is_sane(matrix, SIZE)


def test_distances_are_between_where_places_are_laid_and_where_they_should_be() -> None:
    source = places(5)
    target = laid(SEEN_ASIDE, source) + np.array([3.0, 4.0])

    assert np.allclose(distances(SEEN_ASIDE, source, target), 5.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_the_median_is_that_of_numpy(values: list[float]) -> None:
    assert median(np.array(values)) == pytest.approx(float(np.median(values)))


def test_size_and_turn_are_those_of_the_middle() -> None:
    scale, turn = scale_and_turn(TURNED, SIZE)

    assert scale == pytest.approx(math.hypot(0.8, 0.3))
    assert turn == pytest.approx(math.degrees(math.atan2(0.3, 0.8)))


def test_a_small_step_goes_where_the_jacobian_says() -> None:
    here, step = np.array([[120.0, 80.0]]), np.array([[1e-4, -2e-4]])

    went = laid(SEEN_ASIDE, here + step) - laid(SEEN_ASIDE, here)

    assert np.allclose(went, step @ jacobian_at(SEEN_ASIDE, 120, 80).T, atol=1e-8)


def test_a_mirror_of_a_mirror_is_the_picture() -> None:
    mirror = mirroring(SIZE[0])

    assert np.allclose(mirror @ mirror, np.eye(3))
    assert laid(mirror, np.array([[0.0, 5.0]])).tolist() == [[SIZE[0] - 1, 5.0]]

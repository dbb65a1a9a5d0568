"""What an embedder is: copyfind's own can be pickled, one of yours has to keep its word."""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from copyfind.descriptor.embed import Embedder, Network, descriptors_of, load_embedder
from copyfind.descriptor.weights import Weights, read_weights
from copyfind.errors import DeviceError, WeightsError
from copyfind.records import Floats, Pixels
from tests.embedding import Grid


def embed(embedder: Embedder, pictures: Pixels) -> Floats:
    """In another process, where the embedder arrives as a pickle."""
    return embedder(pictures)


def loads_for_two_pickles(pickled: bytes, pictures: Pixels) -> bool:
    """In another process: whether the second pickle finds loaded what the first loaded."""
    first: Network = pickle.loads(pickled)
    was_loaded = first.is_loaded
    first(pictures)
    second: Network = pickle.loads(pickled)
    return not was_loaded and second.is_loaded


# Loading


def test_a_network_loads_with_its_first_picture(bundled: Weights, pictures: Pixels) -> None:
    network = Network(bundled, "cpu")
    assert not network.is_loaded

    network(pictures[:0])
    assert not network.is_loaded

    network(pictures[:1])
    assert network.is_loaded


def test_what_is_loaded_by_name_is_loaded_at_once() -> None:
    assert load_embedder(device="cpu").is_loaded
    with pytest.raises(DeviceError):
        load_embedder(device="tpu")


# Pickles


def test_a_pickled_network_describes_the_same_elsewhere(pictures: Pixels) -> None:
    network = load_embedder(device="cpu")

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        elsewhere = pool.submit(embed, network, pictures[:3]).result()

    assert np.allclose(elsewhere, network(pictures[:3]), atol=1e-5)


def test_a_process_loads_a_network_once_however_often_it_arrives(pictures: Pixels) -> None:
    pickled = pickle.dumps(load_embedder(device="cpu"))

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(loads_for_two_pickles, pickled, pictures[:1]).result()


def test_a_pickle_holds_no_weights(bundled: Weights) -> None:
    assert len(pickle.dumps(load_embedder(device="cpu"))) < bundled.path.stat().st_size / 100


def test_a_pickle_keeps_device_and_batch_size() -> None:
    arrived: Network = pickle.loads(pickle.dumps(load_embedder(device="cpu", batch_size=5)))

    assert (arrived.device, arrived.batch_size, arrived.running.batch_size) == ("cpu", 5, 5)


def test_weights_that_lie_elsewhere_are_found_among_the_bundled(
    bundled: Weights, pictures: Pixels, tmp_path: Path
) -> None:
    moved = Path(shutil.copy(bundled.path, tmp_path))
    pickled = pickle.dumps(Network(read_weights(moved), "cpu"))
    moved.unlink()

    arrived: Network = pickle.loads(pickled)

    assert arrived(pictures[:1]).shape == (1, bundled.dim)


def test_other_weights_in_the_place_of_those_meant_are_an_error(
    bundled: Weights, pictures: Pixels, other_weights: Weights
) -> None:
    network = Network(other_weights, "cpu")
    assert network.id != bundled.id
    shutil.copy(bundled.path, other_weights.path)

    with pytest.raises(WeightsError, match="are not here: neither bundled nor at"):
        network(pictures[:1])


# An embedder of one's own


@dataclass(frozen=True)
class Changed(Grid):
    """One that does not keep its word."""

    change: Callable[[Floats], Floats] = lambda rows: rows

    def __call__(self, pictures: Pixels, /) -> Floats:
        return self.change(super().__call__(pictures))


def squares(number: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (number, 32, 32, 3), np.uint8)


def test_an_embedder_of_ones_own_is_taken_at_its_word() -> None:
    assert descriptors_of(squares(3), Grid()).shape == (3, 192)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda rows: rows[:, None], r"gave \(3, 1, 192\), not \(3, 192\)"),
        (lambda rows: rows[:2], r"gave \(2, 192\), not"),
        (lambda rows: 2 * rows, "rows that are not of length 1"),
    ],
)
def test_an_embedder_that_gives_something_else_is_refused(
    change: Callable[[Floats], Floats], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        descriptors_of(squares(3), Changed(change=change))


def test_a_row_that_is_not_finite_is_the_trouble_of_its_picture() -> None:
    def spoil(rows: Floats) -> Floats:
        rows[1] = np.nan
        return rows

    found = descriptors_of(squares(3), Changed(change=spoil))

    assert np.isfinite(found).all(axis=1).tolist() == [True, False, True]

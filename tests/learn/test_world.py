"""Several processes that train together do what one would."""

from __future__ import annotations

import socket
from multiprocessing import get_context

import pytest
import torch
from torch import Tensor, nn

from copyfind.errors import TrainingError
from copyfind.learn.world import ALONE, SynchronisedNorm, World, resume_random
from tests.learn.together import network, one_of_two, run_all

Made = dict[str, dict[str, Tensor]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Made, Made]:
    """By one process, by the first and by the second of two."""
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (folder / "port").write_text(str(free.getsockname()[1]))
    both = [
        get_context("spawn").Process(target=one_of_two, args=(rank, str(folder))) for rank in (0, 1)
    ]
    for process in both:
        process.start()
    try:
        for process in both:
            process.join()
    finally:
        for process in both:
            process.kill()  # the end of these tests would wait for what waits for the other
    assert [process.exitcode for process in both] == [0, 0]
    first, second = (torch.load(folder / f"made-{rank}.pt", weights_only=True) for rank in (0, 1))
    assert sorted(path.name for path in folder.glob("*-2.pt")) == [
        "batch-2.pt",
        "queue-2.pt",
        "sscd-2.pt",
    ]
    return run_all(folder, ALONE), first, second


@pytest.mark.parametrize("way", ["queue", "batch", "sscd"])
def test_two_processes_learn_what_one_would(made: tuple[Made, Made, Made], way: str) -> None:
    alone, first, second = (one[way] for one in made)

    start = network(512 if way == "sscd" else 8).state_dict()
    assert alone.keys() == first.keys()
    for name, value in alone.items():
        assert torch.equal(first[name], second[name]), name
        moved = (value - start[name]).float().norm()
        # Rounding alone, another order of the same sums in one process, makes 2 % in three steps.
        assert (first[name] - value).float().norm() <= 0.05 * moved + 1e-5, name
    assert not torch.equal(alone["fc.weight"], start["fc.weight"])


def test_synchronised_statistics_are_those_of_batch_norm() -> None:
    torch.manual_seed(0)
    maps = torch.randn(4, 3, 5, 5) * 3 + 1
    theirs = nn.BatchNorm2d(3)
    ours = SynchronisedNorm(theirs, ALONE)
    for _ in range(2):
        torch.testing.assert_close(ours(maps), theirs(maps))
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    torch.testing.assert_close(ours.eval()(maps), theirs.eval()(maps))


def test_a_batch_that_cannot_be_dealt_is_refused() -> None:
    assert World(1, 4).part_of(8) == 2
    for batch in (6, 4):
        with pytest.raises(TrainingError, match="cannot be dealt to 4 processes"):
            World(1, 4).part_of(batch)


def test_a_checkpoint_of_more_processes_is_refused() -> None:
    states = [{"views": torch.empty(0), "torch": torch.empty(0)}] * 3
    with pytest.raises(TrainingError, match="of 3 processes, and these are 1"):
        resume_random(states, torch.Generator(), ALONE)

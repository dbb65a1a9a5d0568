"""The ring of past descriptors."""

from __future__ import annotations

import torch

from copyfind.learn.queues import Queue


def put(queue: Queue, *numbers: int) -> None:
    rows = torch.tensor(numbers)
    queue.put(rows[:, None].float().expand(-1, 2), rows)


def test_a_queue_gives_only_what_was_put_in() -> None:
    queue = Queue(5, 2)
    assert len(queue.get()[0]) == 0
    put(queue, 1, 2)
    vectors, contents = queue.get()
    assert vectors.tolist() == [[1, 1], [2, 2]]
    assert contents.tolist() == [1, 2]


def test_a_full_queue_forgets_the_oldest() -> None:
    queue = Queue(5, 2)
    for batch in ((1, 2, 3), (4, 5, 6), (7,)):
        put(queue, *batch)
    vectors, contents = queue.get()
    assert sorted(contents.tolist()) == [3, 4, 5, 6, 7]
    assert torch.equal(vectors[:, 0].long(), contents)


def test_a_batch_longer_than_the_queue_leaves_its_end() -> None:
    queue = Queue(3, 2)
    put(queue, 1)
    put(queue, 2, 3, 4, 5, 6)
    assert sorted(queue.get()[1].tolist()) == [4, 5, 6]


def test_a_queue_goes_on_where_its_state_stopped() -> None:
    whole, first, second = Queue(4, 2), Queue(4, 2), Queue(4, 2)
    for queue in (whole, first):
        put(queue, 1, 2, 3)
    second.load_state_dict(first.state_dict())
    for queue in (whole, second):
        put(queue, 4, 5, 6)
    assert torch.equal(whole.get()[0], second.get()[0])

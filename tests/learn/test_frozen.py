"""A backbone whose beginning stays as it is gives the maps it would give as a whole."""

from __future__ import annotations

import pytest
import torch

from copyfind.descriptor.architectures import STUDENTS
from copyfind.descriptor.networks import Student
from copyfind.errors import TrainingError
from copyfind.learn.frozen import AT_A_TIME, FrozenStart
from tests.learn.conftest import draw_pictures


@pytest.mark.parametrize("name", STUDENTS)
def test_every_student_in_two_parts_gives_the_maps_of_the_whole(name: str) -> None:
    student = Student(name, 8).eval()
    split = FrozenStart(student, 2, frozen_statistics=True)
    views = student.normalise(draw_pictures(3, 64).permute(0, 2, 3, 1))
    with torch.no_grad():
        torch.testing.assert_close(split.maps(views), student.maps(views), atol=1e-4, rtol=1e-3)


def test_a_batch_larger_than_is_passed_at_a_time_keeps_its_order() -> None:
    student = Student("mobilenet-v3-small", 8).eval()
    split = FrozenStart(student, 1, frozen_statistics=True)
    views = student.normalise(draw_pictures(AT_A_TIME + 3, 32).permute(0, 2, 3, 1))
    with torch.no_grad():
        torch.testing.assert_close(split.maps(views), student.maps(views), atol=1e-4, rtol=1e-3)


def test_statistics_that_are_learned_are_those_of_the_whole_batch() -> None:
    student = Student("mobilenet-v3-small", 8).train()
    alike = Student("mobilenet-v3-small", 8).train()
    alike.load_state_dict(student.state_dict())
    views = student.normalise(draw_pictures(AT_A_TIME + 3, 32).permute(0, 2, 3, 1))

    FrozenStart(student, 1, frozen_statistics=False).maps(views)
    alike.maps(views)

    for ours, theirs in zip(student.buffers(), alike.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_only_what_follows_the_frozen_stages_gets_slopes() -> None:
    student = Student("mobilenet-v3-small", 8)
    split = FrozenStart(student, 1, frozen_statistics=True)
    torch.autograd.backward(split.maps(torch.rand(2, 3, 64, 64)).sum())
    learned = {name for name, value in student.net.named_parameters() if value.grad is not None}
    assert learned == {
        name
        for name, _ in student.net.named_parameters()
        if not name.startswith(("conv_stem", "bn1", "blocks.0."))
    }


def test_a_transformer_has_no_stages_to_freeze() -> None:
    with pytest.raises(TrainingError, match="vit-b16 has no stages to freeze"):
        FrozenStart(Student("vit-b16", 8), 1, frozen_statistics=True)

"""The teacher's vectors of clean pictures, and their axes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from copyfind.errors import Interrupted
from copyfind.learn.attack.augment import clean_view
from copyfind.learn.data import Photo, Stream
from copyfind.learn.targets import answers_of, targets_of
from copyfind.learn.teachers import Teacher
from copyfind.watch import Progress, Watch
from tests.learn.conftest import CPU, Thumbnail, drawn_bank

TEACHER = Teacher(Thumbnail(), dim=512)


def test_targets_are_centred_and_their_first_axes_hold_the_variance() -> None:
    torch.manual_seed(0)
    spread = torch.randn(400, 16) * torch.linspace(3, 0.1, 16) + 0.5
    targets = targets_of(F.normalize(spread), axes=8)
    assert targets.bank.mean(dim=0).norm() < 0.2
    torch.testing.assert_close(targets.bank.norm(dim=1), torch.ones(400))
    torch.testing.assert_close(targets.axes.T @ targets.axes, torch.eye(8), atol=1e-5, rtol=0)
    variance = (targets.bank @ targets.axes).var(dim=0)
    assert (variance.diff() <= 1e-6).all()
    torch.testing.assert_close(targets.centre(F.normalize(spread)), targets.bank)


def test_a_longer_teacher_keeps_its_principal_axes() -> None:
    torch.manual_seed(0)
    answers = F.normalize(torch.randn(300, 24) * torch.logspace(0, -3, 24))

    targets = targets_of(answers, axes=4, length=16)

    assert targets.bank.shape == (300, 16)
    assert targets.axes.shape == (16, 4)
    torch.testing.assert_close(targets.centre(answers), targets.bank)
    whole = F.normalize(answers - answers.mean(dim=0))
    torch.testing.assert_close(targets.bank @ targets.bank.T, whole @ whole.T, atol=0.02, rtol=0)


def test_the_teacher_is_asked_batch_by_batch_and_how_far_it_is_is_told() -> None:
    bank, told = drawn_bank(10, seed=0), list[Progress]()

    answers = answers_of(
        TEACHER, bank, side=32, device=CPU, batch=4, watch=Watch(on_progress=told.append)
    )

    torch.testing.assert_close(answers, TEACHER(clean_view(bank.pictures, side=32)))
    assert [(p.stage, p.files, p.total_files) for p in told] == [
        ("the teacher looks at photos", done, 10) for done in (4, 8, 10)
    ]


def test_a_photo_that_cannot_be_decoded_leaves_zeros(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    stream = Stream([Photo("broken.png", tmp_path / "broken.png")], 32, threads=1)

    answers = answers_of(TEACHER, stream, side=32, device=CPU)

    assert torch.equal(answers, torch.zeros(1, 512))


def test_a_stop_does_not_wait_for_the_last_photo() -> None:
    watch = Watch(should_stop=lambda: True)

    with pytest.raises(Interrupted, match="run the same command again"):
        answers_of(TEACHER, drawn_bank(10, seed=0), side=32, device=CPU, watch=watch)

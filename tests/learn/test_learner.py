"""What one student makes of a batch, and which parts its loss has."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from copyfind.descriptor.networks import Student
from copyfind.learn.attack.augment import clean_view
from copyfind.learn.learner import Learner, Look, look_at, losses_of
from copyfind.learn.recipes import Recipe
from copyfind.learn.world import ALONE
from tests.learn.conftest import draw_pictures

QUEUE = Recipe(dims=(4, 8), queue=16, bank_weight=1.0)
BATCH = replace(QUEUE, contrast_with="batch", region_weight=0.5)
ROWS = torch.tensor([5, 2, 5])  # the same picture comes twice


def learner(recipe: Recipe) -> Learner:
    torch.manual_seed(0)
    return Learner(Student("mobilenet-v3-small", 8).train(), recipe)


def unit(rows: int, dim: int, *, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(rows, dim, generator=torch.Generator().manual_seed(seed)))


def looked_at(one: Learner, recipe: Recipe, views: torch.Tensor | None = None) -> Look:
    views = clean_view(draw_pictures(3, 32), side=32) if views is None else views
    return look_at(
        one,
        views,
        views.flip(2),
        rows=ROWS,
        wanted=unit(3, 512, seed=1),
        clean=unit(7, 8, seed=2),
        recipe=recipe,
        world=ALONE,
    )


def test_a_network_that_follows_moves_its_share_of_the_way_and_takes_the_statistics() -> None:
    one = learner(QUEUE)
    with torch.no_grad():
        one.student.proj.bias.add_(1.0)
        bn = next(m for m in one.student.modules() if isinstance(m, torch.nn.BatchNorm2d))
        assert bn.running_mean is not None
        bn.running_mean.fill_(7.0)
    before = one.key.proj.bias.clone()

    one.follow(one.key, 0.75)

    torch.testing.assert_close(one.key.proj.bias - before, torch.full((8,), 0.25))
    copied = next(m for m in one.key.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert copied.running_mean is not None
    assert (copied.running_mean == 7.0).all()


def test_queries_are_compared_with_past_keys_among_which_their_own_are_marked() -> None:
    one = learner(QUEUE)
    one.keys.put(unit(1, 8, seed=3), torch.tensor([2]))

    look = looked_at(one, QUEUE)

    assert look.others.shape == (4, 8)
    assert look.same.tolist() == [
        [False, True, False, True],
        [True, False, True, False],
        [False, True, False, True],
    ]
    assert not look.other_view.requires_grad
    assert look.windows.shape == (3, 0, 8)


def test_both_views_are_learned_and_compared_with_each_other_and_the_teacher() -> None:
    one = learner(BATCH)

    look = looked_at(one, BATCH)

    assert look.long.shape == look.other_view.shape == (6, 8)
    assert torch.equal(look.other_view, look.long.roll(3, dims=0))
    assert look.others.shape == (6 + 7, 8)
    assert look.same[0].nonzero().flatten().tolist() == [0, 2, 3, 5, 6 + 5]
    assert look.windows.shape == (6, 5, 8)
    assert len(one.keys.get()[0]) == 0


def test_a_glance_is_learned_as_a_calibrated_network_joins_it() -> None:
    one = learner(BATCH)
    one.student.eval()
    views = clean_view(draw_pictures(3, 64), side=64)

    def long(recipe: Recipe) -> torch.Tensor:
        return looked_at(one, recipe, views).long

    one.student.glance = 0.5
    with torch.no_grad():
        wanted = one.student(torch.cat([views, views.flip(2)]))
    learned = long(replace(BATCH, learned_glance=0.5))
    torch.testing.assert_close(learned, wanted)
    torch.testing.assert_close(long(replace(BATCH, learned_glance=1e-9)), F.normalize(long(BATCH)))
    assert not torch.allclose(learned, F.normalize(long(BATCH)))


@pytest.mark.parametrize(
    ("recipe", "parts"),
    [
        (replace(QUEUE, relation_weight=0.0, hard_negative_weight=0.0, bank_weight=0.0), set()),
        (replace(QUEUE, hard_negative_weight=0.0, bank_weight=0.0), {"relation"}),
        (replace(QUEUE, relation_weight=0.0), {"bank 512", "bank 4", "hard negative 4"}),
        (BATCH, {"relation", "regions", "bank 512", "bank 8", "hard negative 8"}),
    ],
)
def test_a_part_without_weight_is_not_computed(recipe: Recipe, parts: set[str]) -> None:
    look = looked_at(learner(recipe), recipe)

    losses, seen = losses_of(
        look,
        relations=unit(7, 512, seed=4),
        bank=unit(7, 512, seed=5),
        clean=unit(7, 8, seed=2),
        recipe=recipe,
    )

    assert parts | {"contrast 4", "contrast 8"} <= losses.keys()
    absent = {"relation", "regions", "bank 512"} - parts
    assert not absent & losses.keys()
    assert seen.keys() == {"positive", "hardest negative"}
    assert all(-1 <= cosine <= 1 for cosine in seen.values())


def test_lengths_share_the_weight() -> None:
    look = looked_at(learner(QUEUE), QUEUE)

    def contrast(recipe: Recipe) -> torch.Tensor:
        none, bank = torch.empty(0, 512), unit(7, 512, seed=5)
        losses, _ = losses_of(
            look, relations=none, bank=bank, clean=unit(7, 8, seed=2), recipe=recipe
        )
        return losses["contrast 8"]

    alone = contrast(replace(QUEUE, dims=(8,)))
    torch.testing.assert_close(contrast(QUEUE) * 2, alone)

"""The losses against loops written from the formulas in float64: values and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor
from torch.autograd import grad

from copyfind.learn import losses

Loss = Callable[[Tensor], Tensor]


def unit(rows: int, dim: int, *, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(rows, dim, generator=generator, dtype=torch.float64))


def assert_same_value_and_gradient(ours: Loss, naive: Loss, at: Tensor) -> None:
    a, b = at.clone().requires_grad_(), at.clone().requires_grad_()
    ours_at, naive_at = ours(a), naive(b)
    torch.testing.assert_close(ours_at, naive_at, rtol=1e-9, atol=1e-12)
    (ours_slope,), (naive_slope,) = grad(ours_at, a), grad(naive_at, b)
    torch.testing.assert_close(ours_slope, naive_slope, rtol=1e-7, atol=1e-10)


# Rows 0 and 4 show two pictures each: row 0 shares 7 with rows 1 and 4, and 9 with row 3.
MIXED = torch.tensor([[7, 9], [7, 7], [8, 8], [9, 9], [7, 8], [5, 5]])


def matches(contents: Tensor, i: int, j: int) -> bool:
    return bool(set(contents[i].tolist()) & set(contents[j].tolist()))


def naive_info_nce(z: Tensor, contents: Tensor, tau: float) -> Tensor:
    total = z.new_zeros(())
    for i in range(len(z)):
        positives = [j for j in range(len(z)) if j != i and matches(contents, i, j)]
        negatives = [k for k in range(len(z)) if not matches(contents, i, k)]
        for j in positives:
            e = torch.exp(z[i] @ z[j] / tau)
            rest = sum(torch.exp(z[i] @ z[k] / tau) for k in negatives)
            total = total - torch.log(e / (e + rest)) / len(positives)
    return total / len(z)


@pytest.mark.parametrize(
    "contents", [MIXED, torch.tensor([[0], [1], [2], [0], [1], [2]])], ids=["mixed", "two views"]
)
def test_info_nce_is_the_formula(contents: Tensor) -> None:
    def ours(z: Tensor) -> Tensor:
        return losses.info_nce(*losses.compare(z, contents), tau=0.05)

    def naive(z: Tensor) -> Tensor:
        return naive_info_nce(z, contents, 0.05)

    assert_same_value_and_gradient(ours, naive, unit(6, 5, seed=1))


def test_pictures_in_common_make_a_pair_positive_and_nothing_else_does() -> None:
    _, positive, negative = losses.compare(unit(6, 5, seed=1), MIXED)
    assert positive[0].tolist() == [False, True, False, True, True, False]
    assert negative[0].tolist() == [False, False, True, False, False, True]
    assert torch.equal(positive, positive.T)
    assert not positive[5].any()


def test_a_row_without_positives_changes_only_the_divisor() -> None:
    z, contents = unit(5, 4, seed=2), torch.tensor([[0], [0], [1], [1], [2]])
    loss = losses.info_nce(*losses.compare(z, contents), tau=0.1)
    assert loss.item() == pytest.approx(naive_info_nce(z, contents, 0.1).item())


def test_info_nce_without_any_negative_is_zero() -> None:
    z = unit(3, 4, seed=2)
    loss = losses.info_nce(*losses.compare(z, torch.zeros(3, 1)), tau=0.05)
    assert loss.item() == 0


def test_info_nce_stays_finite_at_a_tiny_temperature() -> None:
    z = unit(6, 5, seed=3).float().requires_grad_()
    loss = losses.info_nce(*losses.compare(z, MIXED), tau=1e-3)
    (slope,) = grad(loss, z)
    assert loss.isfinite()
    assert slope.isfinite().all()


def test_entropy_is_the_formula_over_the_nearest_non_match() -> None:
    def naive(z: Tensor) -> Tensor:
        total = z.new_zeros(())
        for i in range(len(z)):
            distances = [(z[i] - z[k]).norm() for k in range(len(z)) if not matches(MIXED, i, k)]
            total = total - torch.log(torch.stack(distances).min())
        return total / len(z)

    def ours(z: Tensor) -> Tensor:
        z = F.normalize(z)  # |a − b|² = 2 − 2a·b holds on the sphere only
        similarity, _, negative = losses.compare(z, MIXED)
        return losses.entropy(similarity, negative)

    assert_same_value_and_gradient(ours, lambda z: naive(F.normalize(z)), unit(6, 5, seed=4))


def test_entropy_of_two_equal_strangers_is_clamped() -> None:
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    similarity, _, negative = losses.compare(z, torch.tensor([[0], [1]]))
    assert losses.entropy(similarity, negative).item() == pytest.approx(-0.5 * math.log(1e-6))


def test_relational_distillation_is_the_formula_and_spares_the_teacher() -> None:
    teacher, queue = unit(4, 5, seed=6), unit(9, 5, seed=7)

    def naive(student: Tensor) -> Tensor:
        total = student.new_zeros(())
        for i in range(len(student)):
            p = torch.exp(teacher[i] @ queue.T / 0.04)
            r = torch.exp(student[i] @ queue.T / 0.04)
            p, r = p / p.sum(), r / r.sum()
            for k in range(len(queue)):
                total = total + p[k] * (torch.log(p[k]) - torch.log(r[k]))
        return total / len(student)

    def ours(student: Tensor) -> Tensor:
        return losses.relational_distillation(student, teacher, queue, tau=0.04)

    assert_same_value_and_gradient(ours, naive, unit(4, 5, seed=5))
    learner = teacher.clone().requires_grad_()
    pupil = unit(4, 5, seed=5).requires_grad_()
    loss = losses.relational_distillation(pupil, learner, queue, tau=0.04)
    (slope,) = grad(loss, learner, allow_unused=True, materialize_grads=True)
    assert not slope.any()


def test_a_student_that_agrees_with_its_teacher_has_no_relational_loss() -> None:
    z = unit(4, 5, seed=6)
    loss = losses.relational_distillation(z, z, unit(9, 5, seed=7), tau=0.04)
    assert loss.item() == pytest.approx(0, abs=1e-12)


SAME = torch.zeros(4, 9, dtype=torch.bool)
SAME[1, 3] = SAME[2, :2] = True


def test_momentum_contrast_is_the_formula_without_the_rows_own_pictures() -> None:
    key, queue = unit(4, 5, seed=9), unit(9, 5, seed=10)

    def naive(query: Tensor) -> Tensor:
        total = query.new_zeros(())
        for i in range(len(query)):
            e = torch.exp(query[i] @ key[i] / 0.07)
            rest = sum(torch.exp(query[i] @ queue[m] / 0.07) for m in range(9) if not SAME[i, m])
            total = total - torch.log(e / (e + rest))
        return total / len(query)

    def ours(query: Tensor) -> Tensor:
        return losses.momentum_contrast(query, key, queue, SAME, tau=0.07)

    assert_same_value_and_gradient(ours, naive, unit(4, 5, seed=8))


def test_hard_negative_is_the_formula_without_the_rows_own_pictures() -> None:
    queue = unit(9, 5, seed=10)

    def naive(query: Tensor) -> Tensor:
        total = query.new_zeros(())
        for i in range(len(query)):
            nearest = max(query[i] @ queue[m] for m in range(9) if not SAME[i, m])
            total = total - torch.log(1 - nearest)
        return total / len(query)

    def ours(query: Tensor) -> Tensor:
        return losses.hard_negative(query, queue, SAME)

    assert_same_value_and_gradient(ours, naive, unit(4, 5, seed=8))


def test_hard_negative_is_clamped_at_a_thousandth() -> None:
    one = torch.tensor([[1.0, 0.0]])
    loss = losses.hard_negative(one, one, torch.tensor([[False]]))
    assert loss.item() == pytest.approx(-math.log(1e-3))


def test_bank_cross_entropy_is_the_formula() -> None:
    bank, index = unit(9, 5, seed=11), torch.tensor([3, 0, 8, 3])

    def naive(query: Tensor) -> Tensor:
        total = query.new_zeros(())
        for i in range(len(query)):
            e = torch.exp(query[i] @ bank.T / 0.05)
            total = total - torch.log(e[index[i]] / e.sum())
        return total / len(query)

    def ours(query: Tensor) -> Tensor:
        return losses.bank_cross_entropy(query, bank, index, tau=0.05)

    assert_same_value_and_gradient(ours, naive, unit(4, 5, seed=8))


def test_the_windows_that_fit_best_are_recognised_in_the_bank() -> None:
    bank, index = unit(9, 5, seed=11), torch.tensor([3, 0, 8, 3])

    def naive(query: Tensor) -> Tensor:
        total = query.new_zeros(())
        for i in range(len(query)):
            terms = []
            for window in query[i]:
                e = torch.exp(window @ bank.T / 0.05)
                terms.append(-torch.log(e[index[i]] / e.sum()))
            total = total + sum(sorted(terms)[:2])
        return total / (2 * len(query))

    def ours(query: Tensor) -> Tensor:
        return losses.best_windows(query, bank, index, tau=0.05, best=2)

    assert_same_value_and_gradient(ours, naive, unit(12, 5, seed=8).view(4, 3, 5))

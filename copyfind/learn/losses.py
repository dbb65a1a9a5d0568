"""The formulas of SSCD and RDCD as pure functions: no device, no logger, no weight.

Rows are unit vectors unless a docstring says otherwise. The published code has learned of a
million pictures; a collection of a few thousand meets the same picture several times within
one queue, so every loss over a queue is told which entries show the row's own picture.
"""

from __future__ import annotations

from math import inf

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor


def compare(descriptors: Tensor, contents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Which rows match, where a row may show several pictures (mixup, cutmix).

    descriptors (N, D); contents (N, C) ids of the pictures in each row, one id repeated where
    there are fewer than C. Returns similarity (N, N) and two bool matrices: `positive`, pairs
    of different rows with any picture in common, and `negative`, pairs with none.
    """
    shared = (contents[:, None, :, None] == contents[None, :, None, :]).flatten(2).any(dim=2)
    itself = torch.eye(len(contents), dtype=torch.bool, device=contents.device)
    return descriptors @ descriptors.T, shared & ~itself, ~shared


def info_nce(similarity: Tensor, positive: Tensor, negative: Tensor, *, tau: float) -> Tensor:
    """InfoNCE as in SSCD (arXiv:2202.10261); alone it is the SimCLR baseline.

    1/N Σ_i 1/|P_i| Σ_{j∈P_i} −log( e^(s_ij/τ) / (e^(s_ij/τ) + Σ_{k∈N_i} e^(s_ik/τ)) )

    similarity, positive P and negative N: (N, M). A row without positives adds nothing, one
    without negatives adds zero. Dividing by |P_i| changes nothing without mixup: there |P_i| = 1.
    """
    logits = similarity / tau  # (N, M)
    others = logits.masked_fill(~negative, -inf).logsumexp(dim=1, keepdim=True)  # (N, 1)
    terms = F.softplus(others - logits)  # −log(e^a / (e^a + e^b)) = softplus(b − a)
    share = positive.to(terms.dtype) / positive.sum(dim=1, keepdim=True).clamp(min=1)
    return (terms * share).sum() / len(logits)


def entropy(similarity: Tensor, negative: Tensor) -> Tensor:
    """KoLeo (arXiv:1806.03198) as in SSCD: over the nearest NON-match, not the nearest row.

    −1/N Σ_i log ‖z_i − z_n(i)‖, with |a − b|² = 2 − 2a·b for unit rows, clamped at 1e-6.
    """
    nearest = similarity.masked_fill(~negative, -1.0).amax(dim=1)  # (N,)
    return -(2 - 2 * nearest).clamp(min=1e-6).sqrt().log().mean()


def relational_distillation(
    student: Tensor, teacher: Tensor, queue: Tensor, *, tau: float
) -> Tensor:
    """RDCD's relational self-distillation (arXiv:2405.17928): KL(teacher ‖ student).

    Both compare their features of the batch with a queue of past TEACHER features:
    p_i = softmax(t_i·q/τ), r_i = softmax(s_i·q/τ), 1/B Σ_i Σ_k p_ik (log p_ik − log r_ik).

    student, teacher (B, D); queue (M, D). Only the student learns.
    """
    wanted = F.log_softmax(teacher.detach() @ queue.T / tau, dim=1)  # (B, M)
    got = F.log_softmax(student @ queue.T / tau, dim=1)
    return F.kl_div(got, wanted, reduction="batchmean", log_target=True)


def momentum_contrast(
    query: Tensor, key: Tensor, queue: Tensor, same: Tensor, *, tau: float
) -> Tensor:
    """MoCo's contrast (arXiv:1911.05722) on the descriptor, as RDCD uses it.

    1/B Σ_i −log( e^(q_i·k_i/τ) / (e^(q_i·k_i/τ) + Σ_{m: not same_im} e^(q_i·u_m/τ)) )

    query (B, d); key (B, d) from the momentum encoder; queue (M, d) of past keys; same (B, M)
    is true where a queue entry shows the row's own picture, which is then no negative.
    """
    positive = (query * key).sum(dim=1) / tau  # (B,)
    others = (query @ queue.T / tau).masked_fill(same, -inf).logsumexp(dim=1)  # (B,)
    return F.softplus(others - positive).mean()


def hard_negative(query: Tensor, queue: Tensor, same: Tensor) -> Tensor:
    """RDCD's hard-negative term: −1/B Σ_i log( max(1 − max_m q_i·u_m, 1e-3) ).

    1 − cos = d²/2, so this is the entropy term of SSCD with the queue as its batch, up to a
    factor of two and a constant. query (B, d); queue (M, d); same as in `momentum_contrast`.
    """
    nearest = (query @ queue.T).masked_fill(same, -1.0).amax(dim=1)  # (B,)
    return -(1 - nearest).clamp(min=1e-3).log().mean()


def bank_cross_entropy(query: Tensor, bank: Tensor, index: Tensor, *, tau: float) -> Tensor:
    """Recognise each view among the cached teacher vectors of all clean pictures.

    1/B Σ_i −log softmax(q_i·bank/τ)[index_i]. query (B, D); bank (N, D); index (B,) rows of the
    bank. A fixed bank cannot collapse as a queue of the student's own past descriptors can.
    """
    return F.cross_entropy(query @ bank.T / tau, index)


def best_windows(query: Tensor, bank: Tensor, index: Tensor, *, tau: float, best: int) -> Tensor:
    """`bank_cross_entropy` of the windows of a picture, over the `best` of each.

    Where a picture is pasted into another, a window may show nothing of it and has nothing to
    recognise. query (B, R, D); bank (N, D); index (B,).
    """
    rows, windows, _ = query.shape
    logits = (query @ bank.T / tau).flatten(0, 1)  # (B * R, N)
    terms = F.cross_entropy(logits, index.repeat_interleave(windows), reduction="none")
    return terms.view(rows, windows).topk(best, dim=1, largest=False).values.mean()

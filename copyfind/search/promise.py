"""How likely a pair of pictures is a copy, before anything of it is compared closely.

A logistic of what the search for candidates knows anyway. It only orders the pairs and ends the
list; what is a copy is decided by `evidence`. Fitted to each bundled student by
`benchmarks/fit_promise.py`, and taken where it tells better than before how many are copies.

What a cosine promises depends on who is there: of a million strangers the closest come closer than
of a thousand, other weights give other cosines, and a meadow resembles all meadows. So each sign is
told by how far it rises above what strangers of these very pictures reach; and how many of all
pairs are copies, which decides how much must speak for one, is learnt from the pairs themselves
(Saerens, Latinne, Decaestecker: adjusting the outputs of a classifier to new a priori
probabilities, Neural Computation 2002).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Ints

Reals = NDArray[np.floating[Any]]  # of either precision

# Log odds of a copy, on generated edits of photos that no benchmark holds, by themselves and among
# 30,000 strangers, pieces of photos: 1, whole pictures, log(1 + votes), whether there are any, how
# far they stand out.
WHOLE = np.array([-8.155, 19.910])
BOTH = np.array([-9.690, 7.475, 0.947, 1.002, 4.367])
SHARE = {"wholes": 0.0016, "both": 0.0008}  # of copies among the pairs that they were fitted on
# Times that the share of a collection may be less and more: where copies are few, most of what is
# hard to find would not be tried any more.
_LESS, _MORE = 5.0, 250.0
_AS_GOOD_AS = 300  # pairs: in so few that share is hardly learnt
_TURNS = 20  # of learning it, to the third digit
_SAMPLED = 200_000  # pairs that it is learnt from
_MOST_VOTES = 3.0  # of strangers: where each picture has many copies, the last of these is none
_MOST_OUT = 1.0  # of log votes above another's: more says no more
_AT_ONCE = 1_000_000  # pairs
# A copy is tied to the others of its picture by its few best pairs; of a texture that resembles a
# hundred, all pairs promise something. So many pairs of a picture count in full, and the odds of
# the r-th one after them are 1/(r + 1)² of what they were.
_IN_FULL = 3


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """What is known of P pairs of pictures."""

    whole: Reals  # (P,) cosine of the whole pictures
    strangers: Reals  # (P,) that of the `OTHER`th neighbour of either, of the one that is higher
    votes: Reals | None  # (P,) of local features; None where these were not asked
    others: Reals | None  # (P,) votes of the `OTHER`th of either, of the one that are fewer
    crowd: float  # votes of a picture and its closest stranger or so, the median

    def below(self, threshold: float) -> Signs:
        """Where pictures have many copies, the neighbours that told how close strangers come are
        none.

        threshold: cosine from which the weights hold pictures for copies.
        """
        strangers = np.minimum(self.strangers, threshold)
        return replace(self, strangers=strangers, crowd=min(self.crowd, _MOST_VOTES))

    def columns(self) -> Reals:
        """(P, F): 1, and what is known, as the log odds weigh it."""
        risen = self.whole.astype(np.float64) - np.maximum(self.strangers, 0)
        columns = [np.ones(len(self.whole)), risen]
        if self.votes is not None and self.others is not None:
            more = np.maximum(self.votes - np.float32(self.crowd), 0)
            # A wall of bricks has votes of all other walls.
            out = np.clip(np.log1p(self.votes) - np.log1p(self.others), 0, _MOST_OUT)
            columns += [np.log1p(more), (self.votes > 0).astype(np.float64), out]
        return np.stack(columns, axis=1)

    def part(self, some: slice | Ints) -> Signs:
        """Those of some of the pairs."""
        votes, others = (
            None if signs is None else signs[some] for signs in (self.votes, self.others)
        )
        return Signs(self.whole[some], self.strangers[some], votes, others, self.crowd)


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier search of the collection led to: some pairs, of which these are copies."""

    pairs: int = 0
    copies: int = 0


_NOTHING = Before()


def promise_of(signs: Signs, *, before: Before = _NOTHING) -> Floats:
    """(P,) probabilities: of the pairs of the collection that promise so much, that share are
    copies. before: the pairs of the collection that are not among these."""
    weights, share = (WHOLE, SHARE["wholes"]) if signs.votes is None else (BOTH, SHARE["both"])
    odds = np.empty(len(signs.whole), np.float32)
    for start in range(0, len(odds), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        odds[some] = signs.part(some).columns() @ weights
    promise: Floats = np.round(likelihood(odds + _prior(odds, share, before)), 6)
    return promise.astype(np.float32)


def promising(least: float, *, beside_votes: bool, level: float) -> float:
    """The cosine from which a pair promises so much that no votes speak for, where strangers reach
    this level and as many of the pairs are copies as there were among those that the odds were
    fitted on."""
    odds, risen = BOTH[:2] if beside_votes else WHOLE
    return float(level + (_log_odds(least) - odds) / risen)


def among_partners(promise: Floats, first: Ints, second: Ints) -> Floats:
    """(P,) what pairs promise once each is counted among those of its pictures.

    What counts is the picture for which the pair is the better one. The pairs are given without
    those that promise less than any that matters.
    """
    count = len(promise)
    pictures = np.concatenate([first, second])
    order = np.lexsort((np.concatenate([-promise, -promise]), pictures))
    rank = np.empty(2 * count, np.int64)
    rank[order] = np.arange(2 * count) - np.searchsorted(pictures[order], pictures[order])
    after = np.maximum(np.minimum(rank[:count], rank[count:]) + 2 - _IN_FULL, 1)
    weighed = promise.astype(np.float64) / after**2
    among: Floats = np.round(weighed / (weighed + 1 - promise), 6).astype(np.float32)
    return among


def _prior(all_odds: Floats, fitted: float, before: Before) -> np.float32:
    """What the share of copies in the collection adds to the log odds of these pairs, given the
    share among those that the odds were fitted on.

    Of a hundred new pictures three pairs in a hundred may be copies, of the ten thousand that they
    came to four in a thousand: learnt from the few alone, three times as many would be tried.
    """
    each = max(1, len(all_odds) // _SAMPLED)
    odds = all_odds[::each].astype(np.float64)
    pairs, copies = before.pairs / each, before.copies / each
    share = fitted
    for _ in range(_TURNS):
        likely = likelihood(odds + _log_odds(share) - _log_odds(fitted))
        known = likely.sum() + copies + _AS_GOOD_AS * fitted
        share = known / (len(odds) + pairs + _AS_GOOD_AS)
        share = min(max(share, fitted / _LESS), min(fitted * _MORE, 0.5))
    return np.float32(_log_odds(share) - _log_odds(fitted))


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def likelihood(odds: Reals) -> Reals:
    """Log odds as probabilities."""
    likely: Reals = 1 / (1 + np.exp(-odds))
    return likely


def fit(columns: Reals, copies: Reals, *, beside: Reals | float = 0.0, steps: int = 50) -> Reals:
    """Log odds (F,) of the most likely logistic: columns (P, F), copies (P,) 0 or 1.

    beside (P,): log odds that are given. By Newton's steps, with a ridge that only keeps what never
    varies in place.
    """
    odds = np.zeros(columns.shape[1])
    ridge = 1e-3 * np.eye(columns.shape[1])
    for _ in range(steps):
        likely = likelihood(columns @ odds + beside)
        slope = columns.T @ (copies - likely) - ridge @ odds
        curve = (columns * (likely * (1 - likely))[:, None]).T @ columns + ridge
        odds = odds + np.linalg.solve(curve, slope)
    return odds

"""How good a list of customers was, once the future is known.

Scores may tie: what the list then holds is averaged over five draws. What a customer brought is net and not below 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.history import Buyers, Flags, Lines
from cdm_core.recommend.special import Floats

DRAWS = 5
LIST = 50
_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened after a cutoff; arrays of one length, one customer a place. ``brought`` is money, ≥ 0."""

    bought: Flags
    brought: Floats


def outcome_of(future: Lines, whom: Buyers, customers: int) -> Outcome:
    """What ``whom``, of ``customers`` in all, did in a future."""
    net = np.bincount(future.customer, future.amount, minlength=customers)
    orders = np.bincount(future.customer[future.bought], minlength=customers)
    return Outcome(bought=orders[whom.customer] > 0, brought=np.maximum(net[whom.customer], 0.0))


@dataclass(frozen=True, slots=True)
class Marks:
    """``auc``, or None where all or none bought; shares are of the best possible list of the same length, or None where
    nobody brought anything. ``low`` and ``high`` bound the share of the top tenth in 95 of 100 resamples of the
    customers, ``resampled`` are those shares, each averaged over the draws of ties as the share itself is. ``ece`` is
    the calibration error where the scores are probabilities."""

    auc: float | None
    precision_at_50: float | None
    revenue_share_at_50: float | None
    revenue_share_top5: float | None
    revenue_share_top10: float | None
    ece: float | None
    resampled: Floats

    @property
    def low(self) -> float | None:
        return _percentile(self.resampled, 2.5)

    @property
    def high(self) -> float | None:
        return _percentile(self.resampled, 97.5)


def part(size: int, share: float) -> int:
    """How many customers a share of the list is: at least one, the last one whole."""
    return max(1, int(np.ceil(size * share - 1e-9)))


@dataclass(frozen=True, slots=True)
class Resamples:
    """Draws of the customers with replacement, the same for every ranking so that two can be compared draw by draw.

    ``times``, shape (draws, customers), is how often each was drawn; ``best``, shape (draws,), what the best possible
    tenth of a draw brought.
    """

    times: NDArray[np.uint16]
    best: Floats


def resample(outcome: Outcome, draws: int) -> Resamples:
    """``draws`` draws, none where nobody brought anything."""
    size = len(outcome.brought)
    if outcome.brought.max(initial=0.0) <= 0:
        return Resamples(np.empty((0, size), dtype=np.uint16), np.empty(0))
    random = np.random.default_rng(0)
    times = np.empty((draws, size), dtype=np.uint16)
    for draw in range(draws):
        times[draw] = np.bincount(random.integers(0, size, size), minlength=size)
    by = np.argsort(-outcome.brought, kind="stable")
    return Resamples(times, _tops(times, by, outcome.brought))


def marks(scores: Floats, outcome: Outcome, resamples: Resamples, *, probability: bool = False) -> Marks:
    """Judge a ranking of the customers by ``scores``, the best first; NaN scores are refused with ValueError."""
    if np.isnan(scores).any():
        raise ValueError("a customer without a score cannot be ranked")
    size = len(scores)
    lists = (min(LIST, size), part(size, 0.05), part(size, 0.10))
    orders = rankings(scores)
    at_50, top5, top10 = (revenue_share(orders, outcome.brought, length) for length in lists)
    tops = np.mean([_tops(resamples.times, by, outcome.brought) for by in orders], axis=0)
    return Marks(
        auc=auc(scores, outcome.bought),
        precision_at_50=float(np.mean([outcome.bought[by[: lists[0]]].mean() for by in orders])) if size else None,
        revenue_share_at_50=at_50,
        revenue_share_top5=top5,
        revenue_share_top10=top10,
        ece=calibration_error(scores, outcome.bought) if probability and size else None,
        resampled=np.divide(tops, resamples.best, out=np.zeros_like(tops), where=resamples.best > 0),
    )


def auc(scores: Floats, bought: Flags) -> float | None:
    """How often one who bought stands above one who did not, ties counting half."""
    yes = int(np.count_nonzero(bought))
    no = len(bought) - yes
    if not yes or not no:
        return None
    _, at, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[at]
    return float((ranks[bought].sum() - yes * (yes + 1) / 2) / (yes * no))


def revenue_share(orders: Sequence[NDArray[np.int64]], brought: Floats, length: int) -> float | None:
    """What the first ``length`` of ``orders`` brought, of what the best as many did; None where that is nothing."""
    best = float(np.sort(brought)[::-1][:length].sum())
    return float(np.mean([brought[by[:length]].sum() for by in orders])) / best if best > 0 else None


def calibration_error(probabilities: Floats, bought: Flags) -> float:
    """Expected calibration error: |mean probability − share that bought| over ten parts of equal size, averaged."""
    tenths = np.array_split(np.argsort(probabilities, kind="stable"), _BINS)
    gaps = [len(at) * abs(float(probabilities[at].mean()) - float(bought[at].mean())) for at in tenths if len(at)]
    return sum(gaps) / len(bought)


def rankings(scores: Floats) -> list[NDArray[np.int64]]:
    """The places by ``scores``, the best first: once, or where scores tie five times, each with another draw."""
    by = np.argsort(-scores, kind="stable")
    ordered = scores[by]
    if (ordered[1:] != ordered[:-1]).all():
        return [by]
    draws = (np.random.default_rng(draw).random(len(scores)) for draw in range(DRAWS))
    return [np.lexsort((chance, -scores)) for chance in draws]


def _tops(times: NDArray[np.uint16], by: NDArray[np.int64], brought: Floats) -> Floats:
    """What the first tenth of each draw brought, its customers in the order of ``by``; shape (draws,)."""
    length = part(len(by), 0.10)
    found = np.empty(len(times))
    for draw, drawn in enumerate(times):
        head, taken = length, drawn[by[:length]].cumsum()
        while head < len(by) and taken[-1] < length:
            head = min(len(by), head + max(1, length // 8))
            taken = drawn[by[:head]].cumsum()
        often = np.diff(np.minimum(taken, length), prepend=0)
        found[draw] = float((often * brought[by[:head]]).sum())
    return found


def _percentile(values: Floats, percent: float) -> float | None:
    return float(np.percentile(values, percent)) if len(values) else None

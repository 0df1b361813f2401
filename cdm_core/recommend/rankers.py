"""The ways to rank customers that are held against each other: rules of thumb, the models, and what production uses."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.history import Buyers
from cdm_core.recommend.model import Scores
from cdm_core.recommend.special import Floats


class Ranker(StrEnum):
    GUIDE = "guide"
    RECENCY = "recency"
    RFM = "rfm"
    PAST_REVENUE = "past_revenue"
    DECAYED_REVENUE = "decayed_revenue"
    BGNBD_PBUY = "bgnbd_pbuy"
    BGNBD_VALUE = "bgnbd_value"
    PRODUCTION = "production"


class Basis(StrEnum):
    """What production ranks by: the simple rule, the model's value, or the geometric mean of both."""

    DECAYED_REVENUE = "decayed_revenue"
    BGNBD_VALUE = "bgnbd_value"
    BOTH = "both"


_HOT_DAYS, _WARM_DAYS, _COOL_DAYS = 7, 30, 60


def guide(whom: Buyers) -> Floats:
    """The guide's fixed cases, then lifetime value; equal customers get equal scores.

    Hot < 7 days since the last order, warm < 30: 10 hot and lifetime value > 0.4 × the mean, 9 hot, 8 warm with 3
    orders or more, 7 warm, 6 up to 60 days, 3 else.
    """
    hot, warm = whom.since < _HOT_DAYS, whom.since < _WARM_DAYS
    mean = float(whom.revenue.mean()) if len(whom.revenue) else 0.0
    cases = np.select(
        [hot & (whom.revenue > 0.4 * mean), hot, warm & (whom.orders >= 3), warm, whom.since < _COOL_DAYS],
        [10, 9, 8, 7, 6],
        3,
    )
    _, value = np.unique(whom.revenue, return_inverse=True)
    return (cases * (int(value.max(initial=0)) + 1) + value).astype(np.float64)


def recency(whom: Buyers) -> Floats:
    """The last order, the latest first."""
    return -whom.since.astype(np.float64)


def rfm(whom: Buyers) -> Floats:
    """The sum of the fifths (1–5) the customer is in by recency, number of orders and revenue (Hughes 1994)."""
    return _fifths(-whom.since) + _fifths(whom.orders) + _fifths(whom.revenue)


def past_revenue(whom: Buyers) -> Floats:
    """What was kept of the customer's orders."""
    return whom.revenue


def decayed_revenue(whom: Buyers) -> Floats:
    """Σ amount · e^(−days/120)."""
    return whom.decayed


SIMPLE: Mapping[Ranker, Callable[[Buyers], Floats]] = {
    Ranker.GUIDE: guide,
    Ranker.RECENCY: recency,
    Ranker.RFM: rfm,
    Ranker.PAST_REVENUE: past_revenue,
    Ranker.DECAYED_REVENUE: decayed_revenue,
}


def by_basis(basis: Basis, whom: Buyers, judged: Scores) -> Floats:
    """What production ranks by. Who has a decayed revenue below 0 comes last, the deeper in the red the later."""
    match basis:
        case Basis.DECAYED_REVENUE:
            return whom.decayed
        case Basis.BGNBD_VALUE:
            return judged.value
        case Basis.BOTH:
            both = np.sqrt(np.maximum(whom.decayed, 0.0) * judged.value)
            return np.where(whom.decayed < 0, whom.decayed, both)


def _fifths(values: NDArray[np.int64] | Floats) -> Floats:
    """1 to 5 by rank, equal values alike."""
    if not len(values):
        return np.empty(0)
    _, at, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - (count - 1) / 2)[at]
    return np.ceil(5 * middle / (len(values) + 1))

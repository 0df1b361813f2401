"""P(buy) put right by who did buy in the shop's own last months.

The purchase model knows a customer's days of purchase alone and one habit for all time. A logistic regression on a
replay (Platt 1999; here with more signs than the score) learns what else tells, and how far the model's odds can be
trusted: log-odds = intercept + slope · the model's + weights · signs. The weights are pulled to those of the model as
it is, so that little history changes little.
"""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.history import Buyers
from cdm_core.recommend.special import Floats

ENOUGH = 50
"""Customers who bought, and who did not, below either of which nothing is learnt."""

_SD = 0.5
_STEPS = 50
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Odds:
    """``spend``, ``since`` and ``orders`` weigh the logarithms of expected spend, 1 + days since the last order, and
    days with orders, each less its mean (``mean_…``) among the customers judged."""

    intercept: float
    slope: float
    spend: float
    since: float
    orders: float
    mean_spend: float
    mean_since: float
    mean_orders: float


AS_MODELLED = Odds(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the odds are corrected by; arrays of one length. ``modelled`` are log-odds."""

    modelled: Floats
    spend: Floats
    since: Floats
    orders: Floats


def signs(modelled: Floats, whom: Buyers, spend: Floats) -> Signs:
    """The signs of ``whom``: the model's P(buy), and what one of their orders is expected to come to."""
    likely = np.clip(modelled, _LEAST, 1 - _LEAST)
    return Signs(
        modelled=np.log(likely) - np.log1p(-likely),
        spend=np.log(np.maximum(spend, 0.01)),
        since=np.log1p(whom.since),
        orders=np.log1p(whom.x),
    )


def learn(past: Signs, bought: NDArray[np.bool_], now: Signs) -> Odds:
    """The odds for the customers of ``now``, from ``past`` signs and who ``bought`` after them."""
    if min(np.count_nonzero(bought), np.count_nonzero(~bought)) < ENOUGH:
        return AS_MODELLED
    columns = np.column_stack(
        [np.ones(len(bought)), past.modelled, *(sign - sign.mean() for sign in (past.spend, past.since, past.orders))]
    )
    start = np.array(astuple(AS_MODELLED)[:5])
    weights = start.copy()
    for _ in range(_STEPS):
        likely = _probability(columns @ weights)
        slope = columns.T @ (bought - likely) - (weights - start) / _SD**2
        bend = (columns * (likely * (1 - likely))[:, None]).T @ columns + np.eye(5) / _SD**2
        step = np.linalg.solve(bend, slope)
        weights += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    means = (float(sign.mean()) for sign in (now.spend, now.since, now.orders))
    return Odds(*(float(weight) for weight in weights), *means)


def corrected(known: Odds, of: Signs) -> Floats:
    """The probabilities by these odds, shape of the signs."""
    return _probability(
        known.intercept
        + known.slope * of.modelled
        + known.spend * (of.spend - known.mean_spend)
        + known.since * (of.since - known.mean_since)
        + known.orders * (of.orders - known.mean_orders)
    )


def _probability(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(log_odds, -700.0, 700.0)))

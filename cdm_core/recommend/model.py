"""Purchase and spend fitted on a shop's history, and every buyer judged by them, all at once."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from cdm_core.recommend import bgnbd, gamma_gamma, odds
from cdm_core.recommend.bgnbd import Bgnbd
from cdm_core.recommend.gamma_gamma import GammaGamma
from cdm_core.recommend.history import Buyers, OrderDays
from cdm_core.recommend.odds import AS_MODELLED, Odds
from cdm_core.recommend.season import Season, season
from cdm_core.recommend.special import Floats


@dataclass(frozen=True, slots=True)
class Model:
    """What is kept of a fit: parameters (times in days), the season ahead, and what it rests on.

    ``converged`` is False where either fit was not; ``log_likelihood`` is that of the purchases. ``odds`` is what the
    shop's own last months taught, if they did.
    """

    cutoff: int
    horizon: int
    purchase: Bgnbd
    spend: GammaGamma
    season: Season
    customers: int
    repeats: int
    spenders: int
    log_likelihood: float
    converged: bool
    odds: Odds = AS_MODELLED

    def to_json(self) -> dict[str, Any]:
        """Plain values that :meth:`from_json` makes the same model of."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The model of what ``to_json`` gave. Raises TypeError, ValueError or KeyError for anything else."""
        parts = {
            "purchase": Bgnbd(**stored["purchase"]),
            "spend": GammaGamma(**stored["spend"]),
            "season": Season(**stored["season"]),
            "odds": Odds(**stored["odds"]),
        }
        return cls(**{**stored, **parts})


@dataclass(frozen=True, slots=True)
class Scores:
    """Arrays of one length, one customer a place.

    ``p_alive`` and ``p_buy`` (within the horizon) are probabilities; ``p_alive``, as modelled, is at least ``p_buy``,
    put right by the shop's last months: who buys is alive. ``expected_orders`` (days with orders) within the horizon is
    at least ``p_buy`` too; ``expected_spend`` is of one of them, in money, ``value`` the product of both.
    """

    p_alive: Floats
    p_buy: Floats
    expected_orders: Floats
    expected_spend: Floats
    value: Floats


def fit(whom: Buyers, days: OrderDays, horizon: int) -> Model:
    """Both models on all buyers so far, for the ``horizon`` days ahead; ``days`` are those of the same history."""
    purchase = bgnbd.fit_shop(*unique_rows(whom))
    spend = gamma_gamma.fit_shop(whom.x + 1, whom.order_value)
    return Model(
        cutoff=whom.cutoff,
        horizon=horizon,
        purchase=purchase.params,
        spend=spend.params,
        season=season(purchase.params, days, whom.cutoff, horizon),
        customers=len(whom.x),
        repeats=round(purchase.repeats),
        spenders=round(spend.spenders),
        log_likelihood=purchase.log_likelihood,
        converged=purchase.converged and spend.converged,
    )


def unique_rows(whom: Buyers) -> tuple[Floats, Floats, Floats, Floats]:
    """The different (x, tx, T) of the buyers and how many have each, arrays of one length."""
    width = int(whom.T.max(initial=0)) + 1
    codes, weights = np.unique((whom.x * width + whom.tx) * width + whom.T, return_counts=True)
    pairs, T = np.divmod(codes, width)
    x, tx = np.divmod(pairs, width)
    return x.astype(np.float64), tx.astype(np.float64), T.astype(np.float64), weights.astype(np.float64)


def score(model: Model, whom: Buyers) -> Scores:
    """Judge ``whom``; each customer's scores depend on that customer and the model alone."""
    ahead = (float(model.horizon), model.season.kappa)
    spend = gamma_gamma.expected_spend(model.spend, whom.x + 1, whom.order_value)
    modelled = bgnbd.p_buy(model.purchase, whom.x, whom.tx, whom.T, *ahead)
    likely = odds.corrected(model.odds, odds.signs(modelled, whom, spend))
    orders = likely * bgnbd.purchases_if_any(model.purchase, whom.x, whom.T, *ahead)
    return Scores(
        p_alive=np.maximum(bgnbd.p_alive(model.purchase, whom.x, whom.tx, whom.T), likely),
        p_buy=likely,
        expected_orders=orders,
        expected_spend=spend,
        value=orders * spend,
    )

"""What a customer spends on an order: the Gamma-Gamma model, and what is safe to say with few or no repeats.

Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013). Amounts of one customer's orders are Gamma(p, ν) with
ν ~ Gamma(q, γ) among customers, whatever their number.

Customers are arrays of one length: ``n`` how many orders, ``mean`` what one came to on average, in money.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from cdm_core.recommend.maximum import maximise
from cdm_core.recommend.special import Floats, digamma, log_gamma

ENOUGH_SPENDERS = 50
"""Customers with repeats below which the spread of amounts is not estimated."""

_SHAPE, _TAIL = 5.0, 3.5
"""p and q as shops have them: half an order's worth of trust in the shop's mean."""

_SD = 1.0
_FLAT = 1e-7
_BOUND = 16.0
_FAR_FROM_MEAN = 1e6


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The parameters: p > 0, q > 0, γ ≥ 0 (0: nobody ever paid anything). Raises ValueError for others."""

    p: float
    q: float
    gamma: float

    def __post_init__(self) -> None:
        if not (all(np.isfinite(value) for value in asdict(self).values()) and min(self.p, self.q) > 0 <= self.gamma):
            raise ValueError(f"no parameters of a Gamma-Gamma model: {self}")


@dataclass(frozen=True, slots=True)
class SpendFit:
    """``fitted`` is False where there were too few to estimate anything but the mean."""

    params: GammaGamma
    log_likelihood: float | None
    converged: bool
    fitted: bool
    spenders: float


def fit(n: ArrayLike, mean: ArrayLike, weights: ArrayLike | None = None, prior: GammaGamma | None = None) -> SpendFit:
    """The most likely parameters, or with a ``prior`` (medians, log-normal with sd 1) the most probable.

    Raises ValueError where a row has not n > 0 and mean > 0.
    """
    count, amount, weight = _columns(n, mean, weights)
    if not (count.size and (count > 0).all() and (amount > 0).all() and np.isfinite(amount).all()):
        raise ValueError("rows need n > 0 and mean > 0")
    unit = float(np.exp(weight @ np.log(amount) / weight.sum()))
    start = np.log([_SHAPE, _TAIL, _TAIL / _SHAPE] if prior is None else [prior.p, prior.q, prior.gamma / unit])

    data = _Likelihood(count, amount / unit, weight)

    def slope(logs: Floats) -> tuple[float, Floats]:
        value, gradient = data(logs)
        if prior is not None:
            away = (logs - start) / _SD
            value, gradient = value - float(away @ away) / 2, gradient - away / _SD
        return value / float(weight.sum()), gradient / float(weight.sum())

    best = maximise(slope, start, flat=_FLAT, bound=_BOUND)
    likelihood = data(best.point)[0] - float(weight.sum() * np.log(unit))
    p, q, gamma = (float(value) for value in np.exp(best.point))
    return SpendFit(GammaGamma(p, q, gamma * unit), likelihood, best.found, True, float(weight.sum()))


def fit_shop(n: ArrayLike, mean: ArrayLike, weights: ArrayLike | None = None) -> SpendFit:
    """A fit that any shop can rely on: those who kept nothing are left out, and with few repeats only the mean is used.

    Customers with one order tell the mean alone, not how one customer's orders differ.
    """
    count, amount, weight = _columns(n, mean, weights)
    paid = (count > 0) & (amount > 0) & np.isfinite(amount)
    count, amount, weight = count[paid], amount[paid], weight[paid]
    if not count.size:
        return SpendFit(GammaGamma(_SHAPE, _TAIL, 0.0), None, True, False, 0.0)
    middle = float(weight @ amount / weight.sum())
    shops = GammaGamma(_SHAPE, _TAIL, middle * (_TAIL - 1) / _SHAPE)
    repeated = count > 1
    spenders = float(weight[repeated].sum())
    # Amounts so far apart that squares of them lose all digits come of typing errors, not of people.
    if spenders < ENOUGH_SPENDERS or amount.max() > _FAR_FROM_MEAN * middle:
        return SpendFit(shops, None, True, False, spenders)
    return fit(count, amount, weight, shops)


def expected_spend(params: GammaGamma, n: ArrayLike, mean: ArrayLike) -> Floats:
    """What an order of each customer will come to, shape of ``n``; never below 0.

    A mean of the customer's own and the shop's, by how much their orders tell. Where q ≤ 1 the shop's has no finite
    mean and one order's worth of trust is put in γ instead.
    """
    count, amount, _ = _columns(n, mean, None)
    trust = max(params.q - 1, 1e-3) / params.p
    return (params.gamma + count * np.maximum(amount, 0.0)) / (count + trust)


class _Likelihood:
    """Log-likelihood and gradient by the logarithms of (p, q, γ), with what does not depend on them kept.

    Formula (1a) of the paper.
    """

    def __init__(self, n: Floats, mean: Floats, weights: Floats) -> None:
        self.weights, self.total, self.log_mean = weights, n * mean, np.log(mean)
        self.counts, self.back = np.unique(n, return_inverse=True)
        self.of_count = np.bincount(self.back, weights, minlength=len(self.counts))
        log_total = weights * np.log(self.total)
        self.log_totals = np.bincount(self.back, log_total, minlength=len(self.counts))

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(logs)
        n, shape = self.counts, p * self.counts
        scale = gamma + self.total
        log_scales = np.bincount(self.back, self.weights * np.log(scale), minlength=len(n))
        inverses = np.bincount(self.back, self.weights / scale, minlength=len(n))
        of_each = log_gamma(shape + q) - log_gamma(shape) - log_gamma(q) + q * logs[2]
        value = self.of_count @ of_each + shape @ self.log_totals - (shape + q) @ log_scales
        psi = digamma(shape + q)
        by_p = n @ (self.of_count * (psi - digamma(shape)) + self.log_totals - log_scales)
        by_q = self.of_count @ (psi - digamma(q) + logs[2]) - log_scales.sum()
        by_gamma = self.of_count.sum() * q / gamma - (shape + q) @ inverses
        gradient = np.array([by_p * p, by_q * q, by_gamma * gamma])
        return float(value - (self.weights * self.log_mean).sum()), gradient


def _columns(n: ArrayLike, mean: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    count, amount = np.asarray(n, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    return count, amount, np.ones_like(count) if weights is None else np.asarray(weights, dtype=np.float64)

"""When and whether a customer buys again: the BG/NBD model, fitted and asked with closed forms that are never NaN.

Fader, Hardie and Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24 (2005). While active a customer buys at a rate λ ~ Gamma(r, α); after each purchase they leave with
probability p ~ Beta(a, b).

Customers are arrays of one length: ``x`` repeat purchases, ``tx`` the age at the last of them (0 without any), ``T``
the age now, 0 ≤ tx ≤ T, all ages in one unit of time, which is that of α and of horizons too.
"""

from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from cdm_core.recommend.maximum import maximise
from cdm_core.recommend.quadrature import beta_nodes
from cdm_core.recommend.special import Floats, digamma, log_gamma

ENOUGH_REPEATS = 100
"""Repeat purchases below which a shop's own history says less than other shops' do."""

_CENTRE = {"r": 0.45, "a": 0.5, "b": 2.5}
_FLAT = 1e-7
_BOUND = 16.0
_FARTHEST = 1e300


@dataclass(frozen=True, slots=True)
class Bgnbd:
    """The parameters, all above 0. Raises ValueError for others."""

    r: float
    alpha: float
    a: float
    b: float

    def __post_init__(self) -> None:
        if not all(np.isfinite(value) and value > 0 for value in asdict(self).values()):
            raise ValueError(f"no parameters of a BG/NBD model: {self}")


@dataclass(frozen=True, slots=True)
class Prior:
    """A log-normal prior on each parameter: medians and the common standard deviation of the logarithms."""

    centre: Bgnbd
    sd: float = 1.0

    @classmethod
    def of_shops(cls, x: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """What shops are like, at this shop's pace: α makes the centre's rate r/α the purchases made a unit of age."""
        x, T, weights = _columns(x, T, weights)
        pace = max(float(weights @ x), 1.0) / max(float(weights @ T), 1.0)
        return cls(Bgnbd(alpha=_CENTRE["r"] / pace, **_CENTRE))


@dataclass(frozen=True, slots=True)
class Fit:
    """``log_likelihood`` is of the data alone; ``converged`` is False where the best lies at infinity or was not found.

    ``repeats`` is how many repeat purchases it rests on.
    """

    params: Bgnbd
    log_likelihood: float
    converged: bool
    customers: float
    repeats: float


def fit(x: ArrayLike, tx: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None, prior: Prior | None = None) -> Fit:
    """The most likely parameters, or with a ``prior`` the most probable; ``weights`` counts how often a row stands.

    Raises ValueError for rows that no customer can have.
    """
    x, tx, T, weights = _rows(x, tx, T, weights)
    start = (prior or Prior.of_shops(x, T, weights)).centre
    customers, repeats = float(weights.sum()), float(weights @ x)
    data = _Likelihood(x, tx, T, weights)
    scale = max(customers, 1.0)

    def slope(logs: Floats) -> tuple[float, Floats]:
        value, gradient = data(logs)
        if prior is not None:
            away = (logs - _logs(prior.centre)) / prior.sd
            value, gradient = value - float(away @ away) / 2, gradient - away / prior.sd
        return value / scale, gradient / scale

    best = maximise(slope, _logs(start), flat=_FLAT, bound=_BOUND)
    return Fit(_params(best.point), data(best.point)[0], best.found, customers, repeats)


def fit_shop(x: ArrayLike, tx: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None) -> Fit:
    """A fit that any shop can rely on: with the prior of shops, and that prior alone where repeats are too few."""
    x, tx, T, weights = _rows(x, tx, T, weights)
    prior = Prior.of_shops(x, T, weights)
    repeats = float(weights @ x)
    if repeats >= ENOUGH_REPEATS:
        return fit(x, tx, T, weights, prior)
    likelihood = log_likelihood(prior.centre, x, tx, T, weights)
    return Fit(prior.centre, likelihood, True, float(weights.sum()), repeats)


def log_likelihood(params: Bgnbd, x: ArrayLike, tx: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Of the rows, summed."""
    return _Likelihood(*_rows(x, tx, T, weights))(_logs(params))[0]


def p_alive(params: Bgnbd, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """The probability that a customer has not left for good, shape of ``x``."""
    x, tx, T = (np.asarray(column, dtype=np.float64) for column in (x, tx, T))
    left = (
        np.log(params.a)
        - np.log(np.where(x > 0, params.b + x - 1, 1.0))
        + (params.r + x) * (np.log(params.alpha + T) - np.log(params.alpha + tx))
    )
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(left, 700.0))), 1.0)


def p_buy(params: Bgnbd, x: ArrayLike, tx: ArrayLike, T: ArrayLike, horizon: float, kappa: float = 1.0) -> Floats:
    """The probability of at least one purchase within ``horizon``, in a season κ times as lively as the mean."""
    count, age = np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64)
    with np.errstate(over="ignore"):  # an age and α of next to nothing
        waits = np.log1p(np.minimum(kappa * horizon / (params.alpha + age), _FARTHEST))
    return p_alive(params, x, tx, T) * -np.expm1(-(params.r + count) * waits)


def purchases_if_any(params: Bgnbd, x: ArrayLike, T: ArrayLike, horizon: float, kappa: float = 1.0) -> Floats:
    """How many purchases to expect within ``horizon`` of who makes one at all, at least 1; shape of ``x``.

    So that p_buy · purchases_if_any is the expected number. That of a customer alive is the mean over
    p ~ Beta(a, b + x) of (1 − (1 + p·κH/(α+T))^−(r+x)) / p, by quadrature; the paper's hypergeometric form of the same
    has no value where a + b + x ≤ 1.
    """
    count, age = np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64)
    counts, count_at = np.unique(count, return_inverse=True)
    ages, age_at = np.unique(age, return_inverse=True)
    pairs, back = np.unique(count_at.ravel() * len(ages) + age_at.ravel(), return_inverse=True)
    which, old = np.divmod(pairs, max(len(ages), 1))
    expected = np.ones(len(pairs))
    for at in range(len(counts)):
        rows = slice(*np.searchsorted(which, [at, at + 1]))
        expected[rows] = _purchases_if_any(params, float(counts[at]), ages[old[rows]], kappa * horizon)
    return expected[back].reshape(count.shape)


def purchases_by_age(params: Bgnbd, ages: ArrayLike) -> Floats:
    """How many repeat purchases a new customer is expected to make up to each of ``ages``."""
    until = np.asarray(ages, dtype=np.float64)
    nodes, masses = beta_nodes(params.a, params.b)
    shrink = -np.expm1(-params.r * np.log1p(nodes * until[..., None] / params.alpha))
    expected: Floats = (shrink / nodes) @ masses
    return expected


def _purchases_if_any(params: Bgnbd, x: float, T: Floats, horizon: float) -> Floats:
    nodes, masses = beta_nodes(params.a, params.b + x)
    with np.errstate(over="ignore"):
        reach = np.minimum(horizon / (params.alpha + T), _FARTHEST)
    of_alive = (-np.expm1(-(params.r + x) * np.log1p(nodes * reach[:, None])) / nodes) @ masses
    any_of_alive = -np.expm1(-(params.r + x) * np.log1p(reach))
    return np.maximum(of_alive / np.maximum(any_of_alive, np.finfo(np.float64).tiny), 1.0)


class _Likelihood:
    """Log-likelihood and gradient by the logarithms of (r, α, a, b), with what does not depend on them kept."""

    def __init__(self, x: Floats, tx: Floats, T: Floats, weights: Floats) -> None:
        self.x, self.tx, self.T, self.weights = x, tx, T, weights
        self.counts, self.back = np.unique(x, return_inverse=True)
        self.of_count = np.bincount(self.back, weights, minlength=len(self.counts))
        self.repeated = x > 0

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(logs)
        n, w = self.counts, self.of_count
        values = log_gamma(r + n) - log_gamma(r) + r * np.log(alpha)
        values += log_gamma(a + b) - log_gamma(a + b + n) + log_gamma(b + n) - log_gamma(b)
        tail = digamma(a + b) - digamma(a + b + n)
        by_r = float(w @ (digamma(r + n) - digamma(r))) + float(w.sum()) * np.log(alpha)
        by_a, by_b = float(w @ tail), float(w @ (tail + digamma(b + n) - digamma(b)))

        bought = r + self.x
        log_age, log_last = np.log(alpha + self.T), np.log(alpha + self.tx)
        stayed = -bought * log_age
        before = np.where(self.repeated, b + self.x - 1, 1.0)
        gone = np.where(self.repeated, np.log(a) - np.log(before) - bought * log_last, -np.inf)
        either = np.logaddexp(stayed, gone)
        left = self.weights * np.exp(gone - either)
        stays = self.weights - left
        by_r -= float(stays @ log_age + left @ log_last)
        by_alpha = float(self.weights.sum()) * r / alpha - float(
            stays @ (bought / (alpha + self.T)) + left @ (bought / (alpha + self.tx))
        )
        by_a += float(left.sum()) / a
        by_b -= float(left @ (1 / before))
        gradient = np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])
        return float(w @ values) + float(self.weights @ either), gradient


def _logs(params: Bgnbd) -> Floats:
    return np.log([params.r, params.alpha, params.a, params.b])


def _params(logs: Floats) -> Bgnbd:
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return Bgnbd(r, alpha, a, b)


def _columns(x: ArrayLike, T: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    count, age = np.asarray(x, dtype=np.float64), np.asarray(T, dtype=np.float64)
    return count, age, np.ones_like(count) if weights is None else np.asarray(weights, dtype=np.float64)


def _rows(
    x: ArrayLike, tx: ArrayLike, T: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats, Floats, Floats]:
    count, age, weight = _columns(x, T, weights)
    last = np.asarray(tx, dtype=np.float64)
    possible = (
        (count >= 0) & (last >= 0) & (last <= age) & np.isfinite(age) & (weight >= 0) & ((count > 0) | (last == 0))
    )
    if not possible.all():
        raise ValueError("rows need x ≥ 0 and 0 ≤ tx ≤ T, and tx = 0 where x = 0")
    return count, last, age, weight

"""How likely a call is answered, by local hour and weekday, and which two hours are the best to call in.

A rate is shrunken towards the one above it: weekday and hour → hour → all calls; a customer's own hour towards the
shop's. Each is beta-binomial (the posterior of Beta(s·m, s·(1−m)) after the calls counted; ``pooled`` finds the
strength s), as in Casella, An introduction to empirical Bayes data analysis, The American Statistician 39, 1985. Who is
called at which hour is the shop's choice, so these rates describe its calls; nothing here is an experiment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.pooled import strength
from cdm_core.recommend.special import Floats, digamma

Ints = NDArray[np.int64]

WINDOW_HOURS = 2
MIN_OWN = 5
"""Attempts at a customer within a window below which nothing personal is said of it."""

MIN_SHOP = 50
"""The shop's attempts within a window below which it is not offered to anybody."""

SURE = 0.9
"""How probable it must be that a window is better."""

LEAST_LIFT = 0.02
"""By how much the rate of a window must be above that of all calls: less is not worth waiting for."""

_OF_HOURS = 20.0
"""The usual strength of hours: their rates differ by a tenth either way around one half, those of people by more."""

_LOGITS = np.linspace(-16.0, 16.0, 1601)


@dataclass(frozen=True, slots=True)
class Betas:
    """Beta distributions, ``a`` and ``b`` of one shape."""

    a: Floats
    b: Floats

    @property
    def mean(self) -> Floats:
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> Floats:
        total = self.a + self.b
        return self.a * self.b / (total**2 * (total + 1))

    def __getitem__(self, at: Any) -> "Betas":
        return Betas(np.asarray(self.a[at]), np.asarray(self.b[at]))


@dataclass(frozen=True)
class AnswerRates:
    """``attempts`` and ``answered`` of the outbound calls, shape (7, 24): weekday from Monday, local hour.

    ``hour_strength``, ``cell_strength`` and ``customer_strength`` are attempts that the prior of an hour, of an hour
    of a weekday and of a customer's hour is worth.
    """

    attempts: Ints
    answered: Ints
    hour_strength: float
    cell_strength: float
    customer_strength: float

    @cached_property
    def overall(self) -> Betas:
        """Of all calls; without any Beta(1, 1)."""
        answered = float(self.answered.sum())
        return Betas(np.array(answered + 1), np.array(float(self.attempts.sum()) - answered + 1))

    @cached_property
    def hours(self) -> Betas:
        """Shape (24,)."""
        return _posterior(self.overall.mean, self.hour_strength, self.attempts.sum(0), self.answered.sum(0))

    @cached_property
    def cells(self) -> Betas:
        """Shape (7, 24)."""
        return _posterior(self.hours.mean, self.cell_strength, self.attempts, self.answered)

    def to_json(self) -> dict[str, Any]:
        """Plain values that :meth:`from_json` makes the same rates of."""
        return {
            "attempts": self.attempts.tolist(),
            "answered": self.answered.tolist(),
            "hour_strength": self.hour_strength,
            "cell_strength": self.cell_strength,
            "customer_strength": self.customer_strength,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The rates of what ``to_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        attempts, answered = (np.array(stored[key], dtype=np.int64).reshape(7, 24) for key in ("attempts", "answered"))
        strengths = (float(stored[key]) for key in ("hour_strength", "cell_strength", "customer_strength"))
        return cls(attempts, answered, *strengths)


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that may be called in on a day: arrays of one length, in order of ``starts`` (local hours).

    ``rates`` are the shop's, as they count on that day; ``attempts`` is what each rests on. ``offered`` says which are
    better than calling at any hour and have enough calls to say so; ``best`` is the place of the highest rate.
    """

    starts: Ints
    rates: Betas
    attempts: Ints
    offered: NDArray[np.bool_]
    best: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Arrays of one length, one customer a place: the first local hour of the window, −1 for none; the attempts it
    rests on (0 for none); whether these are the customer's ``own``."""

    start: Ints
    attempts: Ints
    own: NDArray[np.bool_]


def fit(attempts: Ints, answered: Ints, customers: Ints) -> AnswerRates:
    """The rates of a shop: tables of shape (7, 24), and ``customers`` of shape (n, 4).

    Each row of these is a local hour, attempts, answered, and how many customers have just so many at that hour.
    """
    overall = (answered.sum() + 1) / (attempts.sum() + 2)
    by_hour = strength(attempts.sum(0), answered.sum(0), overall, usual=_OF_HOURS)
    hours = _posterior(overall, by_hour, attempts.sum(0), answered.sum(0)).mean
    hour, tried, reached, weights = np.asarray(customers, dtype=np.int64).reshape(-1, 4).T
    return AnswerRates(
        attempts=attempts,
        answered=answered,
        hour_strength=by_hour,
        cell_strength=strength(attempts, answered, hours, usual=_OF_HOURS),
        customer_strength=strength(tried, reached, hours[hour], weights=weights),
    )


def windows(rates: AnswerRates, weekday: int, starts: Sequence[int]) -> Windows | None:
    """The windows of ISO weekday ``weekday`` that begin at these hours; None: there are none.

    A weekday has a best window of its own only where its calls say so; else it has that of all days.
    """
    if not starts:
        return None
    at = np.array(starts, dtype=np.int64)
    general, special = _together(rates.hours, at), _together(rates.cells[weekday - 1], at)
    usual, other = int(_last_max(general.mean)), int(_last_max(special.mean))
    differs = chance_greater(special[other], special[usual]) > SURE
    counts = rates.attempts[weekday - 1] if differs else rates.attempts.sum(0)
    chosen = special if differs else general
    attempts = counts[at[:, None] + np.arange(WINDOW_HOURS)].sum(1)
    offered = (attempts >= MIN_SHOP) & (chosen.mean - rates.overall.mean >= LEAST_LIFT)
    offered &= chance_greater(chosen, rates.overall) > SURE
    return Windows(at, chosen, attempts, offered, other if differs else usual)


def choose(rates: AnswerRates, day: Windows | None, attempts: Ints, answered: Ints) -> Choices:
    """The window for each customer, whose own calls by hour are rows of shape (n, 24).

    An own window needs ``MIN_OWN`` attempts and must beat the shop's best; else it is the shop's best, or, where the
    customer has not answered in it that often, the next one.
    """
    count = len(attempts)
    if day is None:
        return Choices(np.full(count, -1), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_))
    hours = day.starts[:, None] + np.arange(WINDOW_HOURS)
    tried, reached = attempts[:, hours].sum(2), answered[:, hours].sum(2)
    enough = tried >= MIN_OWN
    mean = np.broadcast_to(day.rates.mean, tried.shape).copy()
    chance = np.zeros(tried.shape)
    # There are few different ones, however many customers.
    triples = np.column_stack([np.nonzero(enough)[1], tried[enough], reached[enough]])
    different, each = np.unique(triples, axis=0, return_inverse=True)
    if len(different):
        prior = day.rates.mean[different[:, 0]]
        posterior = _posterior(prior, rates.customer_strength, different[:, 1], different[:, 2])
        chance[enough] = chance_greater(posterior, day.rates[day.best])[each.ravel()]
        mean[enough] = posterior.mean[each.ravel()]
    better = chance > SURE
    own = np.asarray(better.any(1), dtype=np.bool_)
    wanted = np.minimum(mean, day.rates.mean)
    place = np.where(own, _last_max(np.where(better, mean, -1.0)), _last_max(wanted))
    people = np.arange(count)
    known = own | day.offered[place]
    return Choices(
        start=np.where(known, day.starts[place], -1),
        attempts=np.where(known, np.where(own, tried[people, place], day.attempts[place]), 0),
        own=own,
    )


def chance_greater(one: Betas, other: Betas) -> Floats:
    """P(X > Y) of independent X and Y, elementwise (broadcast): the trapezoidal rule over the logit, on which both
    densities are smooth whatever their parameters."""
    a, b, c, d = np.broadcast_arrays(one.a, one.b, other.a, other.b)
    # The narrower of the two has its mean on a node; the nodes are as close as the wider one needs.
    narrow = _spread(a, b) < _spread(c, d)
    centre = digamma(np.where(narrow, a, c)) - digamma(np.where(narrow, b, d))
    step = np.where(narrow, _spread(c, d), _spread(a, b))
    logits = centre[..., None] + np.multiply.outer(step, _LOGITS)
    log_x, log_1_x = -np.logaddexp(0.0, -logits), -np.logaddexp(0.0, logits)
    density, beside = _masses(a, b, log_x, log_1_x), _masses(c, d, log_x, log_1_x)
    below = np.cumsum(beside, axis=-1) - beside / 2
    return np.asarray(np.clip((density * below).sum(-1), 0.0, 1.0), dtype=np.float64)


def _spread(a: Floats, b: Floats) -> Floats:
    """About the standard deviation of the logit of Beta(a, b); just that where both are large."""
    return np.asarray(np.sqrt(1 / a + 1 / b), dtype=np.float64)


def log_loss(rates: Floats, attempts: Ints, answered: Ints) -> float:
    """Nats a call, of calls that these rates were said of beforehand."""
    said = np.clip(rates, 1e-9, 1 - 1e-9)
    total = answered * np.log(said) + (attempts - answered) * np.log(1 - said)
    return float(-total.sum() / max(1, attempts.sum()))


def _last_max(rows: Floats) -> Ints:
    """The place of the highest in each row, of equal ones the last: calls of one hour are at a window's beginning."""
    return np.asarray(rows.shape[-1] - 1 - rows[..., ::-1].argmax(-1), dtype=np.int64)


def _masses(a: Floats, b: Floats, log_x: Floats, log_1_x: Floats) -> Floats:
    """Of Beta(a, b) at each log x and log(1 − x), shape (…, 1601), summing to 1."""
    logs = a[..., None] * log_x + b[..., None] * log_1_x
    masses = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(masses / masses.sum(axis=-1, keepdims=True), dtype=np.float64)


def _posterior(mean: Floats | float, strength: float, attempts: Ints, answered: Ints) -> Betas:
    said = np.asarray(mean, dtype=np.float64)
    return Betas(strength * said + answered, strength * (1 - said) + attempts - answered)


def _together(hours: Betas, starts: Ints) -> Betas:
    """Of a moment anywhere within a window: the mean of its hours, as the Beta of that mean and variance."""
    parts = starts[:, None] + np.arange(WINDOW_HOURS)
    mean, variance = hours.mean[parts].mean(1), hours.variance[parts].sum(1) / WINDOW_HOURS**2
    total = mean * (1 - mean) / variance - 1
    return Betas(mean * total, (1 - mean) * total)

"""How lively the coming season is against the year's mean: κ, as far as the shop's own history can tell.

Observed against expected: the repeat purchases on the same days of former years, over what the fitted purchase model
expects of the customers the shop had then. The model knows no season, so what it misses is season, and chance.
"""

from dataclasses import dataclass

import numpy as np

from cdm_core.recommend.bgnbd import Bgnbd, purchases_by_age
from cdm_core.recommend.history import OrderDays
from cdm_core.recommend.special import Floats

YEAR = 365
_DOUBT = 50.0
"""Purchases as expected that are added to both sides, so that small numbers say little."""

_MOST = 2.0


@dataclass(frozen=True, slots=True)
class Season:
    """``years`` is how many former seasons were seen whole; without any κ is 1."""

    kappa: float
    years: int
    observed: float
    expected: float


def season(params: Bgnbd, days: OrderDays, cutoff: int, horizon: int) -> Season:
    """κ for the ``horizon`` days from ``cutoff`` on; ``params`` are in days.

    One former season is trusted by half, two by two thirds, and so on; κ stays between 1/2 and 2. A horizon of a year
    or more has no season.
    """
    if not len(days.day) or horizon >= YEAR:
        return Season(1.0, 0, 0.0, 0.0)
    start = int(days.day.min())
    years = (cutoff - start) // YEAR
    if not years:
        return Season(1.0, 0, 0.0, 0.0)
    made, awaited = _by_day(params, days, start, cutoff)
    observed = expected = 0.0
    for back in range(1, years + 1):
        first = cutoff - back * YEAR - start
        observed += float(made[first : first + horizon].sum())
        expected += float(awaited[first : first + horizon].sum())
    trust = years / (years + 1)
    kappa = ((observed + _DOUBT) / (expected + _DOUBT)) ** trust
    return Season(float(np.clip(kappa, 1 / _MOST, _MOST)), int(years), observed, expected)


def _by_day(params: Bgnbd, days: OrderDays, start: int, cutoff: int) -> tuple[Floats, Floats]:
    """Repeat purchases made and expected on each day from ``start`` to before ``cutoff``, shape (days,) each."""
    length = cutoff - start
    new = np.ones(len(days.day), dtype=bool)
    new[1:] = days.customer[1:] != days.customer[:-1]  # each customer's days come in order
    made = np.bincount(days.day[~new] - start, minlength=length).astype(np.float64)
    cohort = np.bincount(days.day[new] - start, minlength=length).astype(np.float64)
    by_age = np.diff(purchases_by_age(params, np.arange(length)), prepend=0.0)
    size = 2 * length
    return made, np.fft.irfft(np.fft.rfft(cohort, size) * np.fft.rfft(by_age, size), size)[:length]

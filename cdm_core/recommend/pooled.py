"""Rates of small groups, each drawn towards the rate of all: the beta-binomial model (Skellam 1948).

A group's rate is Beta(m·s, (1 − m)·s) among groups: ``m`` the rate of all, ``s`` how many trials of a group's own
weigh as much as that.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cdm_core.recommend.special import Floats, log_gamma

_STRENGTHS = np.geomspace(0.5, 2000.0, 60)
_USUAL = 5.0
"""Where the groups tell nothing of how they differ: the median of a log-normal prior on s with sd 1."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """``rate`` of all in (0, 1), worth ``strength`` > 0 trials."""

    rate: float
    strength: float

    def of(self, tried: ArrayLike, came: ArrayLike) -> Floats:
        """The rate of groups in which of ``tried`` so many ``came``, shape of ``tried``, in (0, 1)."""
        trials, successes = np.asarray(tried, dtype=np.float64), np.asarray(came, dtype=np.float64)
        return (self.rate * self.strength + successes) / (self.strength + trials)


def pool(tried: ArrayLike, came: ArrayLike, weights: ArrayLike, before: Pooled) -> Pooled:
    """The rate of all and how far groups differ from it, from ``weights`` groups of each (tried, came).

    Arrays of one length, 0 ≤ came ≤ tried; neither needs to be whole. ``before`` is what is believed of the rate of
    all with nothing seen. The strength is the most probable of a grid under its prior.
    """
    trials, successes = np.asarray(tried, dtype=np.float64), np.asarray(came, dtype=np.float64)
    groups = np.asarray(weights, dtype=np.float64)
    rate = float(before.of(groups @ trials, groups @ successes))
    alpha, beta = rate * _STRENGTHS, (1 - rate) * _STRENGTHS
    likely = -0.5 * np.log(_STRENGTHS / _USUAL) ** 2
    for at, (a, b) in enumerate(zip(alpha, beta, strict=True)):
        each = (log_gamma(a + successes) - log_gamma(a) + log_gamma(b + trials - successes) - log_gamma(b)) - (
            log_gamma(a + b + trials) - log_gamma(a + b)
        )
        likely[at] += groups @ each
    return Pooled(rate, float(_STRENGTHS[int(np.argmax(likely))]))

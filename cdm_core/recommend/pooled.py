"""Rates of small groups, each drawn towards the rate of all: the beta-binomial model (Skellam 1948).

A group's rate is Beta(m·s, (1 − m)·s) among groups: ``m`` the rate of all, ``s`` how many trials of a group's own
weigh as much as that. The latter is the most probable of a grid under a log-normal prior: where the marginal likelihood
is highest (Griffiths, Maximum likelihood estimation for the beta-binomial distribution, Biometrics 29, 1973), but for
shops that tell little of how their groups differ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cdm_core.recommend.special import Floats, log_gamma

USUAL = 5.0
"""The strength of groups whose rates differ by a fifth either way around one half."""

_STRENGTHS = np.geomspace(0.5, 1e6, 120)
_SPREAD = 1.5
"""The standard deviation of the prior on log s."""


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
    all with nothing seen.
    """
    trials, successes = np.asarray(tried, dtype=np.float64), np.asarray(came, dtype=np.float64)
    groups = np.asarray(weights, dtype=np.float64)
    rate = float(before.of(groups @ trials, groups @ successes))
    return Pooled(rate, strength(trials, successes, rate, weights=groups))


def strength(
    tried: ArrayLike, came: ArrayLike, mean: ArrayLike, *, usual: float = USUAL, weights: ArrayLike = 1.0
) -> float:
    """How many trials ``mean`` is worth to groups whose rates lie around it; ``usual`` is the prior's median.

    ``mean`` in (0, 1) and ``weights``, how many groups are alike, have the shape of ``tried`` or a broader one.
    """
    trials, successes = np.asarray(tried, dtype=np.float64), np.asarray(came, dtype=np.float64)
    about, groups = np.asarray(mean, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    likely = -0.5 * (np.log(_STRENGTHS / usual) / _SPREAD) ** 2
    size = np.broadcast(trials, about).size
    for part in np.array_split(np.arange(len(_STRENGTHS)), min(len(_STRENGTHS), 1 + size // 10_000)):
        worth = _STRENGTHS[part].reshape(-1, *[1] * trials.ndim)
        a, b = worth * about, worth * (1 - about)
        each = log_gamma(a + successes) - log_gamma(a) + log_gamma(b + trials - successes) - log_gamma(b)
        each = groups * (each - log_gamma(worth + trials) + log_gamma(worth))
        likely[part] += each.reshape(len(part), -1).sum(1)
    return float(_STRENGTHS[int(np.argmax(likely))])

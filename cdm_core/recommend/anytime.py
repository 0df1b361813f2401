"""How wide an interval is that may be looked at as often as one likes.

±1.96 standard errors hold the truth 19 times of 20 at one look that was fixed beforehand. Who looks each day and stops
once zero is outside finds an effect of nothing far more often. The intervals of a confidence sequence hold the truth at
all looks at once, 19 times of 20, whoever looks when and stops why.

This is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas ("Time-uniform central limit
theory and asymptotic confidence sequences", Annals of Statistics 52, 2024; arXiv:2103.06476), which is Robbins' normal
mixture ("Statistical methods related to the law of the iterated logarithm", Annals of Mathematical Statistics 41, 1970)
with the variance estimated: after t units, of standard deviation s, the mean is within

    ± s · √(2(tρ² + 1) / (t²ρ²) · log(√(tρ² + 1) / α))

at all t from some first look on, with a probability that tends to 1 − α as that first look is later; ρ is any number
fixed beforehand. Here s/√t is the standard error, so that this is ``reach`` of them.

The units need not be independent, their errors may be martingale differences (proposition 2.5 there). So a household
may be drawn several times: each lot is new, so that where offering changes nothing, what one says is uncorrelated with
what the next says, whatever the household is like.
"""

import math

ALPHA = 0.05
"""How often a sequence at most leaves the truth out, at any of its looks."""

TIGHTEST = 5_000
"""The number of units at which the interval is about as narrow as a sequence can be: 1.55 times as wide as that of one
look; from 1,000 to 100,000 units it is at most 1.72 times."""

_BOTH = -2 * math.log(ALPHA)
_RHO_SQUARED = (_BOTH + math.log(_BOTH + 1)) / TIGHTEST


def reach(units: int) -> float:
    """Standard errors from the mean to either end of the interval after so many ``units``, at least one."""
    seen = units * _RHO_SQUARED
    return math.sqrt((seen + 1) / seen * (math.log(seen + 1) + _BOTH))

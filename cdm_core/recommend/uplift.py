"""What offering households to agents brings: those who were offered by value against those held out by lot.

Intention to treat: a household counts as it was drawn when it would first have been offered in a period, whatever was
done with it then; its outcome is the window after that. What fell so late in a period that the window runs into the
next draw is left out, on both sides alike; where the length of the draws or of the window was changed, by the new ones.

Means are weighed by the inverse of the chance of being where one is (Hájek, "Comment on Basu", 1971), so that a share
that was changed on the way does no harm; standard errors are by linearisation, summed up by household, since one may be
drawn in several periods (Liang & Zeger, Biometrika 73, 1986). With one share and one period that is Neyman's comparison
of two means. The interval holds at all days' looks at once (``anytime``), since a shop looks each day, and goes by what
it sees. How many households are needed is the usual count for two shares, at a power of .8 (Fleiss, Levin & Paik,
Statistical Methods for Rates and Proportions, ch. 4), with the reach of that interval.

Nothing is told before there are so many: it would most often be that nothing is sure.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.recommend.anytime import TIGHTEST, reach
from cdm_core.recommend.special import Floats
from cdm_core.thresholds import Thresholds

DETECT = 0.05
"""The difference in the share that orders that is to be seen."""

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""What may be advised to hold out."""

LEAST = 50
"""Households each side has at least before anything is told, however rare orders are."""

_POWER = 0.841621  # 80 % of a normal distribution lie below

_STEPS = 30
"""More than it takes to find a number of households whose reach asks for as many: the reach changes little with it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Households as they were drawn, arrays of one length: ``propensity`` is the chance to be offered and not
    ``held_out``, ``revenue`` the money kept of the orders in the window. A household in several periods is there for
    each."""

    household: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    propensity: Floats
    ordered: NDArray[np.bool_]
    revenue: Floats

    def __len__(self) -> int:
        return len(self.household)


@dataclass(frozen=True, slots=True)
class Difference:
    """``shown`` and ``held_out`` are the means, ``by`` the first less the second; ``low`` to ``high`` of all days
    together hold what it truly is with 95 %."""

    shown: float
    held_out: float
    by: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves no doubt of the direction."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Uplift:
    """``shown`` and ``held_out`` households count, ``waiting`` do not yet: their window is not over.

    ``needed`` are about as many as show a difference of ``detect`` in the share that orders. ``ordered`` (shares) and
    ``revenue`` (money a household) are None until there are so many. ``first`` and ``last`` day something that counts
    was offered, None without any.

    ``yearly`` are as many as a year's draws of the shop's households can add at most; ``detectable`` is the difference
    that those show (None: not even the greatest), ``share_needed`` the least of ``SHARES`` with which they show
    ``detect`` (None: none does).
    """

    window_days: int
    share: float
    first: date | None
    last: date | None
    shown: int
    held_out: int
    waiting: int
    detect: float
    needed: int
    yearly: int
    detectable: float | None
    share_needed: float | None
    ordered: Difference | None
    revenue: Difference | None

    @property
    def households(self) -> int:
        return self.shown + self.held_out


_DRAWN = text(
    """
    SELECT DISTINCT ON (household_id, drawn_until)
           household_id, local_date, held_out, propensity, ordered_at IS NOT NULL AS ordered,
           coalesce(revenue, 0)::double precision AS revenue,
           settled_at IS NOT NULL AND window_days = CAST(:window AS integer) AS settled
    FROM recommendation_log
    WHERE drawn_until IS NOT NULL AND local_date + CAST(:window AS integer) <= drawn_until
    ORDER BY household_id, drawn_until, shown_at, customer_id
    """
)

_HOUSEHOLDS = text("SELECT count(DISTINCT coalesce(household_id, id)) FROM customers WHERE erased_at IS NULL")


async def uplift(session: AsyncSession, thresholds: Thresholds, *, detect: float = DETECT) -> Uplift:
    """What the held-out households say so far; ``detect`` is a share between 0 and 1."""
    rows = (await session.execute(_DRAWN, {"window": thresholds.uplift_window_days})).all()
    yearly = (await session.execute(_HOUSEHOLDS)).scalar_one() * 365 // thresholds.hold_out_days
    settled = [row for row in rows if row.settled]
    drawn = Drawn(
        household=np.array([row.household_id for row in settled], dtype=np.int64),
        held_out=np.array([row.held_out for row in settled], dtype=np.bool_),
        propensity=np.array([row.propensity for row in settled], dtype=np.float64),
        ordered=np.array([row.ordered for row in settled], dtype=np.bool_),
        revenue=np.array([row.revenue for row in settled], dtype=np.float64),
    )
    held_out = int(np.count_nonzero(drawn.held_out))
    share = _share_held_out(drawn, thresholds.hold_out_share)
    needed = households_needed(drawn, share, detect)
    enough = len(drawn) >= needed and min(held_out, len(drawn) - held_out) >= LEAST
    days = [row.local_date for row in settled]
    return Uplift(
        window_days=thresholds.uplift_window_days,
        share=thresholds.hold_out_share,
        first=min(days, default=None),
        last=max(days, default=None),
        shown=len(drawn) - held_out,
        held_out=held_out,
        waiting=len(rows) - len(settled),
        detect=detect,
        needed=needed,
        yearly=yearly,
        detectable=detectable(drawn, share, yearly),
        share_needed=next((each for each in SHARES if 0 < households_needed(drawn, each, detect) <= yearly), None),
        ordered=difference(drawn, drawn.ordered.astype(np.float64)) if enough else None,
        revenue=difference(drawn, drawn.revenue) if enough else None,
    )


def difference(drawn: Drawn, outcome: Floats) -> Difference:
    """The mean of ``outcome`` (one a household and period) where offered less that where held out; neither is empty."""
    shown, parts = _side(~drawn.held_out, drawn.propensity, outcome)
    held_out, parts_held_out = _side(drawn.held_out, 1 - drawn.propensity, outcome)
    _, of = np.unique(drawn.household, return_inverse=True)
    error = math.sqrt(float(np.square(np.bincount(of, weights=parts - parts_held_out)).sum()))
    by, within = shown - held_out, reach(len(drawn)) * error
    return Difference(shown, held_out, by, by - within, by + within)


def _side(here: NDArray[np.bool_], chance: Floats, outcome: Floats) -> tuple[float, Floats]:
    """The weighed mean of those ``here``, and what each adds to its error."""
    weight = here / chance
    weight /= weight.sum()
    mean = float(weight @ outcome)
    size = int(np.count_nonzero(here))
    return mean, weight * (outcome - mean) * math.sqrt(size / max(size - 1, 1.0))


def households_needed(drawn: Drawn, share: float, detect: float) -> int:
    """About how many households, of whom ``share`` are held out, show a difference of ``detect`` in the share that
    orders; 0 where nobody is held out.

    The fewer order, the fewer are needed; of a shop that nothing is known of, half are thought to.
    """
    if not share:
        return 0
    spread, least = _spread(drawn, share), LEAST / min(share, 1 - share)
    needed = float(TIGHTEST)
    for _ in range(_STEPS):
        needed = max((reach(math.ceil(needed)) + _POWER) ** 2 * spread / detect**2, least)
    return math.ceil(needed)


def detectable(drawn: Drawn, share: float, households: int) -> float | None:
    """The difference in the share that orders that so many households show, of whom ``share`` are held out; None where
    that is more than any."""
    if households * min(share, 1 - share) < LEAST:
        return None
    seen = (reach(households) + _POWER) * math.sqrt(_spread(drawn, share) / households)
    return seen if seen < 1 else None


def _share_held_out(drawn: Drawn, share: float) -> float:
    """That of those drawn; ``share`` where none was yet."""
    return float(np.mean(1 - drawn.propensity)) if len(drawn) else share


def _spread(drawn: Drawn, share: float) -> float:
    """The variance of the difference, times the households."""
    ordering = float((np.count_nonzero(drawn.ordered) + 1) / (len(drawn) + 2))
    return ordering * (1 - ordering) * (1 / share + 1 / (1 - share))

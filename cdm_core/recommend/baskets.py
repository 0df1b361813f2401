"""Who bought what how often: the habits that say what a customer is due to buy again, and what is popular.

How often somebody bought a thing, weighed by how long ago, is the strongest sign there is of what they buy next (Hu et
al., Modeling Personalized Item Frequency Information for Next-basket Recommendation, SIGIR 2020; Li et al., A Next
Basket Recommendation Reality Check, TOIS 2023); the other signs are how the usual gap stands, what sells of late, and
which items are bought again at all.
"""

from dataclasses import dataclass

import numpy as np

from cdm_core.recommend.history import NO_ITEM, Days, Ints, Known, distinct
from cdm_core.recommend.special import Floats

DECAY_DAYS = 120.0
POPULAR_DAYS = 30.0
TRENDS = (7.0, 30.0, 120.0)
"""Days in which what sold counts e times less: the week, the month and the season."""

AGAIN = np.array([1.0, 0.0, 1.0, 0.0, 0.5, 0.0, 0.0])
"""How :func:`signs_again` weigh before a shop's own history tells otherwise: decayed frequency, once due, and a little
by what sells of late."""

_UNRIPE = 0.5
_LONGEST_LAPSE = 3.0
_FEW_BUYERS = 10.0
_LEAST_WEIGHT = 1e-100
LAPSED = 3.0
"""Usual gaps after which a habit is taken for given up, step by step."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What each customer bought, one entry a customer and item, by customer and item; arrays of one length.

    ``times`` counts days with it, ``first`` and ``last`` are such days, ``weight`` is Σ e^(−days ago/120) over them.
    ``starts``, shape (customers + 1,), tells where a customer's entries begin.
    """

    cutoff: int
    customer: Ints
    item: Ints
    times: Ints
    first: Ints
    last: Ints
    weight: Floats
    starts: Ints

    def of(self, customer: int) -> slice:
        """Where the entries of a customer are."""
        return slice(int(self.starts[customer]), int(self.starts[customer + 1]))

    def of_all(self, customers: Days) -> tuple[Ints, Ints]:
        """The entries of ``customers``, those of one after those of another, each with its customer's place."""
        return spread(self.starts[customers], self.starts[customers + 1])


def habits(known: Known) -> Habits:
    """The habits so far; lines that name no item tell of none."""
    width = max(known.items, 1)
    entry, day = _days(known)
    pairs, begins, times = np.unique(entry, return_index=True, return_counts=True)
    fresh = np.exp((day - known.cutoff) / DECAY_DAYS)
    customer, item = np.divmod(pairs, width)
    return Habits(
        cutoff=known.cutoff,
        customer=customer,
        item=item,
        times=times,
        first=day[begins],
        last=day[begins + times - 1],
        weight=np.add.reduceat(fresh, begins) if len(begins) else np.empty(0),
        starts=np.searchsorted(customer, np.arange(known.customers + 1)),
    )


def trends(known: Known) -> Floats:
    """How well each item sells, shape (items, 3): log(½ + Σ e^(−days ago/T)) over the days of each customer with it,
    for T of ``TRENDS``. What rises sells better by the first than by the last."""
    entry, day = _days(known)
    item, ago = entry % max(known.items, 1), day - known.cutoff
    sold = [np.bincount(item, np.exp(ago / span), minlength=known.items) for span in TRENDS]
    logs: Floats = np.log(0.5 + np.column_stack(sold))
    return logs


def signs_again(known_habits: Habits, lately: Floats) -> Floats:
    """What tells whether each entry is bought again next, shape (entries, 7), all as logarithms.

    Decayed and plain frequency; how ripe it is, the part of the usual gap that has passed, half at least, less what it
    fades by past three gaps (what was bought once has no gap); the trends of the item, ``lately`` as :func:`trends`
    gives them; and the share of its buyers who bought it on several days.
    """
    mine = known_habits
    spread_over = np.maximum(mine.last - mine.first, 1)
    gap = spread_over / np.maximum(mine.times - 1, 1)
    waited = np.where(mine.times > 1, (mine.cutoff - mine.last) / gap, 1.0)
    lapsed = np.clip((waited - LAPSED) / LAPSED, 0.0, _LONGEST_LAPSE)
    buyers = np.bincount(mine.item, minlength=len(lately))
    returned = np.bincount(mine.item, mine.times > 1, minlength=len(lately))
    return np.column_stack(
        [
            np.log(np.maximum(mine.weight, _LEAST_WEIGHT)),
            np.log(mine.times),
            np.log(np.clip(waited, _UNRIPE, 1.0)) - lapsed,
            lately[mine.item],
            np.log((returned + 1.0) / (buyers + _FEW_BUYERS))[mine.item],
        ]
    )


def popularity(known: Known) -> Floats:
    """How popular each item is of late, shape (items,): customers who bought it, each weighed by e^(−days ago/30)."""
    lines = known.lines.where(known.lines.bought & (known.lines.item != NO_ITEM))
    width = max(known.items, 1)
    pair = lines.customer.astype(np.int64) * width + lines.item
    _, last = np.unique(pair[::-1], return_index=True)  # lines come by day, so backwards the first is the latest
    chosen = len(pair) - 1 - last
    fresh = np.exp((lines.day[chosen].astype(np.float64) - known.cutoff) / POPULAR_DAYS)
    return np.bincount(lines.item[chosen], fresh, minlength=known.items).astype(np.float64, copy=False)


def spread(begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """All of begin … end − 1 for each pair, one after another, each with its pair's place."""
    lengths = ends - begins
    which = np.repeat(np.arange(len(lengths)), lengths)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths - begins, lengths)


def _days(known: Known) -> tuple[Ints, Ints]:
    """The days of each customer with each item, sorted: the pair as customer · items + item, and the day."""
    lines = known.lines.where(known.lines.bought & (known.lines.item != NO_ITEM))
    pair = lines.customer.astype(np.int64) * max(known.items, 1) + lines.item
    return np.divmod(distinct(pair * known.cutoff + lines.day), known.cutoff)

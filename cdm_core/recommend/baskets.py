"""Who bought what how often: the habits that say what a customer is due to buy again, and what is popular."""

from dataclasses import dataclass

import numpy as np

from cdm_core.recommend.history import NO_ITEM, Ints, Known, distinct
from cdm_core.recommend.special import Floats

DECAY_DAYS = 120.0
POPULAR_DAYS = 30.0
_UNRIPE = 0.5
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


def habits(known: Known) -> Habits:
    """The habits so far; lines that name no item tell of none."""
    lines = known.lines.where(known.lines.bought & (known.lines.item != NO_ITEM))
    width = max(known.items, 1)
    pair = lines.customer.astype(np.int64) * width + lines.item
    entry, day = np.divmod(distinct(pair * known.cutoff + lines.day), known.cutoff)
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


def due_again(known_habits: Habits, popular: Floats) -> Floats:
    """How due each entry is: decayed frequency, once the usual gap has passed, and a little by how popular the item is.

    Before that it counts by the part of the gap that has passed, half at least; past three gaps it fades. What was
    bought once has no gap. ``popular`` is as :func:`popularity` gives it.
    """
    spread = np.maximum(known_habits.last - known_habits.first, 1)
    gap = spread / np.maximum(known_habits.times - 1, 1)
    waited = np.where(known_habits.times > 1, (known_habits.cutoff - known_habits.last) / gap, 1.0)
    ripe = np.clip(waited, _UNRIPE, 1.0) * np.exp(-np.maximum(waited - LAPSED, 0.0) / LAPSED)
    score: Floats = known_habits.weight * ripe * np.sqrt(popular[known_habits.item])
    return score


def popularity(known: Known) -> Floats:
    """How popular each item is of late, shape (items,): customers who bought it, each weighed by e^(−days ago/30)."""
    lines = known.lines.where(known.lines.bought & (known.lines.item != NO_ITEM))
    width = max(known.items, 1)
    pair = lines.customer.astype(np.int64) * width + lines.item
    _, last = np.unique(pair[::-1], return_index=True)  # lines come by day, so backwards the first is the latest
    chosen = len(pair) - 1 - last
    fresh = np.exp((lines.day[chosen].astype(np.float64) - known.cutoff) / POPULAR_DAYS)
    return np.bincount(lines.item[chosen], fresh, minlength=known.items).astype(np.float64, copy=False)

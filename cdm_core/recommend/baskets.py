"""Who bought what how often: the habits that say what a customer is due to buy again, and what is popular.

How often somebody bought a thing, weighed by how long ago, is the strongest sign there is of what they buy next (Hu et
al., Modeling Personalized Item Frequency Information for Next-basket Recommendation, SIGIR 2020; Li et al., A Next
Basket Recommendation Reality Check, TOIS 2023); the other signs are how the usual gap stands, what sells of late, and
which items are bought again at all.
"""

from dataclasses import dataclass

import numpy as np

from cdm_core.recommend.history import NEVER, NO_ITEM, Days, Flags, Ints, Known, Lines, distinct
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
_DUST = 1e-3
"""Of a unit: less is of the adding up."""
LAPSED = 3.0
"""Usual gaps after which a habit is taken for given up, step by step."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What each customer bought and kept, one entry a customer and item, by customer and item; arrays of one length.

    ``times`` counts days with it, ``first`` and ``last`` are such days, ``weight`` is Σ e^(−days ago/120) over them.
    ``starts``, shape (customers + 1,), tells where a customer's entries begin. What they sent back, none of it kept, is
    no habit, nor is it new to them: that is ``back_item`` of ``back_customer``, by customer.
    """

    cutoff: int
    customer: Ints
    item: Ints
    times: Ints
    first: Ints
    last: Ints
    weight: Floats
    starts: Ints
    back_customer: Ints
    back_item: Ints

    def of(self, customer: int) -> slice:
        """Where the entries of a customer are."""
        return slice(int(self.starts[customer]), int(self.starts[customer + 1]))

    def of_all(self, customers: Days) -> tuple[Ints, Ints]:
        """The entries of ``customers``, those of one after those of another, each with its customer's place."""
        return spread(self.starts[customers], self.starts[customers + 1])

    def back_of_all(self, customers: Days) -> tuple[Ints, Ints]:
        """What ``customers`` sent back and kept none of, as places in ``back_item``, each with its customer's place."""
        sides = [np.searchsorted(self.back_customer, customers, side=side) for side in ("left", "right")]
        return spread(sides[0], sides[1])


def habits(known: Known) -> Habits:
    """The habits so far; lines that name no item tell of none."""
    width = max(known.items, 1)
    stayed = kept(known)
    entry, day = _days(known.told.where(stayed), known)
    pairs, begins, times = np.unique(entry, return_index=True, return_counts=True)
    fresh = np.exp((day - known.cutoff) / DECAY_DAYS)
    customer, item = np.divmod(pairs, width)
    back = distinct(_pairs(known.told.where((known.told.item != NO_ITEM) & ~stayed), known))
    back_customer, back_item = np.divmod(back[~np.isin(back, pairs)], width)
    return Habits(
        cutoff=known.cutoff,
        customer=customer,
        item=item,
        times=times,
        first=day[begins],
        last=day[begins + times - 1],
        weight=np.add.reduceat(fresh, begins) if len(begins) else np.empty(0),
        starts=np.searchsorted(customer, np.arange(known.customers + 1)),
        back_customer=back_customer,
        back_item=back_item,
    )


def kept(known: Known) -> Flags:
    """Which lines of ``known.told`` are of items that were bought and kept, as far as was known: by the rule of the SQL
    function ``cdm_products_to_offer``.

    What comes back by a line of its own is of what was bought last before it, of one day's lines the bought first. A
    line that was taken back whole is told of once, though its order have such a line too. A discount, which is a line
    below 0 of an order that stands, is nothing that was bought.
    """
    told = known.told
    named, stands = told.item != NO_ITEM, told.until == NEVER
    mine: Flags = named & told.bought & stands & (told.quantity > 0)
    back = np.flatnonzero(named & ~told.bought)
    if not len(back):
        return mine
    of_order = told.order * known.items + told.item
    back = back[~np.isin(of_order[back], of_order[named & told.bought & ~stands])]
    pair = _pairs(told, known)
    at = np.flatnonzero(mine & np.isin(pair, pair[back]))
    at = np.concatenate([at, back])
    at = at[np.lexsort((~told.bought[at], told.day[at], pair[at]))]
    mine[at[_taken_back(pair[at], told.quantity[at])]] = False
    return mine


def _taken_back(pair: Ints, quantity: Floats) -> Flags:
    """Which entries come back, each pair's one after another by time: the sum of its quantities falls, later on, to
    what it was before the entry."""
    if not len(pair):
        return np.zeros(0, dtype=np.bool_)
    begins = np.flatnonzero(np.diff(pair, prepend=pair[0] - 1))
    which = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(pair)))
    total = np.cumsum(quantity)
    after = total - (total - quantity)[begins][which]
    # Each pair's sums lie above those of the pair before it, so that the least from the end on is of one pair alone.
    after = after + which * (after.max() - after.min() + 1.0)
    least = np.append(np.minimum.accumulate(after[::-1])[::-1][1:], np.inf)
    taken: Flags = (quantity > 0) & (least <= after - quantity + _DUST)
    return taken


def trends(known: Known) -> Floats:
    """How well each item sells, shape (items, 3): log(½ + Σ e^(−days ago/T)) over the days of each customer with it,
    for T of ``TRENDS``. What rises sells better by the first than by the last."""
    entry, day = _days(known.told.where(kept(known)), known)
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
    lines = known.told.where(kept(known))
    pair = _pairs(lines, known)
    _, last = np.unique(pair[::-1], return_index=True)  # lines come by day, so backwards the first is the latest
    chosen = len(pair) - 1 - last
    fresh = np.exp((lines.day[chosen].astype(np.float64) - known.cutoff) / POPULAR_DAYS)
    return np.bincount(lines.item[chosen], fresh, minlength=known.items).astype(np.float64, copy=False)


def spread(begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """All of begin … end − 1 for each pair, one after another, each with its pair's place."""
    lengths = ends - begins
    which = np.repeat(np.arange(len(lengths)), lengths)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths - begins, lengths)


def _days(lines: Lines, known: Known) -> tuple[Ints, Ints]:
    """Each customer's days with each item, of ``lines``, sorted: the pair as customer · items + item, and the day."""
    return np.divmod(distinct(_pairs(lines, known) * known.cutoff + lines.day), known.cutoff)


def _pairs(lines: Lines, known: Known) -> Ints:
    """Customer and item of each line as customer · items + item."""
    pairs: Ints = lines.customer.astype(np.int64) * max(known.items, 1) + lines.item
    return pairs

"""Of what a customer bought, what may be offered again: what is due, and what they know though no gap says when.

The rule is that of the SQL function ``cdm_products_to_offer``, which judges it anew whenever a list is read.
"""

import numpy as np

from cdm_core.recommend.baskets import LAPSED, Habits
from cdm_core.recommend.history import NO_ITEM, Days, Flags, Ints
from cdm_core.recommend.special import Floats

JUST_BOUGHT = 14
"""Days in which nothing is offered again unless it is due."""

_RIPE = 0.5


def due(mine: Habits) -> Flags:
    """Which entries are due again: bought on several days, the last one usual gap ago or more, but not three."""
    gap, since = _gap_and_since(mine)
    return (mine.times > 1) & (since >= gap) & (since < LAPSED * gap)


def known(mine: Habits) -> Flags:
    """Which of the other entries may be offered too: not bought within two weeks, nor within half a usual gap."""
    gap, since = _gap_and_since(mine)
    return ~due(mine) & (since >= np.maximum(JUST_BOUGHT, _RIPE * gap))


def likeliest(mine: Habits, score: Floats, which: Flags, customers: Days, most: int) -> Ints:
    """The items of each customer's highest ``score`` among the entries ``which``, shape (customers, most).

    ``score`` and ``which`` are of the entries' shape; of equals the first; ``NO_ITEM`` where there are no more.
    """
    row, entry = mine.of_all(customers)
    row, entry = row[which[entry]], entry[which[entry]]
    by = np.lexsort((-score[entry], row))
    row, entry = row[by], entry[by]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    head = place < most
    chosen = np.full((len(customers), most), NO_ITEM, dtype=np.int64)
    chosen[row[head], place[head]] = mine.item[entry[head]]
    return chosen


def _gap_and_since(mine: Habits) -> tuple[Floats, Ints]:
    """The usual gap of each entry, 0 where it was bought on one day, and how long ago that was last; in days."""
    return (mine.last - mine.first) / np.maximum(mine.times - 1, 1), mine.cutoff - mine.last

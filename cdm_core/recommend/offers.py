"""Lists of what to offer: what is due again, what is new for the customer, and both in the order that paid before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.baskets import Habits, due_again, habits, popularity
from cdm_core.recommend.ease import ItemModel, at_once, fit_items, wanted
from cdm_core.recommend.history import NO_ITEM, Days, Ints, Known, Lines
from cdm_core.recommend.special import Floats

LONGEST = 10
Items = NDArray[np.int64]

_TRUST = 20.0
_REPLAY_CUSTOMERS = 5000
_GUESSED = (0.3, 0.1, 0.05)


@dataclass(frozen=True, slots=True)
class Offers:
    """What was learnt of a shop's items.

    ``chances``, shape (3, 10), are those of an offer to be taken with the next order: of something bought repeatedly,
    of something bought once, of something new, by its place in its list.
    """

    cutoff: int
    habits: Habits
    popular: Floats
    again: Floats
    model: ItemModel
    chances: Floats


def fit_offers(known: Known, horizon: int) -> Offers:
    """Learn the items of a history; the chances by a replay of the last ``horizon`` days, or of half the history."""
    offers = _fit(known, np.repeat(np.array(_GUESSED)[:, None], LONGEST, axis=1))
    if not len(known.lines):
        return offers
    length = min(horizon, (known.cutoff - int(known.lines.day.min())) // 2)
    if length < 1:
        return offers
    day = known.lines.day
    past = Known(known.cutoff - length, known.lines.where(day < known.cutoff - length), known.customers, known.items)
    came = next_order(known.lines.where(day >= known.cutoff - length), past.customers, past.items)
    return Offers(offers.cutoff, offers.habits, offers.popular, offers.again, offers.model, _chances(past, came))


@dataclass(frozen=True, slots=True)
class NextOrder:
    """What customers bought on their first day with an order of a time, as codes customer · ``items`` + item, sorted.

    ``items`` is how many there are in all.
    """

    items: int
    pairs: Ints

    @property
    def customers(self) -> Days:
        """Those with such an order, each once."""
        return np.unique(self.pairs // max(self.items, 1)).astype(np.int32)

    def holds(self, customer: Days, item: Items) -> NDArray[np.bool_]:
        """Whether each item is in that customer's order; ``NO_ITEM`` is in none. Shapes as of arrays of one shape."""
        codes = np.where(item >= 0, customer.astype(np.int64) * self.items + item, -1)
        at = np.minimum(np.searchsorted(self.pairs, codes), max(len(self.pairs) - 1, 0))
        return (self.pairs[at] == codes) if len(self.pairs) else np.zeros(codes.shape, dtype=bool)


def next_order(future: Lines, customers: int, items: int) -> NextOrder:
    """Of a future, which may be of ``customers`` and ``items`` in all."""
    lines = future.where(future.bought & (future.item != NO_ITEM))
    first = np.full(customers, np.iinfo(np.int32).max, dtype=np.int64)
    np.minimum.at(first, lines.customer, lines.day)
    own = lines.day == first[lines.customer]
    return NextOrder(items, np.unique(lines.customer[own].astype(np.int64) * items + lines.item[own]))


def popular_items(offers: Offers, customers: Days, *, unknown_only: bool) -> Items:
    """The most popular items (that each customer has not bought), shape (customers, 10); ``NO_ITEM`` where no more."""
    ranked = np.argsort(-offers.popular, kind="stable")[: np.count_nonzero(offers.popular)]
    whole = np.full((len(customers), LONGEST), NO_ITEM, dtype=np.int64)
    if not unknown_only:
        whole[:, : len(ranked)] = ranked[:LONGEST]
        return whole
    for row, customer in enumerate(customers):
        own = offers.habits.item[offers.habits.of(int(customer))]
        head = ranked[: LONGEST + len(own)]
        left = head[~np.isin(head, own)][:LONGEST]
        whole[row, : len(left)] = left
    return whole


def personal_items(offers: Offers, customers: Days) -> tuple[Items, NDArray[np.bool_]]:
    """What each customer is most likely to buy again, shape (customers, 10), and whether it was bought repeatedly."""
    chosen = np.full((len(customers), LONGEST), NO_ITEM, dtype=np.int64)
    repeated = np.zeros((len(customers), LONGEST), dtype=bool)
    for row, customer in enumerate(customers):
        own = offers.habits.of(int(customer))
        best = np.argsort(-offers.again[own], kind="stable")[:LONGEST] + own.start
        chosen[row, : len(best)] = offers.habits.item[best]
        repeated[row, : len(best)] = offers.habits.times[best] > 1
    return chosen, repeated


def new_items(offers: Offers, customers: Days) -> Items:
    """What each customer never bought and may want most, shape (customers, 10)."""
    chosen = np.full((len(customers), LONGEST), NO_ITEM, dtype=np.int64)
    length = min(LONGEST, offers.model.items)
    step = at_once(offers.model)
    for begin in range(0, len(customers) if length else 0, step):
        scores = wanted(offers.model, offers.habits, customers[begin : begin + step])
        head = np.argpartition(-scores, length - 1, axis=1)[:, :length] if length < offers.model.items else None
        head = np.broadcast_to(np.arange(length), (len(scores), length)) if head is None else np.sort(head, axis=1)
        of_head = np.take_along_axis(scores, head, axis=1)
        by = np.argsort(-of_head, axis=1, kind="stable")
        best = np.take_along_axis(head, by, axis=1)
        chosen[begin : begin + step, :length] = np.where(np.take_along_axis(of_head, by, axis=1) > 0, best, NO_ITEM)
    return chosen


def best_items(offers: Offers, personal: tuple[Items, NDArray[np.bool_]], new: Items) -> Items:
    """Both lists of the customers in one, shape (customers, 10): by the chance that each place in its list has."""
    own, repeated = personal
    places = np.arange(LONGEST)
    of_own = np.where(repeated, offers.chances[0, places], offers.chances[1, places])
    both = np.concatenate([own, new], axis=1)
    chance = np.concatenate([of_own, np.broadcast_to(offers.chances[2], new.shape)], axis=1)
    by = np.argsort(-np.where(both == NO_ITEM, -1.0, chance), axis=1, kind="stable")
    return np.take_along_axis(both, by, axis=1)[:, :LONGEST]


def _fit(known: Known, chances: Floats) -> Offers:
    mine, popular = habits(known), popularity(known)
    return Offers(known.cutoff, mine, popular, due_again(mine, popular), fit_items(mine, popular), chances)


def _chances(past: Known, came: NextOrder) -> Floats:
    """By kind and place how often an offer was taken, drawn to the guess where seldom seen; never rising by place."""
    guessed = np.repeat(np.array(_GUESSED)[:, None], LONGEST, axis=1)
    offers = _fit(past, guessed)
    known = np.flatnonzero(np.diff(offers.habits.starts)).astype(np.int32)
    customers = np.intersect1d(known, came.customers)
    customers = customers[:: max(1, len(customers) // _REPLAY_CUSTOMERS)]
    own, repeated = personal_items(offers, customers)
    new = new_items(offers, customers)
    chances = np.empty_like(guessed)
    for kind, (items, counted) in enumerate(((own, repeated), (own, ~repeated), (new, np.ones_like(repeated)))):
        shown = counted & (items != NO_ITEM)
        taken = came.holds(np.broadcast_to(customers[:, None], items.shape), items) & shown
        rate = (taken.sum(axis=0) + _TRUST * guessed[kind]) / (shown.sum(axis=0) + _TRUST)
        chances[kind] = np.minimum.accumulate(rate)
    return chances

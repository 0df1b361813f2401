"""Lists of what to offer: what is due again, what is new for the customer, and both in the order that paid before."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend import choice
from cdm_core.recommend.baskets import AGAIN, Habits, habits, popularity, signs_again, trends
from cdm_core.recommend.ease import NEW, ItemModel, at_once, fit_items, signs_new, wanted
from cdm_core.recommend.history import NO_ITEM, Days, Ints, Known, Lines
from cdm_core.recommend.special import Floats

LONGEST = 10
Items = NDArray[np.int64]

_TRUST = 20.0
_REPLAY_CUSTOMERS = 5000
_REPLAY_HABITS = 500_000
_CANDIDATES = 30
_GUESSED = (0.3, 0.1, 0.05)


@dataclass(frozen=True, slots=True)
class Weights:
    """How ``signs_again`` tell what is bought again and ``signs_new`` what is bought that is new; shapes (7,), (4,)."""

    again: Floats
    new: Floats


EXPECTED = Weights(AGAIN, NEW)


@dataclass(frozen=True, slots=True)
class Offers:
    """What was learnt of a shop's items.

    ``again`` is how likely each of the habits is to be bought next, comparable within a customer. ``chances``, shape
    (3, 10), are those of an offer to be taken with the next order: of something bought repeatedly, of something bought
    once, of something new, by its place in its list.
    """

    cutoff: int
    habits: Habits
    popular: Floats
    again: Floats
    model: ItemModel
    weights: Weights
    chances: Floats


def fit_offers(known: Known, horizon: int) -> Offers:
    """Learn the items of a history; weights and chances by a replay of its last ``horizon`` days, or of half of it."""
    guessed = np.repeat(np.array(_GUESSED)[:, None], LONGEST, axis=1)
    length = min(horizon, (known.cutoff - int(known.lines.day.min(initial=known.cutoff))) // 2)
    if length < 1:
        return _fit(known, EXPECTED, guessed)
    past = known.as_of(known.cutoff - length)
    came = next_order(known.told.between(past.cutoff, known.cutoff), past.customers, past.items)
    replayed = _fit(past, EXPECTED, guessed)
    customers = _replayed(replayed.habits, came)
    weights = _learnt(replayed, customers, came)
    again = signs_again(replayed.habits, replayed.model.lately) @ weights.again
    replayed = replace(replayed, weights=weights, again=again)
    return _fit(known, weights, _chances(replayed, customers, came))


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

    def holds(self, customer: Days | Ints, item: Items) -> NDArray[np.bool_]:
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
    step = at_once(offers.model)
    for begin in range(0, len(customers), step):
        items, signs = _candidates(offers, customers[begin : begin + step])
        score = np.where(items == NO_ITEM, -np.inf, signs @ offers.weights.new)
        best = np.argsort(-score, axis=1, kind="stable")[:, :LONGEST]
        chosen[begin : begin + step, : best.shape[1]] = np.take_along_axis(items, best, axis=1)
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


def _fit(known: Known, weights: Weights, chances: Floats) -> Offers:
    mine, popular, lately = habits(known), popularity(known), trends(known)
    again = signs_again(mine, lately) @ weights.again
    return Offers(known.cutoff, mine, popular, again, fit_items(mine, popular, lately), weights, chances)


def _candidates(offers: Offers, customers: Days) -> tuple[Items, Floats]:
    """What is new to each customer and most wanted, shape (customers, things), and the signs of each."""
    scores = wanted(offers.model, offers.habits, customers)
    items = _highest(scores, _CANDIDATES)
    of_items = np.take_along_axis(scores, np.maximum(items, 0), axis=1)
    return items, signs_new(offers.model, of_items, np.maximum(items, 0))


def _highest(scores: NDArray[np.float32], most: int) -> Items:
    """The columns of the ``most`` highest scores above 0 of each row, ``NO_ITEM`` where no more, of equals the first.

    The highest of every so many columns bound from below what a score must be, and leave few to be sorted.
    """
    rows, columns = scores.shape
    chosen = np.full((rows, min(most, columns)), NO_ITEM, dtype=np.int64)
    if not scores.size:
        return chosen
    groups = min(columns, 8 * most)
    each = columns // groups
    highest = scores[:, : each * groups].reshape(rows, each, groups).max(axis=1)
    rest = max(0, groups - most)
    enough = np.partition(highest, rest, axis=1)[:, rest, None]
    row, column = np.divmod(np.flatnonzero(scores >= np.maximum(enough, np.finfo(np.float32).tiny)), columns)
    by = np.lexsort((-scores[row, column], row))
    row, column = row[by], column[by]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    head = place < most
    chosen[row[head], place[head]] = column[head]
    return chosen


def _replayed(known: Habits, came: NextOrder) -> Days:
    """Those to learn from: who ordered and had bought before, or every so many of them."""
    customers = np.intersect1d(np.flatnonzero(np.diff(known.starts)), came.customers).astype(np.int32)
    entries = int((known.starts[customers + 1] - known.starts[customers]).sum())
    return customers[:: max(1, len(customers) // _REPLAY_CUSTOMERS, entries // _REPLAY_HABITS)]


def _learnt(offers: Offers, customers: Days, came: NextOrder) -> Weights:
    """The weights by which ``customers`` would best have been offered what they bought next."""
    _, entry = offers.habits.of_all(customers)
    whose, item = offers.habits.customer[entry], offers.habits.item[entry]
    signs = signs_again(offers.habits, offers.model.lately)[entry]
    again = choice.learn(signs, came.holds(whose, item), whose, EXPECTED.again)
    step = at_once(offers.model)
    parts = [customers[begin : begin + step] for begin in range(0, len(customers), step)]
    found = [_candidates(offers, part) for part in parts]
    if not found:
        return Weights(again, EXPECTED.new)
    items, signs = (np.concatenate(each) for each in zip(*found, strict=True))
    whose = np.broadcast_to(customers[:, None], items.shape)
    there = items != NO_ITEM
    new = choice.learn(signs[there], came.holds(whose, items)[there], whose[there], EXPECTED.new)
    return Weights(again, new)


def _chances(offers: Offers, customers: Days, came: NextOrder) -> Floats:
    """By kind and place how often an offer was taken, drawn to the guess where seldom seen; never rising by place."""
    own, repeated = personal_items(offers, customers)
    new = new_items(offers, customers)
    chances = np.empty_like(offers.chances)
    for kind, (items, counted) in enumerate(((own, repeated), (own, ~repeated), (new, np.ones_like(repeated)))):
        shown = counted & (items != NO_ITEM)
        taken = came.holds(np.broadcast_to(customers[:, None], items.shape), items) & shown
        rate = (taken.sum(axis=0) + _TRUST * offers.chances[kind]) / (shown.sum(axis=0) + _TRUST)
        chances[kind] = np.minimum.accumulate(rate)
    return chances

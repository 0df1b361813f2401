"""Lists of what to offer: what is due again, what else was bought before, what is new, and how likely each is taken.

The weights of each list, and the chance that its places have, are learnt by a replay of the shop's last months. A
chance is of the lists as they are shown: what was just bought is on none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend import again, choice
from cdm_core.recommend.baskets import AGAIN, Habits, habits, popularity, signs_again, trends
from cdm_core.recommend.ease import NEW, ItemModel, at_once, fit_items, signs_new, wanted
from cdm_core.recommend.history import NO_ITEM, Days, Flags, Ints, Known, Lines
from cdm_core.recommend.special import Floats

LONGEST = 10
SHOWN = 5
"""Most products of each list that is shown."""

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
    (3, 5), are those of an offer to be taken with the next order, by its place in its list: of ``due_again``, of
    ``bought_before``, of ``new_items``.
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
    guessed = np.repeat(np.array(_GUESSED)[:, None], SHOWN, axis=1)
    length = min(horizon, (known.cutoff - int(known.lines.day.min(initial=known.cutoff))) // 2)
    if length < 1:
        return _fit(known, EXPECTED, guessed)
    past = known.as_of(known.cutoff - length)
    came = next_order(known.told.between(past.cutoff, known.cutoff), past.customers, past.items)
    replayed = _fit(past, EXPECTED, guessed)
    customers = _replayed(replayed.habits, came)
    weights = _learnt(replayed, customers, came)
    likely = signs_again(replayed.habits, replayed.model.lately) @ weights.again
    replayed = replace(replayed, weights=weights, again=likely)
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
        mine = offers.habits
        own = np.append(mine.item[mine.of(int(customer))], mine.back_item[mine.back_of_all(customers[row, None])[1]])
        head = ranked[: LONGEST + len(own)]
        left = head[~np.isin(head, own)][:LONGEST]
        whole[row, : len(left)] = left
    return whole


def personal_items(offers: Offers, customers: Days) -> Items:
    """Of all that each customer bought, just now too, what they likeliest order next, shape (customers, 10)."""
    everything = np.ones(len(offers.habits.item), dtype=np.bool_)
    return again.likeliest(offers.habits, offers.again, everything, customers, LONGEST)


def due_again(offers: Offers, customers: Days, sold: Flags | None = None) -> Items:
    """What is due to each customer, the likeliest first, shape (customers, 5); of the items ``sold``, or of all."""
    return _of_habits(offers, again.due(offers.habits), customers, sold)


def bought_before(offers: Offers, customers: Days, sold: Flags | None = None) -> Items:
    """What else each customer knows and did not just buy, the likeliest first, shape (customers, 5)."""
    return _of_habits(offers, again.known(offers.habits), customers, sold)


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


def joined(lists: Sequence[Items], chances: Floats) -> Items:
    """Several lists of each customer in one: by the chance that each place has, of equals those of an earlier list.

    ``lists`` are of shape (customers, places), ``chances`` of (lists, places); the shape is (customers, all places).
    """
    everything = np.concatenate(lists, axis=1)
    chance = np.where(everything == NO_ITEM, -1.0, chances.ravel())
    return np.take_along_axis(everything, np.argsort(-chance, axis=1, kind="stable"), axis=1)


def _of_habits(offers: Offers, which: Flags, customers: Days, sold: Flags | None) -> Items:
    kept = which if sold is None else which & sold[offers.habits.item]
    return again.likeliest(offers.habits, offers.again, kept, customers, SHOWN)


def _fit(known: Known, weights: Weights, chances: Floats) -> Offers:
    mine, popular, lately = habits(known), popularity(known), trends(known)
    likely = signs_again(mine, lately) @ weights.again
    return Offers(known.cutoff, mine, popular, likely, fit_items(mine, popular, lately), weights, chances)


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
    of_again = choice.learn(signs, came.holds(whose, item), whose, EXPECTED.again)
    step = at_once(offers.model)
    parts = [customers[begin : begin + step] for begin in range(0, len(customers), step)]
    found = [_candidates(offers, part) for part in parts]
    if not found:
        return Weights(of_again, EXPECTED.new)
    items, signs = (np.concatenate(each) for each in zip(*found, strict=True))
    whose = np.broadcast_to(customers[:, None], items.shape)
    there = items != NO_ITEM
    new = choice.learn(signs[there], came.holds(whose, items)[there], whose[there], EXPECTED.new)
    return Weights(of_again, new)


def _chances(offers: Offers, customers: Days, came: NextOrder) -> Floats:
    """By list and place how often an offer was taken, drawn to the guess where seldom seen; never rising by place."""
    lists = (
        due_again(offers, customers),
        bought_before(offers, customers),
        new_items(offers, customers)[:, :SHOWN],
    )
    chances = np.empty_like(offers.chances)
    for kind, items in enumerate(lists):
        taken = came.holds(np.broadcast_to(customers[:, None], items.shape), items)
        rate = (taken.sum(axis=0) + _TRUST * offers.chances[kind]) / ((items != NO_ITEM).sum(axis=0) + _TRUST)
        chances[kind] = np.minimum.accumulate(rate)
    return np.round(chances, 4)

"""What a customer does not buy yet but will like: an item-item model, and cosine for what is too rare for it.

EASE^R: Steck, Embarrassingly Shallow Autoencoders for Sparse Data (WWW 2019): B = I − P·diag(P)^−1 with
P = (XᵀX + λI)^−1, on X = √(decayed number of days a customer bought an item). For the most bought items only: that
bounds memory whatever the catalogue. Rarer items are reached by the cosine of co-purchase, trusted by its count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cdm_core.recommend.baskets import Habits, spread
from cdm_core.recommend.history import Days, Ints
from cdm_core.recommend.special import Floats

DENSE = 2500
"""Items that EASE weighs against each other: B takes 4 · DENSE² bytes."""

POPULAR_WEIGHT = 0.3
NEW = np.array([1.0, 0.0, 0.3, 0.0])
"""How :func:`signs_new` weigh before a shop's own history tells otherwise."""

_LEAST_LIKED = 0.02
_RIDGE = 100.0
_NEIGHBOURS = 20
_LEAST_TOGETHER = 2
_DOUBT = 10.0
_MOST_ITEMS = 60
_MOST_PAIRS = 16_000_000
_PAIRS_AT_ONCE = 4_000_000
_CELLS = 1 << 24


@dataclass(frozen=True, slots=True)
class ItemModel:
    """``items`` in all. ``dense``, shape (m,), are those of ``weights``, shape (m, m), row: bought, column: wanted.

    ``near_from``, ``near_to`` and ``nearness`` are the neighbours among the rarer, by ``near_from``. ``popular``, shape
    (items,), is popularity of which the most popular has 1; ``lately``, shape (items, 3), is of ``baskets.trends``.
    """

    items: int
    dense: Ints
    weights: NDArray[np.float32]
    near_from: Ints
    near_to: Ints
    nearness: Floats
    popular: Floats
    lately: Floats


def fit_items(known: Habits, popular: Floats, lately: Floats) -> ItemModel:
    """Fit on the habits of all; ``popular`` is of ``baskets.popularity`` and ``lately`` of ``baskets.trends``."""
    items = len(popular)
    buyers = np.bincount(known.item, minlength=items)
    dense = np.argsort(-buyers, kind="stable")[: min(DENSE, np.count_nonzero(buyers > 1))]
    near_from, near_to, nearness = _cosines(known, buyers, dense)
    top = float(popular.max(initial=0.0))
    return ItemModel(
        items=items,
        dense=dense,
        weights=_weights(known, dense, items),
        near_from=near_from,
        near_to=near_to,
        nearness=nearness,
        popular=popular / top if top > 0 else popular,
        lately=lately,
    )


def wanted(model: ItemModel, known: Habits, customers: Days) -> NDArray[np.float32]:
    """How much each of ``customers`` wants each item, shape (customers, items); what they ever bought has −∞.

    The most wanted has 1, to which 0.3 × popularity is added; without history it is popularity alone. Ask for at most
    ``at_once(model)`` customers together.
    """
    column = np.full(model.items, -1, dtype=np.int64)
    column[model.dense] = np.arange(len(model.dense))
    row, entry = known.of_all(customers)
    item, amount = known.item[entry], np.sqrt(known.weight[entry]).astype(np.float32)
    scores = np.zeros((len(customers), model.items), dtype=np.float32)
    common = column[item] >= 0
    scores[:, model.dense] = _weighed(model.weights, row[common], column[item[common]], amount[common], len(customers))
    begins, ends = np.searchsorted(model.near_from, item), np.searchsorted(model.near_from, item, side="right")
    which, neighbour = spread(begins, ends)
    np.add.at(scores, (row[which], model.near_to[neighbour]), amount[which] * model.nearness[neighbour])
    most = np.maximum(scores.max(axis=1, initial=0.0), np.float32(1e-9))
    scores /= most[:, None]
    scores += (POPULAR_WEIGHT * model.popular).astype(np.float32)
    scores[row, item] = -np.inf
    row, entry = known.back_of_all(customers)
    scores[row, known.back_item[entry]] = -np.inf
    return scores


def at_once(model: ItemModel) -> int:
    """Customers to ask for together, so that 64 MiB hold their scores."""
    return max(1, _CELLS // max(model.items, 1))


def signs_new(model: ItemModel, scores: NDArray[np.float32], items: Ints) -> Floats:
    """What tells whether somebody buys something new to them, shape (customers, things, 4), all as logarithms.

    ``items`` and their ``scores`` by :func:`wanted` are of shape (customers, things). How much the item model alone
    wants each, and the trends of the item.
    """
    liked = np.maximum(scores - POPULAR_WEIGHT * model.popular[items], 0.0)
    return np.concatenate([np.log(_LEAST_LIKED + liked)[..., None], model.lately[items]], axis=2)


def _weighed(
    weights: NDArray[np.float32], row: Ints, column: Ints, amount: NDArray[np.float32], rows: int
) -> NDArray[np.float32]:
    """The sums of ``amount`` · the weights of ``column`` by ``row``, shape (rows, m).

    Most people bought a few of the many items: the few rows of the weights are taken together, which costs a fraction
    of a product with all.
    """
    sums = np.zeros((rows, weights.shape[1]), dtype=np.float32)
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    ends = np.append(begins, len(row))[1:]
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        np.dot(amount[begin:end], weights[column[begin:end]], out=sums[row[begin]])
    return sums


def _weights(known: Habits, dense: Ints, items: int) -> NDArray[np.float32]:
    """B of EASE^R on the entries of dense items, from their products summed over customers."""
    size = len(dense)
    if not size:
        return np.zeros((0, 0), dtype=np.float32)
    column = np.full(items, -1, dtype=np.int64)
    column[dense] = np.arange(size)
    keep = column[known.item] >= 0
    customer, at, amount = known.customer[keep], column[known.item[keep]], np.sqrt(known.weight[keep])
    gram = np.zeros(size * size)
    for first, second in _pairs(customer, amount):
        gram += np.bincount(at[first] * size + at[second], amount[first] * amount[second], minlength=size * size)
    square = gram.reshape(size, size)
    square[np.diag_indices(size)] += _RIDGE
    inverse = np.linalg.inv(square)
    weights = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    return weights


def _cosines(known: Habits, buyers: Ints, dense: Ints) -> tuple[Ints, Ints, Floats]:
    """Of each item, the nearest rarer ones that at least two customers bought too."""
    rare = buyers > 1
    rare[dense] = False
    found: list[Ints] = []
    if rare.any():
        touched = np.zeros(len(known.starts) - 1, dtype=bool)
        touched[known.customer[rare[known.item]]] = True
        keep = touched[known.customer]
        item = known.item[keep]
        for first, second in _pairs(known.customer[keep], np.sqrt(known.weight[keep])):
            of_interest = rare[item[second]] & (first != second)
            found.append(item[first[of_interest]] * len(buyers) + item[second[of_interest]])
    pairs, together = np.unique(np.concatenate(found) if found else np.empty(0, dtype=np.int64), return_counts=True)
    enough = together >= _LEAST_TOGETHER
    source, target = np.divmod(pairs[enough], max(len(buyers), 1))
    count = together[enough].astype(np.float64)
    cosine = count / np.sqrt(buyers[source] * buyers[target]) * (count / (count + _DOUBT))
    by = np.lexsort((target, -cosine, source))
    place = np.arange(len(by)) - np.searchsorted(source[by], source[by])
    best = by[place < _NEIGHBOURS]
    return source[best], target[best], cosine[best]


def _pairs(customer: Ints, amount: Floats) -> Iterator[tuple[Ints, Ints]]:
    """All pairs of places of one customer, some million at a time, each place with itself too.

    Of a customer with very many items the 60 of the largest ``amount``; of very many customers with any item every so
    many.
    """
    by = np.lexsort((-amount, customer))
    place = np.arange(len(by)) - np.searchsorted(customer[by], customer[by])
    chosen = np.sort(by[place < _MOST_ITEMS])
    pairs = int((np.bincount(customer[chosen]).astype(np.int64) ** 2).sum()) if len(chosen) else 0
    every = max(1, -(-pairs // _MOST_PAIRS))
    number = np.cumsum(np.diff(customer[chosen], prepend=-1) != 0) - 1
    chosen = chosen[number % every == 0]
    who = customer[chosen]
    begins, ends = np.searchsorted(who, who), np.searchsorted(who, who, side="right")
    part_of = np.cumsum(ends - begins) // _PAIRS_AT_ONCE
    for part in np.split(np.arange(len(chosen)), np.flatnonzero(np.diff(part_of)) + 1):
        which, other = spread(begins[part], ends[part])
        yield chosen[part[which]], chosen[other]

"""The lists of products that are shown, of every customer: what is due again, what else was bought before, what is new.

These the night stores, and these ``cdm backtest`` judges.
"""

from dataclasses import dataclass, replace

import numpy as np

from cdm_core.recommend.ease import ItemModel
from cdm_core.recommend.history import NO_ITEM, Days, Flags, History
from cdm_core.recommend.offers import SHOWN, Items, Offers, bought_before, due_again, fit_offers, joined, new_items
from cdm_core.recommend.special import Floats

POPULAR = 30
"""Popular products that are kept for whoever has no list, and to fill up a short one."""

_POPULAR_ENOUGH = 200


@dataclass(frozen=True, slots=True)
class Lists:
    """Of customers by position: ``due_again``, ``bought_before`` and ``new_items`` are items by position, shape
    (customers, 5), the likeliest first, ``NO_ITEM`` where no more; ``popular`` are items, the most popular first.

    ``chances``, shape (3, 5), are those of the places of the three lists to be taken with the next order.
    """

    due_again: Items
    bought_before: Items
    new_items: Items
    popular: Items
    chances: Floats

    @property
    def joined(self) -> Items:
        """All three in one, by chance, shape (customers, 15); ``NO_ITEM`` where no more."""
        return joined((self.due_again, self.bought_before, self.new_items), self.chances)


def lists(history: History, cutoff: int, horizon: int, sold: Flags) -> Lists:
    """The lists when day ``cutoff`` begins, of items that are ``sold``, shape (items,)."""
    customers = np.arange(len(history.customers), dtype=np.int32)
    return lists_of(fit_offers(history.as_of(cutoff), horizon), customers, sold)


def lists_of(offers: Offers, customers: Days, sold: Flags) -> Lists:
    """The lists of these customers."""
    popular = np.where(sold, offers.popular, 0.0)
    return Lists(
        due_again=due_again(offers, customers, sold),
        bought_before=bought_before(offers, customers, sold),
        new_items=_new_items(offers, customers, sold),
        popular=np.argsort(-popular, kind="stable")[: min(POPULAR, np.count_nonzero(popular))],
        chances=offers.chances,
    )


def _new_items(offers: Offers, customers: Days, sold: Flags) -> Items:
    """What is new for each customer, judged among the items alone that lead to another, are led to, or are popular:
    nothing speaks for the rest of a large catalogue."""
    mine, model = offers.habits, offers.model
    popular = np.argsort(-model.popular, kind="stable")[:_POPULAR_ENOUGH]
    kept = np.unique(np.concatenate([model.dense, model.near_from, model.near_to, popular]))
    place = np.full(model.items, NO_ITEM, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    known, back = place[mine.item] != NO_ITEM, place[mine.back_item] != NO_ITEM
    to_sold = sold[model.near_to]
    within = replace(
        offers,
        habits=replace(
            mine,
            customer=mine.customer[known],
            item=place[mine.item[known]],
            times=mine.times[known],
            first=mine.first[known],
            last=mine.last[known],
            weight=mine.weight[known],
            starts=np.searchsorted(mine.customer[known], np.arange(len(mine.starts))),
            back_customer=mine.back_customer[back],
            back_item=place[mine.back_item[back]],
        ),
        model=ItemModel(
            items=len(kept),
            dense=place[model.dense],
            weights=model.weights * sold[model.dense],
            near_from=place[model.near_from[to_sold]],
            near_to=place[model.near_to[to_sold]],
            nearness=model.nearness[to_sold],
            popular=np.where(sold, model.popular, 0.0)[kept],
            lately=model.lately[kept],
        ),
    )
    return np.append(kept, NO_ITEM)[new_items(within, customers)[:, :SHOWN]]  # NO_ITEM is the last's place

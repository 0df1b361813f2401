"""Each customer's lists of products, filled at night: what is due again by tomorrow, and what is new for them.

The lists are of products by id; what may be offered at a moment is judged when they are read, by the SQL function
``cdm_products_to_offer``, which also serves whoever has no list.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds
from cdm_core.clock import local_date
from cdm_core.db.steps import Begin
from cdm_core.recommend import fits
from cdm_core.recommend.baskets import LAPSED
from cdm_core.recommend.ease import ItemModel
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import NO_ITEM, Days, Flags, History
from cdm_core.recommend.offers import Items, Offers, fit_offers, new_items
from cdm_core.recommend.special import Floats

VERSION = "ease-2"
LONGEST = 5
"""Most products of either list."""

POPULAR = 30
"""Popular products that are kept for whoever has no list, and to fill up a short one."""

_POPULAR_ENOUGH = 200

BATCH = 20_000
"""Customers whose lists are written in a transaction."""

_SOLD = text("SELECT id FROM products WHERE active AND coalesce(stock, 1) > 0 AND btrim(name) NOT IN ('', '—')")
_RANKED = text(
    "SELECT coalesce(max(customer_id), 0)"
    " FROM (SELECT customer_id FROM call_ranking WHERE customer_id > :after ORDER BY customer_id LIMIT :batch) batch"
)
# Locked in the order in which writes lock them. No write makes lists, so that there is none of a write to be kept, and
# what was bought since the history was read is not offered: that is judged when a list is read. A fit kept after this
# one, of another who fits at the same time, has stored its own.
_STORE = text(
    """
    WITH changed AS (
        SELECT r.customer_id, coalesce(f.due_again, '{}') AS due_again, coalesce(f.new_items, '{}') AS new_items
        FROM call_ranking r
        LEFT JOIN jsonb_to_recordset(CAST(:lists AS jsonb)) AS f (id bigint, due_again bigint[], new_items bigint[])
            ON f.id = r.customer_id
        WHERE r.customer_id > :after AND r.customer_id <= :last
          AND NOT EXISTS (SELECT FROM model_fits WHERE kind = 'items' AND id > :fit)
          AND (r.due_again, r.new_items) IS DISTINCT FROM (coalesce(f.due_again, '{}'), coalesce(f.new_items, '{}'))
        ORDER BY r.customer_id
        FOR NO KEY UPDATE OF r
    )
    UPDATE call_ranking r
    SET due_again = changed.due_again, new_items = changed.new_items
    FROM changed
    WHERE r.customer_id = changed.customer_id
    """
)


@dataclass(frozen=True, slots=True)
class Lists:
    """Of customers by position: ``due_again`` and ``new_items`` are items by position, shape (customers, 5), the
    likeliest first, ``NO_ITEM`` where no more; ``popular`` are items, the most popular first."""

    due_again: Items
    new_items: Items
    popular: Items
    chances: Floats


async def fit_and_store(begin: Begin, history: History, *, now: datetime) -> int:
    """Learn the shop's products of all that was bought until ``now`` and fill the lists of ``call_ranking``.

    Keeps an ``items`` row in ``model_fits``: what is popular and the chances of each place, not the weights. The lists
    are always of the fit in use: where two fit at once, of the one that is kept last. Gives how many customers' lists
    changed; whoever has no row in ``call_ranking`` gets none.
    """
    async with begin() as session:
        limits = await thresholds.load(session)
        on_sale = (await session.execute(_SOLD)).scalars().all()
    sold = np.isin(history.items.astype(np.int64), np.array(on_sale, dtype=np.int64))
    cutoff = local_date(now, limits.zone).toordinal() + 1
    found = await asyncio.to_thread(lists, history, cutoff, limits.ranking_horizon_days, sold)
    async with begin() as session:
        fit_id = await _keep(session, history, sold, found, now)
    done, last = 0, 0
    while True:
        async with begin() as session:
            after, last = last, (await session.execute(_RANKED, {"after": last, "batch": BATCH})).scalar_one()
            if not last:
                return done
            bound = {"lists": _told(history, found, after, last), "after": after, "last": last, "fit": fit_id}
            done += (await session.execute(_STORE, bound)).rowcount  # type: ignore[attr-defined]


def lists(history: History, cutoff: int, horizon: int, sold: Flags) -> Lists:
    """The lists when day ``cutoff`` begins, of items that are ``sold``, shape (items,)."""
    offers = fit_offers(history.as_of(cutoff), horizon)
    customers = np.arange(len(history.customers), dtype=np.int32)
    popular = np.where(sold, offers.popular, 0.0)
    return Lists(
        due_again=_due_again(offers, customers, sold),
        new_items=_new_items(offers, customers, sold),
        popular=np.argsort(-popular, kind="stable")[: min(POPULAR, np.count_nonzero(popular))],
        chances=offers.chances,
    )


def _due_again(offers: Offers, customers: Days, sold: Flags) -> Items:
    """What was bought on several days and whose usual gap has passed, by how due it is; see ``baskets.signs_again``."""
    mine = offers.habits
    gap = (mine.last - mine.first) / np.maximum(mine.times - 1, 1)
    since = mine.cutoff - mine.last
    due = np.flatnonzero((mine.times > 1) & (since >= gap) & (since < LAPSED * gap) & sold[mine.item])
    by = due[np.lexsort((mine.item[due], -offers.again[due], mine.customer[due]))]
    whose = mine.customer[by]
    place = np.arange(len(by)) - np.searchsorted(whose, whose)
    chosen = np.full((len(customers), LONGEST), NO_ITEM, dtype=np.int64)
    first = place < LONGEST
    chosen[whose[first], place[first]] = mine.item[by[first]]
    return chosen


def _new_items(offers: Offers, customers: Days, sold: Flags) -> Items:
    """What is new for each customer, judged among the items alone that lead to another, are led to, or are popular:
    nothing speaks for the rest of a large catalogue."""
    mine, model = offers.habits, offers.model
    popular = np.argsort(-model.popular, kind="stable")[:_POPULAR_ENOUGH]
    kept = np.unique(np.concatenate([model.dense, model.near_from, model.near_to, popular]))
    place = np.full(model.items, NO_ITEM, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    known = place[mine.item] != NO_ITEM
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
    return np.append(kept, NO_ITEM)[new_items(within, customers)[:, :LONGEST]]  # NO_ITEM is the last's place


async def _keep(session: AsyncSession, history: History, sold: Flags, found: Lists, now: datetime) -> int:
    """The id of the fit, which is in use from now on."""
    span = history.days
    return await fits.store(
        session,
        FitKind.ITEMS,
        VERSION,
        {"popular": history.items[found.popular].tolist(), "chances": np.round(found.chances, 4).tolist()},
        {
            "customers": len(history.customers),
            "products": len(history.items),
            "sold": int(sold.sum()),
            "with_due_again": int((found.due_again[:, 0] != NO_ITEM).sum()),
            "with_new_items": int((found.new_items[:, 0] != NO_ITEM).sum()),
        },
        fitted_at=now,
        data_from=date.fromordinal(span[0]) if span else None,
        data_until=date.fromordinal(span[1]) if span else None,
    )


def _told(history: History, found: Lists, after: int, last: int) -> str:
    """The lists of the customers with ids above ``after`` up to ``last``, as JSON."""
    begin, end = np.searchsorted(history.customers, [after, last], side="right")
    keys = np.append(history.items, NO_ITEM).astype(np.int64)  # NO_ITEM is the last's place
    return json.dumps(
        [
            {"id": customer, "due_again": _items(due), "new_items": _items(new)}
            for customer, due, new in zip(
                history.customers[begin:end].tolist(),
                keys[found.due_again[begin:end]].tolist(),
                keys[found.new_items[begin:end]].tolist(),
                strict=True,
            )
        ]
    )


def _items(row: Sequence[int]) -> list[int]:
    return [item for item in row if item != NO_ITEM]

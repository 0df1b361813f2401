"""Each customer's lists of products, filled at night: what is due again by tomorrow, and what is new for them.

The lists are of products by id; what may be offered at a moment is judged when they are read, by the SQL function
``cdm_products_to_offer``, which also serves whoever has no list.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.clock import local_date
from cdm_core.recommend import fits
from cdm_core.recommend.baskets import LAPSED
from cdm_core.recommend.ease import ItemModel
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import NO_ITEM, Days, Flags, History
from cdm_core.recommend.offers import Offers, fit_offers, new_items
from cdm_core.thresholds import Thresholds

VERSION = "ease-1"
LONGEST = 5
"""Most products of either list."""

POPULAR = 30
"""Popular products that are kept for whoever has no list, and to fill up a short one."""

_ROWS_AT_ONCE = 10_000

_SOLD = text("SELECT id FROM products WHERE active AND coalesce(stock, 1) > 0 AND btrim(name) NOT IN ('', '—')")
_FRESH = text(
    """
    CREATE TEMPORARY TABLE fresh_products (customer_id bigint PRIMARY KEY, due_again bigint[], new_items bigint[])
    ON COMMIT DROP
    """
)
_STORE = text(
    """
    UPDATE call_ranking r
    SET due_again = coalesce(f.due_again, '{}'), new_items = coalesce(f.new_items, '{}')
    FROM call_ranking old
    LEFT JOIN fresh_products f ON f.customer_id = old.customer_id
    WHERE r.customer_id = old.customer_id
      AND (old.due_again, old.new_items) IS DISTINCT FROM (coalesce(f.due_again, '{}'), coalesce(f.new_items, '{}'))
    """
)


@dataclass(frozen=True, slots=True)
class Lists:
    """Of customers by position: ``due_again`` and ``new_items`` are items by position, shape (customers, 5), the
    likeliest first, ``NO_ITEM`` where no more; ``popular`` are items, the most popular first."""

    due_again: NDArray[np.int64]
    new_items: NDArray[np.int64]
    popular: NDArray[np.int64]
    chances: NDArray[np.float64]


async def fit_and_store(session: AsyncSession, history: History, *, now: datetime, thresholds: Thresholds) -> int:
    """Learn the shop's products of all that was bought until ``now`` and fill the lists of ``call_ranking``.

    Keeps an ``items`` row in ``model_fits``: what is popular and the chances of each place, not the weights. Gives how
    many customers' lists changed; whoever has no row in ``call_ranking`` gets none.
    """
    today = local_date(now, thresholds.zone)
    sold = np.isin(history.items.astype(np.int64), np.array((await session.execute(_SOLD)).scalars().all(), np.int64))
    found = await asyncio.to_thread(lists, history, today.toordinal() + 1, thresholds.ranking_horizon_days, sold)
    span = history.days
    await fits.store(
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
    return await _store(session, history, found)


def lists(history: History, cutoff: int, horizon: int, sold: Flags) -> Lists:
    """The lists when day ``cutoff`` begins, of items that are ``sold``, shape (items,)."""
    offers = fit_offers(history.as_of(cutoff), horizon)
    customers = np.arange(len(history.customers), dtype=np.int32)
    popular = np.where(sold, offers.popular, 0.0)
    return Lists(
        due_again=_due_again(offers, customers, sold),
        new_items=new_items(replace(offers, model=_of_sold(offers.model, sold)), customers)[:, :LONGEST],
        popular=np.argsort(-popular, kind="stable")[: min(POPULAR, np.count_nonzero(popular))],
        chances=offers.chances,
    )


def _due_again(offers: Offers, customers: Days, sold: Flags) -> NDArray[np.int64]:
    """What was bought on several days and whose usual gap has passed, by how due it is; see ``baskets.due_again``."""
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


def _of_sold(model: ItemModel, sold: Flags) -> ItemModel:
    """The model in which nobody wants what is not sold."""
    weights = model.weights * sold[model.dense]
    near = np.flatnonzero(sold[model.near_to])
    return replace(
        model,
        weights=weights,
        near_from=model.near_from[near],
        near_to=model.near_to[near],
        nearness=model.nearness[near],
        popular=np.where(sold, model.popular, 0.0),
    )


async def _store(session: AsyncSession, history: History, found: Lists) -> int:
    await session.execute(_FRESH)
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    keys = np.append(history.items, NO_ITEM).astype(np.int64)  # NO_ITEM is the last's place
    due, new = keys[found.due_again], keys[found.new_items]
    some = np.flatnonzero((due[:, 0] != NO_ITEM) | (new[:, 0] != NO_ITEM))
    for start in range(0, len(some), _ROWS_AT_ONCE):
        chunk = some[start : start + _ROWS_AT_ONCE]
        customers = history.customers[chunk].tolist()
        records = list(zip(customers, _rows(due[chunk].tolist()), _rows(new[chunk].tolist()), strict=True))
        await raw.copy_records_to_table("fresh_products", records=records)
    changed: int = (await session.execute(_STORE)).rowcount  # type: ignore[attr-defined]
    return changed


def _rows(table: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    return ([item for item in row if item != NO_ITEM] for row in table)

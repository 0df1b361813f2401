"""Each customer's lists of products, filled at night: what is due again by tomorrow, what else they may buy again, and
what is new for them.

The lists are of products by id; what may be offered at a moment is judged when they are read, by the SQL function
``cdm_products_to_offer``, which also serves whoever has no list.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds
from cdm_core.clock import local_date
from cdm_core.db.steps import Begin
from cdm_core.recommend import fits
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import NO_ITEM, Flags, History
from cdm_core.recommend.lists import Lists, lists

VERSION = "ease-3"

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
        SELECT r.customer_id, listed.*
        FROM call_ranking r
        LEFT JOIN jsonb_to_recordset(CAST(:lists AS jsonb))
            AS f (id bigint, due_again bigint[], bought_before bigint[], new_items bigint[])
            ON f.id = r.customer_id
        CROSS JOIN LATERAL (
            SELECT coalesce(f.due_again, '{}') AS due_again, coalesce(f.bought_before, '{}') AS bought_before,
                   coalesce(f.new_items, '{}') AS new_items
        ) listed
        WHERE r.customer_id > :after AND r.customer_id <= :last
          AND NOT EXISTS (SELECT FROM model_fits WHERE kind = 'items' AND id > :fit)
          AND (r.due_again, r.bought_before, r.new_items)
              IS DISTINCT FROM (listed.due_again, listed.bought_before, listed.new_items)
        ORDER BY r.customer_id
        FOR NO KEY UPDATE OF r
    )
    UPDATE call_ranking r
    SET due_again = changed.due_again, bought_before = changed.bought_before, new_items = changed.new_items
    FROM changed
    WHERE r.customer_id = changed.customer_id
    """
)


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


async def _keep(session: AsyncSession, history: History, sold: Flags, found: Lists, now: datetime) -> int:
    """The id of the fit, which is in use from now on."""
    span = history.days
    return await fits.store(
        session,
        FitKind.ITEMS,
        VERSION,
        {"popular": history.items[found.popular].tolist(), "chances": found.chances.tolist()},
        {
            "customers": len(history.customers),
            "products": len(history.items),
            "sold": int(sold.sum()),
            "with_due_again": int((found.due_again[:, 0] != NO_ITEM).sum()),
            "with_bought_before": int((found.bought_before[:, 0] != NO_ITEM).sum()),
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
            {"id": customer, "due_again": _items(due), "bought_before": _items(before), "new_items": _items(new)}
            for customer, due, before, new in zip(
                history.customers[begin:end].tolist(),
                *(keys[each[begin:end]].tolist() for each in (found.due_again, found.bought_before, found.new_items)),
                strict=True,
            )
        ]
    )


def _items(row: Sequence[int]) -> list[int]:
    return [item for item in row if item != NO_ITEM]

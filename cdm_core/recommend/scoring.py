"""Ranking customers by the fits in use: whom the night goes through, whom a write changed.

Before a shop's first fit its customers are ranked by revenue, which is of another scale. The two are never sorted
together: the first fit comes into use when all are ranked by it, in one transaction, and while that is written down no
write ranks by revenue (``rescore``). All later fits are on the one scale.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.recommend import sources
from cdm_core.recommend.history import Buyers, History, Ints, buyers
from cdm_core.recommend.hours import CALLED
from cdm_core.recommend.leads import Leads
from cdm_core.recommend.ranking import InUse, Judge, People, Ranks, rank
from cdm_core.recommend.special import Floats

_FIRST_FIT = 0x63646D08
"""The lock that who ranks by revenue shares until their transaction ends; who brings the first fit into use has it
alone."""

_MOST_MONEY = 1e11
"""What is stored of an order's expected amount is at most so much: the column holds no more."""

_USED = """
    SELECT purchase.id AS fit_id, purchase.parameters::text AS judge, leads.parameters::text AS leads,
           cdm_now() AS now, cdm_today() AS today
    FROM (SELECT id, parameters FROM model_fits WHERE kind = 'purchase' ORDER BY id DESC LIMIT 1) purchase,
         (SELECT parameters FROM model_fits WHERE kind = 'leads' ORDER BY id DESC LIMIT 1) leads
"""

# Each subquery says itself whom it is about: the planner does not carry it over.
_PEOPLE = """
    SELECT c.id, coalesce(c.source, '') AS source, coalesce(d.stage, '') AS stage,
           (SELECT cdm_today())
           - (greatest(CASE WHEN NOT c.came_unknown THEN c.created_at END, d.occurred_at)
              AT TIME ZONE (SELECT cdm_setting('timezone')))::date AS days,
           coalesce(i.tried, 0) AS tried, coalesce(i.answered, 0) AS answered{more}
    FROM customers c{beside}
    LEFT JOIN (
        SELECT customer_id, count(*) AS tried, count(*) FILTER (WHERE cdm_answered(outcome_code)) AS answered
        FROM customer_interactions
        WHERE customer_id {these} AND {called}
        GROUP BY customer_id
    ) i ON i.customer_id = c.id
    LEFT JOIN (
        SELECT DISTINCT ON (customer_id) customer_id, stage, occurred_at
        FROM customer_dropoff_tracking
        WHERE customer_id {these} AND occurred_at <= (SELECT cdm_now())
        ORDER BY customer_id, occurred_at DESC, id DESC
    ) d ON d.customer_id = c.id
    WHERE c.id {these} AND c.erased_at IS NULL
    ORDER BY c.id
"""
# With the fits in use, beside the first of them.
_THESE = text(
    _PEOPLE.format(
        these="= ANY(CAST(:ids AS bigint[]))",
        called=CALLED,
        more=", used.*",
        beside=f"""
            LEFT JOIN ({_USED}) used
                ON c.id = (SELECT min(id) FROM customers WHERE id = ANY(CAST(:ids AS bigint[])) AND erased_at IS NULL)
        """,
    )
)
_BETWEEN = text(_PEOPLE.format(these="BETWEEN :first AND :last", called=CALLED, more="", beside=""))

# A write always notes that it ranked, though its ranks be the same. What others ranked after the night read its history
# stays; of the rest what is as it was is not written again.
_UPSERT = text(
    """
    INSERT INTO call_ranking AS r (customer_id, owner_id, fit_id, value, p_alive, p_buy, expected_orders,
                                   expected_spend, p_answer, ranked_at)
    SELECT c.id, c.owner_id, :fit, n.value, n.p_alive::real, n.p_buy::real, n.expected_orders::real,
           round(n.expected_spend::numeric, 2), n.p_answer::real, :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:value AS double precision[]), CAST(:p_alive AS double precision[]),
                CAST(:p_buy AS double precision[]), CAST(:expected_orders AS double precision[]),
                CAST(:expected_spend AS double precision[]), CAST(:p_answer AS double precision[]))
         n (id, value, p_alive, p_buy, expected_orders, expected_spend, p_answer)
    JOIN customers c ON c.id = n.id AND c.erased_at IS NULL
    ORDER BY c.id
    ON CONFLICT (customer_id) DO UPDATE
    SET owner_id = EXCLUDED.owner_id, fit_id = EXCLUDED.fit_id, value = EXCLUDED.value, p_alive = EXCLUDED.p_alive,
        p_buy = EXCLUDED.p_buy, expected_orders = EXCLUDED.expected_orders,
        expected_spend = EXCLUDED.expected_spend, p_answer = EXCLUDED.p_answer, ranked_at = EXCLUDED.ranked_at,
        ranked_in = EXCLUDED.ranked_in
    WHERE CAST(:seen AS text) IS NULL
      OR NOT cdm_ranked_since(r.ranked_in, :seen)
      AND (r.owner_id, r.fit_id, r.value, r.p_alive, r.p_buy, r.expected_orders, r.expected_spend, r.p_answer)
          IS DISTINCT FROM (EXCLUDED.owner_id, EXCLUDED.fit_id, EXCLUDED.value, EXCLUDED.p_alive, EXCLUDED.p_buy,
                            EXCLUDED.expected_orders, EXCLUDED.expected_spend, EXCLUDED.p_answer)
    """
)

# Before the first fit: revenue at the summary's fixed epoch, in which time changes no order.
_BY_REVENUE = text(
    """
    INSERT INTO call_ranking AS r (customer_id, owner_id, value, ranked_at)
    SELECT s.customer_id, s.owner_id, s.decayed_revenue, cdm_now()
    FROM customer_summary s JOIN customers c ON c.id = s.customer_id
    WHERE c.id = ANY(CAST(:ids AS bigint[])) AND c.erased_at IS NULL
    ORDER BY c.id
    ON CONFLICT (customer_id) DO UPDATE
    SET owner_id = EXCLUDED.owner_id, fit_id = NULL, value = EXCLUDED.value, p_alive = NULL, p_buy = NULL,
        expected_orders = NULL, expected_spend = NULL, p_answer = NULL, ranked_at = EXCLUDED.ranked_at,
        ranked_in = EXCLUDED.ranked_in
    """
)

_MAY_BY_REVENUE = text("SELECT pg_try_advisory_xact_lock_shared(:lock)")
_LATER = text("INSERT INTO stale_customers (customer_id) SELECT unnest(CAST(:ids AS bigint[]))")


async def in_use(session: AsyncSession) -> InUse | None:
    """The fits in use, or None: there is none yet."""
    row = (await session.execute(text(_USED))).one_or_none()
    return None if row is None else _in_use(row)


async def rescore(session: AsyncSession, customer_ids: Sequence[int]) -> None:
    """Rank these customers by the fits in use, after their numbers were summed up and under the same lock.

    Erased ones are nobody to call: they stay without a rank, here and by night. While the first fit is brought into use
    nothing is ranked by revenue any more, nor waited for: the minute job will rank them by the fit.
    """
    ids = {"ids": list(customer_ids)}
    rows = (await session.execute(_THESE, ids)).all()
    if rows and rows[0].fit_id is None:
        if not (await session.execute(_MAY_BY_REVENUE, {"lock": _FIRST_FIT})).scalar_one():
            await session.execute(_LATER, ids)
            return
        rows = (await session.execute(_THESE, ids)).all()  # the fit may have come into use just then
    if not rows:
        return
    if rows[0].fit_id is None:
        await session.execute(_BY_REVENUE, ids)
        return
    used, people = _in_use(rows[0]), _people(rows)
    history = await sources.read_customers(session, customer_ids)
    whom = buyers(history.as_of(used.cutoff))
    await store(session, used, people.customer, rank(used, people, whom, history.customers))


async def rank_between(
    session: AsyncSession, used: InUse, history: History, whom: Buyers, *, first: int, last: int
) -> tuple[Ints, Ranks]:
    """The customers of these ids, both inclusive, and their ranks, which are not stored yet."""
    people = _people((await session.execute(_BETWEEN, {"first": first, "last": last})).all())
    return people.customer, rank(used, people, whom, history.customers)


async def end_by_revenue(session: AsyncSession) -> None:
    """Wait for all who are ranking by revenue, and let nobody else do so before this transaction is over."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _FIRST_FIT})


async def snapshot(session: AsyncSession) -> str:
    """Which transactions are over now: what is read after this rests on these at least."""
    return str((await session.execute(text("SELECT pg_current_snapshot()::text"))).scalar_one())


async def store(session: AsyncSession, used: InUse, customer: Ints, ranks: Ranks, *, seen: str | None = None) -> None:
    """Write the customers' ranks down: of all, or of those whom nobody else ranked since the ``snapshot`` ``seen``."""
    await session.execute(
        _UPSERT,
        {
            "fit": used.fit_id,
            "now": used.now,
            "seen": seen,
            "ids": customer.tolist(),
            "value": ranks.value.tolist(),
            "p_alive": [None if p != p else p for p in _single(ranks.p_alive).tolist()],
            "p_buy": _single(ranks.p_buy).tolist(),
            "expected_orders": _single(ranks.expected_orders).tolist(),
            "expected_spend": np.minimum(ranks.expected_spend, _MOST_MONEY).tolist(),
            "p_answer": _single(ranks.p_answer).tolist(),
        },
    )


def _single(values: Floats) -> Floats:
    """What the database's ``real`` can hold: it takes no numbers too small for it."""
    return values.astype(np.float32).astype(np.float64)


def _in_use(row: Row[Any]) -> InUse:
    judge, leads = _read(row.judge, row.leads)
    return InUse(row.fit_id, judge, leads, row.now, row.today)


@lru_cache(maxsize=4)
def _read(judge: str, leads: str) -> tuple[Judge, Leads]:
    return Judge.from_json(json.loads(judge)), Leads.from_json(json.loads(leads))


def _people(rows: Sequence[Row[Any]]) -> People:
    return People(
        customer=np.array([row.id for row in rows], dtype=np.int64),
        tried=np.array([row.tried for row in rows], dtype=np.int64),
        answered=np.array([row.answered for row in rows], dtype=np.int64),
        cell=[(row.source, row.stage) for row in rows],
        days=np.array([np.inf if row.days is None else row.days for row in rows], dtype=np.float64),
    )

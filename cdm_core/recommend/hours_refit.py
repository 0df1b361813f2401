"""Learning each night when a shop's customers answer, and writing the best time to call of them all."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.call_hours import WINDOW_DAYS
from cdm_core.clock import local_date
from cdm_core.db.steps import Begin
from cdm_core.recommend import answers, fits, hours, scoring
from cdm_core.recommend.answers import WINDOW_HOURS, AnswerRates, Ints
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.hours import CALLED, Day
from cdm_core.thresholds import Thresholds

VERSION = "1"

RECENT_DAYS = 28
"""The last days, on which the diagnostics try what the days before them said."""

BATCH = 20_000
"""Customers whose best times are written in a transaction."""

# By customer, so that the totals of each can be read from it too.
_COUNTED = f"""
    SELECT customer_id, weekday, hour, recent, count(*) AS attempts, count(*) FILTER (WHERE answered) AS answered
    FROM (
        SELECT customer_id, extract(isodow FROM local)::integer AS weekday, extract(hour FROM local)::integer AS hour,
               recent, answered
        FROM (
            SELECT customer_id, occurred_at AT TIME ZONE :zone AS local, occurred_at > :recent AS recent,
                   cdm_answered(outcome_code) AS answered
            FROM customer_interactions
            WHERE {CALLED}
        ) calls
    ) timed
    GROUP BY customer_id, weekday, hour, recent
"""
# One reading of the calls: cells of the table, and beside them how many customers were tried and answered just so often
# at an hour.
_SHOP = text(
    f"""
    WITH counted AS MATERIALIZED ({_COUNTED})
    SELECT weekday, hour, recent, sum(attempts)::bigint AS attempts, sum(answered)::bigint AS answered,
           NULL::bigint AS customers
    FROM counted GROUP BY weekday, hour, recent
    UNION ALL
    SELECT NULL, hour, NULL, attempts, answered, count(*)
    FROM (SELECT hour, sum(attempts)::bigint AS attempts, sum(answered)::bigint AS answered
          FROM counted GROUP BY customer_id, hour) each
    GROUP BY hour, attempts, answered
    """
)
_HOURLY = f"""
    SELECT customer_id, extract(hour FROM occurred_at AT TIME ZONE :zone)::integer AS hour,
           count(*)::integer AS attempts, count(*) FILTER (WHERE cdm_answered(outcome_code))::integer AS answered
    FROM customer_interactions
    WHERE customer_id BETWEEN :first AND :last AND {CALLED}
    GROUP BY 1, 2
"""
# Whoever was tried often enough within any window.
_OFTEN = text(
    f"""
    WITH hourly AS MATERIALIZED ({_HOURLY}), often AS (
        SELECT DISTINCT customer_id
        FROM (
            SELECT customer_id, sum(attempts) OVER within AS tried
            FROM hourly
            WINDOW within AS (PARTITION BY customer_id ORDER BY hour
                              RANGE BETWEEN CURRENT ROW AND {WINDOW_HOURS - 1} FOLLOWING)
        ) windows
        WHERE tried >= {answers.MIN_OWN}
    )
    SELECT customer_id, hour, attempts, answered FROM hourly JOIN often USING (customer_id)
    """
)
_SAID = text("SELECT DISTINCT available_time FROM customers WHERE id BETWEEN :first AND :last AND available_time <> ''")
# Locked in the order of ids, as every write of several customers does. Whose write was not over when the words were
# read stays as that write left it: it knows what they say now. Where the shop has a best time nobody's total is told:
# then none is read.
_STORE = text(
    f"""
    WITH changed AS (
        SELECT r.customer_id, b.hours, b.calls, b.basis
        FROM (
            SELECT c.id, b.*
            FROM customers c
            LEFT JOIN unnest(CAST(:words AS text[]), CAST(:stated AS text[])) s (words, hours)
                ON s.words = c.available_time
            LEFT JOIN unnest(CAST(:ids AS bigint[]), CAST(:hours AS text[]), CAST(:calls AS integer[]),
                             CAST(:bases AS text[])) o (id, hours, calls, basis) ON o.id = c.id
            LEFT JOIN (SELECT customer_id, sum(attempts)::integer AS attempts FROM ({_HOURLY}) hourly
                       WHERE CAST(:shop_basis AS text) IS NULL
                       GROUP BY customer_id) t ON t.customer_id = c.id
            CROSS JOIN LATERAL (
                SELECT s.hours, NULL::integer AS calls, 'stated' AS basis WHERE s.words IS NOT NULL
                UNION ALL
                SELECT o.hours, o.calls, o.basis WHERE s.words IS NULL AND o.id IS NOT NULL
                UNION ALL
                SELECT CAST(:shop_hours AS text),
                       CASE WHEN CAST(:shop_basis AS text) IS NULL THEN coalesce(t.attempts, 0)
                            ELSE CAST(:shop_calls AS integer) END,
                       CAST(:shop_basis AS text)
                WHERE s.words IS NULL AND o.id IS NULL
            ) b
            WHERE c.id BETWEEN :first AND :last
        ) b
        JOIN call_ranking r ON r.customer_id = b.id
        WHERE NOT cdm_ranked_since(r.ranked_in, :seen)
          AND (r.best_call_time, r.best_call_time_n, r.best_call_time_by) IS DISTINCT FROM (b.hours, b.calls, b.basis)
        ORDER BY r.customer_id
        FOR UPDATE OF r
    )
    UPDATE call_ranking r
    SET best_call_time = changed.hours, best_call_time_n = changed.calls, best_call_time_by = changed.basis
    FROM changed WHERE r.customer_id = changed.customer_id
    """
)


async def fit_and_store(begin: Begin) -> None:
    """Fit the answer rates on the calls of the last ``WINDOW_DAYS``, keep them as the fit in use, and write the best
    time of every customer in ``call_ranking``; without any calls there is no fit to keep.

    Writing is in transactions of its own, a batch each, so that writes wait for none of it.
    """
    async with begin() as session:
        day = await hours.today(session)
        rows = (await session.execute(_SHOP, {**day.bounds, "recent": day.now - timedelta(days=RECENT_DAYS)})).all()
    if rows:
        rates, diagnostics = await asyncio.to_thread(_fit, day, rows)
        async with begin() as session:
            await _keep(session, day, rates, diagnostics)
    last = 0
    while True:
        async with begin() as session:
            first, last = last + 1, await _last_of_batch(session, last)
            if not last:
                return
            await _store_between(session, await hours.today(session), first, last)


def _fit(day: Day, rows: Sequence[Any]) -> tuple[AnswerRates, dict[str, Any]]:
    """The rates, and how well they hold."""
    attempts, answered = np.zeros((2, 2, 7, 24), dtype=np.int64)
    customers = []
    for row in rows:
        if row.weekday is None:
            customers.append((row.hour, row.attempts, row.answered, row.customers))
        else:
            cell = int(row.recent), row.weekday - 1, row.hour
            attempts[cell], answered[cell] = row.attempts, row.answered
    by_customer = np.array(customers, dtype=np.int64)
    rates = answers.fit(attempts.sum(0), answered.sum(0), by_customer)
    return rates, _diagnostics(rates, attempts, answered, by_customer, day.limits)


async def _keep(session: AsyncSession, day: Day, rates: AnswerRates, diagnostics: dict[str, Any]) -> None:
    """They are in use from now on."""
    today = local_date(day.now, day.limits.zone)
    await fits.store(
        session,
        FitKind.HOURS,
        VERSION,
        rates.to_json(),
        diagnostics,
        fitted_at=day.now,
        data_from=today - timedelta(days=WINDOW_DAYS),
        data_until=today,
    )


async def _last_of_batch(session: AsyncSession, last: int) -> int:
    """The last id of the next ``BATCH`` customers after ``last``; 0: there are none."""
    found = await session.execute(
        text(
            "SELECT coalesce(max(id), 0) FROM (SELECT id FROM customers WHERE id > :last ORDER BY id LIMIT :size) next"
        ),
        {"last": last, "size": BATCH},
    )
    return int(found.scalar_one())


async def _store_between(session: AsyncSession, day: Day, first: int, last: int) -> None:
    """Of the customers of these ids, both inclusive."""
    seen = await scoring.snapshot(session)
    bounds = {**day.bounds, "first": first, "last": last}
    rows = np.array([tuple(row) for row in await session.execute(_OFTEN, bounds)], dtype=np.int64).reshape(-1, 4)
    ids, place = np.unique(rows[:, 0], return_inverse=True)
    attempts, answered = np.zeros((2, len(ids), 24), dtype=np.int64)
    attempts[place, rows[:, 1]], answered[place, rows[:, 1]] = rows[:, 2], rows[:, 3]
    said = {
        words: best.hours
        for words in (await session.execute(_SAID, {"first": first, "last": last})).scalars()
        if (best := day.by_words(words)) is not None
    }
    await session.execute(
        _STORE,
        {
            **bounds,
            "seen": seen,
            **hours.columns(list(zip(ids.tolist(), day.by_calls(attempts, answered), strict=True))),
            "words": list(said),
            "stated": list(said.values()),
            "shop_hours": day.shop.hours,
            "shop_calls": day.shop.calls,
            "shop_basis": day.shop.basis,
        },
    )


def _diagnostics(
    rates: AnswerRates, attempts: Ints, answered: Ints, by_customer: Ints, limits: Thresholds
) -> dict[str, Any]:
    """What the fit rests on, the shop's best window of each ISO weekday, and whether hours tell more than one rate.

    The last is log loss (nats a call) on the calls of the last ``RECENT_DAYS``, by the calls before them.
    """
    best = {
        str(weekday): hours.by_calls(rates, hours.shop_windows(rates, weekday, limits), *hours.NOBODY)[0].hours
        for weekday in range(1, 8)
    }
    before = answers.fit(attempts[0], answered[0], by_customer)
    recent = {
        "calls": int(attempts[1].sum()),
        "by_hour": answers.log_loss(before.cells.mean, attempts[1], answered[1]),
        "one_rate": answers.log_loss(np.full((7, 24), before.overall.mean), attempts[1], answered[1]),
    }
    return {
        "attempts": int(attempts.sum()),
        "answered": int(answered.sum()),
        "rate": float(rates.overall.mean),
        "best": best,
        "recent": recent if recent["calls"] else None,
    }

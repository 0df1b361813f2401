"""The best time to call each customer, kept in ``call_ranking``: as they said, else as their own calls say, else the
shop's.

It is of one day: a weekday may have hours of its own, and Friday's prayer is no time to call. What is not known is
None: there are not enough calls to say.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_hours, thresholds, typed_hours
from cdm_core.call_hours import WINDOW_DAYS
from cdm_core.clock import local_date
from cdm_core.recommend import answers
from cdm_core.recommend.answers import WINDOW_HOURS, AnswerRates, Ints, Windows
from cdm_core.thresholds import Thresholds
from cdm_core.words import HoursBasis

NOBODY = np.zeros((2, 1, 24), dtype=np.int64)
"""The calls of one customer whom nobody called."""

CALLED = f"""
    undone_at IS NULL AND interaction_type = 'call' AND interaction_direction = 'outbound'
    AND (cdm_answered(outcome_code) OR cdm_unanswered(outcome_code))
    AND occurred_at > (SELECT cdm_now()) - interval '{24 * WINDOW_DAYS} hours' AND occurred_at <= (SELECT cdm_now())
"""
"""Which interactions are calls that count, as SQL: what is told of how somebody answers rests on these alone."""
_CONTEXT = text(
    """
    SELECT cdm_now() AS now, (SELECT jsonb_object_agg(key, value) FROM settings) AS settings,
           (SELECT parameters::text FROM model_fits WHERE kind = 'hours' ORDER BY id DESC LIMIT 1) AS parameters
    """
)
_THESE = text(
    f"""
    SELECT c.id, c.available_time, r.best_call_time, r.best_call_time_n, r.best_call_time_by, calls.by_hour
    FROM customers c
    JOIN call_ranking r ON r.customer_id = c.id
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(hour, attempts, answered)) AS by_hour
        FROM (SELECT extract(hour FROM occurred_at AT TIME ZONE :zone)::integer AS hour, count(*) AS attempts,
                     count(*) FILTER (WHERE cdm_answered(outcome_code)) AS answered
              FROM customer_interactions
              WHERE customer_id = c.id AND {CALLED}
              GROUP BY 1) hourly
    ) calls ON true
    WHERE c.id = ANY(CAST(:ids AS bigint[]))
    ORDER BY c.id
    """
)
_KEEP = text(
    """
    UPDATE call_ranking r SET best_call_time = b.hours, best_call_time_n = b.calls, best_call_time_by = b.basis
    FROM unnest(CAST(:ids AS bigint[]), CAST(:hours AS text[]), CAST(:calls AS integer[]), CAST(:bases AS text[]))
         b (id, hours, calls, basis)
    WHERE r.customer_id = b.id
    """
)


@dataclass(frozen=True, slots=True)
class BestTime:
    """As the columns of ``call_ranking``: ``hours`` "HH:MM-HH:MM" or None; ``calls`` None with the customer's word."""

    hours: str | None
    calls: int | None
    basis: HoursBasis | None


@dataclass(frozen=True, slots=True)
class Day:
    """What best times follow from at ``now``: the settings, the fit in use and the windows that may be called in on
    the local day, either None where there is none. ``shop`` is the best time of whoever was never called."""

    now: datetime
    limits: Thresholds
    rates: AnswerRates | None
    windows: Windows | None
    shop: BestTime

    @property
    def bounds(self) -> dict[str, Any]:
        """What the statements bind: the zone."""
        return {"zone": self.limits.zone.key}

    def by_calls(self, attempts: Ints, answered: Ints) -> list[BestTime]:
        """Of customers whose calls by hour are rows of shape (n, 24)."""
        return by_calls(self.rates, self.windows, attempts, answered)

    def by_words(self, words: str | None) -> BestTime | None:
        """What the customer said, cut to what may be called in; None where they said nothing that is hours."""
        said = typed_hours.said_hours(words, self.limits)
        if said is None:
            return None
        may = call_hours.allowed(said, local_date(self.now, self.limits.zone).isoweekday(), self.limits)
        return BestTime(None if may is None else call_hours.written(may), None, HoursBasis.STATED)


async def rescore(session: AsyncSession, customer_ids: Sequence[int]) -> None:
    """Write the best times of these customers, who are in ``call_ranking``, by the fit in use, where they change."""
    day = await today(session)
    rows = (await session.execute(_THESE, {**day.bounds, "ids": list(customer_ids)})).all()
    attempts, answered = np.zeros((2, len(rows), 24), dtype=np.int64)
    for at, row in enumerate(rows):
        for hour, tried, reached in row.by_hour or ():
            attempts[at, hour], answered[at, hour] = tried, reached
    changed = [
        (row.id, best)
        for row, by_calls in zip(rows, day.by_calls(attempts, answered), strict=True)
        if (best := day.by_words(row.available_time) or by_calls)
        != BestTime(row.best_call_time, row.best_call_time_n, row.best_call_time_by)
    ]
    if changed:
        await session.execute(_KEEP, columns(changed))


async def today(session: AsyncSession) -> Day:
    """By the fit in use, at the transaction's time."""
    row = (await session.execute(_CONTEXT)).one()
    limits = thresholds.typed(row.settings)
    rates, windows, shop = _windows(row.parameters, local_date(row.now, limits.zone).isoweekday(), limits)
    return Day(row.now, limits, rates, windows, shop)


@lru_cache(maxsize=16)
def _windows(
    parameters: str | None, weekday: int, limits: Thresholds
) -> tuple[AnswerRates | None, Windows | None, BestTime]:
    """Of a stored fit: its rates, the windows of an ISO weekday, and the best time of whoever was never called."""
    rates = AnswerRates.from_json(json.loads(parameters)) if parameters is not None else None
    windows = shop_windows(rates, weekday, limits) if rates is not None else None
    (shop,) = by_calls(rates, windows, *NOBODY)
    return rates, windows, shop


def shop_windows(rates: AnswerRates, weekday: int, limits: Thresholds) -> Windows | None:
    """The windows beginning at whole hours that may be called in on this ISO weekday, with the shop's rates."""
    starts = [
        hour
        for first, last in call_hours.open_parts(weekday, limits)
        for hour in range(-(-first // 60), last // 60 - WINDOW_HOURS + 1)
    ]
    return answers.windows(rates, weekday, starts)


def columns(best: Sequence[tuple[int, BestTime]]) -> dict[str, list[Any]]:
    """Customers and their best times as the statements bind them."""
    return {
        "ids": [customer_id for customer_id, _ in best],
        "hours": [each.hours for _, each in best],
        "calls": [each.calls for _, each in best],
        "bases": [each.basis for _, each in best],
    }


def by_calls(rates: AnswerRates | None, windows: Windows | None, attempts: Ints, answered: Ints) -> list[BestTime]:
    """Of customers whose calls by hour are rows of shape (n, 24)."""
    tried = attempts.sum(1).tolist()
    if rates is None:
        return [BestTime(None, calls, None) for calls in tried]
    chosen = answers.choose(rates, windows, attempts, answered)
    return [
        BestTime(None, calls, None) if start < 0 else _named(start, behind, own)
        for start, behind, own, calls in zip(
            chosen.start.tolist(), chosen.attempts.tolist(), chosen.own.tolist(), tried, strict=True
        )
    ]


def _named(start: int, calls: int, own: bool) -> BestTime:
    hours = call_hours.written((time(start), time((start + WINDOW_HOURS) % 24)))
    return BestTime(hours, calls, HoursBasis.OWN) if own else BestTime(hours, _rounded(calls), HoursBasis.SHOP)


def _rounded(calls: int) -> int:
    """Down to two digits, so that a day's calls do not change the row of every customer."""
    unit: int = 10 ** max(0, len(str(calls)) - 2)
    return calls // unit * unit

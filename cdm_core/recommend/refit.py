"""Fitting a shop's models on all it knows and ranking all its customers by them: each night, and by ``cdm refresh``.

Whom to call (``ranking``), what to offer (``products``), when (``hours_refit``); then the score's cuts.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import summary, thresholds
from cdm_core.db.steps import Begin
from cdm_core.recommend import fits, hours_refit, leads, products, scoring, sources
from cdm_core.recommend.fits import FitKind
from cdm_core.recommend.history import Buyers, History, Known, buyers
from cdm_core.recommend.hours import CALLED
from cdm_core.recommend.leads import Cohort
from cdm_core.recommend.model import score
from cdm_core.recommend.pooled import Pooled, pool
from cdm_core.recommend.production import Production, fit_production
from cdm_core.recommend.rankers import Basis
from cdm_core.recommend.ranking import InUse, Judge
from cdm_core.thresholds import Thresholds

VERSION = "1"
"""Of the purchase model and what is made of it."""

BATCH = 20_000
"""Customers ranked in a transaction."""

_EVEN = Pooled(0.5, 2.0)
"""What is believed of a shop's answer rate before its first call."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a fit rests on besides the orders, as of ``now``; ``calls`` are rows of ``_CALLS``."""

    limits: Thresholds
    now: datetime
    today: date
    calls: Sequence[Row[Any]]
    cohorts: list[Cohort]


@dataclass(frozen=True, slots=True)
class _Fitted:
    judge: Judge
    conversion: leads.Leads


@dataclass(frozen=True, slots=True)
class Refit:
    """``fit_id`` is the purchase fit's, ``ranked`` how many customers were ranked by it; ``basis`` is what ranks the
    buyers."""

    fit_id: int
    basis: Basis
    ranked: int


async def run(
    begin: Begin, *, since: datetime | None = None, progress: Callable[[int, int], None] | None = None
) -> Refit:
    """Fit, keep the fits, rank everybody; ``progress(done, total)``.

    A fit made ``since`` then is used instead of a new one: so what was cut off goes on, and whoever was ranked by it
    already stays as they are. No transaction is open while models are fitted. Ranking is in transactions of its own, so
    writes wait for none of it, and the ranking of a write that was not over when the history was read, which knows
    more, is kept. The shop's first fit alone is kept and ranks everybody in one transaction: until then all lists are
    by revenue, after it none is.
    """
    done = 0

    def report(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, max(total, done))

    async with begin() as session:
        seen = await scoring.snapshot(session)
        history = await sources.read_database(session)
        total = (await session.execute(text("SELECT count(*) FROM customers WHERE erased_at IS NULL"))).scalar_one()
        used = await scoring.in_use(session)
        latest = await fits.latest(session, FitKind.PURCHASE)
        facts = await _facts(session)
    is_first = used is None
    whom = await asyncio.to_thread(buyers, history.as_of(facts.today.toordinal() + 1))
    if used is None or latest is None or since is None or latest.fitted_at < since:
        fitted = await asyncio.to_thread(_fit, history, facts)
        async with begin() as session:
            used = await _keep(session, history, facts, fitted)
            if is_first:
                await _rank_at_once(session, used, history, whom, seen, report)
    last = 0
    while not is_first:
        async with begin() as session:
            first, last = last + 1, await _last_of_batch(session, last)
            if not last:
                break
            customers, ranks = await scoring.rank_between(session, used, history, whom, first=first, last=last)
            await scoring.store(session, used, customers, ranks, seen=seen)
        report(len(customers))
    await _rank_the_rest(begin, used.fit_id)
    await products.fit_and_store(begin, history, now=used.now)
    await hours_refit.fit_and_store(begin)
    async with begin() as session:
        await summary.store_score_cuts(session)
    return Refit(used.fit_id, used.judge.production.basis, done)


async def _rank_at_once(
    session: AsyncSession, used: InUse, history: History, whom: Buyers, seen: str, report: Callable[[int], None]
) -> None:
    """Rank everybody in this one transaction, whoever was written since ``seen`` too, and cut the scores anew."""
    found, last, after = [], 0, 0
    while True:
        first, last = last + 1, await _last_of_batch(session, last)
        if not last:
            break
        found.append(await scoring.rank_between(session, used, history, whom, first=first, last=last))
        report(len(found[-1][0]))
    await scoring.end_by_revenue(session)
    for customers, ranks in found:
        await scoring.store(session, used, customers, ranks, seen=seen)
    while others := await _ranked_otherwise(session, used.fit_id, after):
        await scoring.rescore(session, others)
        after = others[-1]
    await summary.store_score_cuts(session)


async def _facts(session: AsyncSession) -> _Facts:
    limits = await thresholds.load(session)
    now, today = (await session.execute(text("SELECT cdm_now() AS now, cdm_today() AS today"))).one()
    calls = (await session.execute(_CALLS)).all()
    return _Facts(limits, now, today, calls, await leads.cohorts(session))


def _fit(history: History, facts: _Facts) -> _Fitted:
    """Both models, of what was known at the time of ``facts``."""
    known = history.as_of(facts.today.toordinal() + 1)
    production, scale = _production(known, facts.limits.ranking_horizon_days)
    calls = facts.calls
    answers = pool(
        [row.tried for row in calls], [row.answered for row in calls], [row.customers for row in calls], _EVEN
    )
    judge = Judge(production, scale, answers, facts.limits.call_margin, facts.limits.call_cost)
    return _Fitted(judge, leads.fit(facts.cohorts))


async def _keep(session: AsyncSession, history: History, facts: _Facts, fitted: _Fitted) -> InUse:
    """Both models are in use from now on."""
    judge, production = fitted.judge, fitted.judge.production
    first, until = (date.fromordinal(day) for day in history.days) if history.days else (None, None)
    fit_id = await fits.store(
        session,
        FitKind.PURCHASE,
        VERSION,
        judge.to_json(),
        {
            "customers": production.model.customers,
            "repeats": production.model.repeats,
            "log_likelihood": production.model.log_likelihood,
            "converged": production.model.converged,
            "basis": production.basis,
            "replays": production.replays,
            "shares": production.shares,
            "calibration_error": production.calibration_error,
            "calls": sum(row.tried * row.customers for row in facts.calls),
        },
        fitted_at=facts.now,
        data_from=first,
        data_until=until,
    )
    await _store_leads(session, fitted.conversion, facts.cohorts, now=facts.now, today=facts.today)
    return InUse(fit_id, judge, fitted.conversion, facts.now, facts.today)


async def _store_leads(
    session: AsyncSession, conversion: leads.Leads, cohorts: list[Cohort], *, now: datetime, today: date
) -> None:
    shown = [today - timedelta(days=each.days) for each in cohorts]
    await fits.store(
        session,
        FitKind.LEADS,
        leads.VERSION,
        conversion.to_json(),
        {"leads": sum(each.leads for each in cohorts), "ordered": sum(each.ordered for each in cohorts)},
        fitted_at=now,
        data_from=min(shown, default=None),
        data_until=max(shown, default=None),
    )


def _production(known: Known, horizon: int) -> tuple[Production, float]:
    """The model, and what one unit of its basis is in money: the sum of it over all in the black is the model's."""
    whom = buyers(known)
    production = fit_production(known, horizon, whom)
    judged = score(production.model, whom)
    total = float(production.ranking(whom, judged).clip(min=0.0).sum())
    return production, float(judged.value.sum()) / total if total > 0 else 1.0


# Calls of each customer, counted by how many customers have as many.
_CALLS = text(
    f"""
    SELECT tried, answered, count(*) AS customers
    FROM (
        SELECT count(*) AS tried, count(*) FILTER (WHERE cdm_answered(outcome_code)) AS answered
        FROM customer_interactions
        WHERE {CALLED}
        GROUP BY customer_id
    ) each
    GROUP BY tried, answered
    """
)


async def _last_of_batch(session: AsyncSession, after: int) -> int:
    """The last id of the next batch; 0: there is none."""
    last: int = (
        await session.execute(
            text(
                "SELECT coalesce(max(id), 0)"
                " FROM (SELECT id FROM customers WHERE id > :after ORDER BY id LIMIT :batch) batch"
            ),
            {"after": after, "batch": BATCH},
        )
    ).scalar_one()
    return last


async def _ranked_otherwise(session: AsyncSession, fit_id: int, after: int = 0) -> list[int]:
    """The next batch of customers whom not this fit ranks, with ids above ``after``."""
    found = await session.execute(
        text(
            """
            SELECT c.id FROM customers c LEFT JOIN call_ranking r ON r.customer_id = c.id
            WHERE c.id > :after AND c.erased_at IS NULL AND r.fit_id IS DISTINCT FROM :fit
            ORDER BY c.id LIMIT :batch
            """
        ),
        {"after": after, "fit": fit_id, "batch": summary.BATCH},
    )
    return list(found.scalars())


async def _rank_the_rest(begin: Begin, fit_id: int) -> None:
    """Whoever came or was written meanwhile and so has another fit's ranking: as a write does it, one batch a lock."""
    last = 0
    while True:
        async with begin() as session:
            ids = await summary.begin_write(session, await _ranked_otherwise(session, fit_id, last))
            if not ids:
                return
            await scoring.rescore(session, ids)
            last = ids[-1]

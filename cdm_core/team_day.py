"""The morning of who leads: what of their team's work is late or open, who is away, what each got done before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, report_scope, results
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.consents import not_held
from cdm_core.keepers import KEPT, keeper
from cdm_core.results import Result
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role

# Whoever covers for a colleague is late with the colleague's call, not with one of their own.
_OVERDUE = text(f"SELECT count(*) FROM {KEPT} f WHERE f.due_at < :now AND f.covered_for IS NULL")
_THEIRS = "(CAST(:everybody AS boolean) OR c.owner_id IS NULL OR c.owner_id = ANY(CAST(:people AS bigint[])))"
_UNCLAIMED = text(
    f"""
    SELECT count(*) FROM alerts a JOIN customers c ON c.id = a.customer_id
    WHERE a.state IN ('waiting', 'open') AND {not_held("c.id")} AND {_THEIRS}
    """
)
_CARTS = text(
    f"""
    SELECT count(*) AS number, coalesce(sum(d.cart_value), 0) AS value
    FROM customer_summary c
    CROSS JOIN LATERAL (
        SELECT cart_value FROM customer_dropoff_tracking
        WHERE customer_id = c.customer_id AND occurred_at = c.dropoff_at AND NOT recovered AND stage <> 'product_view'
        ORDER BY id DESC LIMIT 1) d
    WHERE c.dropoff_at > :fresh AND c.dropoff_at <= :now AND NOT c.do_not_call
      AND {not_held("c.customer_id")} AND {_THEIRS}
    """
)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Urgent alerts that nobody has taken, and open drop-offs with what they are worth, of whom may be called."""

    unclaimed: int
    carts: int
    carts_value: Decimal


@dataclass(frozen=True, slots=True)
class TeamDay:
    """Numbers of ``team`` (None: of everybody) but the reader's own.

    - ``away``: the names of who is on leave today
    - ``unclaimed``: urgent alerts that nobody has taken, of whom may be called
    - ``overdue``: by agent's name the promised calls that are late, the most first
    - ``carts``: open drop-offs of their customers and of nobody's who may be called, worth ``carts_value``
    - ``results``: by name what each got done on ``day``, the best first
    """

    team: str | None
    away: tuple[str, ...]
    unclaimed: int
    overdue: tuple[tuple[str, int], ...]
    carts: int
    carts_value: Decimal
    day: date
    results: tuple[tuple[str, Result], ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.away or self.unclaimed or self.overdue or self.carts or self.results)


async def gather(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, last: date, now: datetime
) -> TeamDay | None:
    """As of ``now``, which is the transaction's, with the results of the day ``last``; None for who leads nobody."""
    scope = await report_scope.scope(session, person)
    if scope is None:
        return None
    others = [one for one in await people.active(session, team_id=scope.team_id) if one.id != person.id]
    away = await absences.of(session, local_date(now, thresholds.zone))
    work = await open_work(session, None if scope.team_id is None else others, thresholds, now=now)
    return TeamDay(
        team=scope.team,
        away=tuple(one.name for one in others if one.id in away),
        unclaimed=work.unclaimed,
        overdue=await _overdue(session, others, thresholds, now),
        carts=work.carts,
        carts_value=work.carts_value,
        day=last,
        results=await _results(session, others, thresholds, last),
    )


async def open_work(
    session: AsyncSession, whose: Sequence[Staff] | None, thresholds: Thresholds, *, now: datetime
) -> OpenWork:
    """What waits as of ``now``, of these people's customers (None: of everybody's) and of nobody's."""
    theirs = {
        "everybody": whose is None,
        "people": [one.id for one in whose or ()],
        "now": now,
        "fresh": now - timedelta(days=thresholds.dropoff_fresh_days),
    }
    unclaimed = (await session.execute(_UNCLAIMED, theirs)).scalar_one()
    carts = (await session.execute(_CARTS, theirs)).one()
    return OpenWork(unclaimed, carts.number, carts.value)


async def _overdue(
    session: AsyncSession, others: Sequence[Staff], thresholds: Thresholds, now: datetime
) -> tuple[tuple[str, int], ...]:
    found = []
    for one in others:
        late = (await session.execute(_OVERDUE, {**keeper(one, thresholds), "now": now})).scalar_one()
        if late:
            found.append((one.name, late))
    return tuple(sorted(found, key=lambda named: -named[1]))


async def _results(
    session: AsyncSession, others: Sequence[Staff], thresholds: Thresholds, day: date
) -> tuple[tuple[str, Result], ...]:
    done = await results.of_people(session, [one.id for one in others], [day], thresholds.zone)
    named = [(one, done[one.id][0]) for one in others]
    worked = [(one.name, result) for one, result in named if result.calls or result.orders or one.role is Role.AGENT]
    if not any(result.calls or result.orders for _, result in worked):
        return ()
    return tuple(sorted(worked, key=lambda named: (-named[1].amount, -named[1].orders, -named[1].calls)))

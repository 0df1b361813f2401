"""What a team got done in a span of days, against the span before: for who leads it.

Calls, answers and orders from calls are those of ``cdm_core.results``, as each person sees their own with /me; what was
won back is that of ``cdm_core.recovery``, as /campaign counts it. Orders of all kinds, new leads and drop-offs are
those of the customers whom the team looks after: theirs and nobody's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calendar, recovery, results
from cdm_core.consents import may_be_called
from cdm_core.orders import STANDING
from cdm_core.recommend.uplift import Difference
from cdm_core.recovery import Figures
from cdm_core.report_scope import Scope
from cdm_core.results import DAYS
from cdm_core.team_suggestions import Suggested
from cdm_core.thresholds import Thresholds

_MOST_DAYS_BACK = 14

_TEAM = text(
    """
    SELECT id, name, role = 'agent' AND active AS calls FROM staff
    WHERE CAST(:team AS bigint) IS NULL OR team_id = :team
    ORDER BY name, id
    """
)
_THEIRS = """(CAST(:everybody AS boolean) OR c.owner_id IS NULL OR c.owner_id = ANY(CAST(:people AS bigint[])))"""
# A promised call is kept once there was a contact, be it to promise another one.
_PROMISES = text(
    f"""
    SELECT f.staff_id, d.day, count(*)::integer AS due, (count(*) FILTER (WHERE f.status <> 'open'))::integer AS kept
    FROM {DAYS}
    JOIN follow_ups f ON f.due_at >= d.starts_at AND f.due_at < least(d.ends_at, :now)
    WHERE f.staff_id = ANY(CAST(:people AS bigint[]))
      AND (f.status IN ('open', 'done') OR f.status = 'replaced' AND f.closed_by IS NOT NULL)
    GROUP BY f.staff_id, d.day
    """
)
# The orders won back of ``cdm_core.recovery``, each on its day and by who made the contact.
_WON_BACK = text(
    f"""
    SELECT t.contacted_by AS staff_id, d.day, count(*)::integer AS won_back
    FROM {DAYS}
    JOIN campaign_tasks t ON t.settled_at >= d.starts_at AND t.settled_at < d.ends_at
    WHERE t.state = 'recovered' AND t.contacted_by = ANY(CAST(:people AS bigint[]))
    GROUP BY t.contacted_by, d.day
    """
)
_ORDERS = text(
    f"""
    SELECT d.day, count(*)::integer AS orders, sum(o.total_amount) AS revenue
    FROM {DAYS}
    JOIN sales_orders o ON o.ordered_at >= d.starts_at AND o.ordered_at < d.ends_at
         AND o.status IN {STANDING}
    JOIN customers c ON c.id = o.customer_id
    WHERE {_THEIRS}
    GROUP BY d.day
    """
)
_LEADS = text(
    f"""
    SELECT d.day, count(*)::integer AS leads
    FROM {DAYS}
    JOIN customers c ON c.created_at >= d.starts_at AND c.created_at < d.ends_at AND NOT c.came_unknown
    WHERE {_THEIRS}
      AND c.created_at <= coalesce(
          (SELECT min(o.ordered_at) FROM sales_orders o WHERE o.customer_id = c.id), 'infinity')
    GROUP BY d.day
    """
)
_CARTS = text(
    f"""
    SELECT d.day, count(DISTINCT t.customer_id)::integer AS carts_left
    FROM {DAYS}
    JOIN customer_dropoff_tracking t ON t.occurred_at >= d.starts_at AND t.occurred_at < d.ends_at
         AND t.stage <> 'product_view'
    JOIN customers c ON c.id = t.customer_id
    WHERE {_THEIRS}
    GROUP BY d.day
    """
)
_OVERDUE = text(
    f"""
    SELECT count(*) FROM follow_ups f JOIN customers c ON c.id = f.customer_id
    WHERE f.status = 'open' AND f.due_at < :now AND {may_be_called("c")}
      AND (CAST(:everybody AS boolean) OR f.staff_id = ANY(CAST(:people AS bigint[]))
           OR c.owner_id = ANY(CAST(:people AS bigint[])))
    """
)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, and those to compare them with."""

    first: date
    last: date
    before_first: date
    before_last: date


@dataclass(frozen=True, slots=True)
class _Sums:
    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Work(_Sums):
    """What people did: outbound ``calls``, those ``answered``, ``orders`` confirmed and their ``amount``; of the
    promised calls ``due`` those ``kept``; orders ``won_back`` by calls of campaigns."""

    calls: int = 0
    answered: int = 0
    orders: int = 0
    amount: Decimal = Decimal(0)
    due: int = 0
    kept: int = 0
    won_back: int = 0

    @property
    def share(self) -> float | None:
        """The part of the calls that was answered, 0 to 1; None without calls."""
        return self.answered / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class Trade(_Sums):
    """``orders`` of all kinds, delivered or to be, and their ``revenue``; new ``leads``; customers who left a cart, a
    checkout or a failed payment (``carts_left``)."""

    orders: int = 0
    revenue: Decimal = Decimal(0)
    leads: int = 0
    carts_left: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    work: Work
    trade: Trade


@dataclass(frozen=True, slots=True)
class Agent:
    """``days`` are those of the span on which they did something, the oldest first."""

    name: str
    days: tuple[tuple[date, Work], ...]
    total: Work


@dataclass(frozen=True, slots=True)
class Report:
    """``agents`` with the best result first: who calls now, and whoever else did something. ``days`` and
    ``days_before`` are in order. ``overdue`` counts the promised calls that are late as of now. ``win_back`` is what
    the calls of campaigns brought, ``lift`` what offering customers by value does to the share that orders, where that
    is asked for and there is enough to say, ``suggested`` what was made of suggestions, where that is asked for."""

    scope: Scope
    span: Span
    agents: tuple[Agent, ...]
    days: tuple[Day, ...]
    days_before: tuple[Day, ...]
    work: Work
    work_before: Work
    trade: Trade
    trade_before: Trade
    overdue: int
    win_back: Figures
    win_back_before: Figures
    lift: Difference | None = None
    suggested: Suggested | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody did anything: what was promised and not kept is told in the morning."""
        return self.work == Work(due=self.work.due)


def one_day(day: date, limits: Thresholds) -> Span:
    """A day against the last working day before it."""
    backwards = (day - timedelta(days=back) for back in range(1, _MOST_DAYS_BACK))
    before = next((one for one in backwards if not calendar.day_off(one, limits)), day - timedelta(days=1))
    return Span(day, day, before, before)


def days_up_to(last: date, days: int) -> Span:
    """``days`` days against as many before them."""
    first = last - timedelta(days=days - 1)
    return Span(first, last, first - timedelta(days=days), first - timedelta(days=1))


async def report(session: AsyncSession, scope: Scope, span: Span, limits: Thresholds, *, now: datetime) -> Report:
    """The numbers of the span as of ``now``, by the business days."""
    team = (await session.execute(_TEAM, {"team": scope.team_id})).all()
    now_days, days_before = _days(span.first, span.last), _days(span.before_first, span.before_last)
    asked = {
        "people": [one.id for one in team],
        "everybody": scope.team_id is None,
        "now": now,
        **results.bounds([*days_before, *now_days], limits.zone),
    }
    work = await _work(session, asked, limits)
    trade = await _trade(session, asked)
    agents = [_agent(one.name, work[one.id], now_days) for one in team]
    shown = [agent for agent, one in zip(agents, team, strict=True) if one.calls or agent.total != Work()]
    listed, before = _by_day(now_days, work, trade), _by_day(days_before, work, trade)
    return Report(
        scope=scope,
        span=span,
        agents=tuple(sorted(shown, key=_rank)),
        days=listed,
        days_before=before,
        work=sum((one.work for one in listed), Work()),
        work_before=sum((one.work for one in before), Work()),
        trade=sum((one.trade for one in listed), Trade()),
        trade_before=sum((one.trade for one in before), Trade()),
        overdue=(await session.execute(_OVERDUE, asked)).scalar_one(),
        win_back=await recovery.total(session, span.first, span.last, team_id=scope.team_id),
        win_back_before=await recovery.total(session, span.before_first, span.before_last, team_id=scope.team_id),
    )


async def _work(session: AsyncSession, asked: dict[str, Any], limits: Thresholds) -> dict[int, dict[date, Work]]:
    """What each person did on each day, where they did something."""
    found: dict[int, dict[date, Work]] = {staff_id: {} for staff_id in asked["people"]}

    def add(staff_id: int, day: date, work: Work) -> None:
        if work != Work():
            found[staff_id][day] = found[staff_id].get(day, Work()) + work

    for staff_id, done in (await results.of_people(session, asked["people"], asked["days"], limits.zone)).items():
        for one in done:
            add(staff_id, one.day, Work(one.calls, one.answered, one.orders, one.amount))
    for row in await session.execute(_PROMISES, asked):
        add(row.staff_id, row.day, Work(due=row.due, kept=row.kept))
    for row in await session.execute(_WON_BACK, asked):
        add(row.staff_id, row.day, Work(won_back=row.won_back))
    return found


async def _trade(session: AsyncSession, asked: dict[str, Any]) -> dict[date, Trade]:
    found = dict.fromkeys(asked["days"], Trade())
    for row in await session.execute(_ORDERS, asked):
        found[row.day] += Trade(orders=row.orders, revenue=row.revenue)
    for row in await session.execute(_LEADS, asked):
        found[row.day] += Trade(leads=row.leads)
    for row in await session.execute(_CARTS, asked):
        found[row.day] += Trade(carts_left=row.carts_left)
    return found


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _agent(name: str, work: Mapping[date, Work], days: Sequence[date]) -> Agent:
    done = tuple((day, work[day]) for day in days if day in work)
    return Agent(name, done, sum((one for _, one in done), Work()))


def _rank(agent: Agent) -> tuple[Decimal, int, int, int]:
    """By what they sold, then orders, answers and calls; the most first."""
    total = agent.total
    return -total.amount, -total.orders, -total.answered, -total.calls


def _by_day(
    days: Sequence[date], work: Mapping[int, Mapping[date, Work]], trade: Mapping[date, Trade]
) -> tuple[Day, ...]:
    return tuple(
        Day(day, sum((of_one[day] for of_one in work.values() if day in of_one), Work()), trade[day]) for day in days
    )

"""The shop in ten numbers: counted each minute for all who look (``take``), for counting reads every summary.

While the jobs stand still one of those who look counts anew now and then, for the others too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import customer_summary as summary
from cdm_core.tables import customers
from cdm_core.tables import dashboard_snapshots as snapshots
from cdm_core.words import CustomerType, LifecycleStage

FRESH = timedelta(minutes=5)
"""A snapshot older than this is of a clock that stands still: then it is counted anew."""

_COUNTING = 0x63646D09


@dataclass(frozen=True, slots=True)
class Dashboard:
    """As of ``taken_at``; types, and temperatures, add up to ``total_customers``. Money in the business currency."""

    taken_at: datetime
    total_customers: int
    vip_customers: int
    repeat_customers: int
    new_customers: int
    inactive_customers: int
    loyal_customers: int
    hot_customers: int
    warm_customers: int
    cold_customers: int
    total_lifetime_value: Decimal
    avg_lifetime_value: Decimal


async def read(session: AsyncSession, *, now: datetime) -> Dashboard:
    """The last snapshot. Where there is none of the last minutes this takes one, unless others are at it: then it is
    the old one still."""
    kept = select(*(column for column in snapshots.c if column is not snapshots.c.id))
    row = (await session.execute(kept)).one_or_none()
    if row is None or abs(row.taken_at - now) > FRESH:
        if (await session.execute(_TURN, {"counting": _COUNTING})).scalar_one():
            await take(session, now=now)
            row = (await session.execute(kept)).one()
        elif row is None:
            row = (await session.execute(_count(now))).one()
    return Dashboard(*row)


async def take(session: AsyncSession, *, now: datetime) -> None:
    """Count, and keep the numbers in place of those before."""
    counted = _count(now).add_columns(literal(1))
    names = [column.name for column in _count(now).selected_columns]
    added = insert(snapshots).from_select([*names, "id"], counted)
    told = {name: added.excluded[name] for name in names}
    await session.execute(added.on_conflict_do_update(index_elements=[snapshots.c.id], set_=told))


_TURN = text("SELECT pg_try_advisory_xact_lock(:counting)")


def _count(now: datetime) -> Select[*tuple[Any, ...]]:
    erased = select(customers.c.id).where(customers.c.erased_at.is_not(None))
    hot = func.coalesce(summary.c.hot_until > now, False)
    warm = and_(func.coalesce(summary.c.warm_until > now, False), not_(hot))
    worth = summary.c.lifetime_value

    def those(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    return select(
        literal(now).label("taken_at"),
        func.count().label("total_customers"),
        those(summary.c.customer_type == CustomerType.VIP).label("vip_customers"),
        those(summary.c.customer_type == CustomerType.REPEAT).label("repeat_customers"),
        those(summary.c.customer_type == CustomerType.NEW).label("new_customers"),
        those(summary.c.customer_type == CustomerType.INACTIVE).label("inactive_customers"),
        those(summary.c.lifecycle_stage == LifecycleStage.LOYAL).label("loyal_customers"),
        those(hot).label("hot_customers"),
        those(warm).label("warm_customers"),
        those(not_(hot | warm)).label("cold_customers"),
        func.coalesce(func.sum(worth), 0).label("total_lifetime_value"),
        func.round(func.coalesce(func.avg(worth), 0), 2).label("avg_lifetime_value"),
    ).where(summary.c.customer_id.not_in(erased))

"""Customers found by a search: what a list of choices shows of each, ranked, within what the person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Select, Text, and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.access import full_name
from cdm_core.tables import customer_summary, customers, staff
from cdm_core.words import CustomerType, LifecycleStage, Temperature

Found = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
"""A query for ``customer_id``, ``tier``, ``relative`` and ``told``: see :func:`ranked`."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer found; ``relative`` is the name it was found by where that is a relative's.

    Where ``masked``, the customer is a colleague's: the name is to be masked; phone, city and last order are
    withheld (None).
    """

    customer_id: int
    name: str
    phone_e164: str | None
    city: str | None
    customer_type: CustomerType
    lifecycle_stage: LifecycleStage
    temperature: Temperature
    last_order_at: datetime | None
    owner_id: int | None
    owner: str | None
    relative: str | None
    masked: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """The best hits; ``more`` when there are others beyond the limit."""

    hits: tuple[Hit, ...] = ()
    more: bool = False

    @property
    def visible(self) -> list[Hit]:
        """Those that the person may open."""
        return [hit for hit in self.hits if not hit.masked]


def ranked(found: Found, person_id: int, visible: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The customers ``found`` names, best first, each once; for :func:`fetch`, with parameters ``name_key`` and
    ``limit``.

    ``found`` selects ``customer_id``, ``tier`` (0 is the best way to be found), ``relative`` (a name or null) and
    ``told``: whether a customer for whom ``visible`` does not hold is told of, masked. Within a tier the person's
    own come first, then those whose whole name or its beginning sounds like ``name_key``, then by last order.
    """
    ways = found.subquery()
    best = (
        select(ways)
        .ext(distinct_on(ways.c.customer_id))
        .order_by(ways.c.customer_id, ways.c.tier, ways.c.told.desc(), ways.c.relative.nulls_first())
        .subquery()
    )
    whole = bindparam("name_key", type_=Text)
    sounds = case(
        (customers.c.name_key == whole, 0), (func.starts_with(customers.c.name_key, whole.concat(" ")), 1), else_=2
    )
    return (
        select(
            customers.c.id,
            customers.c.first_name,
            customers.c.last_name,
            customers.c.phone_e164,
            func.coalesce(customers.c.city, customers.c.district).label("city"),
            customers.c.customer_type,
            customers.c.lifecycle_stage,
            customers.c.owner_id,
            staff.c.name.label("owner"),
            customer_summary.c.hot_until,
            customer_summary.c.warm_until,
            customer_summary.c.last_order_date,
            best.c.relative,
            visible.label("visible"),
        )
        .select_from(
            best.join(customers, customers.c.id == best.c.customer_id)
            .outerjoin(customer_summary, customer_summary.c.customer_id == best.c.customer_id)
            .outerjoin(staff, staff.c.id == customers.c.owner_id)
        )
        .where(or_(visible, best.c.told))
        .order_by(
            best.c.tier,
            and_(customers.c.owner_id == person_id, customers.c.owner_id.is_not(None)).desc(),
            best.c.relative.is_not(None),
            sounds,
            customer_summary.c.last_order_date.desc().nulls_last(),
            customers.c.id,
        )
        .limit(bindparam("limit", type_=Integer))
    )


async def fetch(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], *, now: datetime, limit: int, **values: Any
) -> Hits:
    """The hits of a :func:`ranked` statement, whose other parameters are ``values``."""
    rows = (await session.execute(statement, {"name_key": "", **values, "limit": limit + 1})).all()
    return Hits(tuple(_hit(row, now) for row in rows[:limit]), more=len(rows) > limit)


def _hit(row: Any, now: datetime) -> Hit:
    hot, warm = (moment is not None and moment > now for moment in (row.hot_until, row.warm_until))
    return Hit(
        customer_id=row.id,
        name=full_name(row.first_name, row.last_name),
        phone_e164=row.phone_e164 if row.visible else None,
        city=row.city if row.visible else None,
        customer_type=CustomerType(row.customer_type),
        lifecycle_stage=LifecycleStage(row.lifecycle_stage),
        temperature=Temperature.HOT if hot else Temperature.WARM if warm else Temperature.COLD,
        last_order_at=row.last_order_date if row.visible else None,
        owner_id=row.owner_id,
        owner=row.owner,
        relative=row.relative if row.visible else None,
        masked=not row.visible,
    )

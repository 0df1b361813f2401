"""Rows of ``customer_360_view``: one, or a page of those that filters leave, in an order that stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, Row, and_, cast, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed, phones
from cdm_core.errors import CdmError
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.tables import customer_summary as summary
from cdm_core.tables import customers
from cdm_core.tables.views import customer_360_view as view
from cdm_core.thresholds import Thresholds
from cdm_core.words import (
    CustomerSort,
    CustomerType,
    Gender,
    Language,
    LifecycleStage,
    MaritalStatus,
    Temperature,
)

MOST_FOUND = 200
"""So many customers that a search text may mean are looked at, the likeliest."""


@dataclass(frozen=True, slots=True)
class View360:
    """A row of the view, whose columns its fields are. Money in the business currency.

    ``phone`` is as people dial it ("01712345678"), or as typed where it is no valid number.
    """

    customer_id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    phone_e164: str | None
    address: str | None
    city: str | None
    district: str | None
    gender: Gender | None
    date_of_birth: date | None
    marital_status: MaritalStatus | None
    anniversary_date: date | None
    profession: str | None
    available_time: str | None
    preferred_channel: str | None
    preferred_language: Language | None
    source: str | None
    tags: tuple[str, ...]
    owner_id: int | None
    do_not_call_at: datetime | None
    customer_type: CustomerType
    lifecycle_stage: LifecycleStage
    customer_temperature: Temperature
    lifetime_value: Decimal
    total_orders: int
    avg_order_value: Decimal
    first_order_date: datetime | None
    last_order_date: datetime | None
    days_since_last_order: int | None
    purchase_frequency: Decimal | None
    avg_days_between_orders: Decimal | None
    delivered_orders: int
    returned_orders: int
    pending_orders: int
    total_interactions: int
    total_calls: int
    answered_calls: int
    total_emails: int
    total_whatsapp: int
    total_sms: int
    last_contact_at: datetime | None
    products_viewed: int
    product_views: int
    cart_additions: int
    wishlist_count: int
    search_count: int
    total_activities: int
    family_members_count: int


@dataclass(frozen=True, slots=True)
class Filters:
    """All that are given hold together; ``q`` is a search as people type it: name, phone, e-mail, id or key."""

    customer_type: CustomerType | None = None
    lifecycle_stage: LifecycleStage | None = None
    temperature: Temperature | None = None
    owner_id: int | None = None
    unowned: bool = False
    q: str | None = None


async def one(session: AsyncSession, thresholds: Thresholds, customer_id: int) -> View360:
    """Of this customer, as of the transaction's ``cdm_now()``. Raises ``CdmError("no_such_customer")``."""
    row = (await session.execute(select(view).where(view.c.customer_id == customer_id))).one_or_none()
    if row is None:
        raise CdmError("no_such_customer", customer_id=customer_id)
    return _row(row, thresholds.country)


async def page(
    session: AsyncSession,
    thresholds: Thresholds,
    filters: Filters,
    *,
    now: datetime,
    sort: CustomerSort | None = None,
    window: Window = FIRST,
) -> Listed[View360]:
    """A page of the customers that ``filters`` leave, by ``sort``; without one by lifetime value, or, of a search,
    the likeliest first. Ties stand by id. ``now`` is the transaction's ``cdm_now()``. Of a search that means more
    customers than ``MOST_FOUND`` the likeliest of those whom the other filters leave are looked at.

    Raises ``CdmError("no_such_place")``.
    """
    left = _conditions(filters, now)
    more = False
    order = _ORDERS[sort or CustomerSort.LIFETIME_VALUE]
    if filters.q is not None:
        found, more = await _found(session, thresholds, filters.q, left, now)
        left.append(summary.c.customer_id.in_(found))
        if sort is None:
            order = _likeliest(found)
    wanted = select(summary.c.customer_id).where(*left)
    total, capped = await listed.total(session, wanted)
    rows, onward = await listed.part(session, wanted, order, window)
    ids = [row.customer_id for row in rows]
    read = await session.execute(select(view).where(view.c.customer_id.in_(ids)))
    known = {row.customer_id: _row(row, thresholds.country) for row in read}
    return Listed(
        tuple(known[customer_id] for customer_id in ids if customer_id in known), total, more or capped, onward
    )


async def _found(
    session: AsyncSession, thresholds: Thresholds, text: str, left: Sequence[ColumnElement[bool]], now: datetime
) -> tuple[list[int], bool]:
    """Whom a search text means, the likeliest first, and whether there are others beside."""
    query = parse_query(text, thresholds.country)
    hits = await search(session, None, thresholds, query, now=now, limit=MOST_FOUND)
    if hits.more:
        among = exists().where(summary.c.customer_id == customers.c.id, *left).correlate(customers)
        hits = await search(session, None, thresholds, query, now=now, limit=MOST_FOUND, among=among)
    return [hit.customer_id for hit in hits.hits], hits.more


_ID = Key(summary.c.customer_id)
_ORDERS: dict[CustomerSort, Order] = {
    sort: Order(sort, keys)
    for sort, keys in {
        CustomerSort.LIFETIME_VALUE: (Key(summary.c.lifetime_value, falling=True), _ID),
        CustomerSort.LAST_ORDER: (Key(summary.c.last_order_date, falling=True, nullable=True), _ID),
        CustomerSort.NAME: (Key(func.lower(summary.c.customer_name)), _ID),
        CustomerSort.ID: (_ID,),
    }.items()
}


def _likeliest(found: Sequence[int]) -> Order:
    """The order of ``found``: a place in it is one among those alone who are found again."""
    rank = func.array_position(cast(found, ARRAY(BigInteger)), summary.c.customer_id, type_=Integer)
    return Order("likeliest", (Key(rank), _ID))


def _conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    erased = select(customers.c.id).where(customers.c.erased_at.is_not(None))
    left: list[ColumnElement[bool]] = [summary.c.customer_id.not_in(erased)]
    if filters.customer_type is not None:
        left.append(summary.c.customer_type == filters.customer_type)
    if filters.lifecycle_stage is not None:
        left.append(summary.c.lifecycle_stage == filters.lifecycle_stage)
    if filters.temperature is not None:
        left.append(_temperature(filters.temperature, now))
    if filters.owner_id is not None:
        left.append(summary.c.owner_id == filters.owner_id)
    if filters.unowned:
        left.append(summary.c.owner_id.is_(None))
    return left


def _temperature(wanted: Temperature, now: datetime) -> ColumnElement[bool]:
    """As ``cdm_temperature`` has it, in comparisons that an index answers."""
    hot, warm = summary.c.hot_until > now, summary.c.warm_until > now
    match wanted:
        case Temperature.HOT:
            return hot
        case Temperature.WARM:
            return and_(warm, not_(func.coalesce(hot, False)))
        case Temperature.COLD:
            return and_(not_(func.coalesce(hot, False)), not_(func.coalesce(warm, False)))


def _row(row: Row[Any], country: str) -> View360:
    values = dict(row._mapping)
    for name, word in _WORDS.items():
        values[name] = None if values[name] is None else word(values[name])
    if row.phone_e164 is not None:
        values["phone"] = phones.national(row.phone_e164, country)
    values["tags"] = tuple(row.tags)
    return View360(**values)


_WORDS = {
    "gender": Gender,
    "marital_status": MaritalStatus,
    "preferred_language": Language,
    "customer_type": CustomerType,
    "lifecycle_stage": LifecycleStage,
    "customer_temperature": Temperature,
}

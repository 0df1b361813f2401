"""Customers who look like one person twice: the same phone under a like name, the same e-mail, the same name and day.

A household shares a phone, so the phone alone tells nothing; what many share is nobody's own. Pairs that somebody
called two people are not spoken of again.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit
from cdm_core.access import VISIBLE, CustomerRef, full_name, sight
from cdm_core.errors import CdmError
from cdm_core.names import essential, phonetic, skeleton
from cdm_core.staff import Staff
from cdm_core.tables import not_duplicates
from cdm_core.thresholds import Thresholds
from cdm_core.words import Sameness

_STEP = 200
"""Shared phones looked at in one go."""

_TOLD_APART = """EXISTS (SELECT FROM not_duplicates n WHERE n.first_id = least({a}.id, {b}.id)
                         AND n.second_id = greatest({a}.id, {b}.id))"""
_LIKE_ME = text(
    f"""
    WITH me AS (SELECT * FROM customers WHERE id = :id),
         ways AS (
             (SELECT c.id, 'phone' AS why FROM customers c JOIN me ON c.phone_e164 = me.phone_e164 AND c.id <> me.id
              LIMIT :most + 1)
             UNION ALL
             (SELECT c.id, 'email' FROM customers c
              JOIN me ON lower(c.email) = lower(me.email) AND me.email <> '' AND c.id <> me.id
              LIMIT :most + 1)
             UNION ALL
             (SELECT c.id, 'birthday' FROM customers c
              JOIN me ON c.name_key = me.name_key AND me.name_key <> '' AND c.birthday_md = me.birthday_md
                     AND coalesce(c.date_of_birth = me.date_of_birth, true) AND c.id <> me.id
              LIMIT :most + 1)
             UNION ALL
             (SELECT c.id, 'address' FROM customers c
              JOIN me ON c.name_key = me.name_key AND me.name_key <> '' AND lower(c.address) = lower(me.address)
                     AND me.address <> '' AND c.id <> me.id
              LIMIT :most + 1))
    SELECT c.id, c.first_name, c.last_name, c.owner_id, owner.name AS owner, ways.why, {VISIBLE} AS visible,
           me.first_name AS my_first_name, me.last_name AS my_last_name,
           count(*) OVER (PARTITION BY ways.why) >= :most AS everybodys
    FROM ways JOIN customers c ON c.id = ways.id CROSS JOIN me LEFT JOIN staff owner ON owner.id = c.owner_id
    WHERE NOT {_TOLD_APART.format(a="c", b="me")}
    ORDER BY array_position(ARRAY['phone', 'email', 'birthday', 'address'], ways.why), c.id
    """
)
_SHARED = text(
    f"""
    SELECT phone_e164 FROM customers c WHERE phone_e164 > :after
    GROUP BY phone_e164 HAVING count(*) BETWEEN 2 AND :most AND count(*) FILTER (WHERE {VISIBLE}) >= 2
    ORDER BY phone_e164 LIMIT {_STEP}
    """
)
_PAIRS = text(
    f"""
    SELECT c.phone_e164, c.id, c.first_name, c.last_name,
           twin.id AS other_id, twin.first_name AS other_first_name, twin.last_name AS other_last_name
    FROM customers c
    JOIN customers twin ON twin.phone_e164 = c.phone_e164 AND twin.id > c.id
    WHERE c.phone_e164 = ANY(CAST(:phones AS text[]))
      AND {VISIBLE} AND {VISIBLE.replace("c.", "twin.")}
      AND NOT {_TOLD_APART.format(a="c", b="twin")}
    ORDER BY c.phone_e164, c.id, twin.id
    """
)
_SIDES = text(
    """
    SELECT c.id, c.first_name, c.last_name, coalesce(c.phone_e164, c.phone) AS phone, c.email,
           coalesce(c.city, c.district) AS place, c.owner_id, owner.name AS owner, c.created_at,
           coalesce(s.total_orders, 0) AS total_orders, coalesce(s.lifetime_value, 0) AS lifetime_value,
           s.last_order_date AS last_order_at, s.last_contact_at
    FROM customers c
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN staff owner ON owner.id = c.owner_id
    WHERE c.id = ANY(CAST(:ids AS bigint[]))
    """
)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Who may be the same person. Where ``masked`` it is a colleague's, whose ``name`` is to be masked."""

    customer_id: int
    name: str
    owner: str | None
    masked: bool
    why: Sameness


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers with one phone (E.164) and like names; the first is the older one."""

    phone: str
    first_id: int
    first_name: str
    second_id: int
    second_name: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two who are compared. ``phone`` is E.164, or as typed where it is no valid number."""

    customer_id: int
    name: str
    phone: str | None
    email: str | None
    place: str | None
    owner_id: int | None
    owner: str | None
    total_orders: int
    lifetime_value: Decimal
    last_order_at: datetime | None
    last_contact_at: datetime | None
    created_at: datetime


def alike(one: str, other: str) -> bool:
    """Whether two names may be of one person: "Rahim", "রহিম উদ্দিন" and "Md. Rohim Uddin", not "Rahima Uddin".

    All words of the shorter name sound like words of the longer one, the first like the first or all of them. A name
    that is missing speaks against nobody.
    """
    short, long = sorted((essential(one), essential(other)), key=len)
    rest = list(long)
    for word in short:
        same = next((known for known in rest if _sounds_like(word, known)), None)
        if same is None:
            return False
        rest.remove(same)
    return not short or not rest or _sounds_like(short[0], long[0])


async def of(session: AsyncSession, person: Staff, thresholds: Thresholds, customer_id: int) -> tuple[Duplicate, ...]:
    """Who may be the same person as the customer, the surest first; the caller has checked access to that one.

    Of colleagues' customers ``person`` is told, masked, of those with the same phone, as a search by it would.
    """
    facts = {"id": customer_id, "most": thresholds.placeholder_phone_customers, **sight(person, thresholds)}
    found: dict[int, Duplicate] = {}
    for row in await session.execute(_LIKE_ME, facts):
        why, name = Sameness(row.why), full_name(row.first_name, row.last_name)
        if row.everybodys or row.id in found or not (row.visible or why is Sameness.PHONE):
            continue
        if why is Sameness.PHONE and not alike(name, full_name(row.my_first_name, row.my_last_name)):
            continue
        found[row.id] = Duplicate(row.id, name, row.owner, not row.visible, why)
    return tuple(found.values())


async def pairs(
    session: AsyncSession, person: Staff, thresholds: Thresholds, *, limit: int = 50
) -> tuple[tuple[Pair, ...], bool]:
    """Pairs of customers ``person`` may see who share a phone and have like names; whether there are more."""
    found: list[Pair] = []
    after: str | None = ""
    while after is not None and len(found) <= limit:
        seen = sight(person, thresholds)
        shared = {"after": after, "most": thresholds.placeholder_phone_customers, **seen}
        phones = (await session.execute(_SHARED, shared)).scalars().all()
        rows = await session.execute(_PAIRS, {"phones": phones, **seen})
        found += [pair for pair in map(_pair, rows) if alike(pair.first_name, pair.second_name)]
        after = phones[-1] if len(phones) == _STEP else None
    return tuple(found[:limit]), len(found) > limit


async def sides(session: AsyncSession, one: CustomerRef, other: CustomerRef) -> tuple[Side, Side]:
    """Both, for comparing, in the order given.

    Raises ``CdmError("one_customer", customer_id=…)`` where they are one by now.
    """
    rows = await session.execute(_SIDES, {"ids": [one.customer_id, other.customer_id]})
    found = {row.id: _side(row) for row in rows}
    if len(found) != 2:
        raise CdmError("one_customer", customer_id=one.customer_id)
    return found[one.customer_id], found[other.customer_id]


def stays(one: Side, other: Side) -> Side:
    """Who had better stay: with more orders, else the one known for longer."""
    return max(one, other, key=lambda side: (side.total_orders, -side.created_at.timestamp(), -side.customer_id))


async def tell_apart(
    session: AsyncSession, person: Staff, one: CustomerRef, other: CustomerRef, *, now: datetime
) -> None:
    """Keep that these are two people: they are not offered as one again."""
    first, second = sorted((one.customer_id, other.customer_id))
    said = insert(not_duplicates).values(first_id=first, second_id=second, said_by=person.id, said_at=now)
    await session.execute(said.on_conflict_do_nothing())
    await audit.record_all(session, now, person, "told_apart", (first, second))


def _sounds_like(one: str, other: str) -> bool:
    return skeleton(one) == skeleton(other) and OSA.distance(phonetic(one), phonetic(other)) <= 1


def _pair(row: Row[Any]) -> Pair:
    return Pair(
        phone=row.phone_e164,
        first_id=row.id,
        first_name=full_name(row.first_name, row.last_name),
        second_id=row.other_id,
        second_name=full_name(row.other_first_name, row.other_last_name),
    )


def _side(row: Row[Any]) -> Side:
    return Side(
        customer_id=row.id,
        name=full_name(row.first_name, row.last_name),
        phone=row.phone or None,
        email=row.email or None,
        place=row.place or None,
        owner_id=row.owner_id,
        owner=row.owner,
        total_orders=row.total_orders,
        lifetime_value=row.lifetime_value,
        last_order_at=row.last_order_at,
        last_contact_at=row.last_contact_at,
        created_at=row.created_at,
    )

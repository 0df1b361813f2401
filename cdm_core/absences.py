"""When people are away: leave of whole days, which they announce themselves or their manager for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import absences, deals, staff

LONGEST = timedelta(days=366)
"""How far ahead leave can be announced, and how long it can be."""

AWAY = """SELECT id FROM staff WHERE NOT active
          UNION ALL SELECT staff_id FROM absences WHERE cdm_today() BETWEEN first_day AND last_day"""
"""Who is not here today, as SQL: on leave, or gone for good."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """Both days are days away."""

    absence_id: int
    staff_id: int
    name: str
    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Away:
    """A colleague who is not here, the last day of it known or, for who is gone, None."""

    name: str
    until: date | None


async def add(
    session: AsyncSession, person: Staff, first: date, last: date, *, by: Staff, now: datetime, today: date
) -> Absence:
    """Announce leave from ``first`` to ``last``; ``today`` is the business day of ``now``.

    What begins on the same day is changed by it; what it overlaps or touches becomes one with it. From today on the
    person's share of the daily deal goes to others. Raises ``CdmError("leave_over")`` for days gone by and
    ``CdmError("leave_too_long", days=…)``.
    """
    if first < today:
        raise CdmError("leave_over")
    if last - first >= LONGEST or last - today > LONGEST:
        raise CdmError("leave_too_long", days=LONGEST.days)
    await session.execute(select(staff.c.id).where(staff.c.id == person.id).with_for_update())
    whose = absences.c.staff_id == person.id
    await session.execute(delete(absences).where(whose, absences.c.first_day == first, absences.c.last_day >= today))
    touched = await session.execute(
        delete(absences)
        .where(whose, absences.c.first_day <= last + _DAY, absences.c.last_day >= max(first - _DAY, today))
        .returning(absences.c.first_day, absences.c.last_day)
    )
    for row in touched:
        first, last = min(first, row.first_day), max(last, row.last_day)
    absence_id = (
        await session.execute(
            insert(absences)
            .values(staff_id=person.id, first_day=first, last_day=last, created_by=by.id, created_at=now)
            .returning(absences.c.id)
        )
    ).scalar_one()
    if first <= today:
        await session.execute(delete(deals).where(deals.c.staff_id == person.id, deals.c.local_date == today))
    return Absence(absence_id, person.id, person.name, first, last)


async def cancel(session: AsyncSession, absence_id: int, *, today: date) -> Absence | None:
    """End it: the person is back ``today``, or never goes. Gives it as it was; None where it was over."""
    absence = await get(session, absence_id)
    if absence is None or absence.last < today:
        return None
    one = absences.c.id == absence_id
    if absence.first >= today:
        await session.execute(delete(absences).where(one))
    else:
        await session.execute(update(absences).where(one).values(last_day=today - _DAY))
    return absence


async def get(session: AsyncSession, absence_id: int) -> Absence | None:
    row = (await session.execute(_absences().where(absences.c.id == absence_id))).one_or_none()
    return None if row is None else _absence(row)


async def between(session: AsyncSession, first: date, last: date) -> tuple[Absence, ...]:
    """The absences that cover any of these days, of active people."""
    rows = await session.execute(
        _absences().where(absences.c.first_day <= last, absences.c.last_day >= first, staff.c.active)
    )
    return tuple(map(_absence, rows))


async def of(session: AsyncSession, day: date) -> dict[int, Absence]:
    """Who is away on ``day``, by staff id."""
    return {absence.staff_id: absence for absence in await between(session, day, day)}


async def ahead(session: AsyncSession, staff_ids: Collection[int], *, today: date) -> tuple[Absence, ...]:
    """The absences of these people that last or are to come, the earliest first."""
    rows = await session.execute(
        _absences().where(absences.c.staff_id.in_(staff_ids), absences.c.last_day >= today, staff.c.active)
    )
    return tuple(map(_absence, rows))


async def away(session: AsyncSession, staff_ids: Collection[int]) -> dict[int, Away]:
    """Those of these people who are not here today (``cdm_today()``), by id."""
    rows = await session.execute(
        text(
            """
            SELECT p.id, p.name, max(a.last_day) AS until
            FROM staff p
            LEFT JOIN absences a ON a.staff_id = p.id AND p.active AND cdm_today() BETWEEN a.first_day AND a.last_day
            WHERE p.id = ANY(CAST(:ids AS bigint[])) AND (NOT p.active OR a.id IS NOT NULL)
            GROUP BY p.id
            """
        ),
        {"ids": list(staff_ids)},
    )
    return {row.id: Away(row.name, row.until) for row in rows}


def _absences() -> Select[Any]:
    return (
        select(absences, staff.c.name)
        .join(staff, staff.c.id == absences.c.staff_id)
        .order_by(absences.c.first_day, staff.c.name, absences.c.id)
    )


def _absence(row: Row[Any]) -> Absence:
    return Absence(row.id, row.staff_id, row.name, row.first_day, row.last_day)

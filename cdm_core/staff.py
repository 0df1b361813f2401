"""The people who use the system."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import outbox
from cdm_core.errors import CdmError
from cdm_core.names import name_key
from cdm_core.tables import chats, claims, deals, staff, teams
from cdm_core.words import Language, Role


@dataclass(frozen=True, slots=True)
class Staff:
    """``working_days`` are ISO weekdays (Monday 1); ``digest_time`` is local to the business zone."""

    id: int
    name: str
    role: Role
    team_id: int | None
    team: str | None
    telegram_user_id: int | None
    language: Language
    digest_time: time
    working_days: frozenset[int]
    alerts: bool
    active: bool

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.working_days


def _people() -> Select[Any]:
    return select(staff, teams.c.name.label("team")).select_from(staff.outerjoin(teams, teams.c.id == staff.c.team_id))


def person(row: Row[Any]) -> Staff:
    """From a row with the columns of ``staff`` and the name of the ``team``."""
    return Staff(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        team_id=row.team_id,
        team=row.team,
        telegram_user_id=row.telegram_user_id,
        language=Language(row.language),
        digest_time=row.digest_time,
        working_days=frozenset(row.working_days),
        alerts=row.alerts,
        active=row.active,
    )


async def get(session: AsyncSession, staff_id: int) -> Staff:
    """Raises ``CdmError("no_such_person")``."""
    row = (await session.execute(_people().where(staff.c.id == staff_id))).one_or_none()
    if row is None:
        raise CdmError("no_such_person")
    return person(row)


async def by_telegram_user(session: AsyncSession, telegram_user_id: int) -> Staff | None:
    """The active person signed in with this Telegram account, if any."""
    row = (
        await session.execute(_people().where(staff.c.telegram_user_id == telegram_user_id, staff.c.active))
    ).one_or_none()
    return None if row is None else person(row)


async def active(session: AsyncSession, *, team_id: int | None = None) -> tuple[Staff, ...]:
    """All active people, of one team if asked, by name."""
    query = _people().where(staff.c.active).order_by(staff.c.name, staff.c.id)
    if team_id is not None:
        query = query.where(staff.c.team_id == team_id)
    return tuple(person(row) for row in await session.execute(query))


async def joined(session: AsyncSession) -> dict[int, datetime]:
    """Since when each of the active people is one of us."""
    rows = await session.execute(select(staff.c.id, staff.c.created_at).where(staff.c.active))
    return {row.id: row.created_at for row in rows}


def called(words: str, among: Iterable[Staff]) -> list[Staff]:
    """Those whose name ``words`` are, in either script, else those of whose name they begin a part."""
    everybody, key = list(among), name_key(words)
    if not key:
        return []
    named = [person for person in everybody if name_key(person.name) == key]
    return named or [
        person for person in everybody if any(part.startswith(key) for part in _endings(name_key(person.name)))
    ]


def _endings(key: str) -> list[str]:
    """``a b c`` → ``a b c``, ``b c``, ``c``."""
    parts = key.split()
    return [" ".join(parts[start:]) for start in range(len(parts))]


async def private_chat(session: AsyncSession, staff_id: int) -> int | None:
    """The chat to write to, or None: never signed in, or blocked the bot."""
    return (await private_chats(session, [staff_id])).get(staff_id)


async def private_chats(session: AsyncSession, staff_ids: Collection[int] | None = None) -> dict[int, int]:
    """The same for several, or for all: staff id to chat; who has none is absent."""
    query = select(chats.c.staff_id, chats.c.chat_id).where(
        chats.c.type == "private", chats.c.blocked_at.is_(None), chats.c.staff_id.is_not(None)
    )
    if staff_ids is not None:
        query = query.where(chats.c.staff_id.in_(staff_ids))
    return {row.staff_id: row.chat_id for row in await session.execute(query)}


async def lead_name(session: AsyncSession, person: Staff) -> str | None:
    """Who leads the person's team, if it is somebody else."""
    query = select(staff.c.name).join(teams, teams.c.lead_id == staff.c.id).where(teams.c.id == person.team_id)
    return (await session.execute(query.where(staff.c.id != person.id, staff.c.active))).scalar_one_or_none()


async def change(session: AsyncSession, staff_id: int, **values: Any) -> Staff:
    """Set a person's own settings: ``language``, ``digest_time``, ``working_days`` (ISO weekdays), ``alerts``."""
    unknown = values.keys() - {"language", "digest_time", "working_days", "alerts"}
    if unknown:
        raise ValueError(f"not a person's own setting: {sorted(unknown)}")
    if "working_days" in values:
        values["working_days"] = sorted(values["working_days"])
    await session.execute(update(staff).where(staff.c.id == staff_id).values(**values))
    return await get(session, staff_id)


async def remove(session: AsyncSession, staff_id: int, *, now: datetime) -> None:
    """End a person's access at once, with what is queued for them and what they were to call today.

    Their customers stay theirs until ``departures.hand_over``.
    """
    await session.execute(
        update(staff).where(staff.c.id == staff_id).values(active=False, removed_at=now, telegram_user_id=None)
    )
    await session.execute(
        update(chats)
        .where(chats.c.staff_id == staff_id, chats.c.type == "private")
        .values(staff_id=None, dialog=None, current_customer_id=None, current_until=None)
    )
    await session.execute(delete(claims).where(claims.c.staff_id == staff_id))
    yesterday = (now - timedelta(days=1)).date()  # whatever the zone: the deal of a day that is over deals nothing
    await session.execute(delete(deals).where(deals.c.staff_id == staff_id, deals.c.local_date >= yesterday))
    await outbox.cancel(session, staff_id=staff_id, why="removed")

"""Invitations: 128 bits, single use, for 24 hours unless said otherwise; only their hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import staff as people
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.tables import chats, invites, staff, teams
from cdm_core.words import ChatType, Language, Role

VALID = timedelta(hours=24)
TRIES = 5
TRIES_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Invitation:
    """``code`` is shown once; it fits Telegram's deep link (at most 64 of A-Z, a-z, 0-9, _ and -)."""

    code: str
    role: Role
    name: str | None
    team: str | None
    expires_at: datetime


async def create(
    session: AsyncSession,
    *,
    role: Role,
    now: datetime,
    name: str | None = None,
    team: str | None = None,
    valid: timedelta = VALID,
    created_by: int | None = None,
) -> Invitation:
    """Make an invitation; a team named for the first time is founded.

    Raises ``CdmError("bad_validity")`` for a span that is not between a minute and 30 days.
    """
    if not timedelta(minutes=1) <= valid <= timedelta(days=30):
        raise CdmError("bad_validity")
    code = secrets.token_urlsafe(16)
    team_id = None if team is None else await _team(session, team)
    await session.execute(
        insert(invites).values(
            code_hash=_hash(code),
            role=role,
            name=name,
            team_id=team_id,
            created_by=created_by,
            created_at=now,
            expires_at=now + valid,
        )
    )
    return Invitation(code=code, role=role, name=name, team=team, expires_at=now + valid)


async def accept(
    session: AsyncSession,
    code: str,
    *,
    chat_id: int,
    telegram_user_id: int,
    telegram_name: str,
    language: Language,
    now: datetime,
) -> Staff | None:
    """Sign the person in by ``code``; None, and a counted try, for one that is unknown, used or expired.

    Raises ``CdmError("too_many_tries")`` from the sixth try within an hour on, whatever the code. A person who is
    signed in already keeps the account and takes the invitation's role and team.
    """
    await _count_try(session, chat_id, now)
    row = (
        await session.execute(
            update(invites)
            .where(invites.c.code_hash == _hash(code), invites.c.used_at.is_(None), invites.c.expires_at > now)
            .values(used_at=now)
            .returning(invites.c.id, invites.c.role, invites.c.name, invites.c.team_id)
        )
    ).one_or_none()
    if row is None:
        return None
    values = {"role": row.role, "team_id": row.team_id}
    person = await people.by_telegram_user(session, telegram_user_id)
    if person is None:
        new = insert(staff).values(
            name=(row.name or telegram_name or "?")[:100],
            telegram_user_id=telegram_user_id,
            language=language,
            **values,
        )
        staff_id = (await session.execute(new.returning(staff.c.id))).scalar_one()
    else:
        staff_id = person.id
        await session.execute(update(staff).where(staff.c.id == staff_id).values(**values))
    await session.execute(update(invites).where(invites.c.id == row.id).values(used_by=staff_id))
    await session.execute(
        update(chats)
        .where(chats.c.staff_id == staff_id, chats.c.chat_id != chat_id, chats.c.type == ChatType.PRIVATE)
        .values(staff_id=None)
    )
    await session.execute(
        update(chats).where(chats.c.chat_id == chat_id).values(staff_id=staff_id, blocked_at=None, tries=0)
    )
    return await people.get(session, staff_id)


async def _count_try(session: AsyncSession, chat_id: int, now: datetime) -> None:
    await session.execute(upsert(chats).values(chat_id=chat_id, type=ChatType.PRIVATE).on_conflict_do_nothing())
    row = (
        await session.execute(
            select(chats.c.tries, chats.c.tries_since).where(chats.c.chat_id == chat_id).with_for_update()
        )
    ).one()
    fresh = row.tries_since is not None and row.tries_since > now - TRIES_WITHIN
    tries = row.tries + 1 if fresh else 1
    if tries > TRIES:
        raise CdmError("too_many_tries")
    await session.execute(
        update(chats)
        .where(chats.c.chat_id == chat_id)
        .values(tries=tries, tries_since=row.tries_since if fresh else now)
    )


async def _team(session: AsyncSession, name: str) -> int:
    await session.execute(upsert(teams).values(name=name).on_conflict_do_nothing())
    team_id: int = (await session.execute(select(teams.c.id).where(teams.c.name == name))).scalar_one()
    return team_id


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()

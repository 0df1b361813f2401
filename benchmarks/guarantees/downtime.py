"""All processes are down over the hour of the morning list, for a minute, three hours and thirty hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.guarantees.proof import Figure, exactly
from benchmarks.processes import ZONE
from cdm_core.clock import Clock
from jobs import morning_digest, troubles
from jobs.clock import Ticker
from jobs.job import Shop

_DUE = "2026-11-24T09:00"

_RUNS = text(
    """
    SELECT string_agg(DISTINCT extract(day FROM local_date) || 'th ' || state, ', ')
    FROM schedule_runs WHERE job = 'morning-digest' AND key <> '*' AND local_date >= '2026-11-24'
    """
)
_SAID = text("SELECT payload ->> 'text' AS words FROM outbox WHERE kind = :kind ORDER BY id")
_BIRTHDAYS = text(
    """
    INSERT INTO customers (first_name, phone_e164, owner_id, birth_month, birth_day)
    SELECT 'Customer ' || n, '+88017' || lpad(n::text, 8, '0'), :owner, 11, n FROM generate_series(22, 26) n
    """
)
_PERSON = text(
    """
    INSERT INTO staff (name, role, telegram_user_id, digest_time, working_days, created_at)
    VALUES (:name, :role, :chat, '09:00', '{1,2,3,4,5,6,7}', '2026-01-01') RETURNING id
    """
)
_CHAT = text("INSERT INTO chats (chat_id, type, staff_id) VALUES (:chat, 'private', :person)")


@dataclass(frozen=True, slots=True)
class Case:
    """Nothing ticks between the moments ``down`` and ``up``. ``runs``: what the ledger says of the 24th and after;
    ``mark``: what the list's first line says behind the date; ``told``: whether admins hear of it."""

    down: str
    up: str
    runs: str
    mark: str
    told: bool


CASES = {
    "1 minute": Case("2026-11-24T08:59:30", "2026-11-24T09:00:30", "24th done", "", told=False),
    "3 hours": Case("2026-11-24T08:20", "2026-11-24T11:20", "24th late", "sent 11:20", told=False),
    "30 hours": Case("2026-11-24T08:20", "2026-11-25T14:20", "24th expired, 25th late", "sent 14:20", told=True),
}


async def prove(sessions: async_sessionmaker[AsyncSession], name: str) -> Sequence[Figure]:
    """The case ``name`` on an empty database: an agent who has something to hear each day, and an admin."""
    case = CASES[name]
    await _hire(sessions)
    ticker = Ticker(sessions, Clock(ZONE), [morning_digest.job(Shop()), troubles.job(Shop())])
    before = _at(_DUE) - timedelta(days=1)
    await ticker.tick(before)
    already = await _said(sessions, "digest")
    for moment in (_at(case.down), _at(case.up), _at(case.up) + timedelta(minutes=1)):
        await ticker.tick(moment)
    async with sessions() as session:
        runs = str((await session.execute(_RUNS)).scalar_one())
    lists = (await _said(sessions, "digest"))[len(already) :]
    marks = [words.splitlines()[0].partition(" · ")[2] for words in lists]
    news = [words for words in await _said(sessions, "alert") if "Morning list" in words]
    return [
        Figure(f"down for {name}: ledger", runs, case.runs, runs == case.runs),
        Figure(f"down for {name}: lists sent", _shown(marks), _shown([case.mark]), marks == [case.mark]),
        exactly(f"down for {name}: admins told", len(news), int(case.told)),
    ]


async def _hire(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as session:
        for chat, (name, role) in enumerate((("Rafiq", "admin"), ("Tanvir", "agent")), 700_000_001):
            added = await session.execute(_PERSON, {"name": name, "role": role, "chat": chat})
            person = added.scalar_one()
            await session.execute(_CHAT, {"chat": chat, "person": person})
        await session.execute(_BIRTHDAYS, {"owner": person})


async def _said(sessions: async_sessionmaker[AsyncSession], kind: str) -> list[str]:
    async with sessions() as session:
        return list((await session.execute(_SAID, {"kind": kind})).scalars())


def _shown(marks: Sequence[str]) -> str:
    return " and ".join(f"one marked “{mark}”" if mark else "one, unmarked" for mark in marks) or "none"


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZONE)

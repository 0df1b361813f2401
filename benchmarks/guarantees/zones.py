"""Years of a clock that is set, in zones that do odd things to theirs: one morning list a local day, each day."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.guarantees.proof import Figure, exactly
from cdm_core.clock import Clock
from cdm_core.schedule import JobName, moment, slots
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop

ODD_ZONES = (
    "Pacific/Apia",  # skipped 30 December 2011 whole
    "America/Nuuk",  # summer time begins in the last hour of a Saturday
    "America/Sao_Paulo",  # began at midnight
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # backwards for Ramadan
    "Antarctica/Troll",  # two hours
    "America/Havana",
    "Asia/Tehran",
)
ALL_ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)
FIFTY_ZONES = [*ODD_ZONES, *[name for name in ALL_ZONES[:: len(ALL_ZONES) // 44] if name not in ODD_ZONES]][:50]
ODD_TIMES = (time(2, 30), time(0), time(23, 30), time(9), time(0, 30))
YEARS = {"Pacific/Apia": 2011, "America/Sao_Paulo": 2016}
"""The first of the three years; elsewhere 2023."""

_LEDGER = text("SELECT local_date, state, attempts FROM schedule_runs WHERE job = 'morning-digest' AND key <> '*'")
_LISTS = text("SELECT dedup_key FROM outbox WHERE kind = 'digest'")
_EFFECTS = text("SELECT count(*) FROM audit_log WHERE action = 'digest'")
_ZONE = text("UPDATE settings SET value = :zone WHERE key = 'timezone'")
_PERSON = text(
    """
    INSERT INTO staff (name, role, telegram_user_id, digest_time, working_days, created_at)
    VALUES ('Tanvir', 'agent', 700000001, :at, '{1,2,3,4,5,6,7}', '2000-01-01') RETURNING id
    """
)
_CHAT = text("INSERT INTO chats (chat_id, type, staff_id) VALUES (700000001, 'private', :person)")
_BIRTHDAYS = text(
    """
    INSERT INTO customers (first_name, phone_e164, owner_id, birth_month, birth_day)
    SELECT 'Customer ' || day::date, '+880170' || to_char(day, 'MMDD') || '000', :person,
           extract(month FROM day), extract(day FROM day)
    FROM generate_series(timestamp '2024-01-01', timestamp '2024-12-31', interval '1 day') day
    """
)


def arithmetic(name: str, *, mean_minutes: int) -> Figure:
    """Three years of ticks at random distances in the zone ``name``; how often each local day had its slot.

    What the ledger keeps out, a day that was done, is kept out here.
    """
    zone, at, dice = ZoneInfo(name), _time(name), random.Random(name)
    now = datetime(YEARS.get(name, 2023), 1, 1, tzinfo=UTC)
    first, end = now + timedelta(days=2), now.replace(year=now.year + 3)
    last, seen = now, Counter[date]()
    while now < end:
        now += timedelta(minutes=dice.uniform(0, 2 * mean_minutes))
        for slot in slots(JobName.MORNING_DIGEST, "1", at, zone, last=last, now=now):
            if seen[slot.local_date] == 0 or slot.at > last:
                seen[slot.local_date] += 1
        last = now
    return _one_a_day(f"{name}, {at:%H:%M}", seen, _days(zone, at, first, end - timedelta(days=2)))


async def ledger(sessions: async_sessionmaker[AsyncSession], name: str, *, begin: date, days: int) -> Sequence[Figure]:
    """The real job on an empty database from ``begin`` for so many ``days``, somebody's birthday on each."""
    zone, at, dice = ZoneInfo(name), _time(name), random.Random(name)
    now = datetime.combine(begin, time(), UTC)
    async with sessions.begin() as session:
        await session.execute(_ZONE, {"zone": name})
        person = (await session.execute(_PERSON, {"at": at})).scalar_one()
        await session.execute(_CHAT, {"person": person})
        await session.execute(_BIRTHDAYS, {"person": person})
    ticker = Ticker(sessions, Clock(zone), [morning_digest.job(Shop())])
    first, end = now, now + timedelta(days=days)
    await ticker.tick(now)
    while now < end:
        now += timedelta(hours=dice.uniform(0.5, 5.9))
        await ticker.tick(now)
    async with sessions() as session:
        rows = (await session.execute(_LEDGER)).all()
        lists = Counter(date.fromisoformat(key.rpartition(":")[2]) for key in (await session.execute(_LISTS)).scalars())
        effects = int((await session.execute(_EFFECTS)).scalar_one())
    expected = _days(zone, at, first + timedelta(days=1), end)
    return [
        _one_a_day(f"{name}: lists", lists, expected),
        exactly(f"{name}: slots of the ledger, done once", sum(row.attempts == 1 for row in rows), len(lists)),
        exactly(f"{name}: effects", effects, len(lists)),
    ]


def _one_a_day(what: str, seen: Counter[date], expected: set[date]) -> Figure:
    missed, twice = len(expected - seen.keys()), sum(n > 1 for n in seen.values())
    measured = f"{len(seen)} days, {missed} missed, {twice} twice"
    return Figure(what, measured, "0 missed, 0 twice", missed == twice == 0)


def _days(zone: ZoneInfo, at: time, first: datetime, last: datetime) -> set[date]:
    """The local days whose ``at`` lies between the two moments."""
    days = ((first + timedelta(days=n)).astimezone(zone).date() for n in range(-1, (last - first).days + 2))
    return {day for day in days if (due := moment(day, at, zone)) is not None and first < due <= last}


def _time(name: str) -> time:
    return ODD_TIMES[FIFTY_ZONES.index(name) % len(ODD_TIMES)]

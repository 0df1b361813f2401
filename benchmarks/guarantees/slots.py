"""Several bots and several clocks at once, any of which dies at any time: each slot of the schedule happens once."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from benchmarks import processes
from benchmarks.guarantees.proof import Figure, exactly, told
from benchmarks.processes import ZONE, Running
from benchmarks.stage import Stage, hire
from cdm_core.clock import Clock

BOTS, CLOCKS = 2, 3
PAUSE_SECONDS = (0.5, 2.5)
"""Between two deaths; who died is started again at once."""
FEWEST_KILLS = 5

_HOURS = text(
    "UPDATE staff SET digest_time = :at, working_days = '{1,2,3,4,5,6,7}', created_at = cdm_now() - interval '30 days'"
)
_BIRTHDAYS = text(
    """
    INSERT INTO customers (first_name, phone_e164, owner_id, birth_month, birth_day)
    SELECT 'Customer ' || id, '+88017' || lpad(id::text, 8, '0'), id, :month, :day FROM staff
    """
)
_LEDGER = "SELECT count(*) FROM schedule_runs WHERE job = 'morning-digest' AND key <> '*'"
_DONE = f"{_LEDGER} AND state IN ('done', 'late') AND attempts = 1"
_SENT = "SELECT count(*) FROM outbox WHERE kind = 'digest' AND state = 'sent'"
_EFFECTS = text(
    "SELECT details ->> 'shown_to' AS person, count(*) AS n FROM audit_log WHERE action = 'digest' GROUP BY 1"
)
_UNKNOWN = text(
    """
    SELECT o.chat_id, count(*) AS n
    FROM delivery_attempts a JOIN outbox o ON o.id = a.outbox_id
    WHERE o.kind = 'digest' AND a.result = 'unknown' GROUP BY 1
    """
)


async def prove(on: Stage, *, slots: int, seed: int = 3) -> Sequence[Figure]:
    """As many agents as ``slots`` have their morning list due half an hour ago, each with something to say."""
    await hire(on, slots)
    due = (Clock.real_now() - timedelta(minutes=30)).astimezone(ZONE)
    await _prepare(on, due)
    dice = random.Random(seed)
    alive = [_bot(on) for _ in range(BOTS)] + [_clock(on) for _ in range(CLOCKS)]
    kills = 0
    while kills < FEWEST_KILLS or await on.number(_SENT) < slots:
        await asyncio.sleep(dice.uniform(*PAUSE_SECONDS))
        number = dice.randrange(len(alive))
        await alive[number].kill()
        alive[number] = _bot(on) if number < BOTS else _clock(on)
        kills += 1
    await asyncio.gather(*(one.end() for one in alive))

    async with on.engine.connect() as connection:
        effects = {row.person: row.n for row in await connection.execute(_EFFECTS)}
        unknown = {row.chat_id: row.n for row in await connection.execute(_UNKNOWN)}
    calls = await on.sandbox.ledger(method="sendMessage")
    arrived = Counter(call["chat_id"] for call in calls if call["done"])
    return [
        told("kills", kills),
        told("processes", f"{BOTS} bots, {CLOCKS} clocks"),
        exactly("slots in the ledger, done once", await on.number(_DONE), slots),
        exactly("slots in the ledger", await on.number(_LEDGER), slots),
        exactly("slots with one effect", sum(n == 1 for n in effects.values()), slots),
        exactly("slots with an effect", len(effects), slots),
        exactly("chats that got their list", len(arrived), slots),
        told("lists that came twice", sum(n > 1 for n in arrived.values())),
        exactly("lists twice without an unknown", sum(n > 1 + unknown.get(chat, 0) for chat, n in arrived.items()), 0),
    ]


async def _prepare(on: Stage, due: datetime) -> None:
    async with on.engine.begin() as connection:
        await connection.execute(_HOURS, {"at": due.time().replace(second=0, microsecond=0)})
        await connection.execute(_BIRTHDAYS, {"month": due.month, "day": due.day})


def _bot(on: Stage) -> Running:
    return Running(processes.bot, on.database_url, on.sandbox.url, on.sandbox.token)


def _clock(on: Stage) -> Running:
    return Running(processes.jobs, on.database_url)

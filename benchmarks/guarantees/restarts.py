"""The database is restarted every other second, half the times as after a crash, while agents log their calls."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import processes
from benchmarks.guarantees.proof import Figure, exactly, told
from benchmarks.processes import Running
from benchmarks.stage import FIRST_USER, Stage, hire
from bot.sandbox.client import SandboxError
from cdm_core import outbox, summary
from cdm_core.clock import Clock
from cdm_core.db import cluster, embedded
from cdm_core.outbox import OutMessage
from cdm_core.tables import customers
from cdm_core.words import MessageKind

EVERY_SECONDS = 2.0
UP_SECONDS = 0.5
"""What the database is up at least, where a restart itself takes long."""
ALIVE_SECONDS = 75.0
"""After the last restart every loop has shown within this time that it lives; the clock rings each minute."""

_LOGGED = text("SELECT description AS said, count(*) AS n FROM customer_interactions GROUP BY 1")
_FINISHED = """
    SELECT count(*) WHERE :said <= (SELECT count(*) FROM inbox WHERE state IN ('done', 'quarantined'))
       AND NOT EXISTS (SELECT FROM outbox WHERE state IN ('queued', 'leased', 'sending'))
"""
_TICKED = "SELECT count(*) FROM schedule_runs WHERE job = 'stale-refresh' AND key = '*' AND slot_at > :now"


async def prove(
    on: Stage, *, seconds: float, people: int = 60, rate: float = 50, hurried: bool = False
) -> Sequence[Figure]:
    """``rate`` logs a second for ``seconds``. ``hurried``: the clock rings each second, not each minute.

    The stage's server must be its own.
    """
    assert on.data_dir is not None
    keys = await hire(on, people)
    customer_of = await _customers(on)
    clock = processes.hurried_jobs if hurried else processes.jobs
    running = [
        Running(processes.bot, on.database_url, on.sandbox.url, on.sandbox.token),
        Running(clock, on.database_url),
    ]
    said: list[str] = []

    async def talk() -> None:
        began = time.monotonic()
        for n in itertools.count():
            await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
            if time.monotonic() > began + seconds:
                return
            words = f"kotha hoise 3 min, dam beshi ({n})"
            said.append(words)
            await on.sandbox.say(keys[n % people], f"/log #{customer_of[n % people]} {words}")

    talking = asyncio.create_task(talk())
    restarts, next_at = 0, time.monotonic() + EVERY_SECONDS
    while not talking.done():
        await asyncio.wait((talking,), timeout=max(UP_SECONDS, next_at - time.monotonic()))
        next_at += EVERY_SECONDS
        await asyncio.to_thread(_restart, on.data_dir, "immediate" if restarts % 2 else "fast")
        restarts += 1
    await talking
    await on.until(_FINISHED, 1, said=len(said))
    living = await _living(on, keys[0], running)
    for one in running:
        await one.end()

    async with on.engine.connect() as connection:
        logged = {row.said: row.n for row in await connection.execute(_LOGGED)}
    calls = await on.sandbox.ledger(method="sendMessage")
    echoes = Counter(call["chat_id"] for call in calls if call["done"] and "Customer" in call["text"])
    expected = Counter(FIRST_USER + n % people for n in range(len(said)))
    return [
        told("restarts", restarts),
        told("updates", f"{len(said)} ({rate:g} a second)"),
        exactly("logs lost", sum(words not in logged for words in said), 0),
        exactly("logs double", sum(n > 1 for n in logged.values()), 0),
        exactly("logs nobody said", len(logged.keys() - set(said)), 0),
        exactly("acknowledgements missing", sum((expected - echoes).values()), 0),
        exactly("put aside", await on.number("SELECT count(*) FROM inbox WHERE state = 'quarantined'"), 0),
        *living,
    ]


async def _customers(on: Stage) -> list[int]:
    """A customer for each agent, in the order of the agents."""
    async with AsyncSession(on.engine) as session, session.begin():
        owners = (await session.execute(text("SELECT id FROM staff ORDER BY telegram_user_id"))).scalars().all()
        ids = list(range(1000, 1000 + len(owners)))
        await summary.begin_write(session, ids)
        await session.execute(
            insert(customers),
            [
                {"id": ident, "first_name": "Customer", "owner_id": owner}
                for ident, owner in zip(ids, owners, strict=True)
            ],
        )
        await summary.refresh(session, ids)
    return ids


def _restart(data_dir: Path, mode: str) -> None:
    """Stop the server ("immediate": without a word, as in a crash) and start it again."""
    found = cluster.find(data_dir)
    assert found is not None
    found.run("pg_ctl", "stop", "--silent", "--wait", f"--mode={mode}", f"--pgdata={found.path}")
    embedded.start(data_dir).close()


async def _living(on: Stage, key: str, running: Sequence[Running]) -> list[Figure]:
    """Whether the bot answers, the sender sends what nobody asked for, and the clock ticks."""
    message = OutMessage("alive", FIRST_USER, MessageKind.REMINDER, "sendMessage", {"text": "still alive"})
    async with AsyncSession(on.engine) as session, session.begin():
        await outbox.put(session, message)
    await on.sandbox.say(key, "/help")
    now = Clock.real_now()
    alive = {
        "the bot answers": await _happens(on.sandbox.wait_for(key, contains="What you can type")),
        "the sender sends": await _happens(on.sandbox.wait_for(key, contains="still alive", after=0)),
        "the clock ticks": await _happens(on.until(_TICKED, 1, now=now)),
        "no process ended": all(one.alive for one in running),
    }
    return [Figure(what, "yes" if lives else "no", "yes", lives) for what, lives in alive.items()]


async def _happens(event: Coroutine[Any, Any, Any]) -> bool:
    try:
        async with asyncio.timeout(ALIVE_SECONDS):
            await event
    except (TimeoutError, SandboxError):
        return False
    return True

"""A digest to ten thousand chats: it takes as long as the limits ask for, keeps to them, and delays no answer."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text

from benchmarks import processes
from benchmarks.guarantees.kills import put_digests
from benchmarks.guarantees.proof import Figure, at_most, exactly, told
from benchmarks.processes import Running
from benchmarks.stage import Stage, hire
from bot.limits import CHAT_BURST

ALLOWANCE = 1.05
MOST_WAIT_SECONDS = 2.0
ASK_SECONDS = (1.0, 6.0)
"""Between two questions that agents ask meanwhile."""

_RATE = text("UPDATE settings SET value = :rate WHERE key = 'rate_per_second'")
_SENT = "SELECT count(*) FROM outbox WHERE kind = 'digest' AND state = 'sent'"


async def prove(on: Stage, *, chats: int, rate: float = 28, seed: int = 8) -> Sequence[Figure]:
    """``rate`` messages a second are what the settings allow."""
    keys = await hire(on, chats)
    async with on.engine.begin() as connection:
        await connection.execute(
            text("UPDATE settings SET value = :r WHERE key = 'rate_per_second'"), {"r": f"{rate:g}"}
        )
    bot = Running(processes.bot, on.database_url, on.sandbox.url, on.sandbox.token)
    await on.sandbox.say(keys[0], "/help")
    await on.sandbox.wait_for(keys[0], contains="What you can type", timeout=60)
    await asyncio.sleep(1)  # the limits are rested
    await on.sandbox.clear_ledger()

    dice, waits = random.Random(seed), []

    async def ask() -> None:
        while True:
            await asyncio.sleep(dice.uniform(*ASK_SECONDS))
            key, began = dice.choice(keys), time.monotonic()
            await on.sandbox.say(key, "/help")
            await on.sandbox.wait_for(key, contains="What you can type", timeout=60)
            waits.append(time.monotonic() - began)

    began = time.monotonic()
    await put_digests(on, chats, 0)
    asking = asyncio.create_task(ask())
    await on.until(_SENT, chats)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await bot.end()

    calls = [call for call in await on.sandbox.ledger(method="sendMessage") if call["done"]]
    lists = [call for call in calls if call["text"].startswith("digest")]
    wall = max(call["mono"] for call in lists) - began
    meant = [call for call in calls if call["mono"] <= began + wall]
    return [
        told("messages", len(meant)),
        at_most(f"wall time (1.05 × messages ÷ {rate:g})", wall, ALLOWANCE * len(meant) / rate, unit=" s"),
        exactly("chats that got it once", len({call["chat_id"] for call in lists}), len(lists)),
        told("answers asked for meanwhile", len(waits)),
        at_most("longest wait for an answer", max(waits), MOST_WAIT_SECONDS, unit=" s"),
        at_most("most within any second", most_within((call["mono"] for call in calls), 1.0), int(rate)),
        at_most("digests to a chat within a second", _to_a_chat(lists, 1.0), 1),
        at_most(f"messages to a chat within {CHAT_BURST} seconds", _to_a_chat(calls, CHAT_BURST), CHAT_BURST),
        exactly("refused by Telegram", sum(call["code"] == 429 for call in await on.sandbox.ledger()), 0),
    ]


def most_within(times: Iterable[float], seconds: float) -> int:
    """The most of ``times`` that lie within any window of so many seconds."""
    ordered, most, first = sorted(times), 0, 0
    for n, now in enumerate(ordered):
        while ordered[first] <= now - seconds:
            first += 1
        most = max(most, n - first + 1)
    return most


def _to_a_chat(calls: Iterable[dict[str, Any]], seconds: float) -> int:
    times: dict[int, list[float]] = defaultdict(list)
    for call in calls:
        times[call["chat_id"]].append(call["mono"])
    return max(most_within(one, seconds) for one in times.values())

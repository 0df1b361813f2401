"""Commands through the whole bot against the sandbox: how many a second in a burst, and what one costs.

    python -m benchmarks.throughput [--commands 1500] [--people 60] [--rate 40] [--seconds 15]

The bot runs in this process, sandbox and database in theirs, all on this machine; the limits of sending are off. The
burst waits in Telegram when the bot starts and ends with the last answer on the wire. "Own cost" is from the insert
of an update into the inbox to the insert of its answer into the outbox, both by the database's ``clock_timestamp()``.
"""

import argparse
import asyncio
import contextlib
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from sqlalchemy import text

from benchmarks.stage import ZONE, Stage, hire, stage
from bot.app import BotConfig, run_bot
from cdm_core.clock import Clock
from cli.processes import tune_process

COMMAND = "/settings"

_FINISHED = text(
    "SELECT count(*) FILTER (WHERE state = 'sent') AS sent, extract(epoch FROM max(sent_at)) AS ended FROM outbox"
)
_STARTED = text("SELECT extract(epoch FROM min(received_at)) FROM inbox")
_COSTS = text(
    """
    SELECT extract(epoch FROM o.created_at - i.received_at) * 1000
    FROM inbox i JOIN outbox o ON o.dedup_key = concat_ws(chr(58), 'reply', i.bot_id, i.update_id, 0)
    """
)
_EMPTY = ("DELETE FROM delivery_attempts", "DELETE FROM outbox", "DELETE FROM inbox")


@contextlib.asynccontextmanager
async def bot(on: Stage) -> AsyncIterator[None]:
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        config = BotConfig(
            token=on.sandbox.token,
            database_url=on.database_url,
            clock=Clock(ZONE),
            files=Path(folder),
            api_url=on.sandbox.url,
            limited=False,
        )
        running = asyncio.create_task(run_bot(config, stop))
        yield
        stop.set()
        await running


async def burst(on: Stage, people: list[str], commands: int) -> float:
    """Commands a second from the first update stored to the last answer sent."""
    for n in range(commands):
        await on.sandbox.say(people[n % len(people)], COMMAND)
    async with bot(on):
        ended = await _all_sent(on, commands)
        async with on.engine.connect() as connection:
            started = float((await connection.execute(_STARTED)).scalar_one())
    return commands / (ended - started)


async def paced(on: Stage, people: list[str], rate: float, seconds: float) -> list[float]:
    """The own cost of each command in milliseconds, at ``rate`` a second."""
    async with bot(on):
        await on.sandbox.say(people[0], COMMAND)
        await _all_sent(on, 1)
        begin, saying = time.monotonic(), []
        number = int(rate * seconds)
        for n in range(number):
            await asyncio.sleep(max(0.0, begin + n / rate - time.monotonic()))
            saying.append(asyncio.create_task(on.sandbox.say(people[n % len(people)], COMMAND)))
        await asyncio.gather(*saying)
        await _all_sent(on, number + 1)
    async with on.engine.connect() as connection:
        return sorted(float(cost) for cost in (await connection.execute(_COSTS)).scalars())


async def _all_sent(on: Stage, number: int) -> float:
    """When the last of them was sent, in seconds since 1970."""
    while True:
        async with on.engine.connect() as connection:
            row = (await connection.execute(_FINISHED)).one()
        if row.sent >= number:
            return float(row.ended)
        await asyncio.sleep(0.1)


async def _clear(on: Stage) -> None:
    async with on.engine.begin() as connection:
        for statement in _EMPTY:
            await connection.execute(text(statement))


async def main(arguments: argparse.Namespace) -> None:
    tune_process()
    async with stage() as on:
        people = await hire(on, arguments.people)
        costs = await paced(on, people, arguments.rate, arguments.seconds)
        p95 = costs[int(len(costs) * 0.95)]
        print(f"own cost at {arguments.rate:g}/s: median {statistics.median(costs):.1f} ms, p95 {p95:.1f} ms")
        for run in range(arguments.runs):
            await _clear(on)
            rate = await burst(on, people, arguments.commands)
            print(f"burst {run + 1} of {arguments.commands} commands: {rate:.0f} a second")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=1500)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--runs", type=int, default=3)
    asyncio.run(main(parser.parse_args()))

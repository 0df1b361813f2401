"""What an agent reads all day, at growing sizes of the shop: call list, promises, drop-offs, search, card, occasions.

    python -m benchmarks.call_list [--customers 10000 200000] [--runs 300] [--explain]

Times are of the core's functions, from Python, in a transaction each; half and 95 of 100 took at most so long. Before
that each is called a few times; the daily deal is so made, as the morning list makes it.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.crowd import AGENTS, NAMES, NOW, crowd
from cdm_core import call_queue, calls, customer360, dropoffs, due, occasions, staff, suggestions, thresholds
from cdm_core.access import CustomerRef
from cdm_core.db.as_of import set_as_of
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.skips import Skip, skip
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

WARM_UP = 3 * AGENTS
SLOW = 25.0
"""Milliseconds that 95 of 100 may take."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks for something about ``customer_id``, a customer of theirs."""

    session: AsyncSession
    person: Staff
    thresholds: Thresholds
    customer_id: int
    rng: random.Random


Reading = Callable[[Asked], Awaitable[object]]


async def _calls(asked: Asked) -> object:
    found = await calls.call_list(asked.session, asked.person, asked.thresholds, now=NOW)
    page = [entry.customer_id for entry in found.entries[:5]]
    return await calls.with_offers(asked.session, found.ranked, page, now=NOW, thresholds=asked.thresholds)


async def _next(asked: Asked) -> object:
    claim = await call_queue.claim_next(asked.session, asked.person, asked.thresholds, now=NOW)
    if claim is not None:
        await skip(
            asked.session,
            asked.person,
            claim.entry.customer_id,
            Skip.NOT_NOW,
            now=NOW - timedelta(hours=2),
            thresholds=asked.thresholds,
        )
    return claim


async def _due(asked: Asked) -> object:
    return await due.promises(asked.session, asked.person, asked.thresholds, now=NOW)


async def _dropoffs(asked: Asked) -> object:
    return await dropoffs.open_ones(asked.session, asked.person, asked.thresholds, now=NOW)


async def _search(asked: Asked, words: str) -> object:
    return await search(asked.session, asked.person, asked.thresholds, parse_query(words), now=NOW)


async def _by_phone(asked: Asked) -> object:
    return await _search(asked, f"017{asked.customer_id:08}")


async def _by_digits(asked: Asked) -> object:
    return await _search(asked, f"{asked.customer_id % 10_000:04}")


async def _by_name(asked: Asked) -> object:
    return await _search(asked, " ".join(asked.rng.choice(NAMES)))


async def _by_first_name(asked: Asked) -> object:
    return await _search(asked, asked.rng.choice(NAMES)[0])


async def _by_slip(asked: Asked) -> object:
    name = " ".join(asked.rng.choice(NAMES))
    gone = asked.rng.randrange(1, len(name))
    return await _search(asked, name[:gone] + name[gone + 1 :])


async def _card(asked: Asked) -> object:
    return await customer360.card(asked.session, asked.person, asked.thresholds, asked.customer_id, now=NOW)


async def _insights(asked: Asked) -> object:
    ref = CustomerRef(asked.customer_id, "", asked.person.id)
    return await suggestions.suggestions(asked.session, ref, now=NOW)


async def _week(asked: Asked) -> object:
    found = await occasions.upcoming(asked.session, asked.person, asked.thresholds, first=NOW.date(), days=8, now=NOW)
    return await occasions.details(asked.session, found[:5])


READINGS: Mapping[str, Reading] = {
    "call list": _calls,
    "next, claimed": _next,
    "promised calls": _due,
    "drop-offs": _dropoffs,
    "search by phone": _by_phone,
    "search by digits": _by_digits,
    "search by name": _by_name,
    "search by first name": _by_first_name,
    "search with a slip": _by_slip,
    "card": _card,
    "suggestions": _insights,
    "week of occasions": _week,
}


async def times(engine: AsyncEngine, reading: Reading, customers: int, runs: int) -> list[float]:
    """Milliseconds of each run, sorted; the agents take turns."""
    rng = random.Random(7)
    taken = []
    for run in range(WARM_UP + runs):
        agent = 1 + run % AGENTS
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            await set_as_of(session, NOW)
            person = await staff.get(session, agent)
            limits = await thresholds.load(session)
            own = 5 * (agent - 1 + AGENTS * rng.randrange(customers // AGENTS // 5)) + rng.randrange(1, 5)
            began = time.perf_counter()
            await reading(Asked(session, person, limits, own, rng))
            if run >= WARM_UP:
                taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


async def measure(customers: int, runs: int, *, explain: bool) -> None:
    async with crowd(customers) as engine:
        for name, reading in READINGS.items():
            taken = await times(engine, reading, customers, runs)
            half, most = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
            print(f"  {name:<22} {half:7.1f} ms half {most:7.1f} ms of 95{'  !' if most > SLOW else ''}", flush=True)
        if explain:
            await _explain(engine)


async def _explain(engine: AsyncEngine) -> None:
    """The plans of the slowest statements of the call list."""
    statements: list[tuple[str, Any]] = []

    def remember(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with AsyncSession(engine) as session, session.begin():
        await set_as_of(session, NOW)
        person, limits = await staff.get(session, 1), await thresholds.load(session)
        event.listen(engine.sync_engine, "before_cursor_execute", remember)
        await calls.call_list(session, person, limits, now=NOW)
        event.remove(engine.sync_engine, "before_cursor_execute", remember)
        connection = await session.connection()
        for statement, parameters in statements:
            plan = await connection.exec_driver_sql("EXPLAIN (ANALYZE, BUFFERS) " + statement, parameters)
            print("\n" + "\n".join(row[0] for row in plan), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--explain", action="store_true", help="show the plans behind the call list")
    arguments = parser.parse_args()
    for customers in arguments.customers:
        asyncio.run(measure(customers, arguments.runs, explain=arguments.explain))


if __name__ == "__main__":
    main()

"""Behaviour and drop-offs over HTTP in batches: events a second, and how soon they are summed up.

    python -m benchmarks.ingest [--customers 100000] [--seconds 180] [--events 1000] [--senders 4] [--pace 0]

The API serves in a process of its own, as does the minute's job with its clock; the senders are in this one; all on
this machine with the database, in the present of its crowd. Events are of customers at random, nine views to one cart
left, times are their own. ``--pace`` is how many are sent a second, at most; 0: as many as are taken. "Oldest" is for
how long the longest waiting customer waits to be summed up: the goal is a minute, at most.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from datetime import timedelta

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.crowd import at_its_present, crowd
from benchmarks.processes import ZONE, Running, api, api_answers
from cdm_core import api_keys, dashboard, summary
from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from cdm_core.words import Scope
from cli.processes import stop_on_signals
from jobs import stale_refresh
from jobs.clock import Ticker, keep_ringing
from jobs.job import Shop

PORT = 3947
BASE = f"http://127.0.0.1:{PORT}"


async def sum_up(database_url: str) -> None:
    """The minute's job, by the clock that rings it."""
    engine = create_engine(database_url, pool_size=4, application_name="cdm benchmark", statement_seconds=None)
    await keep_ringing(Ticker(sessions(engine), Clock(ZONE), [stale_refresh.job(Shop())]), stop_on_signals())


def _event(customers: int) -> dict[str, object]:
    customer = random.randint(1, customers)
    if random.random() < 0.1:
        return {"customerId": customer, "stage": "add_to_cart", "cart_value": 900, "productId": 1}
    return {"customerId": customer, "behavior_type": "product_view", "productId": random.randint(1, 20)}


async def _send(
    client: httpx.AsyncClient, customers: int, events: int, every: float, until: float, spent: list[float]
) -> int:
    """One batch after another, ``every`` so many seconds where that is not too soon; how many events were kept."""
    kept = 0
    due = time.monotonic()
    while time.monotonic() < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due = max(due + every, time.monotonic() - every)
        batch = [_event(customers) for _ in range(events)]
        again = {"Idempotency-Key": str(random.random())}
        began = time.perf_counter()
        answer = await client.post("/cdm/events/batch", json={"events": batch}, headers=again)
        while answer.status_code == 503:
            await asyncio.sleep(int(answer.headers["Retry-After"]))
            answer = await client.post("/cdm/events/batch", json={"events": batch}, headers=again)
        spent.append(time.perf_counter() - began)
        answer.raise_for_status()
        kept += answer.json()["accepted"]
    return kept


async def measure(arguments: argparse.Namespace) -> None:
    async with crowd(arguments.customers) as engine:
        offset = await at_its_present(engine)
        async with sessions(engine).begin() as session:
            now = Clock(ZONE, offset).now()
            key, _ = await api_keys.create(session, "shop", {Scope.WRITE}, now=now, requests_per_minute=60_000)
            await dashboard.take(session, now=now)
        url = engine.url.render_as_string(hide_password=False)
        running = [Running(api, url, PORT), Running(sum_up, url)]
        try:
            headers = {"Authorization": f"Bearer {key}"}
            async with httpx.AsyncClient(base_url=BASE, headers=headers, timeout=60) as client:
                await api_answers(client)
                await _load(engine, client, arguments)
        finally:
            for process in running:
                await process.kill()


async def _load(engine: AsyncEngine, client: httpx.AsyncClient, arguments: argparse.Namespace) -> None:
    spent: list[float] = []
    began = time.monotonic()
    until = began + arguments.seconds
    every = arguments.events * arguments.senders / arguments.pace if arguments.pace else 0.0
    watching = asyncio.create_task(_watch(engine, until))
    kept = await asyncio.gather(
        *(_send(client, arguments.customers, arguments.events, every, until, spent) for _ in range(arguments.senders))
    )
    lasted = time.monotonic() - began
    behind = await watching
    stopped = time.monotonic()
    while await _waiting(engine):  # noqa: ASYNC110 - the database offers no event
        await asyncio.sleep(0.2)
    print(
        f"  {sum(kept):,} events in {lasted:.0f} s: {sum(kept) / lasted:,.0f} a second; a batch of"
        f" {arguments.events:,}: p50 {_at(spent, 0.5):.0f} ms, p95 {_at(spent, 0.95):.0f} ms"
    )
    after = time.monotonic() - stopped
    oldest = sorted(age.total_seconds() for _, age in behind)
    print(f"  waiting: at most {max(many for many, _ in behind):,} customers, nobody {after:.0f} s after the last")
    print(f"  the oldest: p50 {oldest[len(oldest) // 2]:.0f} s, at most {oldest[-1]:.0f} s")


async def _watch(engine: AsyncEngine, until: float) -> list[tuple[int, timedelta]]:
    seen = []
    while time.monotonic() < until:
        await asyncio.sleep(1)
        async with sessions(engine)() as session:
            oldest = (await session.execute(_OLDEST)).scalar_one()
        seen.append((await _waiting(engine), oldest))
    return seen


async def _waiting(engine: AsyncEngine) -> int:
    async with sessions(engine)() as session:
        return await summary.stale(session)


_OLDEST = text("SELECT coalesce(now() - min(at), interval '0') FROM stale_customers")


def _at(spent: Sequence[float], share: float) -> float:
    return 1000 * sorted(spent)[int(share * (len(spent) - 1))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--pace", type=int, default=0)
    asyncio.run(measure(parser.parse_args()))

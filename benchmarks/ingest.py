"""Behaviour and drop-offs over HTTP in batches: events a second, and how soon they are summed up.

    python -m benchmarks.ingest [--customers 100000] [--seconds 60] [--events 1000] [--senders 4] [--jobs-every 15]

The API serves in a process of its own, as does what the minute's job does, each ``--jobs-every`` seconds; the senders
are in this one; all on this machine with the database. Events are of customers at random, nine views to one cart
left, times are their own. "Behind" is how many customers wait to be summed up, at most and at the end, and how long
it takes until nobody does once the senders have stopped.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.crowd import NOW, crowd
from benchmarks.processes import ZONE, Running
from cdm_core import api_keys, summary, thresholds
from cdm_core.catch_up import catch_up
from cdm_core.clock import Clock
from cdm_core.db.as_of import set_as_of
from cdm_core.db.engine import create_engine, sessions
from cdm_core.words import Scope
from cli.processes import tune_process
from web.app import WebConfig
from web.server import run_web

PORT = 3947
BATCH = f"http://127.0.0.1:{PORT}/cdm/events/batch"


async def serve(database_url: str) -> None:
    tune_process()
    await run_web(WebConfig(database_url, Clock(ZONE), port=PORT), asyncio.Event())


async def sum_up(database_url: str, every: int) -> None:
    """The minute's job without its minute."""
    engine = create_engine(database_url, pool_size=2, application_name="cdm benchmark", statement_seconds=None)
    opened = sessions(engine)
    while True:
        began = time.monotonic()
        done = 1
        while done:
            async with opened.begin() as session:
                await set_as_of(session, NOW)
                done = await catch_up(session, await thresholds.load(session))
        await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))


def _event(customers: int) -> dict[str, object]:
    customer = random.randint(1, customers)
    if random.random() < 0.1:
        return {"customerId": customer, "stage": "add_to_cart", "cart_value": 900, "productId": 1}
    return {"customerId": customer, "behavior_type": "product_view", "productId": random.randint(1, 20)}


async def _send(client: httpx.AsyncClient, customers: int, events: int, until: float, spent: list[float]) -> int:
    kept = 0
    while time.monotonic() < until:
        batch = [_event(customers) for _ in range(events)]
        again = {"Idempotency-Key": str(random.random())}
        began = time.perf_counter()
        answer = await client.post(BATCH, json={"events": batch}, headers=again)
        while answer.status_code == 503:
            await asyncio.sleep(int(answer.headers["Retry-After"]))
            answer = await client.post(BATCH, json={"events": batch}, headers=again)
        spent.append(time.perf_counter() - began)
        answer.raise_for_status()
        kept += answer.json()["accepted"]
    return kept


async def measure(arguments: argparse.Namespace) -> None:
    async with crowd(arguments.customers) as engine:
        async with sessions(engine).begin() as session:
            key, _ = await api_keys.create(session, "shop", {Scope.WRITE}, now=NOW, requests_per_minute=60_000)
        url = engine.url.render_as_string(hide_password=False)
        running = [Running(serve, url), Running(sum_up, url, arguments.jobs_every)]
        try:
            async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
                await _answers(client)
                await _load(engine, client, arguments)
        finally:
            for process in running:
                await process.kill()


async def _load(engine: AsyncEngine, client: httpx.AsyncClient, arguments: argparse.Namespace) -> None:
    spent: list[float] = []
    began = time.monotonic()
    until = began + arguments.seconds
    watching = asyncio.create_task(_watch(engine, until))
    kept = await asyncio.gather(
        *(_send(client, arguments.customers, arguments.events, until, spent) for _ in range(arguments.senders))
    )
    lasted = time.monotonic() - began
    behind = await watching
    stopped = time.monotonic()
    last = behind[-1] if behind else 0
    while await _waiting(engine):  # noqa: ASYNC110 - the database offers no event
        await asyncio.sleep(0.2)
    after = time.monotonic() - stopped
    print(
        f"  {sum(kept):,} events in {lasted:.0f} s: {sum(kept) / lasted:,.0f} a second; a batch of"
        f" {arguments.events:,}: p50 {_at(spent, 0.5):.0f} ms, p95 {_at(spent, 0.95):.0f} ms"
    )
    print(f"  behind: at most {max(behind, default=0):,}, at the end {last:,}; nobody {after:.0f} s after")


async def _watch(engine: AsyncEngine, until: float) -> list[int]:
    seen = []
    while time.monotonic() < until:
        await asyncio.sleep(2)
        seen.append(await _waiting(engine))
    return seen


async def _waiting(engine: AsyncEngine) -> int:
    async with sessions(engine)() as session:
        return await summary.stale(session)


def _at(spent: Sequence[float], share: float) -> float:
    return 1000 * sorted(spent)[int(share * (len(spent) - 1))]


async def _answers(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.get(f"http://127.0.0.1:{PORT}/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the API does not answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--jobs-every", type=int, default=15)
    asyncio.run(measure(parser.parse_args()))

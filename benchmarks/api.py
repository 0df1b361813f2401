"""How long each reading endpoint of the HTTP API takes: p50 and p95, at the sizes given.

    python -m benchmarks.api [--customers 2000 100000] [--requests 200] [--warm 20]

The API serves in a process of its own, one client asks in this one, one request after another, all on this machine with
the database; ids, days and pages differ from request to request. The call ranking is by decayed revenue.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable

import httpx
from sqlalchemy import text

from benchmarks.crowd import NOW, at_its_present, crowd
from benchmarks.processes import ZONE, Running, api, api_answers
from cdm_core import api_keys, dashboard
from cdm_core.clock import Clock
from cdm_core.db.engine import sessions
from cdm_core.words import Scope

PORT = 3949

_READS: dict[str, Callable[[int], str]] = {
    "customer360": lambda _: f"customer360?offset={random.randrange(0, 200, 50)}&limit=50",
    "customer360, filters": lambda _: "customer360?customerType=repeat&lifecycleStage=repeat_buyer&temperature=warm",
    "customer360, q": lambda n: f"customer360?q={random.randint(1, n)}",
    "customer360/:id": lambda n: f"customer360/{random.randint(1, n)}",
    "family/:id": lambda n: f"family/{random.randint(1, n)}",
    "interactions/:id": lambda n: f"interactions/{random.randint(1, n)}?type=call&limit=20",
    "interactions/:id/stats": lambda n: f"interactions/{random.randint(1, n)}/stats",
    "behavior/:id": lambda n: f"behavior/{random.randint(1, n)}?type=product_view&limit=50",
    "behavior/:id/most-viewed": lambda n: f"behavior/{random.randint(1, n)}/most-viewed?limit=10",
    "dropoff/:id": lambda n: f"dropoff/{random.randint(1, n)}",
    "events/birthdays": lambda _: "events/birthdays?days=7",
    "events/anniversaries": lambda _: "events/anniversaries?days=7",
    "events/today": lambda _: "events/today",
    "ai/recommendations": lambda _: "ai/recommendations?limit=50",
    "ai/top-priority": lambda _: "ai/top-priority?limit=10",
    "ai/recommendation/:id": lambda n: f"ai/recommendation/{random.randint(1, n)}",
    "lifecycle/:stage": lambda _: "lifecycle/loyal",
    "type/:type": lambda _: "type/vip",
    "temperature/:temperature": lambda _: "temperature/hot",
    "stats/dashboard": lambda _: "stats/dashboard",
    "stats/recovery": lambda _: "stats/recovery?by=stage",
    "follow-ups": lambda _: "follow-ups?limit=50",
    "customers/:id": lambda n: f"customers/{random.randint(1, n)}",
    "customers/:id/orders": lambda n: f"customers/{random.randint(1, n)}/orders",
    "products": lambda _: "products?limit=50",
}


async def measure(customers: int, requests: int, warm: int) -> None:
    async with crowd(customers) as engine:
        offset = await at_its_present(engine)
        async with sessions(engine).begin() as session:
            key, _ = await api_keys.create(session, "bench", {Scope.READ}, now=NOW, requests_per_minute=1_000_000)
            await session.execute(
                text(
                    "INSERT INTO call_ranking (customer_id, owner_id, value, ranked_at)"
                    " SELECT customer_id, owner_id, decayed_revenue, :now FROM customer_summary ON CONFLICT DO NOTHING"
                ),
                {"now": NOW},
            )
        async with engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM ANALYZE"))
        server = Running(api, engine.url.render_as_string(hide_password=False), PORT)
        try:
            headers = {"Authorization": f"Bearer {key}"}
            base = f"http://127.0.0.1:{PORT}/cdm/"
            async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30) as client:
                await api_answers(client)
                for name, path in _READS.items():
                    async with sessions(engine).begin() as session:  # as each minute's job does
                        await dashboard.take(session, now=Clock(ZONE, offset).now())
                    spent = [await _ask(client, path(customers)) for _ in range(warm + requests)][warm:]
                    print(f"  {name:26} p50 {_at(spent, 0.5):6.1f} ms   p95 {_at(spent, 0.95):6.1f} ms", flush=True)
        finally:
            await server.kill()


async def _ask(client: httpx.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await client.get(path)
    spent = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
    return spent


def _at(spent: list[float], share: float) -> float:
    return 1000 * sorted(spent)[int(share * (len(spent) - 1))]


async def main(arguments: argparse.Namespace) -> None:
    for customers in arguments.customers:
        await measure(customers, arguments.requests, arguments.warm)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[2_000, 100_000])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--warm", type=int, default=20)
    asyncio.run(main(parser.parse_args()))

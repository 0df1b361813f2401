"""One order over HTTP, ``PUT /cdm/orders``: how long it takes, from one client and from several at once.

    python -m benchmarks.orders [--customers 5000 100000] [--orders 200] [--clients 1 8]

The API serves in a process of its own, the clients are in this one, all on this machine with the database. Each order
has two lines, is new, then told again as it was, then with a line returned.
"""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from benchmarks.crowd import NOW, crowd
from benchmarks.processes import Running, api, api_answers
from cdm_core import api_keys
from cdm_core.db.engine import sessions
from cdm_core.words import Scope

PORT = 3946
BASE = f"http://127.0.0.1:{PORT}"
WARM = 20


def _order(customer: int) -> dict[str, Any]:
    names = (f"Product {random.randint(1, 500)}" for _ in range(2))
    items = [{"product": name, "quantity": 1, "unit_price": random.randint(100, 3000)} for name in names]
    return {"customerId": customer, "ordered_at": (NOW - timedelta(hours=1)).isoformat(), "items": items}


async def _tell(client: httpx.AsyncClient, key: str, customers: int, spent: Mapping[str, list[float]]) -> None:
    order = _order(random.randint(1, customers))
    back = {**order, "items": [order["items"][0], {**order["items"][1], "status": "returned"}]}
    for what, told in (("new", order), ("as it was", order), ("returned", back)):
        began = time.perf_counter()
        answer = await client.put(f"/cdm/orders/shop/{key}", json=told)
        spent[what].append(time.perf_counter() - began)
        answer.raise_for_status()


async def _client(client: httpx.AsyncClient, name: str, orders: int, customers: int) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = defaultdict(list)
    for number in range(-WARM, orders):
        if number == 0:
            spent.clear()
        await _tell(client, f"{name}-{number}", customers, spent)
    return spent


async def measure(customers: int, arguments: argparse.Namespace) -> None:
    async with crowd(customers) as engine:
        async with sessions(engine).begin() as session:
            key, _ = await api_keys.create(session, "shop", {Scope.WRITE}, now=NOW, requests_per_minute=1_000_000)
        server = Running(api, engine.url.render_as_string(hide_password=False), PORT)
        try:
            async with httpx.AsyncClient(base_url=BASE, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
                await api_answers(http)
                for clients in arguments.clients:
                    began = time.monotonic()
                    told = await asyncio.gather(
                        *(
                            _client(http, f"{clients}-{one}", arguments.orders // clients, customers)
                            for one in range(clients)
                        )
                    )
                    every = {what: [took for one in told for took in one[what]] for what in told[0]}
                    rate = 3 * (arguments.orders + WARM * clients) / (time.monotonic() - began)
                    print(f"  {clients} at once, {rate:.0f} a second", flush=True)
                    for what, spent in every.items():
                        at = f"p50 {_at(spent, 0.5):6.1f} ms   p95 {_at(spent, 0.95):6.1f} ms"
                        print(f"    {what:10} {at}", flush=True)
        finally:
            await server.kill()


def _at(spent: list[float], share: float) -> float:
    return 1000 * sorted(spent)[int(share * (len(spent) - 1))]


async def main(arguments: argparse.Namespace) -> None:
    for customers in arguments.customers:
        await measure(customers, arguments)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[5_000, 100_000])
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    asyncio.run(main(parser.parse_args()))

"""The database goes away while the shop writes: 503 and when to come again, nothing half done, nothing twice."""

import asyncio
from datetime import datetime
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import create_engine
from cdm_core.words import Scope
from tests import factories
from tests.databases import FAST, ZONE
from tests.web.conftest import BASE, FixedClock
from web.app import WebConfig, create_app

CALL = {"customerId": 123, "interaction_type": "call", "outcome": "no answer"}
CALLS = 40


async def _prepare(url: str, now: datetime) -> str:
    """The schema and a customer; gives a key."""
    engine = create_engine(url, pool_size=1, application_name="cdm tests")
    await migrate.upgrade(engine, zone=ZONE)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        await factories.customer(session, id=123)
        await factories.settle(session, 123)
        key, _ = await api_keys.create(session, "shop", {Scope.WRITE, Scope.READ}, now=now, requests_per_minute=60_000)
        await session.commit()
    await engine.dispose()
    return key


async def _post(client: httpx.AsyncClient, number: int) -> int | str:
    """The status, or the code of what is 503."""
    answer = await client.post("/cdm/interactions", json=CALL, headers={"Idempotency-Key": f"call-{number}"})
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        code: str = answer.json()["code"]
        return code
    return answer.status_code


async def test_what_meets_a_restart_is_sent_again_and_kept_once(
    tmp_path: Path, clock: FixedClock, now: datetime
) -> None:
    server = await asyncio.to_thread(embedded.start, tmp_path / "data", settings=FAST)
    try:
        key = await _prepare(server.url, now)
        app = create_app(WebConfig(server.url, clock, pool_size=8))
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=headers) as client,
        ):
            assert await _post(client, 0) == 201
            stopping = asyncio.create_task(asyncio.to_thread(server.close))
            met = [await _post(client, number) for number in range(1, CALLS // 2)]
            met += await asyncio.gather(*(_post(client, number) for number in range(CALLS // 2, CALLS)))
            await stopping
            assert set(met) <= {201, "database_away", "perhaps_kept"}
            assert await _post(client, CALLS) == "database_away"
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/cdm/customer360/123")).status_code == 503
            server = await asyncio.to_thread(embedded.start, tmp_path / "data", settings=FAST)
            again = [await _post(client, number) for number in range(CALLS + 1)]
            told = {201: {200}, "database_away": {201}, "perhaps_kept": {200, 201}}
            assert all(status in told[before] for before, status in zip(met, again[1:-1], strict=True))
            assert (again[0], again[-1]) == (200, 201)
            customer = (await client.get("/cdm/customer360/123")).json()
            stats = (await client.get("/cdm/interactions/123/stats")).json()
            assert (customer["total_calls"], stats["total"]) == (CALLS + 1, CALLS + 1)
    finally:
        await asyncio.to_thread(server.close)

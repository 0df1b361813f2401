"""Who is slow, or sends much, keeps no connection of the database from others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import api_keys, event_batches
from cdm_core.words import Scope
from tests import factories
from tests.web.conftest import Clients
from web.app import WebConfig
from web.server import serving

PATH, BATCHES = "/cdm/customer360/123", "/cdm/events/batch"
VIEW = {"customerId": 123, "behavior_type": "wishlist"}


@pytest.fixture
def web_config(web_config: WebConfig) -> WebConfig:
    return replace(web_config, pool_size=4, body_seconds=1.0)


@pytest.fixture(autouse=True)
async def john(session: AsyncSession) -> None:
    await factories.customer(session, id=123)
    await factories.settle(session, 123)
    await session.commit()


@asynccontextmanager
async def _half_sent(address: str, key: str) -> AsyncIterator[asyncio.StreamReader]:
    """A request whose body the server waits for, and what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    head = f"POST /cdm/behavior HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    writer.write(head.encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{")
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def test_bodies_that_come_slowly(app: FastAPI, session: AsyncSession, now: datetime) -> None:
    key, _ = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=now)
    await session.commit()
    async with (
        serving(app, "127.0.0.1", 0) as address,
        httpx.AsyncClient(base_url=address, headers={"X-API-Key": key}) as client,
        _half_sent(address, key) as first,
        _half_sent(address, key),
        _half_sent(address, key),
        _half_sent(address, key),
        _half_sent(address, key),
    ):
        assert (await client.get(PATH)).status_code == 200
        answer = (await first.read()).decode()
        assert answer.startswith("HTTP/1.1 408")
        assert "connection: close" in answer.lower()
        assert '"code":"body_too_slow"' in answer


async def test_a_body_that_ends_too_soon(app: FastAPI, session: AsyncSession, now: datetime) -> None:
    key, _ = await api_keys.create(session, "shop", {Scope.READ, Scope.WRITE}, now=now)
    await session.commit()
    async with serving(app, "127.0.0.1", 0) as address:
        async with _half_sent(address, key):
            pass
        async with httpx.AsyncClient(base_url=address, headers={"X-API-Key": key}) as client:
            assert (await client.get("/cdm/behavior/123")).json() == []


async def test_batches_that_wait_for_their_turn(client: Clients, sessions: async_sessionmaker[AsyncSession]) -> None:
    shop = await client("read,write")
    batch = {"events": [VIEW] * 2}
    async with sessions.begin() as other:
        for slot in range(event_batches.AT_ONCE - 1):
            await _hold(other, slot)
        assert (await shop.post(BATCHES, json=batch)).json()["accepted"] == 2
        await _hold(other, event_batches.AT_ONCE - 1)
        waiting = [asyncio.create_task(shop.post(BATCHES, json=batch)) for _ in range(6)]
        blocked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while (await other.execute(blocked)).scalar_one() < event_batches.AT_ONCE:
            assert not any(task.done() for task in waiting)
        assert (await shop.get(PATH)).status_code == 200
        assert not any(task.done() for task in waiting)
    assert [(await task).json()["accepted"] for task in waiting] == [2] * 6


async def test_a_batch_waits_for_its_turn_only_so_long(
    client: Clients, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.frame._TURN_SECONDS", 0.01)
    shop, turns = await client("write"), app.state.house.batches
    for _ in range(event_batches.AT_ONCE):
        await turns.acquire()
    answer = await shop.post(BATCHES, json={"events": [VIEW]})
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    turns.release()
    assert (await shop.post(BATCHES, json={"events": [VIEW]})).status_code == 200
    assert (await shop.post(BATCHES, json={"events": []})).status_code == 422
    assert (await shop.post(BATCHES, json={"events": [VIEW]})).status_code == 200


async def _hold(session: AsyncSession, slot: int) -> None:
    held = text("SELECT pg_advisory_xact_lock(:slots, :slot)")
    await session.execute(held, {"slots": event_batches._SLOTS, "slot": slot})

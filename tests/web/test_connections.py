"""Who is slow, or sends much, keeps no connection of the database from others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from cdm_core.words import Scope
from tests import factories
from web.app import WebConfig
from web.server import serving

PATH = "/cdm/customer360/123"
VIEW = {"customerId": 123, "behavior_type": "product_view"}


@pytest.fixture
def web_config(web_config: WebConfig) -> WebConfig:
    return replace(web_config, pool_size=2, body_seconds=1.0)


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

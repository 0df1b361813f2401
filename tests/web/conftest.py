"""The API in process on the test's database, at a fixed present; ``client()`` holds a key.

async def test_list(client: Clients) -> None:
    shop = await client("read")
    answer = await shop.get("/cdm/customer360")
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import api_keys
from cdm_core.clock import Clock
from cdm_core.tables import audit_log
from cdm_core.words import Scope
from web.app import WebConfig, create_app

BASE = "http://127.0.0.1:3001"

Clients = Callable[..., Awaitable[httpx.AsyncClient]]


@dataclass(slots=True)
class FixedClock(Clock):
    """Stands at ``at``; move it by setting it."""

    at: datetime = field(kw_only=True)

    def now(self) -> datetime:
        return self.at + self.offset


@pytest.fixture
def clock(zone: ZoneInfo, now: datetime) -> FixedClock:
    return FixedClock(zone, timedelta(), at=now)


@pytest.fixture
def web_config(database_url: str, clock: FixedClock) -> WebConfig:
    """Override it for an application set up otherwise."""
    return WebConfig(database_url, clock, pool_size=4)


@pytest.fixture
async def app(web_config: WebConfig) -> AsyncIterator[FastAPI]:
    made = create_app(web_config)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI, session: AsyncSession, now: datetime) -> AsyncIterator[Clients]:
    """A client a call; ``scope`` is one or several (``"read,write"``), None: without a key."""
    opened: list[httpx.AsyncClient] = []

    async def make(
        scope: str | None = "read", *, name: str = "shop", origins: tuple[str, ...] = (), per_minute: int = 60_000
    ) -> httpx.AsyncClient:
        headers = {}
        if scope is not None:
            scopes = {Scope(one) for one in scope.split(",")}
            key, _ = await api_keys.create(
                session, f"{name}-{len(opened)}", scopes, now=now, origins=origins, requests_per_minute=per_minute
            )
            await session.commit()
            headers["Authorization"] = f"Bearer {key}"
        # Errors that no handler of ours told are answered 500, as by the server.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        opened.append(httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers))
        return opened[-1]

    yield make
    for each in opened:
        await each.aclose()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the audit log."""

    actor: str
    action: str
    customer_id: int | None
    details: dict[str, object]


@pytest.fixture
def audited(session: AsyncSession) -> Callable[[], Awaitable[list[Recorded]]]:
    """What the audit log says, in order."""

    async def read() -> list[Recorded]:
        columns = audit_log.c.actor, audit_log.c.action, audit_log.c.customer_id, audit_log.c.details
        return [Recorded(*row) for row in await session.execute(select(*columns).order_by(audit_log.c.id))]

    return read

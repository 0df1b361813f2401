"""What all requests share."""

import asyncio
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.requests import HTTPConnection

from cdm_core.api_keys import ApiKey
from cdm_core.clock import Clock
from cdm_core.event_batches import AT_ONCE
from web.limits import Limiter


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends the updates of bot ``bot_id``, with ``secret`` so that it can be told from others."""

    bot_id: int
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class House:
    """``open``: without a key, from this machine, everything is allowed (the demo). ``currency`` is ISO 4217.

    ``webhook`` is None where updates are polled for. ``askers`` are the keys that asked for figures, by fingerprint.
    ``batches`` is what they wait for, lest all connections be theirs.
    """

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    limiter: Limiter
    registry: CollectorRegistry
    seconds: Histogram
    open: bool
    currency: str
    webhook: Webhook | None = None
    batches: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    askers: dict[bytes, ApiKey] = field(default_factory=dict)


def house_of(connection: HTTPConnection) -> House:
    house = connection.app.state.house
    assert isinstance(house, House)
    return house

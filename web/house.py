"""What all requests share."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.requests import HTTPConnection

from cdm_core.clock import Clock
from web.limits import Limiter


@dataclass(frozen=True, slots=True)
class House:
    """``open``: without a key, from this machine, everything is allowed (the demo). ``currency`` is ISO 4217."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    limiter: Limiter
    registry: CollectorRegistry
    seconds: Histogram
    open: bool
    currency: str


def house_of(connection: HTTPConnection) -> House:
    house = connection.app.state.house
    assert isinstance(house, House)
    return house

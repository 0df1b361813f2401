"""Loops that go on whatever happens: an error is logged, and after a while the work begins anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from cdm_core.where import where

BACKOFF_SECONDS = (0.2, 10.0)
_CALM_SECONDS = 30.0

log = structlog.get_logger(__name__)


async def supervise(name: str, work: Callable[[], Awaitable[None]], *, stop: asyncio.Event) -> None:
    """Run ``work()`` until it returns with ``stop`` set; begin anew when it raises or returns before."""
    delay = BACKOFF_SECONDS[0]
    while not stop.is_set():
        began = time.monotonic()
        try:
            await work()
        except Exception as error:
            log.error("loop_failed", loop=name, error=type(error).__name__, where=where(error), again_in=delay)
            await happens(stop, delay)
            calm = time.monotonic() - began > _CALM_SECONDS
            delay = BACKOFF_SECONDS[0] if calm else min(delay * 2, BACKOFF_SECONDS[1])


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, at most so long; whether it is set."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False

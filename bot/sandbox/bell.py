"""Waking everyone who waits for something to change."""

import asyncio


class Bell:
    """``ring()`` wakes all present waiters; a ring nobody waits for is forgotten, so check before waiting."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout: float | None) -> bool:  # noqa: ASYNC109 - a deadline, not a cancellation
        """True when rung, False after ``timeout`` seconds (None: for ever)."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            done, _ = await asyncio.wait((waiter,), timeout=timeout)
            return bool(done)
        finally:
            self._waiters.discard(waiter)

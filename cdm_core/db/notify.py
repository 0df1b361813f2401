"""Bells that ring across processes when there is work, and locks that one process at a time holds.

Both live on one connection outside every pool. A bell is a hint, never the truth: whoever waits for one also looks
for work each ``SWEEP_SECONDS``, and every bell rings when the connection comes (back), because rings may have
been missed. PostgreSQL drops a session's locks with the session, so a leader whose connection is lost leads no more.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import asyncpg
import structlog
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction

from cdm_core.db.engine import connect_arguments

CHANNEL = "cdm_bell"
SWEEP_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
ANSWER_SECONDS = 5.0
BACKOFF_SECONDS = (0.1, 5.0)  # the first wait before connecting anew, doubled up to the second
LOCK_SPACE = 0x43444D  # sets our locks apart from all others of the database
AWAY = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)  # TimeoutError is an OSError

log = structlog.get_logger(__name__)


async def notify(session: AsyncSession, name: str) -> None:
    """Ring the bell ``name`` in every process once this transaction commits; asked again, it costs nothing."""
    transaction = _innermost(session)
    rung: tuple[SessionTransaction | None, set[str]] = session.info.get(CHANNEL, (None, set()))
    if transaction is not None and rung[0] is transaction and name in rung[1]:
        return
    await session.execute(text("SELECT pg_notify(:channel, :name)"), {"channel": CHANNEL, "name": name})
    started = _innermost(session)
    names = rung[1] if rung[0] is started else set()
    session.info[CHANNEL] = (started, names | {name})


def _innermost(session: AsyncSession) -> SessionTransaction | None:
    """A savepoint's rollback takes its notifications along, so each savepoint counts for itself."""
    return session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()


class Bells:
    """The process's ear for bells, and the holder of its leader locks. Use ``async with``.

    Entering does not wait for the database: it connects, and connects again, on its own. While it is away,
    ``wait`` times out as if nothing rang and no lock can be got.
    """

    def __init__(self, url: str | URL, *, application_name: str = "cdm bells") -> None:
        self._arguments = connect_arguments(url)
        self._settings = {"application_name": application_name}
        self._connection: asyncpg.Connection[Any] | None = None
        self._turn = asyncio.Lock()  # the connection does one thing at a time
        self._rings: dict[str, asyncio.Event] = {}
        self._leaders: dict[str, LeaderLock] = {}
        self._connected = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected(), name="bells")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is None:
            return
        for leader in self._leaders.values():
            await leader.release()
        self._keeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeper
        self._keeper = None

    @property
    def connected(self) -> asyncio.Event:
        """Set while the connection stands."""
        return self._connected

    async def wait(self, name: str, timeout: float = SWEEP_SECONDS) -> bool:  # noqa: ASYNC109 - a sweep, not a failure
        """Wait until the bell ``name`` rings (True) or ``timeout`` seconds pass (False).

        A ring wakes all who wait; one that finds nobody waiting is kept for the next.
        """
        ring = self._ring_of(name)
        if rang := await _happens(ring, timeout):
            ring.clear()
        return rang

    def ring(self, name: str) -> None:
        """Ring the bell ``name`` in this process alone."""
        self._ring_of(name).set()

    def leader(self, key: str) -> "LeaderLock":
        """The lock ``key``, which one process at a time holds; not taken yet."""
        if key not in self._leaders:
            self._leaders[key] = LeaderLock(self, key)
        return self._leaders[key]

    def _ring_of(self, name: str) -> asyncio.Event:
        return self._rings.setdefault(name, asyncio.Event())

    def _heard(self, _connection: Any, _pid: int, _channel: str, name: object) -> None:
        self.ring(str(name))

    async def _keep_connected(self) -> None:
        delay = BACKOFF_SECONDS[0]
        while True:
            try:
                await self._connect_and_listen()
            except Exception as error:  # whatever broke, the remedy is to connect anew
                if self._connected.is_set() or delay == BACKOFF_SECONDS[0]:  # once an outage
                    log.warning("bells_away", error=type(error).__name__)
            if self._connected.is_set():
                self._connected.clear()
                delay = BACKOFF_SECONDS[0]
            await asyncio.sleep(delay)
            delay = min(delay * 2, BACKOFF_SECONDS[1])

    async def _connect_and_listen(self) -> None:
        """Returns or raises when the connection is lost."""
        ended = asyncio.Event()

        def on_end(_connection: object) -> None:
            ended.set()
            self._lose_leaders()

        connection = await asyncpg.connect(**self._arguments, server_settings=self._settings)
        try:
            connection.add_termination_listener(on_end)
            await connection.add_listener(CHANNEL, self._on_bell)
            self._connection = connection
            self._connected.set()
            for ring in self._rings.values():
                ring.set()
            while not await _happens(ended, HEARTBEAT_SECONDS):
                await self.ask("SELECT 1")
        finally:
            self._connection = None
            self._lose_leaders()
            connection.remove_termination_listener(on_end)
            try:
                await connection.close(timeout=ANSWER_SECONDS)
            except AWAY:
                connection.terminate()

    async def ask(self, query: str, *arguments: object) -> Any:
        """The first value of ``query``, asked on the bells' own connection.

        Raises ConnectionError while there is none, TimeoutError after ``ANSWER_SECONDS`` (the connection is given
        up then, as nobody knows what it did), and asyncpg's errors.
        """
        async with self._turn:
            connection = self._connection
            if connection is None:
                raise ConnectionError("the database is away")
            try:
                answer = await connection.fetchval(query, *arguments, timeout=ANSWER_SECONDS)
            except TimeoutError:
                connection.terminate()
                raise
            if connection.is_closed():
                raise ConnectionError("the database went away")
            return answer

    def _on_bell(self, _connection: object, _pid: int, _channel: str, name: object) -> None:
        self.ring(str(name))

    def _lose_leaders(self) -> None:
        for leader in self._leaders.values():
            leader.lose()


class LeaderLock:
    """A lock that one process at a time holds, for as long as its connection stands.

    The server may notice a broken connection before we do, so there may be two leaders for some seconds: what a
    leader does must bear that.
    """

    def __init__(self, bells: Bells, key: str) -> None:
        self._bells = bells
        self._bell = f"leader:{key}"
        digest = hashlib.blake2b(key.encode(), digest_size=4).digest()
        self._id = (LOCK_SPACE, int.from_bytes(digest, "big", signed=True))
        self._free = asyncio.Event()
        self._free.set()

    @property
    def held(self) -> bool:
        return not self._free.is_set()

    async def lead(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``work()`` when this process leads, until it returns or raises.

        Losing the lock cancels it; it begins anew once the lock is got again.
        """
        while True:
            await self.acquire()
            working = asyncio.create_task(work())
            losing = asyncio.create_task(self.wait_lost())
            try:
                await asyncio.wait((working, losing), return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    return working.result()
            finally:
                working.cancel()
                losing.cancel()
                await asyncio.gather(working, losing, return_exceptions=True)
                await self.release()

    async def acquire(self) -> None:
        """Wait until this process holds the lock."""
        while not await self.try_acquire():
            await self._bells.wait(self._bell)

    async def try_acquire(self) -> bool:
        """Take the lock if it is free (True also when we hold it); False while the database is away."""
        if self.held:
            return True
        asking = asyncio.create_task(self._bells.ask("SELECT pg_try_advisory_lock($1, $2)", *self._id))
        try:
            taken = await asyncio.shield(asking)
        except asyncio.CancelledError:
            with suppress(*AWAY):  # or we would hold it and not know
                if await asking:
                    self._free.clear()
                    await self.release()
            raise
        except AWAY:
            return False
        if taken:
            self._free.clear()
        return bool(taken)

    async def release(self) -> None:
        """Give the lock back, if we hold it, and wake those who wait for it."""
        if self.held:
            self._free.set()
            with suppress(*AWAY):
                await self._bells.ask("SELECT pg_advisory_unlock($1, $2)", *self._id)
                await self._bells.ask("SELECT pg_notify($1, $2)", CHANNEL, self._bell)

    async def wait_lost(self) -> None:
        """Returns once this process does not hold the lock."""
        await self._free.wait()

    def lose(self) -> None:
        """The connection is gone, and the lock with it."""
        self._free.set()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False

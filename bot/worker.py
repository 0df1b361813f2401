"""The workers: leased updates into commands, one transaction each, chats in parallel and each chat in order."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram.error import TelegramError

from bot import frame
from bot.api import BotApi
from bot.frame import Finish
from bot.incoming import Incoming, Reader
from bot.outage import Outage
from bot.outgoing import QueryAnswer
from bot.owners import Owners
from bot.scene import House, NotYetWritten
from bot.supervise import happens
from cdm_core import inbox, outbox
from cdm_core.db.away import is_away, is_blocked, is_collision
from cdm_core.db.notify import SWEEP_SECONDS, Bells
from cdm_core.errors import CdmError
from cdm_core.inbox import LeaseLost, Update
from cdm_core.where import where
from cdm_core.words import InboxState

WORKERS = 8
LEASED_AHEAD = 4
"""Updates leased for each worker at most."""
COLLISION_SECONDS = (0.1, 1.0)
"""Waits before an update that lost against another transaction is tried again, in the same lease."""
_LOOK_AGAIN = (0.02, 0.05, 0.1, 0.2, 0.4, 0.4)
"""Who answers a message at once may be quicker than the note of its Telegram id."""
STOP_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Workers:
    """``owner`` is whose name the leases are in."""

    def __init__(
        self,
        house: House,
        reader: Reader,
        api: BotApi,
        sessions: async_sessionmaker[AsyncSession],
        bells: Bells,
        outage: Outage,
        stop: asyncio.Event,
        *,
        owners: Owners,
        count: int = WORKERS,
    ) -> None:
        self._house = house
        self._reader = reader
        self._api = api
        self._sessions = sessions
        self._bells = bells
        self._outage = outage
        self._stop = stop
        self._owners = owners
        self.owner = owners.me
        self._count = count
        self._queue: asyncio.Queue[Update] = asyncio.Queue()
        self._busy = 0
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Lease and work until stopped, then finish what is in hand and give back the rest."""
        workers = [asyncio.create_task(self._serve(), name=f"worker {n}") for n in range(self._count)]
        try:
            while not self._stop.is_set():
                if not await self._fetch():
                    await self._bells.wait(inbox.BELL)
        finally:
            await self._finish(workers)

    def room(self) -> int:
        """How many more updates may be leased ahead of the work."""
        return 0 if self._stop.is_set() else max(0, self._count * LEASED_AHEAD - self._queue.qsize())

    def take(self, leased: Iterable[Update]) -> None:
        """Work on updates that are leased to ``owner`` already."""
        for update in leased:
            self._queue.put_nowait(update)

    async def sweep(self) -> None:
        """Until stopped: take back the leases of processes that died, and report outages that are over."""
        while not await happens(self._stop, SWEEP_SECONDS):
            await self._owners.live()
            await self._outage.report(self._sessions)
            async with self._sessions() as session:
                holders = await inbox.owners(session)
            dead = await self._owners.dead(holders)
            async with self._sessions.begin() as session:
                taken = await inbox.take_back(session, dead)
            if taken:
                log.warning("updates_taken_back", number=taken)
                self._bells.ring(inbox.BELL)

    async def _fetch(self) -> bool:
        """Lease some updates if the workers may soon run out; whether to look again at once."""
        if self._queue.qsize() > self._count // 2:
            return False
        wanted = self.room()
        try:
            async with self._sessions.begin() as session:
                leased = await inbox.lease(session, self._api.bot_id, self.owner, most=wanted)
        except Exception as error:
            if not is_away(error):
                raise
            await happens(self._stop, 0.5)
            return True
        self.take(leased)
        return 0 < wanted == len(leased)

    async def _serve(self) -> None:
        while True:
            update = await self._queue.get()
            self._busy += 1
            try:
                await self._work(update)
            except Exception as error:  # its lease runs out, and another takes it
                log.error("update_dropped", update_id=update.update_id, error=type(error).__name__)
            finally:
                self._busy -= 1
                self._bells.ring(inbox.BELL)  # the chat's next update may be leased now

    async def _finish(self, workers: list[asyncio.Task[None]]) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while self._busy:
                    await self._bells.wait(inbox.BELL, 0.05)
                await asyncio.gather(*self._answering)
        except TimeoutError:
            log.warning("workers_cut_off", number=self._busy)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        try:
            async with self._sessions.begin() as session:
                await inbox.release(session, self.owner)
        except Exception as error:
            log.warning("leases_kept", error=type(error).__name__)  # they run out

    async def _work(self, update: Update) -> None:
        incoming: Incoming | None = None
        try:
            incoming = self._reader.read(_readable(update.body))
            finish = await self._transact(update, incoming)
        except LeaseLost:
            log.warning("lease_lost", update_id=update.update_id)
        except Exception as error:
            if is_away(error) or is_blocked(error):
                await self._give_back(update)
            else:
                await self._failed(update, incoming, error)
        else:
            self._after(finish)

    async def _transact(self, update: Update, incoming: Incoming) -> Finish:
        key = f"{update.bot_id}:{update.update_id}"
        looks, pauses = iter(_LOOK_AGAIN), iter(COLLISION_SECONDS)
        patient = True
        while True:
            try:
                async with self._sessions.begin() as session:
                    finish = await frame.handle(
                        session, self._house, incoming, key, update.received_at, patient=patient
                    )
                    await inbox.done(session, update, self.owner)
                return finish
            except NotYetWritten:
                pause = next(looks, None)
                patient = pause is not None
            except CdmError as error:
                async with self._sessions.begin() as session:
                    finish = await frame.refuse(session, self._house, incoming, key, error)
                    await inbox.done(session, update, self.owner)
                return finish
            except Exception as error:
                pause = next(pauses, None)
                if pause is None or not is_collision(error):
                    raise
            await happens(self._stop, pause or 0)

    def _after(self, finish: Finish) -> None:
        if finish.queued:
            self._bells.ring(outbox.BELL)
        if finish.known:
            self._outage.know(*finish.known)
        if finish.answer:
            task = asyncio.create_task(self._answer(finish.answer))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, answer: QueryAnswer) -> None:
        """Without it the button would seem to hang; once too late, nothing is lost."""
        try:
            await self._api.call(answer.method, answer.arguments)
        except TelegramError as error:
            log.info("query_not_answered", method=answer.method, error=type(error).__name__)

    async def _give_back(self, update: Update) -> None:
        """The database went away, or another holds what it needs: later the update is as if never leased."""
        while not await happens(self._stop, 0.5):
            try:
                async with self._sessions.begin() as session:
                    await inbox.release(session, self.owner, [update.update_id])
            except Exception as error:
                if not is_away(error):
                    raise
            else:
                self._bells.ring(inbox.BELL)
                return

    async def _failed(self, update: Update, incoming: Incoming | None, error: Exception) -> None:
        why = f"{type(error).__name__} at {where(error)}"
        log.error("update_failed", update_id=update.update_id, why=why, attempt=update.attempts + 1)
        try:
            async with self._sessions.begin() as session:
                state = await inbox.fail(session, update, self.owner, why)
            if state is InboxState.QUARANTINED and incoming is not None:
                key = f"{update.bot_id}:{update.update_id}"
                async with self._sessions.begin() as session:
                    finish = await frame.refuse(session, self._house, incoming, key, CdmError("failed"))
                self._after(finish)
        except Exception as second:
            log.error("failure_not_recorded", update_id=update.update_id, error=type(second).__name__)


def _readable(value: Any) -> Any:
    """Without what PostgreSQL cannot keep as text: NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, Mapping):
        return {name: _readable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_readable(inner) for inner in value]
    return value

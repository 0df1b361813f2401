"""The poller: raw updates from Telegram into the inbox, confirmed only once they are committed."""

import asyncio
import contextlib

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.api import BotApi
from bot.outage import Outage
from bot.supervise import happens
from bot.worker import Workers
from cdm_core import inbox
from cdm_core.db.away import is_away
from cdm_core.db.notify import Bells, notify

KINDS = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member", "chat_member"]
MOST = 100
BACKOFF_SECONDS = (0.5, 15.0)
TOKEN_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Poller:
    """One a token: run it under the token's leader lock.

    An offset is only passed to confirm what was just committed. It is forgotten once Telegram took it, since ids may
    start lower after a quiet week; repeats meet the inbox's key.
    """

    def __init__(
        self,
        api: BotApi,
        sessions: async_sessionmaker[AsyncSession],
        bells: Bells,
        outage: Outage,
        workers: Workers,
        stop: asyncio.Event,
        *,
        seconds: float = 25.0,
    ) -> None:
        self._api = api
        self._sessions = sessions
        self._bells = bells
        self._outage = outage
        self._workers = workers
        self._stop = stop
        self._seconds = seconds
        self._away = False

    async def run(self) -> None:
        """Poll until stopped; Telegram or the database being away is waited for."""
        offset: int | None = None
        delay = BACKOFF_SECONDS[0]
        while not self._stop.is_set():
            try:
                raw = await self._poll(offset)
            except InvalidToken:
                log.error("token_refused")
                await happens(self._stop, TOKEN_SECONDS)
                continue
            except TelegramError as error:
                await self._wait_for_telegram(error, delay)
                delay = min(delay * 2, BACKOFF_SECONDS[1])
                continue
            if self._away:
                log.info("telegram_back")
            self._away, delay, offset = False, BACKOFF_SECONDS[0], None
            updates = [one for one in raw if inbox.storable(one)] if isinstance(raw, list) else []
            if updates and await self._keep(updates):
                offset = max(one["update_id"] for one in updates) + 1

    async def _poll(self, offset: int | None) -> object:
        polling = asyncio.create_task(self._api.updates(offset=offset, seconds=self._seconds, most=MOST, kinds=KINDS))
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((polling, stopping), return_when=asyncio.FIRST_COMPLETED)
            return polling.result() if polling.done() else []
        finally:
            for task in (polling, stopping):
                task.cancel()
            # Unlike awaiting each and suppressing its CancelledError, this does not swallow our own.
            await asyncio.gather(polling, stopping, return_exceptions=True)

    async def _wait_for_telegram(self, error: TelegramError, delay: float) -> None:
        if isinstance(error, Conflict) and "webhook" in error.message.lower():
            log.warning("webhook_removed")
            with contextlib.suppress(TelegramError):
                await self._api.call("deleteWebhook", {})
        elif not self._away:
            log.warning("telegram_away", error=type(error).__name__)
        self._away = True
        await happens(self._stop, delay)

    async def _keep(self, updates: list[dict[str, object]]) -> bool:
        """Commit them, waiting for the database for as long as it takes; False when stopped before."""
        delay = BACKOFF_SECONDS[0]
        while True:
            try:
                async with self._sessions.begin() as session:
                    stored = await inbox.store(
                        session, self._api.bot_id, updates, owner=self._workers.owner, most=self._workers.room()
                    )
                    if len(stored.leased) < stored.new:
                        await notify(session, inbox.BELL)
            except Exception as error:
                if not is_away(error):
                    raise
                await self._outage.notice(updates)
                if await happens(self._stop, delay):
                    return False
                delay = min(delay * 2, BACKOFF_SECONDS[1])
            else:
                self._workers.take(stored.leased)
                if len(stored.leased) < stored.new:
                    self._bells.ring(inbox.BELL)
                self._outage.over()
                return True

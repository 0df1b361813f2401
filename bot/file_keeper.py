"""The keeper of files: copies of what came with contacts, fetched from Telegram into our folder, and deleted again.

Any number of processes may run it: a file is leased while one fetches it, and what a killed one left is fetched anew
into the same place.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot import notices
from bot.api import BotApi
from bot.supervise import happens
from cdm_core import file_copies
from cdm_core.clock import Clock
from cdm_core.db.away import is_away
from cdm_core.db.notify import Bells
from cdm_core.file_copies import Wanted
from cdm_core.words import FileState

TOTAL_SECONDS = 120.0
"""For one file, shorter than its lease."""
AWAY_SECONDS = 0.5

log = structlog.get_logger(__name__)


class FileKeeper:
    def __init__(
        self,
        api: BotApi,
        sessions: async_sessionmaker[AsyncSession],
        bells: Bells,
        clock: Clock,
        folder: Path,
        stop: asyncio.Event,
    ) -> None:
        self._api = api
        self._sessions = sessions
        self._bells = bells
        self._clock = clock
        self._folder = folder
        self._stop = stop

    async def run(self) -> None:
        """Fetch and delete until stopped."""
        while not self._stop.is_set():
            try:
                found = await self._round()
            except Exception as error:
                if not is_away(error):
                    raise
                await happens(self._stop, AWAY_SECONDS)
                continue
            if not found:
                await self._bells.wait(file_copies.BELL)

    async def _round(self) -> bool:
        """Whether there was anything to do."""
        async with self._sessions.begin() as session:
            wanted = await file_copies.lease(session, self._api.bot_id)
        await asyncio.gather(*(self._fetch(one) for one in wanted))
        return await self._delete() or bool(wanted)

    async def _fetch(self, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                data = await self._api.file(wanted.file_id)
            await asyncio.to_thread(_write, self._folder / wanted.stored_name, data)
        except (TelegramError, OSError) as error:  # of which a timeout is one
            await self._failed(wanted, error)
            return
        async with self._sessions.begin() as session:
            kept = await file_copies.kept(session, wanted)
        if not kept:  # undone meanwhile, or the customer was merged
            await asyncio.to_thread(_remove, self._folder, wanted.stored_name)

    async def _failed(self, wanted: Wanted, error: Exception) -> None:
        log.warning("file_not_kept", id=wanted.id, error=type(error).__name__, attempt=wanted.attempts)
        async with self._sessions.begin() as session:
            why, sender = FileState.LOST, None
            match error:
                case BadRequest() if "too big" in error.message.lower():
                    why, sender = FileState.TOO_LARGE, await file_copies.too_large(session, wanted)
                case RetryAfter():
                    wait = error.retry_after
                    seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
                    sender = await file_copies.retry(session, wanted, seconds=seconds)
                case _:
                    sender = await file_copies.retry(session, wanted)
            if sender is not None:
                await notices.file_not_kept(session, sender, wanted, why, clock=self._clock)

    async def _delete(self) -> bool:
        """Delete the copies whose rows are gone; in one transaction, so a killed process leaves the rest to do."""
        async with self._sessions.begin() as session:
            names = await file_copies.take_deleted(session)
            for name in names:
                await asyncio.to_thread(_remove, self._folder, name)
        return bool(names)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _remove(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)

"""While the database is away: say so once to whoever writes, and afterwards that it is back and all is done."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram.error import TelegramError

from bot.api import BotApi
from cdm_core import inbox, outbox
from cdm_core.clock import Clock
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind
from templates.render import render
from templates.speech import Speech

PATIENCE_SECONDS = 3.0
"""Shorter outages (a restart) are not worth a message."""
_KNOWN_CHATS = 10_000

log = structlog.get_logger(__name__)

_UNFINISHED = text(
    "SELECT count(*) FROM inbox WHERE bot_id = :bot_id AND chat_id = :chat_id AND state IN ('received', 'leased')"
    " AND update_id <= :last"
)


class Outage:
    """Knows, from memory alone, who of the staff writes in which chat; strangers are told nothing."""

    def __init__(self, api: BotApi, clock: Clock, *, patience: float = PATIENCE_SECONDS) -> None:
        self._api = api
        self._clock = clock
        self._patience = patience
        self._speeches: dict[int, Speech] = {}
        self._since: float | None = None
        self._told: set[int] = set()
        self._waiting: dict[int, set[int]] = {}
        self._back: dict[int, tuple[datetime, set[int]]] = {}

    def know(self, chat_id: int, speech: Speech) -> None:
        """A member of staff wrote in this private chat."""
        if len(self._speeches) < _KNOWN_CHATS:
            self._speeches[chat_id] = speech

    async def notice(self, updates: Sequence[dict[str, Any]]) -> None:
        """These updates cannot be stored: once it has lasted, tell their writers, each once an outage."""
        if self._since is None:
            self._since = time.monotonic()
            log.error("database_away")
        for one in updates:
            chat_id = inbox.chat_of(one)
            if chat_id in self._speeches:
                self._waiting.setdefault(chat_id, set()).add(one["update_id"])
        if time.monotonic() - self._since >= self._patience:
            untold = [chat_id for chat_id in self._waiting if chat_id not in self._told]
            self._told.update(untold)
            await asyncio.gather(*(self._tell(chat_id) for chat_id in untold))

    def over(self) -> None:
        """The waiting updates are stored now."""
        if self._since is None:
            return
        log.info("database_back", seconds=round(time.monotonic() - self._since, 1))
        now = self._clock.now()
        self._back.update({chat: (now, self._waiting[chat]) for chat in self._told})
        self._since, self._told, self._waiting = None, set(), {}

    async def report(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Tell those who were told of the outage that their messages are done, once they are."""
        for chat_id, (since, waited) in list(self._back.items()):
            async with sessions.begin() as session:
                facts = {"bot_id": self._api.bot_id, "chat_id": chat_id, "last": max(waited)}
                if (await session.execute(_UNFINISHED, facts)).scalar_one():
                    continue
                speech = self._speeches[chat_id]
                words = render("errors/database_back", speech, since=since, messages=len(waited))
                await outbox.put(
                    session,
                    OutMessage(
                        dedup_key=f"back:{self._api.bot_id}:{max(waited)}:{chat_id}",
                        chat_id=chat_id,
                        kind=MessageKind.REPLY,
                        method="sendMessage",
                        payload={"text": words, "parse_mode": "HTML"},
                    ),
                )
            del self._back[chat_id]

    async def _tell(self, chat_id: int) -> None:
        words = render("errors/database_away", self._speeches[chat_id])
        try:
            await self._api.call("sendMessage", {"chat_id": chat_id, "text": words, "parse_mode": "HTML"})
        except TelegramError as error:
            log.warning("outage_not_told", error=type(error).__name__)

"""Button presses and inline queries that wait for the bot's answer."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from bot.sandbox.model import Json


@dataclass(slots=True)
class Query:
    """``answer`` resolves to what the bot said (toast or results), or None when it is too late."""

    id: str
    bot: int
    user: int
    chat: str
    asked: float
    answer: asyncio.Future[Json | None]


class Queries:
    """Open queries; one can be answered once and only for ``ttl`` seconds of real time."""

    def __init__(self, ttl: float) -> None:
        self.ttl = ttl
        self._open: dict[str, Query] = {}

    def ask(self, bot: int, user: int, chat: str = "") -> Query:
        now = time.monotonic()
        for old in [one for one in self._open.values() if now - one.asked > self.ttl]:
            self._close(old)
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        query = Query(str(secrets.randbits(62)), bot, user, chat, now, future)
        self._open[query.id] = query
        return query

    def take(self, ident: str, bot: int) -> Query | None:
        """The open query of this bot, now taken; None when unknown, answered or too old."""
        query = self._open.get(ident)
        if query is None or query.bot != bot or time.monotonic() - query.asked > self.ttl:
            return None
        del self._open[ident]
        return query

    def _close(self, query: Query) -> None:
        self._open.pop(query.id, None)
        if not query.answer.done():
            query.answer.set_result(None)

    def close(self) -> None:
        for query in list(self._open.values()):
            self._close(query)

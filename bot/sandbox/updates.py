"""Updates waiting for each bot: numbered, kept until confirmed, handed out by long poll or webhook."""

import secrets
import time

from bot.sandbox.bell import Bell
from bot.sandbox.errors import ApiError, conflict
from bot.sandbox.model import Bot, Json
from bot.sandbox.store import Store

DEFAULT_EXCLUDED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KEPT_SECONDS = 24 * 3600


class Queue:
    """One bot's unconfirmed updates, oldest first, and the turn of whoever polls."""

    def __init__(self, next_id: int) -> None:
        self.next_id = next_id
        self.pending: dict[int, Json] = {}
        self.bell = Bell()
        self.turn = 0
        self.cuts = 0


class Updates:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._queues: dict[int, Queue] = {}
        self._closed = False
        for bot, next_id in store.records("next_update"):
            self._queues[int(bot)] = Queue(next_id)
        waiting = sorted((int(key.partition(":")[2]), key, record) for key, record in store.records("update"))
        for update_id, key, record in waiting:
            self.queue(int(key.partition(":")[0])).pending[update_id] = record

    def queue(self, bot_id: int) -> Queue:
        if bot_id not in self._queues:
            self._queues[bot_id] = Queue(100_000_000 + secrets.randbelow(800_000_000))
        return self._queues[bot_id]

    def push(self, bot: Bot, kind: str, payload: Json) -> int | None:
        """Queue an update unless the bot did not ask for its kind; its id, or None."""
        wanted = bot.allowed_updates
        if (kind in DEFAULT_EXCLUDED) if not wanted else (kind not in wanted):
            return None
        queue = self.queue(bot.id)
        update_id = queue.next_id
        self.skip(bot, 1)
        record: Json = {"at": time.time(), "update": {"update_id": update_id, kind: payload}}
        queue.pending[update_id] = record
        self._store.put("update", f"{bot.id}:{update_id}", record)
        queue.bell.ring()
        return update_id

    def skip(self, bot: Bot, count: int) -> None:
        """Let ``count`` ids go unused, as Telegram does after a quiet week."""
        queue = self.queue(bot.id)
        queue.next_id += count
        self._store.put("next_update", bot.id, queue.next_id)

    def confirm(self, bot: Bot, before: int) -> None:
        """Forget every update with an id below ``before``."""
        queue = self.queue(bot.id)
        for update_id in [one for one in queue.pending if one < before]:
            del queue.pending[update_id]
            self._store.drop("update", f"{bot.id}:{update_id}")

    def drop_all(self, bot: Bot) -> None:
        self.confirm(bot, self.queue(bot.id).next_id)

    def first(self, bot: Bot, limit: int) -> list[Json]:
        queue = self.queue(bot.id)
        for update_id, record in list(queue.pending.items()):
            if record["at"] > time.time() - KEPT_SECONDS:
                break
            self.confirm(bot, update_id + 1)
        return [record["update"] for record, _ in zip(queue.pending.values(), range(limit), strict=False)]

    async def poll(self, bot: Bot, offset: int, limit: int, seconds: float) -> list[Json]:
        """getUpdates: confirm below ``offset``, then up to ``limit`` updates, waiting for the first of them.

        A newer poll of the same bot ends this one with 409, as Telegram's does.
        """
        queue = self.queue(bot.id)
        queue.turn += 1
        turn, cuts = queue.turn, queue.cuts
        queue.bell.ring()
        if offset > 0:
            self.confirm(bot, offset)
        elif offset < 0 and queue.pending:
            self.confirm(bot, list(queue.pending)[max(offset, -len(queue.pending))])
        deadline = time.monotonic() + seconds
        while True:
            if queue.turn != turn:
                raise conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
            if queue.cuts != cuts:
                raise ApiError(502, "Bad Gateway")
            found = self.first(bot, limit)
            left = deadline - time.monotonic()
            if found or left <= 0 or self._closed:
                return found
            await queue.bell.wait(left)

    def cut(self) -> None:
        """End the polls that wait now, as when Telegram goes away under them."""
        for queue in self._queues.values():
            queue.cuts += 1
            queue.bell.ring()

    def close(self) -> None:
        self._closed = True
        for queue in self._queues.values():
            queue.bell.ring()

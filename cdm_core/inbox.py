"""The inbox: raw updates, committed before Telegram is told that they arrived, and worked off chat by chat.

An update is received, leased, then done, or quarantined after ``MOST_ATTEMPTS`` failures. Only the oldest unfinished
update of a chat may be leased, so a chat is answered in order while chats run in parallel. Leases use the database's
real clock. "Done" belongs into the transaction that holds the update's effects.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import backlog
from cdm_core.backlog import Backlog
from cdm_core.words import InboxState

BELL = "inbox"
LEASE_SECONDS = 30.0
MOST_ATTEMPTS = 3
MOST_ORPHANED = 5
"""An update whose process died with it this often is taken for the cause."""
BACKOFF_SECONDS = (0.5, 2.0)
_BIGINT = 2**63


class LeaseLost(Exception):
    """Somebody else has this update by now: roll back, they do the work."""


@dataclass(frozen=True, slots=True)
class Update:
    """A leased update. ``body`` is the raw JSON; ``attempts`` counts failures so far."""

    bot_id: int
    update_id: int
    chat_id: int | None
    body: dict[str, Any]
    attempts: int
    received_at: datetime


_STORE = text(
    """
    INSERT INTO inbox (bot_id, update_id, chat_id, body, state, leased_by, leased_until)
    SELECT :bot_id, u.update_id, u.chat_id, u.body::json,
           CASE WHEN u.next THEN 'leased' ELSE 'received' END,
           CASE WHEN u.next THEN CAST(:owner AS text) END,
           CASE WHEN u.next THEN clock_timestamp() + make_interval(secs => :seconds) END
    FROM (
        SELECT given.*,
               row_number() OVER (ORDER BY given.update_id) <= :most
               AND (given.chat_id IS NULL
                    OR row_number() OVER (PARTITION BY given.chat_id ORDER BY given.update_id) = 1
                    AND NOT EXISTS (
                        SELECT FROM inbox earlier
                        WHERE earlier.bot_id = :bot_id AND earlier.chat_id = given.chat_id
                          AND earlier.state IN ('received', 'leased'))) AS next
        FROM unnest(CAST(:ids AS bigint[]), CAST(:chats AS bigint[]), CAST(:bodies AS text[]))
             AS given (update_id, chat_id, body)) AS u
    ON CONFLICT DO NOTHING
    RETURNING bot_id, update_id, chat_id, body, state, attempts, received_at
    """
)
_LEASE = text(
    """
    WITH due AS (
        SELECT i.bot_id, i.update_id
        FROM inbox i
        WHERE i.bot_id = :bot_id AND i.state = 'received' AND i.next_attempt_at <= clock_timestamp()
          -- A scalar subquery is looked up by index row by row; NOT EXISTS became a join of the whole backlog.
          AND (i.chat_id IS NULL
               OR i.update_id = (SELECT min(first.update_id) FROM inbox first
                                 WHERE first.bot_id = i.bot_id AND first.chat_id = i.chat_id
                                   AND first.state IN ('received', 'leased')))
        ORDER BY i.update_id
        LIMIT :most
        FOR UPDATE OF i SKIP LOCKED)
    UPDATE inbox i
    SET state = 'leased', leased_by = :owner, leased_until = clock_timestamp() + make_interval(secs => :seconds)
    FROM due
    WHERE i.bot_id = due.bot_id AND i.update_id = due.update_id
    RETURNING i.bot_id, i.update_id, i.chat_id, i.body, i.attempts, i.received_at,
              set_config('synchronous_commit', 'off', true)  -- a lease lost in a crash was never given
    """
)
_DONE = text(
    """
    UPDATE inbox
    SET state = 'done', body = NULL, error = NULL, leased_by = NULL, leased_until = NULL,
        done_at = clock_timestamp()
    WHERE bot_id = :bot_id AND update_id = :update_id AND state = 'leased' AND leased_by = :owner
    """
)
_FAIL = text(
    """
    UPDATE inbox
    SET attempts = attempts + 1, error = :error, leased_by = NULL, leased_until = NULL,
        state = CASE WHEN attempts + 1 >= :most THEN 'quarantined' ELSE 'received' END,
        next_attempt_at = clock_timestamp()
            + make_interval(secs => (CAST(:backoff AS double precision[]))[least(attempts + 1, :steps)])
    WHERE bot_id = :bot_id AND update_id = :update_id AND state = 'leased' AND leased_by = :owner
    RETURNING state
    """
)
_RELEASE = text(
    """
    UPDATE inbox SET state = 'received', leased_by = NULL, leased_until = NULL
    WHERE state = 'leased' AND leased_by = :owner
      AND (CAST(:ids AS bigint[]) IS NULL OR update_id = ANY(CAST(:ids AS bigint[])))
    """
)
_ORPHANS = text(
    """
    UPDATE inbox
    SET orphaned = orphaned + 1, leased_by = NULL, leased_until = NULL,
        state = CASE WHEN orphaned + 1 >= :most THEN 'quarantined' ELSE 'received' END,
        error = 'the process died with it'
    WHERE state = 'leased' AND (leased_until < clock_timestamp() OR leased_by = ANY(CAST(:dead AS text[])))
    RETURNING update_id
    """
)
_COUNTS = text(
    """
    SELECT state, count(*) AS number,
           extract(epoch FROM clock_timestamp() - min(coalesce(retried_at, received_at))) AS oldest
    FROM inbox WHERE state IN ('received', 'leased') GROUP BY state
    UNION ALL
    SELECT state, count(*), extract(epoch FROM clock_timestamp() - min(received_at))
    FROM inbox WHERE state = 'quarantined' GROUP BY state
    """
)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many updates were new, and which of them are leased already."""

    new: int
    leased: tuple[Update, ...]


async def store(
    session: AsyncSession,
    bot_id: int,
    updates: Sequence[Mapping[str, Any]],
    *,
    owner: str | None = None,
    most: int = 0,
    seconds: float = LEASE_SECONDS,
) -> Stored:
    """Keep raw updates; repeats and what has no id are passed over.

    Among the ``most`` oldest, those of chats where nothing else is unfinished are leased to ``owner`` on the way:
    where there is no queue, that saves a transaction.
    """
    kept = {one["update_id"]: one for one in updates if storable(one)}
    if not kept:
        return Stored(0, ())
    facts = {
        "bot_id": bot_id,
        "ids": list(kept),
        "chats": [chat_of(one) for one in kept.values()],
        "bodies": [json.dumps(one) for one in kept.values()],
        "owner": owner,
        "most": most if owner else 0,
        "seconds": seconds,
    }
    rows = (await session.execute(_STORE, facts)).all()
    return Stored(len(rows), tuple(_in_order(row for row in rows if row.state == InboxState.LEASED)))


def storable(raw: object) -> bool:
    """Whether it has what an update cannot do without: an id."""
    ident = raw.get("update_id") if isinstance(raw, Mapping) else None
    return isinstance(ident, int) and not isinstance(ident, bool) and 0 <= ident < _BIGINT


def chat_of(raw: Mapping[str, Any]) -> int | None:
    """The chat in whose order an update is worked off; a query without a chat goes by its person."""
    for kind, event in raw.items():
        if kind == "update_id" or not isinstance(event, Mapping):
            continue
        message = event.get("message") if kind == "callback_query" else None
        for holder in (message, event):
            ident = _ident(holder, "chat")
            if ident is not None:
                return ident
        return _ident(event, "from")
    return None


def _ident(holder: object, name: str) -> int | None:
    inner = holder.get(name) if isinstance(holder, Mapping) else None
    ident = inner.get("id") if isinstance(inner, Mapping) else None
    return ident if isinstance(ident, int) and not isinstance(ident, bool) and -_BIGINT <= ident < _BIGINT else None


async def lease(
    session: AsyncSession, bot_id: int, owner: str, *, most: int, seconds: float = LEASE_SECONDS
) -> list[Update]:
    """Up to ``most`` updates for ``owner``, at most one a chat, oldest first; commit before working on them."""
    rows = await session.execute(_LEASE, {"bot_id": bot_id, "owner": owner, "most": most, "seconds": seconds})
    return _in_order(rows)


def _in_order(rows: Iterable[Row[Any]]) -> list[Update]:
    leased = (Update(row.bot_id, row.update_id, row.chat_id, row.body, row.attempts, row.received_at) for row in rows)
    return sorted(leased, key=lambda one: one.update_id)


async def done(session: AsyncSession, update: Update, owner: str) -> None:
    """Finish it, in the transaction of its effects. Raises ``LeaseLost``."""
    result = await session.execute(_DONE, {"bot_id": update.bot_id, "update_id": update.update_id, "owner": owner})
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost


async def fail(session: AsyncSession, update: Update, owner: str, error: str) -> InboxState | None:
    """Record a failed attempt: received again after a while, or quarantined. None: the lease was lost."""
    row = (
        await session.execute(
            _FAIL,
            {
                "bot_id": update.bot_id,
                "update_id": update.update_id,
                "owner": owner,
                "error": error[:500],
                "most": MOST_ATTEMPTS,
                "backoff": list(BACKOFF_SECONDS),
                "steps": len(BACKOFF_SECONDS),
            },
        )
    ).one_or_none()
    return None if row is None else InboxState(row.state)


async def release(session: AsyncSession, owner: str, update_ids: Sequence[int] | None = None) -> None:
    """Give back what ``owner`` leased and did not begin, all of it or these; nothing is counted against it."""
    await session.execute(_RELEASE, {"owner": owner, "ids": None if update_ids is None else list(update_ids)})


async def owners(session: AsyncSession) -> list[str]:
    """Who holds leases now."""
    rows = await session.execute(text("SELECT DISTINCT leased_by FROM inbox WHERE state = 'leased'"))
    return [row.leased_by for row in rows]


async def take_back(session: AsyncSession, dead: Sequence[str] = ()) -> int:
    """Take back expired leases and those of owners known to be dead; how many."""
    rows = await session.execute(_ORPHANS, {"dead": list(dead), "most": MOST_ORPHANED})
    return len(rows.all())


async def counts(session: AsyncSession) -> dict[InboxState, Backlog]:
    """What is waiting, leased or quarantined, since it came; states with nothing are absent."""
    return await backlog.by_state(session, _COUNTS, InboxState)

"""The messages of urgent alerts: telling people of one, and bringing the copies they have in step.

Words are not the core's: whoever tells hands in ``word``, which makes a Bot API payload for one reader.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, calendar, faults, outbox
from cdm_core.alert_copies import Copy, of_reader, read
from cdm_core.outbox import LOST, OutMessage
from cdm_core.readers import Reader
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertState, Language, MessageKind, OutboxState, Role

KEPT_FOR = timedelta(hours=2)
"""A copy that could not be sent so long, or before the quiet hours, is not sent any more."""

_OTHER = f"""
    FROM alert_messages other JOIN outbox ON outbox.id = other.outbox_id
    WHERE other.customer_id = m.customer_id AND other.alert_id = m.alert_id AND other.staff_id = m.staff_id
      AND outbox.state NOT IN {LOST}"""
_BEHIND = f"""
    SELECT m.customer_id, m.alert_id, m.outbox_id, m.staff_id, p.language, p.role, o.chat_id, o.state, a.version,
           p.id = a.claimed_by AS claims, a.state AS alert_state,
           EXISTS (SELECT {_OTHER} AND other.outbox_id < m.outbox_id AND other.told_at >= a.raised_at) AS again,
           (SELECT min(other.outbox_id) {_OTHER} AND other.outbox_id > m.outbox_id) AS newer
    FROM alerts a
    JOIN alert_messages m ON m.customer_id = a.customer_id AND m.alert_id = a.id AND m.version < a.version
    JOIN outbox o ON o.id = m.outbox_id
    JOIN staff p ON p.id = m.staff_id
    WHERE {{which}}
    ORDER BY m.outbox_id
    FOR UPDATE OF m SKIP LOCKED
    """
_BEHIND_ONE = text(_BEHIND.format(which="a.customer_id = :customer"))
_BEHIND_ALL = text(_BEHIND.format(which="a.state <> 'closed' OR a.closed_at > :lately"))


@dataclass(frozen=True, slots=True)
class Retold:
    """How many copies lagged behind, and where the first of those broke that still do."""

    number: int
    error: str | None


Word = Callable[[Copy, Language], Mapping[str, Any]]
"""The arguments of sendMessage, or of editMessageText, but for the chat and the message."""


async def tell(
    session: AsyncSession,
    customer_id: int,
    alert_id: int,
    readers: Sequence[Reader],
    *,
    level: int,
    limits: Thresholds,
    now: datetime,
    word: Word,
) -> None:
    """A message of its own to each reader, which rings; once a level, and anew each time the level is repeated.

    Within the hours in which people may be rung up.
    """
    row = await read(session, customer_id, alert_id)
    expires_at = min(now + KEPT_FOR, calendar.loud_until(now, limits))
    hear = {reader.person.id for reader in readers}
    for reader in readers:
        told, reached = await _times_told(session, customer_id, alert_id, reader.person.id)
        copy = of_reader(row, reader.person.id, again=reached > 0, hear=hear)
        message = OutMessage(
            dedup_key=f"alert:{alert_id}:L{level}:{reader.chat_id}" + (f":{told}" if told else ""),
            chat_id=reader.chat_id,
            kind=MessageKind.ALERT,
            method="sendMessage",
            payload=word(copy, reader.person.language),
            staff_id=reader.person.id,
            customer_id=customer_id,
            expires_at=expires_at,
            role=outbox.lasting(reader.person.role),
        )
        outbox_id = await outbox.put(session, message)
        if outbox_id is None:
            continue
        await session.execute(
            text(
                """
                INSERT INTO alert_messages (customer_id, alert_id, outbox_id, staff_id, level, version, told_at)
                VALUES (:customer, :alert, :outbox, :person, :level, :version, :now)
                """
            ),
            {
                "customer": customer_id,
                "alert": alert_id,
                "outbox": outbox_id,
                "person": reader.person.id,
                "level": level,
                "version": row.version,
                "now": now,
            },
        )
        await audit.record(
            session, now, "hot-alerts", "alerted", customer_id=customer_id, shown_to=reader.person.id, alert=alert_id
        )


async def retell(session: AsyncSession, *, now: datetime, word: Word, customer_id: int | None = None) -> Retold:
    """Bring the copies that lag behind their alert in step, of one customer or of all.

    A copy that is still queued is worded anew, or withdrawn where there is nothing left for its reader to do. One that
    a newer copy of the same reader follows only points at that, said once. One that breaks stays behind.
    """
    if customer_id is None:
        found = await session.execute(_BEHIND_ALL, {"lately": now - timedelta(days=2)})
    else:
        found = await session.execute(_BEHIND_ONE, {"customer": customer_id})
    behind = found.all()
    errors = [
        error
        for copy in behind
        if (error := (await faults.apart(session, _retell(session, copy, word), alert=copy.alert_id))[1]) is not None
    ]
    return Retold(len(behind), next(iter(errors), None))


async def _retell(session: AsyncSession, copy: Any, word: Word) -> None:
    row = await read(session, copy.customer_id, copy.alert_id)
    below = copy.newer is not None
    answered = copy.alert_state == AlertState.CLOSED or (copy.alert_state == AlertState.CLAIMED and not copy.claims)
    over = "answered before it was sent" if answered else "told anew before it was sent" if below else None
    says = f"below:{copy.newer}" if below else f"v{copy.version}"
    edit = OutMessage(
        dedup_key=f"alert:{copy.alert_id}:{copy.outbox_id}:{says}",
        chat_id=copy.chat_id,
        kind=MessageKind.ALERT,
        method="editMessageText",
        payload=word(of_reader(row, copy.staff_id, again=copy.again, below=below), Language(copy.language)),
        staff_id=copy.staff_id,
        customer_id=copy.customer_id,
        edits=copy.outbox_id,
        role=outbox.lasting(Role(copy.role)),
    )
    await outbox.follow(session, edit, OutboxState(copy.state), over=over)
    await session.execute(
        text(
            """
            UPDATE alert_messages SET version = :version
            WHERE customer_id = :customer AND alert_id = :alert AND outbox_id = :outbox
            """
        ),
        {
            "version": copy.version,
            "customer": copy.customer_id,
            "alert": copy.alert_id,
            "outbox": copy.outbox_id,
        },
    )


async def _times_told(session: AsyncSession, customer_id: int, alert_id: int, staff_id: int) -> tuple[int, int]:
    """How many copies of it the person has been sent, and how many with its sign have arrived or still may."""
    row = (
        await session.execute(
            text(
                f"""
                SELECT count(*) AS told,
                       count(*) FILTER (WHERE o.state NOT IN {LOST} AND m.told_at >= a.raised_at) AS reached
                FROM alert_messages m
                JOIN alerts a ON a.customer_id = m.customer_id AND a.id = m.alert_id
                LEFT JOIN outbox o ON o.id = m.outbox_id
                WHERE m.customer_id = :customer AND m.alert_id = :alert AND m.staff_id = :person
                """
            ),
            {"customer": customer_id, "alert": alert_id, "person": staff_id},
        )
    ).one()
    return row.told, row.reached

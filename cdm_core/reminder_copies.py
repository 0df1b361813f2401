"""The messages that remind of promised calls: what each is to say, sending it, and bringing it in step with what was
done since.

Words are not the core's: whoever tells hands in ``word``, which makes a Bot API payload for one reader.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, audit, call_facts, faults, outbox
from cdm_core import staff as people
from cdm_core.absences import Away
from cdm_core.advice import advise
from cdm_core.factors import Factor, FactorCode
from cdm_core.outbox import OutMessage
from cdm_core.reminders import KEYS, Reminder
from cdm_core.thresholds import Thresholds
from cdm_core.words import Language, MessageKind, OutboxState, Outcome

KEPT_FOR = timedelta(hours=2)
"""A reminder that could not be sent so long is not sent any more."""

_LATELY = timedelta(days=2)
"""A reminder of a call promised for longer ago stays as it is."""

_ITSELF = (FactorCode.OVERDUE, FactorCode.PROMISED)

_FACTS = text(
    """
    SELECT f.id, f.customer_id, f.due_at, f.status, f.staff_id, f.closed_by, c.owner_id, c.phone_e164,
           cdm_name(c.first_name, c.last_name) AS name,
           said.description AS note, said.occurred_at AS noted_at, said.by AS noted_by,
           ended.outcome_code, closer.name AS closer,
           (SELECT next.due_at FROM follow_ups next
            WHERE next.customer_id = f.customer_id AND next.status = 'open') AS open_at
    FROM unnest(CAST(:customers AS bigint[]), CAST(:ids AS bigint[])) AS asked (customer_id, id)
    JOIN follow_ups f ON f.customer_id = asked.customer_id AND f.id = asked.id
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN LATERAL (
        SELECT i.description, i.occurred_at, writer.name AS by
        FROM customer_interactions i LEFT JOIN staff writer ON writer.id = i.staff_id
        WHERE i.customer_id = f.customer_id AND i.undone_at IS NULL AND i.description <> ''
        ORDER BY (i.id = f.interaction_id) IS TRUE DESC, i.occurred_at DESC, i.id DESC LIMIT 1) said ON true
    LEFT JOIN customer_interactions ended ON ended.customer_id = f.customer_id AND ended.id = f.closed_by
    LEFT JOIN staff closer ON closer.id = ended.staff_id
    """
)
# Copies that do not say yet what became of their promise.
_BEHIND = text(
    f"""
    SELECT f.customer_id, f.id AS follow_up_id, f.status, now_is.ended, o.id, o.chat_id, o.state, o.staff_id,
           p.language, said.edits
    FROM follow_ups f
    CROSS JOIN LATERAL (
        SELECT CASE WHEN f.status = 'open' THEN '' ELSE coalesce(f.closed_by::text, f.status) END AS ended) now_is
    JOIN outbox o ON o.dedup_key = ANY({KEYS}) AND o.state <> 'cancelled'
    JOIN staff p ON p.id = o.staff_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS edits, (array_agg(e.context ->> 'ended' ORDER BY e.id DESC))[1] AS ended
        FROM outbox e WHERE e.edits_outbox_id = o.id AND e.kind = 'reminder') said
    WHERE f.customer_id = :customer AND f.due_at > :lately AND coalesce(said.ended, '') <> now_is.ended
    """
)


@dataclass(frozen=True, slots=True)
class Noted:
    """What was written of the customer: ``note``, ``at``, and by whom where that is known."""

    note: str
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class End:
    """How the promise ended: ``by`` whose contact, with which outcome; both None where there was none.

    ``again_at`` is when the next call is promised by now.
    """

    by: str | None
    outcome: Outcome | None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """What the reminder of a promised call tells its reader.

    ``why`` is the best reason to call besides the promise itself; ``covers`` the colleague it is kept for, who is away,
    ``owner`` the one whose it is and who is not; ``late``: it comes late; ``end`` is set once the promise is kept,
    replaced or cancelled.
    """

    follow_up_id: int
    customer_id: int
    name: str
    phone_e164: str | None
    due_at: datetime
    noted: Noted | None
    why: Factor | None
    covers: Away | None
    owner: str | None
    late: bool
    end: End | None


@dataclass(frozen=True, slots=True)
class Told:
    """How many reminders were told, and where the first of those broke that were not."""

    number: int
    error: str | None


Word = Callable[[Copy, Language], Mapping[str, Any]]
"""The arguments of sendMessage, or of editMessageText, but for the chat and the message."""


async def tell(
    session: AsyncSession, reminders: Sequence[Reminder], limits: Thresholds, *, now: datetime, word: Word
) -> Told:
    """Put these reminders into the outbox; each rings. One that breaks stays due, and holds up no other."""
    number, error = await faults.apart(session, _tell(session, reminders, limits, now, word))
    if error is None:
        return Told(number or 0, None)
    alone = [
        await faults.apart(session, _tell(session, [one], limits, now, word), follow_up=one.follow_up_id)
        for one in reminders
    ]
    return Told(sum(number or 0 for number, _ in alone), next((error for _, error in alone if error), None))


async def _tell(
    session: AsyncSession, reminders: Sequence[Reminder], limits: Thresholds, now: datetime, word: Word
) -> int:
    readers = {(one.customer_id, one.follow_up_id): one.person.id for one in reminders}
    copies = await _copies(session, readers, limits, now, late={one.follow_up_id for one in reminders if one.late})
    messages = [
        OutMessage(
            dedup_key=one.key,
            chat_id=one.chat_id,
            kind=MessageKind.REMINDER,
            method="sendMessage",
            payload=word(copies[one.follow_up_id], one.person.language),
            staff_id=one.person.id,
            customer_id=one.customer_id,
            expires_at=now + KEPT_FOR,
        )
        for one in reminders
    ]
    put = await outbox.put_all(session, messages)
    told = [one for one, outbox_id in zip(reminders, put, strict=True) if outbox_id is not None]
    for one in told:
        await audit.record(
            session,
            now,
            "follow-up-reminders",
            "reminded",
            customer_id=one.customer_id,
            shown_to=one.person.id,
            follow_up=one.follow_up_id,
        )
    return len(told)


async def copy(
    session: AsyncSession, customer_id: int, follow_up_id: int, reader_id: int, limits: Thresholds, *, now: datetime
) -> Copy | None:
    """What the reminder says to this reader as of ``now``; None where there is no such follow-up."""
    copies = await _copies(session, {(customer_id, follow_up_id): reader_id}, limits, now)
    return copies.get(follow_up_id)


async def retell(session: AsyncSession, customer_id: int, limits: Thresholds, *, now: datetime, word: Word) -> int:
    """Bring the reminders of the customer's calls in step with whether they were made; how many there were.

    One that is still queued, or in trouble, is withdrawn where there is nothing left to do. Within a core write of the
    customer.
    """
    behind = (await session.execute(_BEHIND, {"customer": customer_id, "lately": now - _LATELY})).all()
    for row in behind:
        say = await copy(session, row.customer_id, row.follow_up_id, row.staff_id, limits, now=now)
        assert say is not None
        edit = OutMessage(
            dedup_key=f"followup:{row.follow_up_id}:{row.id}:v{row.edits + 1}",
            chat_id=row.chat_id,
            kind=MessageKind.REMINDER,
            method="editMessageText",
            payload=word(say, Language(row.language)),
            staff_id=row.staff_id,
            customer_id=row.customer_id,
            context={"ended": row.ended},
            edits=row.id,
        )
        await outbox.follow(session, edit, OutboxState(row.state), over="done before it was sent")
    return len(behind)


async def _copies(
    session: AsyncSession,
    readers: Mapping[tuple[int, int], int],
    limits: Thresholds,
    now: datetime,
    *,
    late: frozenset[int] | set[int] = frozenset(),
) -> dict[int, Copy]:
    """By follow-up id what is said of it; ``readers`` are who reads of which customer's follow-up."""
    if not readers:
        return {}
    customers, ids = zip(*readers, strict=True)
    rows = (await session.execute(_FACTS, {"customers": list(customers), "ids": list(ids)})).all()
    facts = await call_facts.load(session, list(customers), now=now, thresholds=limits)
    others = {row.id: _covered(row, readers[row.customer_id, row.id]) for row in rows}
    colleagues = {one for one in others.values() if one is not None}
    away = await absences.away(session, colleagues)
    named = {one: (await people.get(session, one)).name for one in colleagues - away.keys()}
    return {
        row.id: Copy(
            follow_up_id=row.id,
            customer_id=row.customer_id,
            name=row.name,
            phone_e164=row.phone_e164,
            due_at=row.due_at,
            noted=Noted(row.note, row.noted_at, row.noted_by) if row.note else None,
            why=next(
                (
                    factor
                    for factor in advise(facts[row.customer_id], now, limits).factors
                    if factor.weight > 0 and factor.code not in _ITSELF
                ),
                None,
            ),
            covers=away.get(others[row.id] or 0),
            owner=named.get(others[row.id] or 0),
            late=row.id in late,
            end=_end(row),
        )
        for row in rows
    }


def _covered(row: Row[Any], reader_id: int) -> int | None:
    """For whom the reader keeps it, if for somebody else."""
    return None if reader_id in (row.staff_id, row.owner_id) else (row.owner_id or row.staff_id)


def _end(row: Row[Any]) -> End | None:
    if row.status == "open":
        return None
    return End(row.closer, Outcome(row.outcome_code) if row.outcome_code else None, row.open_at)

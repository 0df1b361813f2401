"""The messages of urgent alerts: whom they were told, what each copy is to say, bringing copies in step.

Words are not the core's: whoever tells hands in ``word``, which makes a Bot API payload for one reader.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, calendar, faults, outbox
from cdm_core.alerts import LAST
from cdm_core.outbox import LOST, OutMessage
from cdm_core.readers import Reader
from cdm_core.thresholds import Thresholds
from cdm_core.words import (
    AlertEnd,
    AlertSign,
    AlertState,
    CustomerType,
    Language,
    MessageKind,
    OutboxState,
    Outcome,
    Role,
)

KEPT_FOR = timedelta(hours=2)
"""A copy that could not be sent so long, or before the quiet hours, is not sent any more."""

_FACTS = text(
    """
    SELECT a.id, a.customer_id, a.sign, a.sign_at, a.amount, a.state, a.level, a.next_at, a.claimed_by, a.claimed_at,
           a.closed_at, a.closed_why, a.reopened, a.version,
           make_interval(mins => cdm_setting('claim_alert_minutes')::integer) AS claimed_for, c.phone_e164,
           s.customer_type, cdm_name(c.first_name, c.last_name) AS name,
           claimer.name AS claimer, closer.name AS closer, a.up_to, next.name AS next,
           EXISTS (SELECT FROM alert_messages m
                   WHERE m.customer_id = a.customer_id AND m.alert_id = a.id AND m.staff_id = a.up_to
                     AND m.told_at >= coalesce(a.rung_from, m.told_at)) AS next_heard,
           tried.tries, tried.at AS tried_at, tried.by AS tried_by,
           i.outcome_code, coalesce(o.total_amount, told.total_amount) AS order_amount,
           (SELECT jsonb_agg(jsonb_build_array(p.name, p.times) ORDER BY p.own DESC, p.times DESC, p.name)
            FROM (SELECT pr.name, bool_or(one.own) AS own, greatest(count(*) FILTER (WHERE NOT one.own), 1) AS times
                  FROM (SELECT d.product_id, true AS own
                        UNION ALL
                        SELECT b.product_id, false FROM customer_behavior b
                        WHERE b.customer_id = a.customer_id AND b.behavior_type = 'add_to_cart'
                          AND b.occurred_at BETWEEN a.sign_at - interval '24 hours' AND a.sign_at
                          AND (b.session_id = d.session_id) IS NOT FALSE) one
                  JOIN products pr ON pr.id = one.product_id
                  GROUP BY pr.name ORDER BY 2 DESC, 3 DESC, 1 LIMIT 3) p) AS products
    FROM alerts a
    JOIN customers c ON c.id = a.customer_id
    LEFT JOIN customer_dropoff_tracking d ON d.customer_id = a.customer_id AND d.id = a.sign_id
                                             AND a.sign IN ('payment_failed', 'checkout', 'cart')
    LEFT JOIN customer_summary s ON s.customer_id = a.customer_id
    LEFT JOIN staff claimer ON claimer.id = a.claimed_by
    LEFT JOIN staff closer ON closer.id = a.closed_by
    LEFT JOIN staff next ON next.id = a.up_to
    CROSS JOIN LATERAL (
        SELECT count(*) AS tries, max(t.occurred_at) AS at,
               (array_agg(caller.name ORDER BY t.occurred_at DESC, t.id DESC))[1] AS by
        FROM customer_interactions t JOIN staff caller ON caller.id = t.staff_id
        WHERE t.customer_id = a.customer_id AND t.occurred_at >= a.sign_at AND t.undone_at IS NULL
          AND cdm_unanswered(t.outcome_code)) tried
    LEFT JOIN customer_interactions i ON i.customer_id = a.customer_id AND i.id = a.interaction_id
    LEFT JOIN sales_orders o ON o.customer_id = a.customer_id AND o.id = a.order_id
    LEFT JOIN LATERAL (
        SELECT total_amount FROM sales_orders
        WHERE i.outcome_code = 'order_confirmed' AND customer_id = a.customer_id AND confirmed_by = a.closed_by
          AND confirmed_at >= a.sign_at
        ORDER BY confirmed_at DESC LIMIT 1) told ON a.order_id IS NULL
    WHERE a.customer_id = :customer AND a.id = :id
    """
)
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
class Copy:
    """What one copy of an alert tells its reader.

    - ``products`` are names and how often each was put into the cart: what the sign itself names, then what else was
      within a day before it, but in no other visit
    - ``again``: the reader has got an earlier copy with this sign; ``below``: a newer one, and this only points there
    - ``tries`` are the attempts since the sign that reached nobody, the last by ``tried_by`` at ``tried_at``
    - ``reopened``: how long it was claimed, if nobody got in touch in that time and it is open again
    - ``mine``: the reader has claimed it; ``claimer`` and ``until`` are set where anybody has
    - ``up_at`` and ``up_to`` are when it is told next, and to whom if nobody takes it, without a name to several
      managers; ``up_mine``: to the reader; ``up_again``: who has heard of it already
    - ``closer``, ``closed_at``, ``end``, ``outcome`` and ``order_amount`` are how it ended
    """

    alert_id: int
    customer_id: int
    name: str
    phone_e164: str | None
    vip: bool
    sign: AlertSign
    sign_at: datetime
    amount: Decimal | None
    products: tuple[tuple[str, int], ...]
    state: AlertState
    again: bool
    below: bool
    tries: int
    tried_by: str | None
    tried_at: datetime | None
    reopened: timedelta | None
    mine: bool
    claimer: str | None
    until: datetime | None
    up_at: datetime | None
    up_to: str | None
    up_mine: bool
    up_again: bool
    closer: str | None
    closed_at: datetime | None
    end: AlertEnd | None
    outcome: Outcome | None
    order_amount: Decimal | None


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
    row = await _row(session, customer_id, alert_id)
    expires_at = min(now + KEPT_FOR, calendar.loud_until(now, limits))
    hear = {reader.person.id for reader in readers}
    for reader in readers:
        told, reached = await _times_told(session, customer_id, alert_id, reader.person.id)
        copy = _copy(row, reader.person.id, again=reached > 0, hear=hear)
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
    row = await _row(session, copy.customer_id, copy.alert_id)
    below = copy.newer is not None
    answered = copy.alert_state == AlertState.CLOSED or (copy.alert_state == AlertState.CLAIMED and not copy.claims)
    over = "answered before it was sent" if answered else "told anew before it was sent" if below else None
    says = f"below:{copy.newer}" if below else f"v{copy.version}"
    edit = OutMessage(
        dedup_key=f"alert:{copy.alert_id}:{copy.outbox_id}:{says}",
        chat_id=copy.chat_id,
        kind=MessageKind.ALERT,
        method="editMessageText",
        payload=word(_copy(row, copy.staff_id, again=copy.again, below=below), Language(copy.language)),
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


async def _row(session: AsyncSession, customer_id: int, alert_id: int) -> Any:
    return (await session.execute(_FACTS, {"customer": customer_id, "id": alert_id})).one()


def _copy(row: Any, reader_id: int, *, again: bool, below: bool = False, hear: Collection[int] = ()) -> Copy:
    """``hear`` are those who are told of it just now."""
    state = AlertState(row.state)
    return Copy(
        alert_id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        phone_e164=row.phone_e164,
        vip=row.customer_type == CustomerType.VIP,
        sign=AlertSign(row.sign),
        sign_at=row.sign_at,
        amount=row.amount,
        products=tuple((name, times) for name, times in row.products or ()),
        state=state,
        again=again,
        below=below,
        tries=row.tries,
        tried_by=row.tried_by,
        tried_at=row.tried_at,
        reopened=row.claimed_for if row.reopened else None,
        mine=row.claimed_by == reader_id,
        claimer=row.claimer,
        until=row.next_at if state is AlertState.CLAIMED else None,
        up_at=row.next_at if state is AlertState.OPEN else None,
        up_to=row.next,
        up_mine=row.up_to == reader_id,
        up_again=row.level == LAST if row.up_to is None else row.next_heard or row.up_to in hear,
        closer=row.closer,
        closed_at=row.closed_at,
        end=AlertEnd(row.closed_why) if row.closed_why else None,
        outcome=Outcome(row.outcome_code) if row.outcome_code else None,
        order_amount=row.order_amount,
    )

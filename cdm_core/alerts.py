"""Urgent alerts: one a customer, told to one person first, claimed by one, over for everybody at once.

An alert waits while nobody may be rung up, is open until somebody claims it or calls, goes up from the owner to the
team lead to the managers while nobody does, and is closed by a contact, an order, the wish not to be called, or once
nothing is left to win back. Every visible change counts its ``version`` up; ``alert_messages`` brings those of people
in step with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_signs, claims
from cdm_core.alert_signs import Sign
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertEnd, AlertState, Outcome

LASTS = timedelta(hours=24)
"""An alert nobody answered so long after somebody was told is no longer urgent: lists and win-back have it."""

LAST = 2
"""The level from which it goes up no more, and is told again every few hours; below are the first and the lead's."""

# A more urgent sign begins the day anew; a failed payment rings again, unless somebody is at it or was just rung up.
_RINGS = """(
    EXCLUDED.sign = 'payment_failed' AND alerts.state <> 'claimed'
    AND NOT EXISTS (SELECT FROM alert_messages m
                    WHERE m.customer_id = alerts.customer_id AND m.alert_id = alerts.id
                      AND m.told_at > EXCLUDED.raised_at
                          - make_interval(mins => cdm_setting('alert_lead_minutes')::integer)))"""
_RAISE = text(
    f"""
    INSERT INTO alerts (customer_id, sign, sign_at, sign_id, amount, state, raised_at, next_at)
    SELECT customer_id, sign, sign_at, sign_id, amount, 'waiting', :now, :now
    FROM unnest(CAST(:customers AS bigint[]), CAST(:signs AS text[]), CAST(:sign_ats AS timestamptz[]),
                CAST(:sign_ids AS bigint[]), CAST(:amounts AS numeric[]))
         AS seen (customer_id, sign, sign_at, sign_id, amount)
    ON CONFLICT (customer_id) WHERE state <> 'closed' DO UPDATE
    SET sign = EXCLUDED.sign, sign_at = EXCLUDED.sign_at, sign_id = EXCLUDED.sign_id, amount = EXCLUDED.amount,
        raised_at = EXCLUDED.raised_at, version = alerts.version + 1,
        state = CASE WHEN {_RINGS} THEN 'waiting' ELSE alerts.state END,
        level = CASE WHEN {_RINGS} THEN 0 ELSE alerts.level END,
        next_at = CASE WHEN {_RINGS} OR alerts.state = 'waiting' THEN EXCLUDED.next_at ELSE alerts.next_at END,
        reopened = alerts.reopened AND NOT {_RINGS}
    WHERE (alerts.sign, alerts.sign_at) IS DISTINCT FROM (EXCLUDED.sign, EXCLUDED.sign_at)
    """
)
COUNTS_FROM = """(
    SELECT coalesce(min(m.told_at) FILTER (WHERE m.told_at >= a.raised_at),
                    CASE WHEN count(*) > 0 THEN a.raised_at END)
    FROM alert_messages m WHERE m.customer_id = a.customer_id AND m.alert_id = a.id)"""
"""Since when alert ``a`` lasts, as SQL: since its sign was first told of; null while nobody has been told."""

_REOPEN = text(
    f"""
    UPDATE alerts a
    SET state = CASE WHEN claimed_by IS NOT NULL THEN 'claimed' WHEN {COUNTS_FROM} IS NULL THEN 'waiting'
                     ELSE 'open' END,
        closed_at = NULL, closed_by = NULL, closed_why = NULL, interaction_id = NULL, order_id = NULL,
        next_at = greatest(next_at, CAST(:now AS timestamptz) + make_interval(mins => cdm_setting(
            CASE level WHEN 0 THEN 'alert_lead_minutes' ELSE 'alert_manager_minutes' END)::integer)),
        version = version + 1
    WHERE customer_id = :customer AND interaction_id = :interaction AND state = 'closed'
      AND coalesce({COUNTS_FROM}, raised_at) > :lasts
      AND NOT EXISTS (SELECT FROM alerts other
                      WHERE other.customer_id = a.customer_id AND other.state <> 'closed')
    """
)
# Its day begins anew, as with a more urgent sign.
_RESUME = text(
    f"""
    UPDATE alerts a
    SET raised_at = :now, version = version + 1, level = CASE state WHEN 'open' THEN 0 ELSE level END,
        next_at = CASE state WHEN 'open' THEN :now ELSE next_at END,
        state = CASE state WHEN 'open' THEN 'waiting' ELSE state END
    WHERE customer_id = :customer AND state <> 'closed' AND {COUNTS_FROM} <= :lasts
    """
)
_CLAIM = """
    UPDATE alerts
    SET state = 'claimed', claimed_by = :person, claimed_at = :now, next_at = {until}, version = version + 1
    WHERE customer_id = :customer AND (state IN ('waiting', 'open') OR state = 'claimed' AND claimed_by = :person)
"""
# Its copies tell how often somebody tried.
_TRIED = text("UPDATE alerts SET version = version + 1 WHERE customer_id = :customer AND state <> 'closed'")
_UNTRIED = text(
    """
    UPDATE alerts a SET version = version + 1
    FROM customer_interactions i
    WHERE i.customer_id = a.customer_id AND i.id = :interaction AND cdm_unanswered(i.outcome_code)
      AND a.customer_id = :customer AND a.state <> 'closed'
    """
)
_CLOSE = """
    UPDATE alerts
    SET state = 'closed', closed_at = :now, closed_by = :person, closed_why = :why, interaction_id = :interaction,
        order_id = :order, version = version + 1
    WHERE customer_id = :customer AND state <> 'closed'
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has an alert, after somebody tried to claim it; ``until`` is when it opens again."""

    staff_id: int | None
    until: datetime | None


async def raise_new(
    session: AsyncSession, limits: Thresholds, *, now: datetime, looked_at: datetime | None = None
) -> Sequence[Sign]:
    """An alert for each new sign; that of a customer who has one takes on the more urgent sign.

    ``looked_at`` is when signs were last looked for.
    """
    signs = await alert_signs.new_signs(session, limits, now=now, looked_at=looked_at)
    if signs:
        await session.execute(
            _RAISE,
            {
                "customers": [sign.customer_id for sign in signs],
                "signs": [sign.sign for sign in signs],
                "sign_ats": [sign.sign_at for sign in signs],
                "sign_ids": [sign.sign_id for sign in signs],
                "amounts": [sign.amount for sign in signs],
                "now": now,
            },
        )
    return signs


async def claim(
    session: AsyncSession, person: Staff, customer_id: int, alert_id: int, *, now: datetime, limits: Thresholds
) -> Taken | None:
    """Take the alert; of several at once one does. Gives who has it now, None where it is closed or unknown."""
    row = (
        await session.execute(
            text("SELECT state, claimed_by, next_at FROM alerts WHERE customer_id = :customer AND id = :id FOR UPDATE"),
            {"customer": customer_id, "id": alert_id},
        )
    ).one_or_none()
    if row is None or row.state == AlertState.CLOSED:
        return None
    if row.state == AlertState.CLAIMED:
        return Taken(row.claimed_by, row.next_at)
    until = now + timedelta(minutes=limits.claim_alert_minutes)
    if await claims.claim(session, person, customer_id, kind="alert", now=now, until=until) is None:
        holder = await claims.holder(session, customer_id, now=now)
        return Taken(holder.staff_id, holder.until) if holder else None
    await session.execute(
        text(_CLAIM.format(until=":until")),
        {"customer": customer_id, "person": person.id, "now": now, "until": until},
    )
    return Taken(person.id, until)


async def contacted(
    session: AsyncSession,
    person: Staff,
    customer_id: int,
    *,
    outcome: Outcome | None,
    unreached: bool,
    interaction_id: int,
    order_id: int | None,
    now: datetime,
) -> None:
    """A contact was logged: the customer's alert is over; after an attempt in vain it is the caller's for a time,
    unless a colleague has claimed it."""
    if unreached:
        minutes = "make_interval(mins => cdm_setting('claim_alert_minutes')::integer)"
        await session.execute(
            text(_CLAIM.format(until=f"CAST(:now AS timestamptz) + {minutes}")),
            {"customer": customer_id, "person": person.id, "now": now},
        )
        await session.execute(_TRIED, {"customer": customer_id})
        return
    ended = AlertEnd.DO_NOT_CALL if outcome is Outcome.DO_NOT_CALL else AlertEnd.CONTACTED
    by = {"person_id": person.id, "interaction_id": interaction_id, "order_id": order_id}
    await close(session, customer_id, ended, now=now, **by)


async def close(
    session: AsyncSession,
    customer_id: int,
    why: AlertEnd,
    *,
    now: datetime,
    person_id: int | None = None,
    interaction_id: int | None = None,
    order_id: int | None = None,
) -> None:
    """The customer's alert, if one is not closed yet, is over."""
    await session.execute(
        text(_CLOSE),
        {
            "customer": customer_id,
            "why": why,
            "now": now,
            "person": person_id,
            "interaction": interaction_id,
            "order": order_id,
        },
    )


async def reopen_undone(session: AsyncSession, customer_id: int, interaction_id: int, *, now: datetime) -> None:
    """The contact that closed it was taken back: it is as before, unless it is stale or another has been raised.

    Who had claimed it has it again; whoever it is told to next has at least the usual time until then. Of one not
    closed the copies no longer tell of an attempt that was taken back.
    """
    await session.execute(_UNTRIED, {"customer": customer_id, "interaction": interaction_id})
    await session.execute(
        _REOPEN, {"customer": customer_id, "interaction": interaction_id, "now": now, "lasts": now - LASTS}
    )


async def resume(session: AsyncSession, customer_id: int, *, now: datetime) -> None:
    """Calls that were held go on, and the customer's alert with them: one that would be stale by now rings anew."""
    await session.execute(_RESUME, {"customer": customer_id, "now": now, "lasts": now - LASTS})

"""How win-back calls end, as contacts and orders say it.

Level-triggered: the state of a task is worked out from the facts whenever a contact is logged or taken back, and each
day and minute for what other systems wrote. So undoing, correcting, and an order that is cancelled, need no care.

An order is credited to the last contact that reached the customer before it, if that was within the window
(``recovery_window_days``); the drop-off is then won back by who made the contact. An order with no contact before it
was the customer's own doing. One of which the day alone is known may have come after whatever was that day. Tries for
one cause are one chase, and end as one: an order that an earlier try won back drops the later ones.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import summary
from cdm_core.orders import STANDING, ordered_since
from cdm_core.tables import customers
from cdm_core.words import WinBackState

LOOKED_AT = timedelta(days=90)
"""Older tasks stand as they are."""

_SLACK = timedelta(hours=1)
"""Facts may be so far ahead of our clock: a message bears the messenger's time, an order the shop's."""

# An order made of a contact counts from that contact, whatever hour a file gives it later.
_ORDERED_AT = "CASE WHEN o.staff_id IS NULL THEN o.ordered_at ELSE coalesce(o.confirmed_at, o.ordered_at) END"
_REFUSED = "('not_interested', 'do_not_call', 'wrong_number')"
CONTACT = (
    "(i.undone_at IS NULL AND i.staff_id IS NOT NULL AND (i.interaction_type <> 'other' OR i.outcome IS NOT NULL))"
)
"""Of an interaction ``i``: whether it is one of ours with the customer, and no mere remark."""

REACHED = "(cdm_unanswered(i.outcome_code) IS NOT TRUE AND i.outcome_code IS DISTINCT FROM 'wrong_number')"
"""Of a contact ``i``: whether somebody was there to talk to or to read."""

_CONTACTS = f"""
    FROM customer_interactions i
    WHERE i.customer_id = t.customer_id AND {CONTACT} AND i.occurred_at >= t.created_at AND i.occurred_at <= :until"""
# A task lasts until the next try of the customer; one that expired, or was given up in a merge, has neither a contact
# nor an order.
_TASKS = f"""
    SELECT t.*, k.cause,
           later.created_at AS next_at,
           c.do_not_call_at IS NOT NULL
               OR k.cause = 'dropoff' AND EXISTS (
                   SELECT FROM customer_dropoff_tracking d
                   WHERE d.customer_id = t.customer_id AND d.id = t.cause_id AND d.recovered
                     AND d.recovered_at IS DISTINCT FROM t.settled_at) AS over,
           bought.id AS bought_id, bought.total_amount AS bought_for,
           greatest(bought.ordered_at, CASE WHEN bought.id IS NOT NULL THEN t.caused_at END) AS bought_at,
           own.id AS own_id, own.staff_id AS own_by, own.occurred_at AS own_at,
           NOT own.reached AS unreached,
           own.outcome_code IN {_REFUSED} AS refused,
           credit.id AS credit_id, credit.staff_id AS credit_by, credit.occurred_at AS credit_at
    FROM campaign_tasks t
    JOIN campaigns k ON k.id = t.campaign_id
    JOIN customers c ON c.id = t.customer_id
    LEFT JOIN LATERAL (
        SELECT n.created_at FROM campaign_tasks n
        WHERE n.customer_id = t.customer_id AND n.id > t.id ORDER BY n.id LIMIT 1) later ON true
    LEFT JOIN LATERAL (
        SELECT o.*
        FROM (SELECT o.id, {_ORDERED_AT} AS ordered_at, o.created_at, o.total_amount
              FROM sales_orders o
              WHERE o.customer_id = t.customer_id AND o.status IN {STANDING}) o
        WHERE CASE k.cause WHEN 'inactive' THEN o.ordered_at > t.caused_at
                           ELSE {ordered_since("t.caused_at")} END
          AND o.ordered_at <= :until
        ORDER BY o.ordered_at, o.id LIMIT 1) bought ON true
    LEFT JOIN LATERAL (
        SELECT i.id, i.staff_id, i.occurred_at, i.outcome_code, {REACHED} AS reached
        {_CONTACTS} AND i.occurred_at < coalesce(later.created_at, 'infinity')
          AND (bought.id IS NULL OR {ordered_since("i.occurred_at", order="bought")})
        ORDER BY i.outcome_code IN {_REFUSED} DESC NULLS LAST, cdm_unanswered(i.outcome_code) IS TRUE,
                 i.occurred_at, i.id
        LIMIT 1) own ON true
    LEFT JOIN LATERAL (
        SELECT i.id, i.staff_id, i.occurred_at
        {_CONTACTS} AND {ordered_since("i.occurred_at", order="bought")} AND {REACHED}
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1) credit ON true
    WHERE {{whose}} AND t.created_at > :looked_at
      AND NOT (t.state = 'dropped' AND t.interaction_id IS NULL AND t.order_id IS NULL)
    ORDER BY t.customer_id, t.id
"""
_OF_CUSTOMERS = text(_TASKS.format(whose="t.customer_id = ANY(CAST(:ids AS bigint[]))"))
_OF_ALL = text(_TASKS.format(whose="true"))
_SET = text(
    """
    UPDATE campaign_tasks
    SET state = :state, interaction_id = :interaction, contacted_by = :by, order_id = :order, amount = :amount,
        settled_at = :at
    WHERE customer_id = :customer AND id = :id
    """
)
_OPEN_AGAIN = text(
    """
    UPDATE customer_dropoff_tracking SET recovered = false, recovered_at = NULL, recovered_by = NULL
    WHERE customer_id = :customer AND recovered AND recovered_at = :at AND occurred_at <= :caused
    """
)
_WON_BACK = text(
    """
    UPDATE customer_dropoff_tracking SET recovered = true, recovered_at = :at, recovered_by = :by
    WHERE customer_id = :customer AND NOT recovered AND stage <> 'product_view' AND occurred_at <= :caused
    """
)
_ENDED = (WinBackState.RECOVERED, WinBackState.BOUGHT)

_Standing = tuple[WinBackState, int | None, int | None, int | None, Any, datetime | None]


async def settle(session: AsyncSession, customer_ids: Sequence[int], *, now: datetime) -> int:
    """Bring the tasks of these customers in step with what is known of them, within a core write; how many changed."""
    return await _settle(session, await _behind(session, _OF_CUSTOMERS, now, ids=list(customer_ids)))


async def settle_all(session: AsyncSession, customer_ids: Sequence[int], *, now: datetime) -> int:
    """``settle`` as a core write of its own; those merged with another meanwhile are left for the next time."""
    ids = await summary.begin_write(session, customer_ids)
    there = list((await session.execute(select(customers.c.id).where(customers.c.id.in_(ids)))).scalars())
    changed = await settle(session, there, now=now)
    await summary.refresh(session, sorted(there), erased=True)
    return changed


async def unsettled(session: AsyncSession, *, now: datetime) -> list[int]:
    """The customers whose tasks are not in step, for ``settle_all``; sorted."""
    return sorted({row.customer_id for row, _ in await _behind(session, _OF_ALL, now)})


async def _behind(session: AsyncSession, tasks: Any, now: datetime, **whose: Any) -> list[tuple[Row[Any], _Standing]]:
    rows = await session.execute(tasks, {"until": now + _SLACK, "looked_at": now - LOOKED_AT, **whose})
    found = rows.all()
    if not found:
        return []
    setting = text("SELECT CAST(cdm_setting('recovery_window_days') AS integer)")
    window = timedelta(days=(await session.execute(setting)).scalar_one())
    behind: list[tuple[Row[Any], _Standing]] = []
    won: set[tuple[int, int, int]] = set()
    for row in found:
        chase = (row.customer_id, row.campaign_id, row.cause_id)
        standing = _standing(row, window, won=chase in won)
        if standing[0] is WinBackState.RECOVERED:
            won.add(chase)
        if _stored(row) != standing:
            behind.append((row, standing))
    return behind


def _stored(row: Row[Any]) -> _Standing:
    return row.state, row.interaction_id, row.contacted_by, row.order_id, row.amount, row.settled_at


def _standing(row: Row[Any], window: timedelta, *, won: bool) -> _Standing:
    """As the facts of the row have it; an attempt in vain gives way to an order that came soon after it. ``won``: by an
    earlier try."""
    mine = row.credit_id is not None and (row.next_at is None or row.credit_at < row.next_at)
    if mine and row.bought_at <= row.credit_at + window:
        order = (row.bought_id, row.bought_for, max(row.bought_at, row.credit_at))
        return WinBackState.RECOVERED, row.credit_id, row.credit_by, *order
    in_vain = row.own_id is not None and row.unreached
    bought = row.bought_id is not None and not won
    soon = bought and (not in_vain or (row.next_at is None and row.bought_at <= row.own_at + window))
    if row.own_id is not None and not (in_vain and soon):
        reached = WinBackState.TRIED if row.unreached else WinBackState.CONTACTED
        state = WinBackState.DROPPED if row.refused else reached
        return state, row.own_id, row.own_by, None, None, row.own_at
    if soon:
        return WinBackState.BOUGHT, None, None, row.bought_id, row.bought_for, row.bought_at
    if won:
        return WinBackState.DROPPED, None, None, row.bought_id, None, row.bought_at
    if row.over or row.next_at is not None:
        return WinBackState.DROPPED, None, None, None, None, row.settled_at or row.created_at
    return WinBackState.OPEN, None, None, None, None, None


async def _settle(session: AsyncSession, behind: Sequence[tuple[Row[Any], _Standing]]) -> int:
    """An order may go from one try to another: what one gives up is opened before what the other has is closed."""
    for row, _ in behind:
        if row.cause == "dropoff" and row.state in _ENDED:
            await session.execute(
                _OPEN_AGAIN, {"customer": row.customer_id, "caused": row.caused_at, "at": row.settled_at}
            )
    for row, (state, interaction_id, by, order_id, amount, at) in behind:
        await session.execute(
            _SET,
            {
                "customer": row.customer_id,
                "id": row.id,
                "state": state,
                "interaction": interaction_id,
                "by": by,
                "order": order_id,
                "amount": amount,
                "at": at,
            },
        )
        if row.cause == "dropoff" and state in _ENDED:
            await session.execute(_WON_BACK, {"customer": row.customer_id, "caused": row.caused_at, "at": at, "by": by})
    return len(behind)

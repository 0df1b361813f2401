"""What the copy of an urgent alert tells its reader; :mod:`cdm_core.alert_messages` sends and follows the copies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.alerts import LAST
from cdm_core.words import AlertEnd, AlertSign, AlertState, CustomerType, Outcome

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


async def read(session: AsyncSession, customer_id: int, alert_id: int) -> Row[Any]:
    """The alert and all that its copies tell of it, for ``of_reader``."""
    return (await session.execute(_FACTS, {"customer": customer_id, "id": alert_id})).one()


def of_reader(row: Row[Any], reader_id: int, *, again: bool, below: bool = False, hear: Collection[int] = ()) -> Copy:
    """The copy of the person ``reader_id``, of the row as ``read``; ``hear`` are those told of it just now."""
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

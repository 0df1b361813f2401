"""Reading what advice depends on, for one customer or a page of them, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.call_hours import WINDOW_DAYS
from cdm_core.clock import local_date
from cdm_core.consents import not_held
from cdm_core.facts import CallFacts, NearOccasion, OpenDropoff, Ranking, WinBack
from cdm_core.month_days import completed_years, month_days
from cdm_core.orders import STANDING, ordered_since
from cdm_core.resting import KIN_CALLED
from cdm_core.thresholds import Thresholds
from cdm_core.words import (
    CustomerType,
    DropoffStage,
    EventType,
    HoursBasis,
    InteractionType,
    LifecycleStage,
    Outcome,
    PaymentMethod,
    Reason,
    Temperature,
)

NEAR_DAYS = 7
"""An occasion up to this many days ahead is near."""

_OUTCOMES, _REASONS = frozenset(Outcome), frozenset(Reason)

_COLUMNS = f"""
    c.id AS customer_id,
    coalesce(s.lifecycle_stage, c.lifecycle_stage) AS lifecycle_stage,
    coalesce(s.customer_type, c.customer_type) AS customer_type,
    cdm_temperature(s.hot_until, s.warm_until, :now) AS temperature,
    c.do_not_call_at, NOT {not_held("c.id")} AS calls_held,
    CASE WHEN NOT c.came_unknown THEN c.created_at END AS created_at,
    c.available_time, c.birthday_md, c.anniversary_md, c.date_of_birth, c.anniversary_date,
    coalesce(s.total_orders, 0) AS total_orders, coalesce(s.delivered_orders, 0) AS delivered_orders,
    coalesce(s.returned_orders, 0) AS returned_orders, s.last_order_date, s.avg_days_between_orders,
    EXISTS (SELECT FROM sales_orders o WHERE o.customer_id = c.id AND o.ordered_at <= :now) AS ordered,
    coalesce(s.decayed_revenue, 0) AS decayed_revenue,
    s.last_contact_at, s.last_attempt_at, s.last_activity_at,
    others.contact_at AS kin_contact_at, others.attempt_at AS kin_attempt_at,
    pending.amount AS pending_amount, pending.since AS pending_since, pending.payment AS pending_payment,
    pending.to_confirm, pending.underway_at,
    drop_off.stage AS dropoff_stage, drop_off.occurred_at AS dropoff_at, drop_off.cart_value, drop_off.reason
        AS dropoff_reason,
    chase.campaign AS chase_campaign, chase.try_no, chase.tries, chase.local_date AS chase_day,
    promised.due_at, promised.asked,
    latest.interaction_type, latest.outcome_code, latest.occurred_at AS latest_at, latest.reason AS latest_reason,
    latest.reason IN ('price', 'delivery_charge')
        AND EXISTS (SELECT FROM sales_orders o
                    WHERE o.customer_id = c.id AND o.status = 'completed'
                      AND {ordered_since("latest.occurred_at")}) AS bought_since,
    tried.unanswered, tried.calls, tried.answered, kin.days AS kin_days,
    ranked.value, ranked.fit_id, ranked.p_alive, ranked.p_buy, ranked.expected_orders, ranked.expected_spend,
    ranked.p_answer, ranked.best_call_time, ranked.best_call_time_n, ranked.best_call_time_by,
    ranked.due_again, ranked.new_items, ranked.ranked_at,
    (SELECT (parameters #>> '{{production,model,horizon}}')::integer
     FROM model_fits WHERE kind = 'purchase' ORDER BY id DESC LIMIT 1) AS horizon_days,
    (SELECT (parameters #>> '{{overall,rate}}')::double precision
     FROM model_fits WHERE kind = 'leads' ORDER BY id DESC LIMIT 1) AS leads_rate,
    (SELECT cdm_setting('call_score_cuts')::double precision[]) AS score_cuts
"""
_FROM = f"""
    FROM customers c
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN call_ranking ranked ON ranked.customer_id = c.id
    LEFT JOIN follow_ups promised ON promised.customer_id = c.id AND promised.status = 'open'
    LEFT JOIN LATERAL {KIN_CALLED} others ON c.household_id IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT sum(total_amount) FILTER (WHERE confirmed_at IS NULL) AS amount,
               min(ordered_at) FILTER (WHERE confirmed_at IS NULL) AS since,
               count(*) FILTER (WHERE confirmed_at IS NULL) AS to_confirm,
               (array_agg(payment_method ORDER BY ordered_at, id) FILTER (WHERE confirmed_at IS NULL))[1] AS payment,
               max(ordered_at) FILTER (WHERE confirmed_at IS NOT NULL) AS underway_at
        FROM sales_orders
        WHERE customer_id = c.id AND status = 'pending' AND s.pending_orders > 0 AND ordered_at <= :now
    ) pending ON true
    LEFT JOIN LATERAL (
        SELECT stage, occurred_at, cart_value, reason
        FROM customer_dropoff_tracking d
        WHERE customer_id = c.id AND NOT recovered AND stage <> 'product_view' AND occurred_at <= :now
          AND NOT EXISTS (SELECT FROM sales_orders o
                          WHERE o.customer_id = c.id AND o.status IN {STANDING}
                            AND {ordered_since("d.occurred_at")})
        ORDER BY occurred_at DESC LIMIT 1
    ) drop_off ON true
    LEFT JOIN LATERAL (
        SELECT k.name AS campaign, t.try_no, k.tries, t.local_date
        FROM campaign_tasks t JOIN campaigns k ON k.id = t.campaign_id
        WHERE t.customer_id = c.id AND t.state = 'open'
          AND NOT cdm_bought_since_cause(t.customer_id, t.campaign_id, t.caused_at)
    ) chase ON true
    LEFT JOIN LATERAL (
        SELECT interaction_type, interaction_direction, outcome, outcome_code, reason, subject, description,
               duration_seconds, occurred_at, staff_id
        FROM customer_interactions
        WHERE customer_id = c.id AND undone_at IS NULL
        ORDER BY occurred_at DESC, id DESC LIMIT 1
    ) latest ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE cdm_unanswered(outcome_code)
                   AND occurred_at > greatest(s.last_contact_at, CAST(:attempts_since AS timestamptz))) AS unanswered,
               count(*) FILTER (WHERE interaction_type = 'call'
                   AND (cdm_answered(outcome_code) OR cdm_unanswered(outcome_code))) AS calls,
               count(*) FILTER (WHERE interaction_type = 'call' AND cdm_answered(outcome_code)) AS answered
        FROM customer_interactions
        WHERE customer_id = c.id AND undone_at IS NULL AND interaction_direction = 'outbound'
          AND occurred_at > CAST(:calls_since AS timestamptz)
    ) tried ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(name, relationship, gender, birthday_md, date_of_birth, anniversary_md,
                                           anniversary_date) ORDER BY id) AS days
        FROM customer_family_members
        WHERE customer_id = c.id
          AND (birthday_md = ANY(CAST(:near AS smallint[])) OR anniversary_md = ANY(CAST(:near AS smallint[])))
    ) kin ON true
"""


_MANY = text(f"SELECT {_COLUMNS} {_FROM} WHERE c.id = ANY(CAST(:ids AS bigint[]))")


def of_one(columns: str, joins: str) -> TextClause:
    """The facts of customer ``:id``, with further columns and joins on ``c``, ``s``, ``promised``, ``latest``.

    One id and not a list of one: only so does the server keep its plan, and planning takes longer than running.
    """
    return text(f"SELECT {_COLUMNS}{columns} {_FROM}{joins} WHERE c.id = CAST(:id AS bigint)")


def parameters(now: datetime, thresholds: Thresholds) -> dict[str, Any]:
    """What the facts bind besides the ids."""
    return {
        "now": now,
        "attempts_since": now - timedelta(days=thresholds.attempt_cap_days),
        "calls_since": now - timedelta(days=WINDOW_DAYS),
        "near": list(near_days(now, thresholds)),
    }


def from_row(row: Row[Any], near: Mapping[int, date]) -> CallFacts:
    """The facts of a row of either statement; ``near`` as ``near_days`` gives it."""
    dropoff = None
    if row.dropoff_stage is not None:
        dropoff = OpenDropoff(DropoffStage(row.dropoff_stage), row.dropoff_at, row.cart_value, row.dropoff_reason)
    chase = None
    if row.chase_campaign is not None:
        chase = WinBack(row.chase_campaign, row.try_no, max(row.tries, row.try_no), row.chase_day)
    gap: Decimal | None = row.avg_days_between_orders
    return CallFacts(
        stage=LifecycleStage(row.lifecycle_stage),
        type=CustomerType(row.customer_type),
        temperature=Temperature(row.temperature),
        do_not_call=row.do_not_call_at is not None,
        calls_held=row.calls_held,
        created_at=row.created_at,
        total_orders=row.total_orders,
        last_order_at=row.last_order_date,
        ordered=row.ordered,
        gap_days=gap,
        decayed_revenue=row.decayed_revenue,
        to_confirm=row.to_confirm or 0,
        pending_since=row.pending_since,
        pending_amount=row.pending_amount,
        pending_payment=PaymentMethod(row.pending_payment) if row.pending_payment else None,
        underway_at=row.underway_at,
        delivered=row.delivered_orders,
        returned=row.returned_orders,
        dropoff=dropoff,
        win_back=chase,
        follow_up_at=row.due_at,
        last_contact_at=row.last_contact_at,
        last_attempt_at=row.last_attempt_at,
        kin_contact_at=row.kin_contact_at,
        kin_attempt_at=row.kin_attempt_at,
        last_channel=InteractionType(row.interaction_type) if row.interaction_type else None,
        last_outcome=Outcome(row.outcome_code) if row.outcome_code in _OUTCOMES else None,
        last_outcome_at=row.latest_at,
        last_reason=Reason(row.latest_reason) if row.latest_reason in _REASONS else None,
        bought_since=bool(row.bought_since),
        unanswered=row.unanswered,
        calls=row.calls,
        answered=row.answered,
        last_activity_at=row.last_activity_at,
        occasions=_occasions(row, near),
        ranking=_ranking(row),
        available_time=row.available_time,
        score_cuts=tuple(row.score_cuts or ()),
    )


async def load(
    session: AsyncSession, customer_ids: Sequence[int], *, now: datetime, thresholds: Thresholds
) -> dict[int, CallFacts]:
    """The facts of each of these customers that exists."""
    near = near_days(now, thresholds)
    rows = await session.execute(_MANY, {"ids": list(customer_ids)} | parameters(now, thresholds))
    return {row.customer_id: from_row(row, near) for row in rows}


def near_days(now: datetime, thresholds: Thresholds) -> dict[int, date]:
    """The month-days of today and the near days ahead, each with its date."""
    return month_days(local_date(now, thresholds.zone), NEAR_DAYS + 1, thresholds.leap_day)


def _ranking(row: Row[Any]) -> Ranking | None:
    if row.ranked_at is None:
        return None
    return Ranking(
        value=row.value,
        fitted=row.fit_id is not None,
        p_alive=row.p_alive,
        p_buy=row.p_buy,
        expected_orders=row.expected_orders,
        expected_spend=row.expected_spend,
        p_answer=row.p_answer,
        best_call_time=row.best_call_time,
        best_call_time_n=row.best_call_time_n,
        best_call_time_by=HoursBasis(row.best_call_time_by) if row.best_call_time_by else None,
        due_again=tuple(row.due_again),
        new_items=tuple(row.new_items),
        ranked_at=row.ranked_at,
        horizon_days=row.horizon_days,
        leads_rate=row.leads_rate,
    )


def _occasions(row: Row[Any], near: Mapping[int, date]) -> tuple[NearOccasion, ...]:
    """The near days of the customer and of relatives, the nearest first; a couple's anniversary once."""
    found: list[NearOccasion] = []

    def add(event: EventType, md: int | None, since: date | None, **whose: str | None) -> None:
        if md is not None and md in near:
            found.append(NearOccasion(event, near[md], completed_years(since, near[md]), **whose))

    add(EventType.BIRTHDAY, row.birthday_md, row.date_of_birth)
    add(EventType.ANNIVERSARY, row.anniversary_md, row.anniversary_date)
    for name, relationship, gender, birthday, born, anniversary, wed in row.kin_days or ():
        whose = {"name": name, "relationship": relationship, "gender": gender}
        add(EventType.BIRTHDAY, birthday, _date(born), **whose)
        if not (relationship == "spouse" and anniversary == row.anniversary_md):
            add(EventType.ANNIVERSARY, anniversary, _date(wed), **whose)
    return tuple(sorted(found, key=lambda occasion: occasion.day))


def _date(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None

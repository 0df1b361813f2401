"""The customer's card: everything an agent needs before a call, from four statements."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, call_hours, skips, suggestions, typed_hours
from cdm_core.access import CustomerRef, access_customer
from cdm_core.advice import Advice, advise
from cdm_core.call_hours import AnswerWindow, ByHour, Hours, answer_window
from cdm_core.claims import AT_HOUSEHOLD
from cdm_core.facts import NearOccasion, Ranking, WinBack
from cdm_core.orders import STANDING, UNNAMED
from cdm_core.recommend import answers
from cdm_core.skips import LeftOut
from cdm_core.staff import Staff
from cdm_core.suggestions import NOTHING, Suggestions
from cdm_core.thresholds import Thresholds
from cdm_core.words import CustomerType, Direction, InteractionType, Language, LifecycleStage, Outcome, Temperature


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks after a customer; ``mine``: the person who asked."""

    staff_id: int
    name: str
    mine: bool


@dataclass(frozen=True, slots=True)
class LastContact:
    """The last interaction of all. ``staff`` is None for what came in by itself or by import."""

    at: datetime
    staff: str | None
    channel: InteractionType
    direction: Direction
    outcome: str | None
    outcome_code: Outcome | None
    note: str | None


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is calling the customer until then."""

    staff: str
    mine: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """The customer's sums, of the guide's 360° view. Money in the business currency, kept after returns."""

    lifetime_value: Decimal
    total_orders: int
    avg_order_value: Decimal
    avg_days_between_orders: Decimal | None
    last_order_at: datetime | None
    delivered: int
    delivered_of: int
    returned: int
    pending: int
    total_interactions: int
    total_calls: int
    outbound_calls: int
    answered_calls: int
    total_whatsapp: int
    total_sms: int
    total_emails: int
    products_viewed: int
    total_activities: int
    family_members: int


@dataclass(frozen=True, slots=True)
class Card:
    """``ref`` is what reads behind the card ask for. ``name`` may be empty and ``phone`` None.

    ``phone`` is E.164, or as typed where it is no valid number.

    ``ranking`` is None where nothing is summed up yet.

    ``hours_closed``: they stated hours of which none may be called in today.

    ``occasion`` is the nearest within a week; ``stated_hours`` the text a customer stated, ``hours`` its range, of
    which what may be called in today. ``asks_no_calls`` is the contact after whose note it was asked whether all
    calls are to stop, where that waits for an answer; ``calls_held``: nobody calls meanwhile.

    ``kin_claim`` is of another of the household, who shares the phone.

    ``own_calls`` are those of late that may say when the customer answers; ``judged``: they are enough to say so, and
    were looked at. ``left_out``: somebody found the suggestion bad.
    """

    ref: CustomerRef
    customer_id: int
    name: str
    phone: str | None
    phone_e164: str | None
    place: str | None
    source: str | None
    stage: LifecycleStage
    type: CustomerType
    temperature: Temperature
    owner: Owner | None
    do_not_call_at: datetime | None
    numbers: Numbers
    last_product: str | None
    last_contact: LastContact | None
    follow_up: OpenFollowUp | None
    occasion: NearOccasion | None
    stated_hours: str | None
    hours: Hours | None
    answers: AnswerWindow | None
    claim: Claim | None
    advice: Advice
    whatsapp_refused: bool = False
    asks_no_calls: int | None = None
    calls_held: bool = False
    hours_closed: bool = False
    win_back: WinBack | None = None
    language: Language | None = None
    ranking: Ranking | None = None
    suggested: Suggestions = NOTHING
    own_calls: int = 0
    judged: bool = False
    left_out: LeftOut | None = None
    kin_claim: Claim | None = None

    @property
    def to_call(self) -> bool:
        """Whether there is something to call for, and nothing forbids it now."""
        taken = self.kin_claim is not None or (self.claim is not None and not self.claim.mine)
        return self.advice.to_call and not taken and not (self.left_out is not None and self.left_out.rests)


_COLUMNS = """,
    c.phone, c.phone_e164, c.city, c.district, c.source, c.preferred_language, c.owner_id,
    owner.name AS owner, talker.name AS latest_staff,
    latest.interaction_direction, latest.outcome, latest.subject, latest.description,
    coalesce(s.pending_orders, 0) AS pending_orders, coalesce(s.lifetime_value, 0) AS lifetime_value,
    coalesce(s.avg_order_value, 0) AS avg_order_value,
    coalesce(s.total_interactions, 0) AS total_interactions, coalesce(s.total_calls, 0) AS total_calls,
    coalesce(s.answered_calls, 0) AS answered_calls, coalesce(s.total_whatsapp, 0) AS total_whatsapp,
    coalesce(s.total_sms, 0) AS total_sms, coalesce(s.total_emails, 0) AS total_emails,
    coalesce(s.products_viewed, 0) AS products_viewed, coalesce(s.total_activities, 0) AS total_activities,
    coalesce(s.family_members_count, 0) AS family_members,
    EXISTS (SELECT FROM consents r
            WHERE r.customer_id = c.id AND r.channel = 'whatsapp' AND NOT r.allowed) AS whatsapp_refused,
    cdm_asks_no_calls(c.id) AS asks_no_calls,
    claims.staff_id AS claim_staff_id, claims.expires_at AS claim_until, claimer.name AS claimer,
    at_kin.staff_id AS kin_claim_staff_id, at_kin.expires_at AS kin_claim_until, kin_claimer.name AS kin_claimer,
    last_order.product_name AS last_product,
    hours.calls AS calls_by_hour, coalesce(hours.outbound, 0) AS outbound_calls
"""
_JOINS = f"""
    LEFT JOIN staff owner ON owner.id = c.owner_id
    LEFT JOIN staff talker ON talker.id = latest.staff_id
    LEFT JOIN claims ON claims.customer_id = c.id AND claims.expires_at > :now
    LEFT JOIN staff claimer ON claimer.id = claims.staff_id
    LEFT JOIN LATERAL (SELECT * FROM {AT_HOUSEHOLD} k ORDER BY expires_at DESC LIMIT 1) at_kin ON true
    LEFT JOIN staff kin_claimer ON kin_claimer.id = at_kin.staff_id
    LEFT JOIN LATERAL (
        SELECT i.product_name
        FROM (SELECT id FROM sales_orders
              WHERE customer_id = c.id AND status IN {STANDING}
              ORDER BY ordered_at DESC, id DESC LIMIT 1) o
        JOIN sales_order_items i ON i.customer_id = c.id AND i.order_id = o.id
        WHERE i.status IN {STANDING} AND i.product_name <> '{UNNAMED}'
        ORDER BY i.amount DESC, i.line_no LIMIT 1
    ) last_order ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(hour, attempts, answered)) AS calls, sum(outbound)::integer AS outbound
        FROM (
            SELECT extract(hour FROM occurred_at AT TIME ZONE :zone)::integer AS hour, count(*) AS outbound,
                   count(*) FILTER (WHERE occurred_at > :calls_since
                                      AND (cdm_answered(outcome_code) OR cdm_unanswered(outcome_code))) AS attempts,
                   count(*) FILTER (WHERE occurred_at > :calls_since AND cdm_answered(outcome_code)) AS answered
            FROM customer_interactions
            WHERE customer_id = c.id AND undone_at IS NULL AND interaction_type = 'call'
              AND interaction_direction = 'outbound' AND outcome_code IS NOT NULL
            GROUP BY 1
        ) by_hour
    ) hours ON true
"""
_CARD = call_facts.of_one(_COLUMNS, _JOINS)


async def card(session: AsyncSession, staff: Staff, thresholds: Thresholds, customer_id: int, *, now: datetime) -> Card:
    """The card as ``staff`` may see it at ``now``. Raises as ``access_customer`` does."""
    ref = await access_customer(session, staff, thresholds, customer_id)
    bound = {
        "id": ref.customer_id,
        "zone": thresholds.zone.key,
        "calls_since": now - timedelta(days=call_hours.WINDOW_DAYS),
    }
    row = (await session.execute(_CARD, bound | call_facts.parameters(now, thresholds))).one()
    suggested = await suggestions.suggestions(session, ref, now=now)
    facts = replace(call_facts.from_row(row, call_facts.near_days(now, thresholds)), suggested=suggested)
    calls = {hour: (attempts, answered) for hour, attempts, answered in row.calls_by_hour or ()}
    said = typed_hours.said_hours(row.available_time, thresholds)
    hours = None if said is None else call_hours.today(said, now, thresholds)
    return Card(
        ref=ref,
        customer_id=ref.customer_id,
        name=ref.name,
        phone=row.phone_e164 or row.phone or None,
        phone_e164=row.phone_e164,
        place=row.city or row.district or None,
        source=row.source,
        stage=facts.stage,
        type=facts.type,
        temperature=facts.temperature,
        owner=None if row.owner_id is None else Owner(row.owner_id, row.owner, row.owner_id == staff.id),
        do_not_call_at=row.do_not_call_at,
        numbers=_numbers(row),
        last_product=row.last_product,
        last_contact=_last_contact(row),
        follow_up=None if row.due_at is None else OpenFollowUp(row.due_at, row.due_at < now),
        occasion=facts.occasions[0] if facts.occasions else None,
        stated_hours=row.available_time or None,
        hours=hours,
        answers=None if said is not None and hours is None else answer_window(hours, facts.ranking, calls),
        hours_closed=said is not None and hours is None,
        claim=_claim(row.claimer, row.claim_staff_id, row.claim_until, staff),
        advice=advise(facts, now, thresholds),
        whatsapp_refused=row.whatsapp_refused,
        asks_no_calls=row.asks_no_calls,
        calls_held=facts.calls_held,
        win_back=facts.win_back,
        language=Language(row.preferred_language) if row.preferred_language else None,
        ranking=facts.ranking,
        suggested=suggested,
        own_calls=facts.calls,
        judged=facts.ranking is not None and facts.ranking.fitted and _enough(calls),
        left_out=await skips.left_out(session, ref, now=now, thresholds=thresholds),
        kin_claim=_claim(row.kin_claimer, row.kin_claim_staff_id, row.kin_claim_until, staff),
    )


def _claim(name: str | None, staff_id: int, until: datetime, reader: Staff) -> Claim | None:
    return None if name is None else Claim(name, staff_id == reader.id, until)


def _enough(calls: ByHour) -> bool:
    """Whether they were called often enough within any two hours to say whether these are better than others."""
    within = (sum(calls.get(hour + more, (0, 0))[0] for more in range(answers.WINDOW_HOURS)) for hour in range(24))
    return max(within) >= answers.MIN_OWN


def _numbers(row: Row[Any]) -> Numbers:
    return Numbers(
        lifetime_value=row.lifetime_value,
        total_orders=row.total_orders,
        avg_order_value=row.avg_order_value,
        avg_days_between_orders=row.avg_days_between_orders,
        last_order_at=row.last_order_date,
        delivered=row.delivered_orders,
        delivered_of=row.delivered_orders + row.returned_orders,
        returned=row.returned_orders,
        pending=row.pending_orders,
        total_interactions=row.total_interactions,
        total_calls=row.total_calls,
        outbound_calls=row.outbound_calls,
        answered_calls=row.answered_calls,
        total_whatsapp=row.total_whatsapp,
        total_sms=row.total_sms,
        total_emails=row.total_emails,
        products_viewed=row.products_viewed,
        total_activities=row.total_activities,
        family_members=row.family_members,
    )


def _last_contact(row: Row[Any]) -> LastContact | None:
    if row.latest_at is None:
        return None
    return LastContact(
        at=row.latest_at,
        staff=row.latest_staff,
        channel=InteractionType(row.interaction_type),
        direction=Direction(row.interaction_direction),
        outcome=row.outcome,
        outcome_code=Outcome(row.outcome_code) if row.outcome_code in set(Outcome) else None,
        note=row.description or row.subject or None,
    )

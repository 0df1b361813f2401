"""What is known of a customer when a call is weighed; :mod:`cdm_core.call_facts` reads it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cdm_core.suggestions import NOTHING, Suggestions
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


@dataclass(frozen=True, slots=True)
class NearOccasion:
    """A day of the customer (``relationship`` None) or of a relative. ``years`` is the age or years it completes."""

    event: EventType
    day: date
    years: int | None
    name: str | None = None
    relationship: str | None = None
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class OpenDropoff:
    """The latest drop-off with intent (not a mere view) that nobody has recovered and no order followed."""

    stage: DropoffStage
    at: datetime
    cart_value: Decimal | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WinBack:
    """The call of a win-back campaign that is to be made, planned for ``day``: number ``try_no`` of ``tries``."""

    campaign: str
    try_no: int
    tries: int
    day: date


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the models say of a customer, as of the last write or night; None where they say nothing.

    ``value`` is what a call is expected to earn, in money, and orders the list. ``p_buy`` is within ``horizon_days``,
    those the model in use was fitted for (of a lead: of ever ordering, as ``leads_rate`` of all leads do), as are
    ``expected_orders``; ``expected_spend`` is of one of them.
    ``best_call_time`` is "HH:MM-HH:MM", of today, by ``best_call_time_by``; the attempts it rests on are None where it
    is the customer's own word. Without a best time they are those that say nothing yet.
    ``due_again`` and ``new_items`` are products, the likeliest first. ``fitted`` is False where there is no model yet
    and ``value`` is decayed revenue alone.
    """

    value: float
    fitted: bool
    p_alive: float | None
    p_buy: float | None
    expected_orders: float | None
    expected_spend: Decimal | None
    p_answer: float | None
    best_call_time: str | None
    best_call_time_n: int | None
    best_call_time_by: HoursBasis | None
    due_again: tuple[int, ...]
    new_items: tuple[int, ...]
    ranked_at: datetime
    horizon_days: int | None = None
    leads_rate: float | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """All that advice depends on; :mod:`cdm_core.call_facts` reads it.

    ``created_at`` is when they came, None where nobody knows, and ``ordered`` whether an order of theirs is known,
    whatever became of it. ``last_attempt_at`` is when somebody last tried to reach the customer, by a call or as one of
    the staff, ``last_contact_at`` the last contact that did; ``last_channel``, ``last_outcome`` and ``last_reason``
    are those of the last interaction of all, at ``last_outcome_at``, and ``bought_since`` says whether a delivered
    order came after it, where the reason was what something costs. ``unanswered`` are the attempts without
    answer since the last contact, within the cap's days; ``answered`` of ``calls`` are outbound ones of a year.
    ``pending_payment`` is how the oldest order to confirm is to be paid, ``underway_at`` when the latest came that is
    confirmed and not delivered yet. ``delivered`` and ``returned`` count orders.
    ``ranking`` is None for a customer of whom nothing is summed up yet; ``score_cuts`` are the nine values of a call
    that cut those who may be called into tenths, or none. ``suggested`` is what to offer, empty where nobody looked.
    ``calls_held``: whether all calls are to stop was asked and waits for an answer (``cdm_core.call_questions``).
    ``kin_contact_at`` and ``kin_attempt_at``: when others of the household were last spoken to, and last tried.
    ``available_time`` is when the customer said they can be called, in their words.
    """

    stage: LifecycleStage
    type: CustomerType
    temperature: Temperature
    do_not_call: bool
    created_at: datetime | None
    total_orders: int = 0
    last_order_at: datetime | None = None
    ordered: bool = False
    gap_days: Decimal | None = None
    decayed_revenue: float = 0.0
    to_confirm: int = 0
    pending_since: datetime | None = None
    calls_held: bool = False
    pending_amount: Decimal | None = None
    pending_payment: PaymentMethod | None = None
    underway_at: datetime | None = None
    delivered: int = 0
    returned: int = 0
    dropoff: OpenDropoff | None = None
    win_back: WinBack | None = None
    follow_up_at: datetime | None = None
    last_contact_at: datetime | None = None
    last_attempt_at: datetime | None = None
    kin_contact_at: datetime | None = None
    kin_attempt_at: datetime | None = None
    last_channel: InteractionType | None = None
    last_outcome: Outcome | None = None
    last_outcome_at: datetime | None = None
    last_reason: Reason | None = None
    bought_since: bool = False
    unanswered: int = 0
    calls: int = 0
    answered: int = 0
    last_activity_at: datetime | None = None
    occasions: tuple[NearOccasion, ...] = ()
    ranking: Ranking | None = None
    available_time: str | None = None
    score_cuts: tuple[float, ...] = ()
    suggested: Suggestions = NOTHING

    @property
    def value(self) -> float:
        """What a call is worth, for ordering: of nobody known, nothing."""
        return self.ranking.value if self.ranking is not None else 0.0

"""What speaks for and against calling a customer now: facts, each with a weight.

A reason holds or does not, and its weight is what an experienced agent would give it; what the models say is a reason
among the others.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from cdm_core.clock import local_date
from cdm_core.facts import CallFacts, NearOccasion
from cdm_core.thresholds import Thresholds
from cdm_core.words import DropoffStage, InteractionType, LifecycleStage, Outcome, Temperature

UNTRIED_LEAD = timedelta(days=30)
"""So long a lead is new whom nobody has tried to reach: what a week of holidays kept from the lists is not lost."""

_FRESH_LEAD = timedelta(days=7)
_RECENT_VISIT = timedelta(days=7)
_LIKELY, _GONE, _SUREST = 0.5, 0.2, 0.99
_WORTH_SAYING = 0.01
_ABOVE, _BELOW = 1.25, 0.8
"""Times the rate of all leads: from there on leads of a kind speak for or against a call; between, for neither."""
_ENOUGH_CALLS = 4


class FactorCode(StrEnum):
    """A reason. Which fields of :class:`Factor` it carries is said beside each."""

    PENDING = "pending"  # amount, at
    CART = "cart"  # amount, at
    PAYMENT = "payment"  # amount, at
    OVERDUE = "overdue"  # at
    PROMISED = "promised"  # at
    INTERESTED = "interested"  # at
    OCCASION = "occasion"  # occasion, of today
    REORDER = "reorder"  # count, gap_days, days
    NEW_LEAD = "new_lead"  # days
    OLD_LEAD = "old_lead"  # days
    INACTIVE = "inactive"  # days
    VISITED = "visited"  # at
    ORDERED = "ordered"  # at
    UNDERWAY = "underway"  # at; ordered and confirmed, and not delivered yet
    CALLED = "called"  # at
    IN_TOUCH = "in_touch"  # at; another contact than a call
    UNANSWERED = "unanswered"  # count
    REFUSED = "refused"  # at
    NO_VISIT = "no_visit"
    LIKELY = "likely"  # share, days: what the model says of the days ahead
    GONE = "gone"  # share
    SUCH_LEADS = "such_leads"  # share
    ANSWERS = "answers"  # answered, count: of late


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason; ``weight`` counts for (+) or against (−) calling now."""

    code: FactorCode
    weight: int
    at: datetime | None = None
    amount: Decimal | None = None
    count: int | None = None
    days: int | None = None
    gap_days: int | None = None
    occasion: NearOccasion | None = None
    share: float | None = None
    answered: int | None = None


def factors(facts: CallFacts, now: datetime, thresholds: Thresholds) -> tuple[Factor, ...]:
    """The reasons that hold at ``now`` (aware), the biggest first."""
    found: list[Factor] = []
    today = local_date(now, thresholds.zone)
    if facts.to_confirm:
        found.append(Factor(FactorCode.PENDING, 5, at=facts.pending_since, amount=facts.pending_amount))
    left = facts.dropoff
    if left is not None and within(left.at, timedelta(days=thresholds.dropoff_fresh_days), now):
        code = FactorCode.PAYMENT if left.stage is DropoffStage.PAYMENT_FAILED else FactorCode.CART
        still_hot = within(left.at, timedelta(hours=thresholds.hot_intent_hours), now)
        found.append(Factor(code, 4 if still_hot else 2, at=left.at, amount=left.cart_value))
    if facts.follow_up_at is not None:
        if facts.follow_up_at < now:
            found.append(Factor(FactorCode.OVERDUE, 4, at=facts.follow_up_at))
        elif local_date(facts.follow_up_at, thresholds.zone) == today:
            found.append(Factor(FactorCode.PROMISED, 3, at=facts.follow_up_at))
    if facts.last_outcome is Outcome.INTERESTED and within(
        facts.last_outcome_at, timedelta(days=thresholds.hot_contact_days), now
    ):
        found.append(Factor(FactorCode.INTERESTED, 3, at=facts.last_outcome_at))
    if facts.last_contact_at is not None:
        days = (today - local_date(facts.last_contact_at, thresholds.zone)).days
        if days < thresholds.cooldown_days:
            latest = facts.last_outcome_at == facts.last_contact_at
            called = not latest or facts.last_channel in (None, InteractionType.CALL)
            code = FactorCode.CALLED if called else FactorCode.IN_TOUCH
            found.append(Factor(code, max(days, 0) - thresholds.cooldown_days, at=facts.last_contact_at))
    found += [
        Factor(FactorCode.OCCASION, 2, occasion=occasion) for occasion in facts.occasions if occasion.day == today
    ]
    found += _underway(facts, _habits(facts, now, today, thresholds))
    if facts.last_outcome in (Outcome.NOT_INTERESTED, Outcome.CUSTOMER_HUNG_UP):
        found.append(Factor(FactorCode.REFUSED, -2, at=facts.last_outcome_at))
    if facts.unanswered >= 2:
        found.append(Factor(FactorCode.UNANSWERED, -1, count=facts.unanswered))
    found += _modelled(facts) + _answers(facts)
    return tuple(sorted(found, key=lambda factor: -abs(factor.weight)))


def _habits(facts: CallFacts, now: datetime, today: date, thresholds: Thresholds) -> list[Factor]:
    """What buying and browsing so far say."""
    if facts.last_order_at is None:
        if facts.created_at is None or facts.ordered:
            return _visit(facts, now)
        age = (today - local_date(facts.created_at, thresholds.zone)).days
        lately = UNTRIED_LEAD if facts.last_attempt_at is None else _FRESH_LEAD
        fresh = facts.last_contact_at is None and now - facts.created_at < lately
        found = Factor(FactorCode.NEW_LEAD, 2, days=max(age, 0)) if fresh else Factor(FactorCode.OLD_LEAD, 0, days=age)
        return [found, *_visit(facts, now)]
    days = (today - local_date(facts.last_order_at, thresholds.zone)).days
    if gone_quiet(facts, now, thresholds):
        return [Factor(FactorCode.INACTIVE, 1, days=days), *_visit(facts, now)]
    if now - facts.last_order_at < timedelta(days=thresholds.hot_order_days):
        return [Factor(FactorCode.ORDERED, 1, at=facts.last_order_at), *_visit(facts, now)]
    if reorder_due(facts, now):
        gap = max(1, int(facts.gap_days or 0))  # cut, as days are: rounded up, who is due would not seem so
        return [Factor(FactorCode.REORDER, 2, count=facts.total_orders, gap_days=gap, days=days), *_visit(facts, now)]
    silent = facts.last_activity_at is None or facts.last_activity_at <= facts.last_order_at
    if silent and facts.temperature is Temperature.COLD:
        return [Factor(FactorCode.NO_VISIT, -2)]
    return _visit(facts, now)


def _underway(facts: CallFacts, habits: list[Factor]) -> list[Factor]:
    """The habits, and before them the order on its way, in place of an earlier one that was delivered.

    What is weighed are delivered orders.
    """
    if facts.underway_at is None:
        return habits
    weight = sum(factor.weight for factor in habits if factor.code is FactorCode.ORDERED)
    others = [factor for factor in habits if factor.code is not FactorCode.ORDERED]
    return [Factor(FactorCode.UNDERWAY, weight, at=facts.underway_at), *others]


def _modelled(facts: CallFacts) -> list[Factor]:
    """What the fitted models say that is worth saying: likely, probably gone, or how leads of the kind fare."""
    said = facts.ranking
    if said is None or not said.fitted or said.p_buy is None:
        return []
    if facts.last_order_at is None:
        return [_such_leads(said.p_buy, said.leads_rate)] if said.p_buy >= _WORTH_SAYING else []
    found = []
    if said.p_buy >= _LIKELY and said.horizon_days is not None:
        found.append(Factor(FactorCode.LIKELY, 1, share=min(said.p_buy, _SUREST), days=said.horizon_days))
    if said.p_alive is not None and said.p_alive <= _GONE:
        found.append(Factor(FactorCode.GONE, -1, share=min(1 - said.p_alive, _SUREST)))
    return found


def _such_leads(share: float, of_all: float | None) -> Factor:
    weight = 0 if of_all is None else int(share >= _ABOVE * of_all) - int(share <= _BELOW * of_all)
    return Factor(FactorCode.SUCH_LEADS, weight, share=share)


def _answers(facts: CallFacts) -> list[Factor]:
    """How often calls were answered, where that is often or seldom."""
    if facts.calls < _ENOUGH_CALLS or facts.unanswered >= 2:
        return []
    often, seldom = facts.answered * 4 >= facts.calls * 3, facts.answered * 4 <= facts.calls
    found = Factor(FactorCode.ANSWERS, 1 if often else -1, count=facts.calls, answered=facts.answered)
    return [found] if often or seldom else []


def _visit(facts: CallFacts, now: datetime) -> list[Factor]:
    visited = within(facts.last_activity_at, _RECENT_VISIT, now)
    return [Factor(FactorCode.VISITED, 1, at=facts.last_activity_at)] if visited else []


def reorder_due(facts: CallFacts, now: datetime) -> bool:
    """Whether the usual gap has passed since they ordered what was delivered and what is on its way, as
    ``cdm_reorder_due`` says."""
    if facts.last_order_at is None or facts.gap_days is None:
        return False
    latest = max(facts.last_order_at, facts.underway_at or facts.last_order_at)
    return latest + timedelta(days=max(1.0, float(facts.gap_days))) <= now


def gone_quiet(facts: CallFacts, now: datetime, thresholds: Thresholds) -> bool:
    """Whether they are inactive and nothing is on its way that they ordered since, as ``cdm_gone_quiet`` says."""
    came_back = within(facts.underway_at, timedelta(days=thresholds.inactive_after_days), now)
    return facts.stage is LifecycleStage.INACTIVE and not came_back


def within(moment: datetime | None, length: timedelta, now: datetime) -> bool:
    """Whether ``moment`` lies less than ``length`` before ``now``, or after it."""
    return moment is not None and now - moment < length

"""What to do about a customer, and why: a score, a next action with its deadline, an offer.

A pure function of facts, for the card and the call list alike.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from cdm_core import offer_choice
from cdm_core.calendar import day_off, working_day
from cdm_core.clock import day_start, local_date
from cdm_core.contacts import UNREACHED
from cdm_core.factors import Factor, FactorCode, factors, gone_quiet, reorder_due
from cdm_core.facts import CallFacts
from cdm_core.resting import RETRY_AFTER
from cdm_core.suggestions import Product
from cdm_core.thresholds import Thresholds
from cdm_core.words import NextAction, OfferType, Temperature

URGENT_WEIGHT = 6
"""From this sum of reasons on, signs of a hot customer add up to an urgent call."""

_REORDER_WITHIN, _WIN_BACK_WITHIN = timedelta(days=4), timedelta(days=7)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Blocked(StrEnum):
    """Why a customer is not to be called now."""

    DO_NOT_CALL = "do_not_call"
    ASKED = "asked"
    COOLDOWN = "cooldown"
    ATTEMPT_CAP = "attempt_cap"
    HOUSEHOLD_CALLED = "household_called"
    HOUSEHOLD_TRIED = "household_tried"
    JUST_TRIED = "just_tried"


@dataclass(frozen=True, slots=True)
class Advice:
    """``score`` 1 to 10; ``factors`` biggest first; ``deadline`` None where nothing presses.

    ``products`` is what to make the ``offer`` with, the likeliest first. ``rests_until`` is when ``blocked`` ends,
    where a day is known.
    """

    score: int
    next_action: NextAction
    deadline: datetime | None
    offer: OfferType
    factors: tuple[Factor, ...]
    blocked: Blocked | None
    products: tuple[Product, ...] = ()
    rests_until: datetime | None = None

    @property
    def to_call(self) -> bool:
        """Whether there is something to call for, and nothing forbids it now."""
        return self.blocked is None and self.next_action is not NextAction.WAIT

    @property
    def reasons(self) -> tuple[Factor, ...]:
        """The factors; where there is nothing to call for, first those that say why."""
        return self.factors if self.to_call else tuple(sorted(self.factors, key=_for_a_call))

    @property
    def product_ids(self) -> tuple[int, ...]:
        """Those of the products that have one."""
        return tuple(product.product_id for product in self.products if product.product_id is not None)


def advise(facts: CallFacts, now: datetime, thresholds: Thresholds) -> Advice:
    """The advice on one customer at ``now`` (aware)."""
    reasons = factors(facts, now, thresholds)
    blocked, until = _blocked(facts, now, thresholds)
    action = _next_action(facts, reasons, blocked, now, thresholds)
    offer = offer_choice.choose(facts, action)
    return Advice(
        score=_score(facts, action),
        next_action=action,
        deadline=_deadline(action, facts, now, thresholds),
        offer=offer,
        factors=reasons,
        blocked=blocked,
        products=offer_choice.products(offer, facts.suggested),
        rests_until=until,
    )


def _for_a_call(factor: Factor) -> bool:
    return factor.weight >= 0 and factor.code is not FactorCode.OLD_LEAD


def _score(facts: CallFacts, action: NextAction) -> int:
    """As the view ``ai_call_recommendations``: the tenth by value, hot or promised for today at least 8, to confirm 10.

    Who shares a value with many is in the middle of them.
    """
    pressing = facts.temperature is Temperature.HOT or action is NextAction.FOLLOW_UP
    floor = 10 if facts.to_confirm else 8 if pressing else 1
    below, up_to = bisect_left(facts.score_cuts, facts.value), bisect_right(facts.score_cuts, facts.value)
    return max(floor, 1 + (below + up_to + 1) // 2)


def _next_action(
    facts: CallFacts, reasons: tuple[Factor, ...], blocked: Blocked | None, now: datetime, thresholds: Thresholds
) -> NextAction:
    codes = {factor.code for factor in reasons}
    hot = facts.temperature is Temperature.HOT
    if facts.do_not_call or facts.calls_held:
        return NextAction.WAIT
    if FactorCode.PENDING in codes:
        return NextAction.CONFIRM_ORDER
    if hot and sum(factor.weight for factor in reasons) >= URGENT_WEIGHT:
        return NextAction.CALL_NOW
    if codes & {FactorCode.OVERDUE, FactorCode.PROMISED}:
        return NextAction.FOLLOW_UP
    if codes & {FactorCode.CART, FactorCode.PAYMENT}:
        return NextAction.RECOVER_CART
    if FactorCode.OCCASION in codes:
        return NextAction.WISH
    if blocked:
        return NextAction.WAIT
    if hot or FactorCode.NEW_LEAD in codes:
        return NextAction.CALL_NOW
    chased = facts.win_back is not None and facts.win_back.day <= local_date(now, thresholds.zone)
    if chased or gone_quiet(facts, now, thresholds):
        return NextAction.WIN_BACK
    return NextAction.REORDER if reorder_due(facts, now) else NextAction.WAIT


def _deadline(action: NextAction, facts: CallFacts, now: datetime, thresholds: Thresholds) -> datetime | None:
    today = local_date(now, thresholds.zone)
    match action:
        case NextAction.CONFIRM_ORDER | NextAction.RECOVER_CART | NextAction.WISH:
            return datetime.combine(today, thresholds.workday_end, thresholds.zone)
        case NextAction.CALL_NOW:
            return now + timedelta(hours=24)
        case NextAction.FOLLOW_UP:
            return facts.follow_up_at
        case NextAction.REORDER:
            return _working_day(today + _REORDER_WITHIN, thresholds)
        case NextAction.WIN_BACK:
            return _working_day(today + _WIN_BACK_WITHIN, thresholds)
        case NextAction.WAIT:
            return None


def _working_day(day: date, thresholds: Thresholds) -> datetime:
    """The end of work of ``day``, or of the first working day after it."""
    if day_off(day, thresholds):
        day = working_day(day, thresholds)
    return datetime.combine(day, thresholds.workday_end, thresholds.zone)


def _blocked(facts: CallFacts, now: datetime, thresholds: Thresholds) -> tuple[Blocked | None, datetime | None]:
    """What forbids a call, and until when, where a moment is known; of several reasons the one that ends last.

    Orders to confirm and promised calls that are due are exempt from all but do-not-call, the question of it, and an
    attempt of just now.
    """
    if facts.do_not_call:
        return Blocked.DO_NOT_CALL, None
    if facts.calls_held:
        return Blocked.ASKED, None
    promised = local_date(facts.follow_up_at, thresholds.zone) if facts.follow_up_at is not None else None
    due = promised is not None and promised <= local_date(now, thresholds.zone)
    ends = {} if facts.to_confirm or due else _rests(facts, thresholds)
    if promised is not None:
        kept_at = datetime.combine(promised, thresholds.workday_start, thresholds.zone)
        ends = {blocked: min(until, kept_at) for blocked, until in ends.items()}
    tried = _tried(facts, due=due)
    if tried is not None:
        ends[Blocked.JUST_TRIED] = tried
    blocked = max(ends, key=ends.__getitem__, default=None)
    if blocked is None or ends[blocked] <= now:
        return None, None
    return blocked, ends[blocked] if ends[blocked] < _NEVER else None


def _rests(facts: CallFacts, thresholds: Thresholds) -> dict[Blocked, datetime]:
    """All that ever left them in peace but for what is owed to them, and when it ends or ended."""
    ends = {}
    if facts.last_contact_at is not None:
        ends[Blocked.COOLDOWN] = facts.last_contact_at + timedelta(days=thresholds.cooldown_days)
    if facts.unanswered >= thresholds.attempt_cap:
        ends[Blocked.ATTEMPT_CAP] = _NEVER
    if facts.kin_contact_at is not None:
        next_day = local_date(facts.kin_contact_at, thresholds.zone) + timedelta(days=1)
        ends[Blocked.HOUSEHOLD_CALLED] = day_start(next_day, thresholds.zone)
    if facts.kin_attempt_at is not None:
        ends[Blocked.HOUSEHOLD_TRIED] = facts.kin_attempt_at + RETRY_AFTER
    return ends


def _tried(facts: CallFacts, *, due: bool) -> datetime | None:
    """Until when their own last attempt leaves them in peace.

    One before an order came does not put off its confirmation. A promise that is ``due`` is put off only by an attempt
    that reached nobody, and by none when it comes due after it.
    """
    ends = []
    pending = facts.pending_since if facts.to_confirm else None
    if facts.last_attempt_at is not None and not due and (pending is None or facts.last_attempt_at >= pending):
        ends.append(facts.last_attempt_at + RETRY_AFTER)
    if facts.last_outcome in UNREACHED and facts.last_outcome_at is not None:
        again, promised = facts.last_outcome_at + RETRY_AFTER, facts.follow_up_at
        ends.append(min(again, promised) if promised is not None and promised > facts.last_outcome_at else again)
    return max(ends, default=None)

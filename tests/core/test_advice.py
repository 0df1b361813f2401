"""Advice is a pure function of facts: each action, offer, block and score has its condition."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import thresholds as settings
from cdm_core.advice import Blocked, advise
from cdm_core.factors import FactorCode
from cdm_core.facts import CallFacts, NearOccasion, OpenDropoff, Ranking
from cdm_core.thresholds import Thresholds
from cdm_core.words import (
    CustomerType,
    DropoffStage,
    EventType,
    InteractionType,
    LifecycleStage,
    NextAction,
    OfferType,
    Outcome,
    Reason,
    Temperature,
)
from tests.factories import NOW

BUYER = CallFacts(
    stage=LifecycleStage.REPEAT_BUYER,
    type=CustomerType.REPEAT,
    temperature=Temperature.WARM,
    do_not_call=False,
    created_at=NOW - timedelta(days=400),
    total_orders=3,
    last_order_at=NOW - timedelta(days=20),
    gap_days=Decimal(30),
)


def ranked(value: float) -> Ranking:
    """A ranking by decayed revenue alone."""
    nothing: dict[str, Any] = dict.fromkeys(
        field.name for field in fields(Ranking) if field.name not in ("value", "fitted", "due_again", "new_items")
    )
    return Ranking(value=value, fitted=False, due_again=(), new_items=(), **{**nothing, "ranked_at": NOW})


MIDNIGHT = NOW.replace(hour=0, minute=0)
TOMORROW = MIDNIGHT + timedelta(days=1)
UNHEARD = replace(BUYER, last_outcome=Outcome.NO_ANSWER, last_outcome_at=NOW, last_attempt_at=NOW)
COOLDOWN = timedelta(days=3)
CART = OpenDropoff(DropoffStage.ADD_TO_CART, NOW - timedelta(hours=3), Decimal(5500), None)
BIRTHDAY = NearOccasion(EventType.BIRTHDAY, NOW.date(), 41)


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await settings.load(session)


def test_who_is_due_is_told_no_gap_longer_than_the_days_since(limits: Thresholds) -> None:
    facts = replace(BUYER, gap_days=Decimal("25.51"), last_order_at=NOW - timedelta(days=25, hours=13))
    due = next(factor for factor in advise(facts, NOW, limits).factors if factor.code is FactorCode.REORDER)
    assert (due.gap_days, due.days) in [(25, 25), (25, 26)]


@pytest.mark.parametrize(
    ("facts", "action", "offer"),
    [
        (BUYER, NextAction.WAIT, OfferType.NONE),
        (replace(BUYER, to_confirm=1, pending_since=NOW, do_not_call=True), NextAction.WAIT, OfferType.NONE),
        (replace(BUYER, to_confirm=1, pending_since=NOW), NextAction.CONFIRM_ORDER, OfferType.NONE),
        (replace(BUYER, follow_up_at=NOW + timedelta(hours=2)), NextAction.FOLLOW_UP, OfferType.NONE),
        (replace(BUYER, follow_up_at=NOW - timedelta(days=2)), NextAction.FOLLOW_UP, OfferType.NONE),
        (replace(BUYER, follow_up_at=NOW + timedelta(days=2)), NextAction.WAIT, OfferType.NONE),
        (replace(BUYER, dropoff=CART), NextAction.RECOVER_CART, OfferType.NONE),
        (replace(BUYER, dropoff=CART, last_reason=Reason.PRICE), NextAction.RECOVER_CART, OfferType.DISCOUNT),
        (replace(BUYER, dropoff=replace(CART, at=NOW - timedelta(days=8))), NextAction.WAIT, OfferType.NONE),
        (replace(BUYER, occasions=(BIRTHDAY,)), NextAction.WISH, OfferType.OCCASION),
        (
            replace(BUYER, occasions=(replace(BIRTHDAY, day=date(2026, 11, 23)),)),
            NextAction.WAIT,
            OfferType.NONE,
        ),
        (replace(BUYER, temperature=Temperature.HOT), NextAction.CALL_NOW, OfferType.NONE),
        (
            replace(BUYER, temperature=Temperature.HOT, type=CustomerType.VIP),
            NextAction.CALL_NOW,
            OfferType.NONE,
        ),
        (replace(BUYER, last_order_at=NOW - timedelta(days=30)), NextAction.REORDER, OfferType.NONE),
        (
            replace(BUYER, stage=LifecycleStage.INACTIVE, last_order_at=NOW - timedelta(days=120)),
            NextAction.WIN_BACK,
            OfferType.REACTIVATION,
        ),
    ],
)
async def test_what_to_do(facts: CallFacts, action: NextAction, offer: OfferType, limits: Thresholds) -> None:
    advice = advise(facts, NOW, limits)
    assert (advice.next_action, advice.offer) == (action, offer)


@pytest.mark.parametrize(
    ("facts", "deadline"),
    [
        (replace(BUYER, to_confirm=1, pending_since=NOW), datetime(2026, 11, 22, 21, tzinfo=NOW.tzinfo)),
        (replace(BUYER, last_order_at=NOW - timedelta(days=31)), datetime(2026, 11, 26, 21, tzinfo=NOW.tzinfo)),
        (replace(BUYER, follow_up_at=NOW + timedelta(hours=2)), NOW + timedelta(hours=2)),
        (BUYER, None),
    ],
)
async def test_by_when(facts: CallFacts, deadline: datetime | None, limits: Thresholds) -> None:
    assert advise(facts, NOW, limits).deadline == deadline


async def test_a_deadline_on_a_day_off_is_the_next_working_day(limits: Thresholds) -> None:
    monday = NOW + timedelta(days=1)
    advice = advise(replace(BUYER, last_order_at=NOW - timedelta(days=40)), monday, limits)
    assert advice.deadline is not None
    assert advice.deadline.date() == date(2026, 11, 29), "Friday the 27th and Saturday are the weekend"


@pytest.mark.parametrize(
    ("facts", "blocked"),
    [
        (BUYER, None),
        (replace(BUYER, do_not_call=True, to_confirm=1), Blocked.DO_NOT_CALL),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=2)), Blocked.COOLDOWN),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=3)), None),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=2), to_confirm=1, pending_since=NOW), None),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=2), follow_up_at=NOW), None),
        (replace(BUYER, last_contact_at=NOW, follow_up_at=NOW + timedelta(days=1)), Blocked.COOLDOWN),
        (replace(BUYER, unanswered=3), None),
        (replace(BUYER, unanswered=4), Blocked.ATTEMPT_CAP),
        (replace(BUYER, kin_contact_at=MIDNIGHT), Blocked.HOUSEHOLD_CALLED),
        (replace(BUYER, kin_contact_at=MIDNIGHT - timedelta(seconds=1)), None),
        (replace(BUYER, kin_attempt_at=NOW - timedelta(minutes=119)), Blocked.HOUSEHOLD_TRIED),
        (replace(BUYER, kin_attempt_at=NOW - timedelta(hours=2)), None),
        (replace(BUYER, last_attempt_at=NOW - timedelta(minutes=119)), Blocked.JUST_TRIED),
        (replace(BUYER, last_attempt_at=NOW - timedelta(hours=2)), None),
        (replace(BUYER, last_attempt_at=NOW, to_confirm=1, pending_since=NOW), Blocked.JUST_TRIED),
        (replace(BUYER, last_attempt_at=NOW - timedelta(hours=1), to_confirm=1, pending_since=NOW), None),
        (replace(UNHEARD, last_attempt_at=NOW, to_confirm=1, pending_since=NOW), Blocked.JUST_TRIED),
        (replace(UNHEARD, follow_up_at=NOW - timedelta(hours=1)), Blocked.JUST_TRIED),
        (replace(BUYER, last_attempt_at=NOW, follow_up_at=NOW), None),
        (replace(BUYER, kin_contact_at=NOW, kin_attempt_at=NOW, follow_up_at=NOW), None),
        (replace(BUYER, kin_contact_at=NOW, to_confirm=1, pending_since=NOW), None),
    ],
)
async def test_who_is_not_to_be_called_now(facts: CallFacts, blocked: Blocked | None, limits: Thresholds) -> None:
    assert advise(facts, NOW, limits).blocked is blocked


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        (replace(BUYER, kin_contact_at=NOW), TOMORROW),
        (replace(BUYER, kin_attempt_at=NOW), NOW + timedelta(hours=2)),
        (
            replace(BUYER, kin_contact_at=MIDNIGHT, kin_attempt_at=NOW - timedelta(hours=1)),
            TOMORROW,
        ),
        (replace(BUYER, kin_contact_at=NOW, last_contact_at=NOW + timedelta(hours=4) - COOLDOWN), TOMORROW),
        (
            replace(BUYER, kin_attempt_at=NOW, last_contact_at=NOW + timedelta(hours=1) - COOLDOWN),
            NOW + timedelta(hours=2),
        ),
        (
            replace(BUYER, kin_attempt_at=NOW, last_contact_at=NOW + timedelta(hours=4) - COOLDOWN),
            NOW + timedelta(hours=4),
        ),
        (replace(BUYER, kin_contact_at=NOW, last_contact_at=NOW, last_attempt_at=NOW), NOW + COOLDOWN),
    ],
)
async def test_until_when_another_of_the_household_is_spared(
    facts: CallFacts, until: datetime, limits: Thresholds
) -> None:
    assert advise(facts, NOW, limits).rests_until == until
    assert advise(facts, until - timedelta(seconds=1), limits).blocked is not None
    assert advise(facts, until, limits).blocked is None


@pytest.mark.parametrize(
    ("facts", "blocked"),
    [
        (replace(BUYER, kin_contact_at=NOW, unanswered=4), Blocked.ATTEMPT_CAP),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=2), unanswered=4), Blocked.ATTEMPT_CAP),
        (replace(BUYER, kin_contact_at=NOW, last_contact_at=NOW - timedelta(days=2)), Blocked.COOLDOWN),
        (
            replace(BUYER, kin_contact_at=NOW, last_contact_at=NOW + timedelta(hours=4) - COOLDOWN),
            Blocked.HOUSEHOLD_CALLED,
        ),
    ],
)
async def test_of_several_reasons_the_one_that_ends_last_is_told(
    facts: CallFacts, blocked: Blocked, limits: Thresholds
) -> None:
    assert advise(facts, NOW, limits).blocked is blocked


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        (BUYER, None),
        (replace(BUYER, do_not_call=True, last_contact_at=NOW), None),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=2)), NOW + timedelta(days=1)),
        (replace(BUYER, last_contact_at=NOW, dropoff=CART), NOW + timedelta(days=3)),
        (
            replace(BUYER, last_contact_at=NOW, follow_up_at=NOW + timedelta(days=1, hours=5)),
            datetime(2026, 11, 23, 9, tzinfo=NOW.tzinfo),
        ),
        (replace(BUYER, last_contact_at=NOW, follow_up_at=NOW + timedelta(days=9)), NOW + timedelta(days=3)),
        (replace(BUYER, last_contact_at=NOW, follow_up_at=NOW), None),
        (replace(BUYER, unanswered=4), None),
        (
            replace(BUYER, kin_attempt_at=NOW, unanswered=4, follow_up_at=TOMORROW + timedelta(hours=15)),
            TOMORROW + timedelta(hours=9),
        ),
        (replace(UNHEARD, kin_attempt_at=NOW - timedelta(hours=1)), NOW + timedelta(hours=2)),
        (replace(UNHEARD, to_confirm=1, pending_since=NOW - timedelta(days=1)), NOW + timedelta(hours=2)),
        (replace(UNHEARD, follow_up_at=NOW + timedelta(minutes=30)), NOW + timedelta(minutes=30)),
    ],
)
async def test_until_when_they_rest(facts: CallFacts, until: datetime | None, limits: Thresholds) -> None:
    assert advise(facts, NOW, limits).rests_until == until


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (replace(BUYER, last_outcome=Outcome.INTERESTED, last_outcome_at=NOW), [FactorCode.INTERESTED]),
        (replace(BUYER, last_outcome=Outcome.NOT_INTERESTED, last_outcome_at=NOW), [FactorCode.REFUSED]),
        (replace(BUYER, unanswered=2), [FactorCode.UNANSWERED]),
        (replace(BUYER, last_activity_at=NOW - timedelta(days=6)), [FactorCode.VISITED]),
        (replace(BUYER, last_activity_at=NOW - timedelta(days=7)), []),
        (replace(BUYER, last_order_at=NOW - timedelta(days=6)), [FactorCode.ORDERED]),
        (replace(BUYER, last_order_at=NOW - timedelta(days=6), underway_at=NOW), [FactorCode.UNDERWAY]),
        (replace(BUYER, underway_at=NOW, last_contact_at=NOW), [FactorCode.CALLED, FactorCode.UNDERWAY]),
        (replace(BUYER, gap_days=Decimal(15)), [FactorCode.REORDER]),
        (replace(BUYER, gap_days=Decimal(15), underway_at=NOW - timedelta(days=14)), [FactorCode.UNDERWAY]),
        (replace(BUYER, stage=LifecycleStage.INACTIVE), [FactorCode.INACTIVE]),
        (replace(BUYER, stage=LifecycleStage.INACTIVE, underway_at=NOW), [FactorCode.UNDERWAY]),
        (replace(BUYER, last_order_at=None), [FactorCode.OLD_LEAD]),
        (replace(BUYER, last_order_at=None, created_at=NOW - timedelta(days=6)), [FactorCode.NEW_LEAD]),
        (replace(BUYER, last_order_at=None, created_at=NOW - timedelta(days=29)), [FactorCode.NEW_LEAD]),
        (
            replace(BUYER, last_order_at=None, created_at=NOW - timedelta(days=8), last_attempt_at=NOW),
            [FactorCode.OLD_LEAD],
        ),
        (replace(BUYER, last_contact_at=NOW - timedelta(days=1)), [FactorCode.CALLED]),
        (
            replace(BUYER, last_contact_at=NOW, last_outcome_at=NOW, last_channel=InteractionType.WHATSAPP),
            [FactorCode.IN_TOUCH],
        ),
        (
            replace(BUYER, last_contact_at=NOW, last_outcome_at=NOW, last_channel=InteractionType.CALL),
            [FactorCode.CALLED],
        ),
    ],
)
async def test_reasons(facts: CallFacts, codes: list[FactorCode], limits: Thresholds) -> None:
    assert [factor.code for factor in advise(facts, NOW, limits).factors] == codes


LEAD = replace(
    BUYER,
    stage=LifecycleStage.LEAD,
    total_orders=0,
    last_order_at=None,
    gap_days=None,
    temperature=Temperature.HOT,
    last_outcome=Outcome.INTERESTED,
    last_outcome_at=NOW - timedelta(days=4),
    last_activity_at=NOW,
)


@pytest.mark.parametrize(
    ("p_buy", "leads_rate", "weight"),
    [(0.3, 0.2, 1), (0.25, 0.2, 1), (0.24, 0.2, 0), (0.17, 0.2, 0), (0.15, 0.2, -1), (0.02, 0.2, -1), (0.3, None, 0)],
)
async def test_leads_of_a_kind_count_by_how_they_stand_to_all(
    p_buy: float, leads_rate: float | None, weight: int, limits: Thresholds
) -> None:
    said = replace(ranked(1.0), fitted=True, p_buy=p_buy, leads_rate=leads_rate)
    advice = advise(replace(LEAD, ranking=said), NOW, limits)
    assert {one.code: one.weight for one in advice.factors}[FactorCode.SUCH_LEADS] == weight


async def test_leads_that_fare_ill_are_told_of_only_where_it_is_worth_saying(limits: Thresholds) -> None:
    said = replace(ranked(1.0), fitted=True, p_buy=0.009, leads_rate=0.2)
    codes = {factor.code for factor in advise(replace(LEAD, ranking=said), NOW, limits).factors}
    assert FactorCode.SUCH_LEADS not in codes


async def test_the_days_ahead_are_those_of_the_fit_and_not_of_the_setting_since(limits: Thresholds) -> None:
    said = replace(ranked(1.0), fitted=True, p_buy=0.7, horizon_days=30)
    (likely,) = [one for one in advise(replace(BUYER, ranking=said), NOW, limits).factors if one.share]
    assert (likely.code, likely.days, limits.ranking_horizon_days) == (FactorCode.LIKELY, 30, 90)


CUTS = tuple(float(cut) for cut in range(100, 1000, 100))


@pytest.mark.parametrize(
    ("value", "cuts", "score"),
    [(0, (), 1), (0, CUTS, 1), (99, CUTS, 1), (100, CUTS, 2), (899, CUTS, 9), (900, CUTS, 10), (10**9, CUTS, 10)],
)
async def test_the_score_is_the_tenth_by_value(
    session: AsyncSession, value: float, cuts: tuple[float, ...], score: int, limits: Thresholds
) -> None:
    facts = replace(BUYER, ranking=ranked(value), score_cuts=cuts)
    assert advise(facts, NOW, limits).score == score
    assert advise(replace(facts, temperature=Temperature.HOT), NOW, limits).score == max(8, score)
    assert advise(replace(facts, follow_up_at=NOW + timedelta(hours=2)), NOW, limits).score == max(8, score)
    assert advise(replace(facts, follow_up_at=NOW + timedelta(days=1)), NOW, limits).score == score
    assert advise(replace(facts, to_confirm=1, pending_since=NOW), NOW, limits).score == 10


async def test_many_of_one_value_are_in_the_middle_of_their_tenths(limits: Thresholds) -> None:
    assert advise(replace(BUYER, ranking=ranked(7), score_cuts=(7.0,) * 9), NOW, limits).score == 6
    assert advise(replace(BUYER, ranking=ranked(7), score_cuts=(7.0,) * 4 + CUTS[:5]), NOW, limits).score == 3
    assert advise(replace(BUYER, ranking=ranked(6), score_cuts=(7.0,) * 9), NOW, limits).score == 1


moments = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2028, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=NOW.tzinfo)
)
anything = st.builds(
    CallFacts,
    stage=st.sampled_from(LifecycleStage),
    type=st.sampled_from(CustomerType),
    temperature=st.sampled_from(Temperature),
    do_not_call=st.booleans(),
    created_at=moments.filter(bool),
    total_orders=st.integers(0, 10**6),
    last_order_at=moments,
    gap_days=st.none() | st.decimals(0, 10**4, places=2),
    ranking=st.none() | st.floats(-1e9, 1e12).map(ranked),
    to_confirm=st.integers(0, 3),
    pending_since=moments,
    dropoff=st.none()
    | st.builds(
        OpenDropoff,
        stage=st.sampled_from(DropoffStage),
        at=moments.filter(bool),
        cart_value=st.none() | st.decimals(0, 10**6, places=2),
        reason=st.none() | st.text(max_size=9),
    ),
    follow_up_at=moments,
    last_contact_at=moments,
    last_outcome=st.none() | st.sampled_from(Outcome),
    last_outcome_at=moments,
    last_reason=st.none() | st.sampled_from(Reason),
    unanswered=st.integers(0, 50),
    last_activity_at=moments,
    occasions=st.lists(st.just(BIRTHDAY), max_size=2).map(tuple),
    score_cuts=st.just(CUTS) | st.just(()),
)


async def test_whatever_the_facts_there_is_sound_advice(limits: Thresholds) -> None:
    @given(anything)
    def holds(facts: CallFacts) -> None:
        advice = advise(facts, NOW, limits)
        assert 1 <= advice.score <= 10
        weights = [abs(factor.weight) for factor in advice.factors]
        assert weights == sorted(weights, reverse=True)
        unweighed = {FactorCode.OLD_LEAD, FactorCode.SUCH_LEADS, FactorCode.UNDERWAY}
        assert all(factor.weight or factor.code in unweighed for factor in advice.factors)
        assert sorted(map(repr, advice.reasons)) == sorted(map(repr, advice.factors))
        if facts.do_not_call:
            assert (advice.next_action, advice.blocked) == (NextAction.WAIT, Blocked.DO_NOT_CALL)
        if advice.next_action is NextAction.WAIT:
            assert advice.offer is OfferType.NONE
        assert (advice.deadline is None) == (advice.next_action is NextAction.WAIT)

    holds()

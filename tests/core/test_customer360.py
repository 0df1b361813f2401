"""The card: what it shows of the style sheet's customers, and of those of whom little is known."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import customer360, staff, thresholds
from cdm_core.call_hours import AnswerWindow
from cdm_core.customer360 import Card, Owner
from cdm_core.errors import CdmError
from cdm_core.factors import FactorCode
from cdm_core.words import (
    CustomerType,
    EventType,
    HoursBasis,
    LifecycleStage,
    NextAction,
    OfferType,
    Outcome,
    Temperature,
)
from tests import factories
from tests.core.people import People, at, people
from tests.factories import NOW


async def _card(session: AsyncSession, customer_id: int, whose: staff.Staff) -> Card:
    return await customer360.card(session, whose, await thresholds.load(session), customer_id, now=NOW)


@pytest.fixture
async def known(session: AsyncSession) -> People:
    return await people(session)


async def test_a_hot_vip(session: AsyncSession, known: People) -> None:
    card = await _card(session, known.rahim, known.tanvir)
    assert (card.name, card.phone, card.place) == ("রহিম উদ্দিন", "+8801712345678", "Dhaka")
    assert (card.stage, card.type, card.temperature) == (LifecycleStage.LOYAL, CustomerType.VIP, Temperature.HOT)
    assert card.owner == Owner(known.tanvir.id, "Tanvir", mine=True)
    assert (card.numbers.lifetime_value, card.numbers.total_orders) == (Decimal(125_000), 8)
    assert card.numbers.last_order_at == at("2026-11-17T12:00")
    assert (card.last_product, card.numbers.delivered, card.numbers.delivered_of) == ("Honey 1 kg", 8, 9)
    assert card.last_contact is not None
    assert (card.last_contact.staff, card.last_contact.note) == ("Nusrat", "দাম বেশি")
    assert card.last_contact.outcome_code is Outcome.CALLBACK_REQUESTED
    assert card.follow_up is not None
    assert (card.follow_up.due_at, card.follow_up.overdue) == (at("2026-11-22T18:00"), False)
    assert card.answers == AnswerWindow(time(18), time(20), HoursBasis.STATED, calls=4, answered=3)
    assert card.occasion is None


async def test_words_that_are_no_hours_hide_nothing_that_calls_tell(session: AsyncSession, known: People) -> None:
    await session.execute(
        text("UPDATE customers SET available_time = 'when my son is home' WHERE id = :id"), {"id": known.rahim}
    )
    await session.execute(
        text(
            "UPDATE call_ranking SET best_call_time = '18:00-20:30', best_call_time_n = 4, best_call_time_by = 'own'"
            " WHERE customer_id = :id"
        ),
        {"id": known.rahim},
    )
    card = await _card(session, known.rahim, known.tanvir)
    assert (card.stated_hours, card.hours) == ("when my son is home", None)
    assert card.answers == AnswerWindow(time(18), time(20, 30), HoursBasis.OWN, calls=4, answered=3)


async def test_its_advice_is_urgent_and_says_why(session: AsyncSession, known: People) -> None:
    advice = (await _card(session, known.rahim, known.tanvir)).advice
    assert advice.next_action is NextAction.CALL_NOW
    assert advice.deadline == NOW + timedelta(hours=24)
    assert advice.offer is OfferType.DISCOUNT, "nothing is known that is dearer than what they buy"
    assert [(factor.code, factor.weight) for factor in advice.factors[:3]] == [
        (FactorCode.CART, 4),
        (FactorCode.PROMISED, 3),
        (FactorCode.CALLED, -1),
    ]
    assert advice.factors[0].amount == Decimal(5500)


async def test_a_one_time_buyer_gone_cold(session: AsyncSession, known: People) -> None:
    card = await _card(session, known.sumaiya, known.tanvir)
    assert (card.stage, card.temperature) == (LifecycleStage.FIRST_BUYER, Temperature.COLD)
    assert card.last_contact is None
    assert card.advice.next_action is NextAction.WAIT
    assert [(factor.code, factor.weight) for factor in card.advice.factors] == [(FactorCode.NO_VISIT, -2)]


async def test_a_lead(session: AsyncSession, known: People) -> None:
    card = await _card(session, known.jahid, known.tanvir)
    assert (card.stage, card.owner, card.source) == (LifecycleStage.LEAD, None, "facebook")
    assert card.answers is None
    assert card.advice.next_action is NextAction.CALL_NOW
    assert [(factor.code, factor.days) for factor in card.advice.factors] == [(FactorCode.NEW_LEAD, 1)]


async def test_not_to_be_called(session: AsyncSession, known: People) -> None:
    card = await _card(session, known.karim, known.tanvir)
    assert card.do_not_call_at == at("2026-11-03T12:00")
    assert card.advice.blocked == "do_not_call"
    assert card.advice.next_action is NextAction.WAIT


async def test_nothing_is_known(session: AsyncSession, known: People) -> None:
    nameless = await factories.customer(session, first_name="", last_name="", phone=None, city=None, district=None)
    card = await _card(session, nameless, known.tanvir)
    assert (card.name, card.phone, card.place) == ("", None, None)
    assert card.numbers.total_orders == 0
    assert card.stage is LifecycleStage.LEAD


async def test_a_phone_that_is_none_is_shown_as_typed(session: AsyncSession, known: People) -> None:
    odd = await factories.customer(session, phone="0171-23")
    card = await _card(session, odd, known.tanvir)
    assert (card.phone, card.phone_e164) == ("0171-23", None)


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2018, 11, 24), date(2026, 11, 24), 8),
        (date(2018, 11, 29), date(2026, 11, 29), 8),
        (date(2018, 11, 30), None, None),
        (date(2018, 11, 21), None, None),
    ],
)
async def test_a_relatives_day_within_a_week(
    session: AsyncSession, known: People, born: date, day: date | None, years: int | None
) -> None:
    await factories.relative(session, known.rahim, name="Arif", relationship="child", gender="male", date_of_birth=born)
    occasion = (await _card(session, known.rahim, known.tanvir)).occasion
    assert (occasion and occasion.day) == day
    if occasion is not None:
        assert (occasion.event, occasion.name, occasion.years) == (EventType.BIRTHDAY, "Arif", years)


async def test_a_couples_anniversary_is_one_occasion(session: AsyncSession, known: People) -> None:
    wed = date(2015, 11, 25)
    couple = await factories.customer(session, anniversary_date=wed, first_name="Mitu")
    await factories.relative(session, couple, relationship="spouse", anniversary_date=wed)
    card = await _card(session, couple, known.tanvir)
    assert card.occasion is not None
    assert (card.occasion.event, card.occasion.relationship, card.occasion.years) == (EventType.ANNIVERSARY, None, 11)


async def test_an_order_after_the_cart_closes_it(session: AsyncSession, known: People) -> None:
    await factories.order(session, known.rahim, ordered_at=NOW - timedelta(hours=1), status="pending")
    await factories.settle(session, known.rahim)
    card = await _card(session, known.rahim, known.tanvir)
    assert card.advice.next_action is NextAction.CONFIRM_ORDER
    assert FactorCode.CART not in {factor.code for factor in card.advice.factors}


async def test_what_was_undone_does_not_count(session: AsyncSession, known: People) -> None:
    await factories.interaction(session, known.sumaiya, undone_at=NOW)
    assert (await _card(session, known.sumaiya, known.tanvir)).last_contact is None


async def test_an_overdue_promise(session: AsyncSession, known: People) -> None:
    await factories.follow_up(session, known.sumaiya, known.tanvir.id, due_at=NOW - timedelta(days=1))
    card = await _card(session, known.sumaiya, known.tanvir)
    assert card.follow_up is not None
    assert card.follow_up.overdue
    assert card.advice.next_action is NextAction.FOLLOW_UP


async def test_somebody_is_calling(session: AsyncSession, known: People) -> None:
    await factories.claim(session, known.jahid, known.nusrat.id)
    claim = (await _card(session, known.jahid, known.tanvir)).claim
    assert claim is not None
    assert (claim.staff, claim.mine, claim.until) == ("Nusrat", False, NOW + timedelta(minutes=20))
    gone = await factories.customer(session)
    await factories.claim(session, gone, known.nusrat.id, expires_at=NOW)
    assert (await _card(session, gone, known.tanvir)).claim is None


async def test_a_colleagues_customer_is_not_shown(session: AsyncSession, known: People) -> None:
    with pytest.raises(CdmError) as refused:
        await _card(session, known.rahim, known.nusrat)
    assert (refused.value.code, refused.value.facts["owner"]) == ("colleagues_customer", "Tanvir")
    with pytest.raises(CdmError, match="no_such_customer"):
        await _card(session, 10**12, known.nusrat)


async def test_the_card_takes_four_statements(session: AsyncSession, engine: AsyncEngine, known: People) -> None:
    limits = await thresholds.load(session)
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await customer360.card(session, known.tanvir, limits, known.rahim, now=NOW)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(statements) == 4

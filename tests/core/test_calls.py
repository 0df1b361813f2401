"""The call list: who is on it, who is not, in which order, and that one customer is one person's at a time."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import (
    call_candidates,
    call_queue,
    calls,
    claims,
    customer360,
    due,
    my_day,
    recommendations,
    thresholds,
)
from cdm_core import staff as people
from cdm_core.calls import CallList, Part
from cdm_core.customer360 import Claim
from cdm_core.db.as_of import set_as_of
from cdm_core.recommendations import Hindrance
from cdm_core.skips import Skip, skip
from cdm_core.staff import Staff
from cdm_core.words import NextAction, PaymentMethod
from tests import factories
from tests.factories import NOW

TODAY_MD = {"birth_month": NOW.month, "birth_day": NOW.day}


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


async def listed(session: AsyncSession, person: Staff, now: datetime = NOW) -> CallList:
    await set_as_of(session, now)
    return await calls.call_list(session, person, await thresholds.load(session), now=now)


async def ids(session: AsyncSession, person: Staff, now: datetime = NOW) -> list[int]:
    return [entry.customer_id for entry in (await listed(session, person, now)).entries]


async def buyer(
    session: AsyncSession, owner: Staff | None, *, amount: int = 1000, days: int = 40, **columns: Any
) -> int:
    """Bought twice, the last time ``days`` ago, ten days apart: due to buy again."""
    customer = await factories.customer(session, owner_id=owner and owner.id, **columns)
    for back in (days, days + 10):
        await factories.order(session, customer, amount=amount, ordered_at=NOW - timedelta(days=back))
    await factories.settle(session, customer)
    return customer


async def test_promises_first_then_what_may_be_lost_then_value(session: AsyncSession, tanvir: Staff) -> None:
    rich = await buyer(session, tanvir, amount=9000)
    poor = await buyer(session, tanvir, amount=100)
    birthday = await factories.customer(session, owner_id=tanvir.id, **TODAY_MD)
    old_cart = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, old_cart, occurred_at=NOW - timedelta(days=1))
    cart = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, cart)
    evening = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, evening, tanvir.id)
    overdue = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, overdue, tanvir.id, due_at=NOW - timedelta(days=1))
    newer = await factories.customer(session, owner_id=tanvir.id)
    await factories.order(session, newer, status="pending", ordered_at=NOW - timedelta(hours=1))
    older = await factories.customer(session, owner_id=tanvir.id)
    await factories.order(
        session, older, amount=1890, status="pending", payment_method="cod", ordered_at=NOW - timedelta(days=2)
    )
    await factories.order(session, older, status="returned", ordered_at=NOW - timedelta(days=60))
    order = [older, newer, overdue, evening, cart, old_cart, birthday, rich, poor]
    await factories.settle(session, *order)

    found = await listed(session, tanvir)
    assert [entry.customer_id for entry in found.entries] == order
    assert found.counts == {Part.CONFIRM: 2, Part.DUE: 2, Part.CART: 2, Part.WIN_BACK: 0, Part.BIRTHDAY: 1, Part.HOT: 4}
    assert [entry.part for entry in found.entries][-2:] == [None, None]
    assert [entry.customer_id for entry in found.of(Part.DUE)] == [overdue, evening]
    facts = found.entries[0].facts
    assert (facts.pending_amount, facts.pending_payment) == (Decimal(1890), PaymentMethod.COD)
    assert (facts.delivered, facts.returned) == (0, 1)


async def test_what_a_call_earns_ranks_and_not_what_was_spent(session: AsyncSession, tanvir: Staff) -> None:
    spender, answers, unowned = [await buyer(session, whose, amount=900) for whose in (tanvir, tanvir, None)]
    lead = await factories.customer(session, owner_id=tanvir.id)
    await factories.interaction(session, lead, outcome_code="interested", occurred_at=NOW - timedelta(days=4))
    await factories.order(session, spender, amount=9000, ordered_at=NOW - timedelta(days=45))
    await factories.settle(session, spender, lead)
    earns = {spender: 10.0, answers: 500.0, unowned: 200.0, lead: -3.0}
    for customer, value in earns.items():
        await session.execute(
            text("UPDATE call_ranking SET value = :value WHERE customer_id = :id"), {"id": customer, "value": value}
        )
    await session.commit()
    assert await ids(session, tanvir) == [answers, unowned, spender, lead]


async def test_who_sent_back_more_than_they_kept_is_not_offered(session: AsyncSession, tanvir: Staff) -> None:
    debtor = await buyer(session, tanvir, amount=100)
    back = await factories.order(session, debtor, amount=0, status="returned", lines=False)
    await factories.order_line(session, debtor, back, amount=-5000, quantity=-1, status="returned")
    await factories.settle(session, debtor)
    assert await ids(session, tanvir) == []


async def test_one_customer_of_several_kinds_is_one_entry(session: AsyncSession, tanvir: Staff) -> None:
    customer = await buyer(session, tanvir, **TODAY_MD)
    await factories.follow_up(session, customer, tanvir.id)
    await factories.dropoff(session, customer)
    await factories.settle(session, customer)
    (entry,) = (await listed(session, tanvir)).entries
    assert entry.part is Part.DUE
    assert entry.parts == {Part.DUE, Part.CART, Part.BIRTHDAY, Part.HOT}


async def test_nobody_is_on_a_list_without_a_reason(session: AsyncSession, tanvir: Staff) -> None:
    waiting = await buyer(session, tanvir, days=9)
    recovered = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, recovered, recovered=True, occurred_at=NOW - timedelta(days=5))
    bought_since = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, bought_since, occurred_at=NOW - timedelta(days=6))
    await factories.order(session, bought_since, ordered_at=NOW - timedelta(days=8))
    tomorrow = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, tomorrow, tanvir.id, due_at=NOW + timedelta(days=1))
    viewed = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, viewed, stage="product_view")
    await factories.settle(session, waiting, recovered, bought_since, tomorrow, viewed)
    assert await ids(session, tanvir) == [bought_since], "a drop-off after the order is open again"


async def test_who_is_not_to_be_called_now(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    forbidden = await buyer(session, tanvir, do_not_call_at=NOW - timedelta(days=1))
    rested = await buyer(session, tanvir)
    await factories.interaction(session, rested, occurred_at=NOW - timedelta(days=2))
    hunted = await buyer(session, tanvir)
    for back in range(3, 7):
        await factories.interaction(
            session, hunted, outcome_code="no_answer", occurred_at=NOW - timedelta(days=back), staff_id=tanvir.id
        )
    claimed = await buyer(session, tanvir)
    await factories.claim(session, claimed, nusrat.id)
    colleagues = await buyer(session, nusrat)
    await factories.settle(session, forbidden, rested, hunted, claimed, colleagues)
    assert await ids(session, tanvir) == []
    assert await ids(session, tanvir, NOW + timedelta(minutes=20)) == [claimed], "the claim has run out"
    assert set(await ids(session, tanvir, NOW + timedelta(days=1, minutes=1))) == {rested, claimed}
    assert set(await ids(session, tanvir, NOW + timedelta(days=12))) == {rested, hunted, claimed}


async def test_an_order_and_a_promise_are_called_though_spoken_to_lately(session: AsyncSession, tanvir: Staff) -> None:
    pending = await factories.customer(session, owner_id=tanvir.id)
    await factories.order(session, pending, status="pending")
    promised = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, promised, tanvir.id, due_at=NOW - timedelta(minutes=5))
    for customer in (pending, promised):
        await factories.interaction(session, customer, occurred_at=NOW - timedelta(hours=3))
        for back in range(5):
            await factories.interaction(
                session, customer, outcome_code="no_answer", occurred_at=NOW - timedelta(days=1, hours=back)
            )
    await factories.settle(session, pending, promised)
    assert await ids(session, tanvir) == [pending, promised]


async def test_orders_nobody_called_about_yet_are_confirmed_before_those_tried_in_vain(
    session: AsyncSession, tanvir: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old order of somebody who never answers does not come first again each morning."""
    days = (12, 5, 2, 1)
    stale, tried, older, fresh = [await factories.customer(session, owner_id=tanvir.id) for _ in days]
    for one, back in zip((stale, tried, older, fresh), days, strict=True):
        await factories.order(session, one, status="pending", ordered_at=NOW - timedelta(days=back))
        await factories.interaction(session, one, occurred_at=NOW - timedelta(days=13))
    for one in (stale, tried):
        await factories.interaction(session, one, outcome_code="no_answer", occurred_at=NOW - timedelta(hours=20))
    await factories.settle(session, stale, tried, older, fresh)
    assert await ids(session, tanvir) == [older, fresh, stale, tried]
    limits = await thresholds.load(session)
    for size in (1, 2, 3, 4):
        found = await calls.list_of_everybody(session, limits, now=NOW, size=size)
        assert [entry.customer_id for entry in found.entries] == [older, fresh, stale, tried][:size]
    monkeypatch.setattr(call_candidates, "LIMIT", 2)
    assert (await ids(session, tanvir))[:2] == [older, fresh], "no old ones leave out the new"


@pytest.mark.parametrize(
    ("contact", "by_staff", "called"),
    [
        ({"interaction_type": "sms"}, False, False),
        ({"interaction_type": "email"}, False, False),
        ({"interaction_type": "whatsapp"}, True, True),
        ({"interaction_type": "call", "outcome_code": "no_answer"}, False, True),
        ({"interaction_type": "call", "interaction_direction": "inbound"}, False, False),
    ],
    ids=["a program's SMS", "a program's mail", "a colleague's WhatsApp", "a call", "they called"],
)
async def test_a_program_s_message_is_no_call_about_the_order(
    session: AsyncSession, tanvir: Staff, contact: dict[str, str], by_staff: bool, called: bool
) -> None:
    """One that says "we have your order" puts nobody behind whose order came later, in no list."""
    old, new = [await factories.customer(session, owner_id=tanvir.id) for _ in range(2)]
    await factories.order(session, old, status="pending", ordered_at=NOW - timedelta(days=5))
    await factories.order(session, new, status="pending", ordered_at=NOW - timedelta(days=1))
    told = {"outcome_code": None} | contact
    await factories.interaction(session, old, **told, staff_id=tanvir.id if by_staff else None)
    await factories.settle(session, old, new)
    order = [new, old] if called else [old, new]
    assert await ids(session, tanvir) == order
    everybody = await calls.list_of_everybody(session, await thresholds.load(session), now=NOW, size=10)
    assert [entry.customer_id for entry in everybody.entries] == order
    place = text(
        "SELECT r.customer_id FROM call_rules n, call_ranking r, cdm_call_entry(r.customer_id, n) ORDER BY place"
    )
    assert (await session.execute(place)).scalars().all() == order


async def test_a_list_asks_of_those_alone_who_may_be_in_it_whether_their_calls_are_held(
    session: AsyncSession, tanvir: Staff
) -> None:
    """Not of everybody about whom it was ever asked, however long ago."""
    old = {"owner": tanvir.id, "bought": NOW - timedelta(days=200), "asked": NOW - timedelta(days=40)}
    many = text("INSERT INTO customers (first_name, owner_id) SELECT 'Asked', :owner FROM generate_series(1, 1000)")
    await session.execute(many, old)
    bought = "INSERT INTO sales_orders (customer_id, ordered_at, total_amount, status)"
    await session.execute(text(f"{bought} SELECT id, :bought, 900, 'completed' FROM customers"), old)
    customers = (await session.execute(text("SELECT id FROM customers"))).scalars().all()
    await factories.settle(session, *customers)
    await session.execute(
        text(
            """
            INSERT INTO customer_interactions (customer_id, staff_id, interaction_type, occurred_at, created_at, undo)
            SELECT id, :owner, 'other', :asked, :asked, '{"asks_no_calls": true}' FROM customers
            """
        ),
        old,
    )
    await session.execute(
        text("ANALYZE customers, customer_summary, call_ranking, sales_orders, customer_interactions")
    )
    await session.execute(text("SET LOCAL track_functions = 'all'"))
    assert len(await ids(session, tanvir)) == call_candidates.LIMIT
    found = await calls.list_of_everybody(session, await thresholds.load(session), now=NOW, size=10)
    assert len(found.entries) == 10
    worked_out = text("SELECT coalesce(pg_stat_get_xact_function_calls('cdm_asks_no_calls'::regproc), 0)")
    assert (await session.execute(worked_out)).scalar_one() < 1000


async def test_after_no_answer_others_come_first_for_two_hours(session: AsyncSession, tanvir: Staff) -> None:
    pending = await factories.customer(session, owner_id=tanvir.id)
    await factories.order(session, pending, status="pending")
    due = await buyer(session, tanvir)
    for customer in (pending, due):
        await factories.interaction(
            session, customer, outcome_code="no_answer", occurred_at=NOW - timedelta(minutes=1), staff_id=tanvir.id
        )
    await factories.settle(session, pending, due)
    assert await ids(session, tanvir) == []
    assert await ids(session, tanvir, NOW + timedelta(hours=2)) == [pending, due]
    await factories.follow_up(session, due, tanvir.id, due_at=NOW + timedelta(minutes=30))
    assert await ids(session, tanvir, NOW + timedelta(minutes=31)) == [due], "half an hour was agreed"


async def test_those_who_must_rest_leave_their_places_to_others(
    session: AsyncSession, tanvir: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_candidates, "LIMIT", 1)
    waiting = await buyer(session, tanvir, amount=9000, days=9)
    rested = await buyer(session, tanvir, amount=8000)
    await factories.interaction(session, rested)
    skipped = await buyer(session, tanvir, amount=7000)
    await skip(session, tanvir, skipped, Skip.NOT_TODAY, now=NOW, thresholds=await thresholds.load(session))
    poor = await buyer(session, tanvir, amount=100)
    await factories.settle(session, waiting, rested, poor)
    assert await ids(session, tanvir) == [poor]


async def test_a_household_is_one_call(session: AsyncSession, tanvir: Staff) -> None:
    first = await buyer(session, tanvir, amount=100)
    second = await buyer(session, tanvir, amount=9000, household_id=first)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": first})
    alone = await buyer(session, tanvir, amount=500)
    assert await ids(session, tanvir) == [second, alone]


@pytest.mark.parametrize(
    ("outcome", "ago", "free"),
    [
        ("connected", timedelta(hours=1), False),
        ("connected", timedelta(hours=10), False),
        ("connected", timedelta(hours=15), True),
        ("no_answer", timedelta(hours=1), False),
        ("no_answer", timedelta(hours=3), True),
    ],
    ids=str,
)
async def test_who_was_called_today_spares_the_household(
    session: AsyncSession, tanvir: Staff, outcome: str, ago: timedelta, free: bool
) -> None:
    """They share a phone; what is owed is owed all the same. It is a quarter past eleven."""
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    his = await buyer(session, tanvir, amount=100)
    hers = await buyer(session, nusrat, amount=900, household_id=his)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": his})
    await factories.interaction(session, his, outcome_code=outcome, occurred_at=NOW - ago)
    await factories.dropoff(session, hers)
    await factories.settle(session, his, hers)
    limits = await thresholds.load(session)

    async def called() -> list[int]:
        await set_as_of(session, NOW)
        seen = (await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))).scalars().all()
        everybody = await calls.list_of_everybody(session, limits, now=NOW, size=10)
        assert [entry.customer_id for entry in everybody.entries] == seen == await ids(session, nusrat)
        card = await customer360.card(session, nusrat, limits, hers, now=NOW)
        told = await recommendations.one(session, card.ref, limits, now=NOW, noted=True)
        assert [card.to_call, told.hindrance is None] == [bool(seen)] * 2
        assert (told.callable_from is None) is bool(seen)
        return list(seen)

    assert await called() == ([hers] if free else [])
    noted = (await session.execute(text("SELECT customer_id FROM recommendation_log"))).scalars().all()
    assert noted == ([hers] if free else []), "nobody was told to call her"
    await factories.order(session, hers, status="pending", ordered_at=NOW - timedelta(minutes=30))
    await factories.settle(session, hers)
    assert await called() == [hers]


@pytest.mark.parametrize(
    ("outcome", "owed", "callable_from"),
    [
        ("no_answer", None, timedelta(hours=1)),
        ("no_answer", "order", timedelta(hours=1)),
        ("connected", "order", timedelta(hours=1)),
        ("no_answer", "promise", timedelta(hours=1)),
        ("connected", "promise", None),
        ("no_answer", "half an hour", timedelta(minutes=30)),
    ],
)
async def test_whoever_was_just_tried_is_called_again_after_two_hours(
    session: AsyncSession, tanvir: Staff, outcome: str, owed: str | None, callable_from: timedelta | None
) -> None:
    """List, view, card and interface agree, of an order to confirm and a promised call too."""
    tried_at = NOW - timedelta(hours=1)
    hers = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, hers)
    if owed == "order":
        await factories.order(session, hers, status="pending", ordered_at=NOW - timedelta(days=1))
    elif owed is not None:
        due_at = NOW - timedelta(hours=2) if owed == "promise" else NOW + timedelta(minutes=30)
        await factories.follow_up(session, hers, tanvir.id, due_at=due_at)
    await factories.interaction(session, hers, outcome_code=outcome, occurred_at=tried_at, staff_id=tanvir.id)
    await factories.settle(session, hers)
    limits = await thresholds.load(session)

    async def told(at: datetime) -> tuple[Hindrance | None, datetime | None]:
        await set_as_of(session, at)
        seen = (await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))).scalars().all()
        assert await ids(session, tanvir, at) == seen
        card = await customer360.card(session, tanvir, limits, hers, now=at)
        one = await recommendations.one(session, card.ref, limits, now=at)
        assert [card.to_call, one.hindrance is None] == [bool(seen)] * 2
        assert card.advice.rests_until == one.callable_from
        return one.hindrance, one.callable_from

    if callable_from is None:
        assert await told(NOW) == (None, None)
    else:
        assert await told(NOW) == (Hindrance.JUST_TRIED, NOW + callable_from)
        assert await told(NOW + callable_from) == (None, None)


async def test_who_is_called_just_now_spares_the_household(session: AsyncSession, tanvir: Staff) -> None:
    """Be it a colleague or the agent: list, view, card and interface say so, of what is owed too."""
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    his = await buyer(session, tanvir, amount=100)
    hers = await buyer(session, nusrat, amount=900, household_id=his)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": his})
    await factories.order(session, hers, status="pending", ordered_at=NOW - timedelta(minutes=30))
    await factories.settle(session, hers)
    limits = await thresholds.load(session)
    until = NOW + timedelta(minutes=20)
    for caller in (tanvir, nusrat):
        await factories.claim(session, his, caller.id, expires_at=until)
        await set_as_of(session, NOW)
        card = await customer360.card(session, nusrat, limits, hers, now=NOW)
        assert card.kin_claim == Claim(caller.name, caller is nusrat, until)
        assert not card.to_call
        told = await recommendations.one(session, card.ref, limits, now=NOW, noted=True)
        assert (told.hindrance, told.callable_from) == (Hindrance.HOUSEHOLD_CLAIMED, until)
        seen = (await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))).scalars().all()
        assert (seen, await ids(session, nusrat)) == ([], [])
        await session.execute(text("DELETE FROM claims"))
    assert (await session.execute(text("SELECT count(*) FROM recommendation_log"))).scalar_one() == 0
    card = await customer360.card(session, nusrat, limits, hers, now=NOW)
    assert (card.kin_claim, card.to_call, await ids(session, nusrat)) == (None, True, [hers])


async def test_a_household_is_one_call_whosever_customers_they_are(session: AsyncSession, tanvir: Staff) -> None:
    """Two agents are not to call one family on one morning: who stands first is called, by whoever looks after them."""
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    hers = await buyer(session, nusrat, amount=9000)
    his = await buyer(session, tanvir, amount=100, household_id=hers)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": hers})
    await session.commit()

    async def lists() -> tuple[list[int], list[int], list[int]]:
        viewed = await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))
        return await ids(session, nusrat), await ids(session, tanvir), list(viewed.scalars())

    await set_as_of(session, NOW)
    assert await lists() == ([hers], [], [hers])
    await factories.claim(session, hers, nusrat.id)
    assert await lists() == ([hers], [], []), "she is at them just now"
    await session.execute(text("DELETE FROM claims"))
    leave = {"id": nusrat.id, "day": NOW.date()}
    await session.execute(
        text("INSERT INTO absences (staff_id, first_day, last_day, created_at) VALUES (:id, :day, :day, cdm_now())"),
        leave,
    )
    assert (await ids(session, tanvir)) == [his], "she is not here to call"
    await session.execute(text("DELETE FROM absences"))
    await factories.follow_up(session, his, tanvir.id)
    await factories.settle(session, his)
    await set_as_of(session, NOW)
    assert await lists() == ([], [his], [his]), "a promise comes before what somebody is worth"


async def test_who_is_at_one_of_a_household_is_sent_to_no_other_of_it(session: AsyncSession, tanvir: Staff) -> None:
    """It is the same phone, be the customer the agent has claimed to be called just now or not."""
    rested = await buyer(session, tanvir, amount=100)
    due = await buyer(session, tanvir, amount=9000, household_id=rested)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": rested})
    await factories.interaction(session, rested, occurred_at=NOW - timedelta(days=2))
    await factories.settle(session, rested, due)
    assert await ids(session, tanvir) == [due]
    await factories.claim(session, rested, tanvir.id, kind="alert")
    assert await ids(session, tanvir) == []
    await factories.claim(session, due, tanvir.id)
    assert await ids(session, tanvir) == [due], "and keeps whom they have"


@pytest.mark.parametrize(
    ("why", "away"),
    [
        (Skip.NOT_NOW, timedelta(hours=1)),
        (Skip.NOT_TODAY, timedelta(hours=12, minutes=50)),
        (Skip.BAD_SUGGESTION, timedelta(days=30)),
    ],
)
async def test_skipped_for_a_while(session: AsyncSession, tanvir: Staff, why: Skip, away: timedelta) -> None:
    customer = await buyer(session, tanvir)
    limits = await thresholds.load(session)
    assert await call_queue.claim_next(session, tanvir, limits, now=NOW)
    await skip(session, tanvir, customer, why, now=NOW, thresholds=limits)
    assert await ids(session, tanvir, NOW + away - timedelta(seconds=1)) == []
    assert await ids(session, tanvir, NOW + away) == [customer]
    assert (await session.execute(text("SELECT count(*) FROM claims"))).scalar_one() == 0


async def test_a_skip_does_not_hide_what_came_after_it(session: AsyncSession, tanvir: Staff) -> None:
    limits = await thresholds.load(session)
    ordered, left, promised = [await buyer(session, tanvir) for _ in range(3)]
    for customer in (ordered, left, promised):
        await skip(session, tanvir, customer, Skip.BAD_SUGGESTION, now=NOW, thresholds=limits)
    assert await ids(session, tanvir) == []
    later = NOW + timedelta(days=1)
    await factories.order(session, ordered, status="pending", ordered_at=later)
    await factories.dropoff(session, left, occurred_at=later)
    await factories.follow_up(session, promised, tanvir.id, due_at=later, created_at=later)
    await factories.settle(session, ordered, left, promised)
    assert await ids(session, tanvir, later + timedelta(hours=1)) == [ordered, promised, left]


async def test_the_next_is_claimed_for_a_while_and_only_one_at_a_time(session: AsyncSession, tanvir: Staff) -> None:
    rich, poor = await buyer(session, tanvir, amount=9000), await buyer(session, tanvir, amount=100)
    limits = await thresholds.load(session)
    claim = await call_queue.claim_next(session, tanvir, limits, now=NOW)
    assert claim is not None
    assert (claim.entry.customer_id, claim.total, claim.until) == (rich, 2, NOW + timedelta(minutes=20))
    await skip(session, tanvir, rich, Skip.NOT_NOW, now=NOW, thresholds=limits)
    claim = await call_queue.claim_next(session, tanvir, limits, now=NOW)
    assert claim is not None
    assert (claim.entry.customer_id, claim.total) == (poor, 1)
    held = await session.execute(text("SELECT customer_id FROM claims"))
    assert held.scalars().all() == [poor]


async def test_who_was_promised_a_later_hour_is_not_called_before(session: AsyncSession, tanvir: Staff) -> None:
    limits = await thresholds.load(session)
    evening = await factories.customer(session, owner_id=tanvir.id)
    await factories.follow_up(session, evening, tanvir.id)
    await factories.settle(session, evening)
    assert await ids(session, tanvir) == [evening]
    assert await call_queue.claim_next(session, tanvir, limits, now=NOW) is None
    coming = await call_queue.next_promise(session, tanvir, limits, now=NOW)
    assert coming is not None
    assert (coming.customer_id, coming.due_at) == (evening, NOW.replace(hour=18, minute=0))
    claim = await call_queue.claim_next(session, tanvir, limits, now=NOW.replace(hour=18, minute=0))
    assert claim is not None
    assert claim.entry.customer_id == evening


async def test_of_many_at_once_one_gets_the_customer(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as session:
        agents = [await people.get(session, await factories.staff(session)) for _ in range(8)]
        customer = await factories.customer(session)

    async def tap(agent: Staff, now: datetime) -> bool:
        async with sessions.begin() as session:
            until = now + timedelta(minutes=20)
            return await claims.claim(session, agent, customer, kind="queue", now=now, until=until) == until

    assert sum(await asyncio.gather(*(tap(agent, NOW) for agent in agents))) == 1
    later = NOW + timedelta(minutes=20)
    assert sum(await asyncio.gather(*(tap(agent, later) for agent in agents))) == 1, "it had run out"


async def test_the_unowned_are_called_by_one_agent_each(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        agents = [await people.get(session, await factories.staff(session)) for _ in range(4)]
        customers = {await buyer(session, None) for _ in range(12)}

    async def work(agent: Staff) -> list[int]:
        called = []
        for _ in range(len(customers)):
            async with sessions.begin() as session:
                limits = await thresholds.load(session)
                claim = await call_queue.claim_next(session, agent, limits, now=NOW)
                if claim is None:
                    break
                called.append(claim.entry.customer_id)
                await skip(session, agent, called[-1], Skip.NOT_TODAY, now=NOW, thresholds=limits)
        return called

    done = await asyncio.gather(*(work(agent) for agent in agents))
    assert sorted(customer for called in done for customer in called) == sorted(customers)


async def test_managers_and_agents_off_duty_have_only_their_own(session: AsyncSession, tanvir: Staff) -> None:
    manager = await people.get(session, await factories.staff(session, role="manager"))
    resting = await people.get(session, await factories.staff(session, working_days=[1, 2, 3]))
    mine = await buyer(session, resting)
    unowned = await buyer(session, None)
    assert await ids(session, manager) == []
    assert await ids(session, resting) == [mine]
    assert await ids(session, tanvir) == [unowned]


async def test_a_promise_to_an_unowned_customer_is_its_makers(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    for maker, other in ((tanvir, nusrat), (nusrat, tanvir)):
        customer = await buyer(session, None)
        await factories.follow_up(session, customer, maker.id)
        assert customer in await ids(session, maker)
        assert customer not in await ids(session, other)


async def test_a_promise_of_somebody_gone_is_the_owners(session: AsyncSession, tanvir: Staff) -> None:
    gone = await factories.staff(session, active=False)
    mine = await factories.customer(session, owner_id=tanvir.id)
    unowned = await factories.customer(session)
    for customer in (mine, unowned):
        await factories.follow_up(session, customer, gone)
    await factories.settle(session, mine, unowned)
    assert set(await ids(session, tanvir)) == {mine, unowned}


async def test_a_promise_for_a_customer_given_away_is_the_new_owners(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    customer = await factories.customer(session, owner_id=nusrat.id)
    await factories.follow_up(session, customer, tanvir.id, due_at=NOW - timedelta(hours=1))
    await factories.settle(session, customer)
    limits = await thresholds.load(session)
    for person, expected in ((tanvir, []), (nusrat, [customer])):
        assert await ids(session, person) == expected
        assert [one.customer_id for one in (await due.promises(session, person, limits, now=NOW)).all] == expected
        day = await my_day.my_day(session, person, limits, now=NOW)
        assert (day.due, day.overdue) == (len(expected), len(expected))
        coming = await call_queue.next_promise(session, person, limits, now=NOW - timedelta(hours=2))
        assert ([coming.customer_id] if coming else []) == expected


async def test_a_managers_promise_to_the_teams_customer_stays_the_managers(session: AsyncSession) -> None:
    mirpur = await factories.team(session)
    agent, manager = [
        await people.get(session, await factories.staff(session, role=role, team_id=mirpur))
        for role in ("agent", "manager")
    ]
    customer = await factories.customer(session, owner_id=agent.id)
    await factories.follow_up(session, customer, manager.id)
    await factories.settle(session, customer)
    assert await ids(session, manager) == [customer]
    assert await ids(session, agent) == []
    await session.execute(text("UPDATE staff SET active = false WHERE id = :id"), {"id": manager.id})
    assert await ids(session, agent) == [customer]


async def test_a_promise_in_a_colleagues_household_is_its_makers(session: AsyncSession, tanvir: Staff) -> None:
    nusrat = await people.get(session, await factories.staff(session, name="Nusrat"))
    head = await factories.customer(session, owner_id=nusrat.id)
    wife = await factories.customer(session, household_id=head)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": head})
    await factories.follow_up(session, wife, tanvir.id)
    await factories.settle(session, head, wife)
    assert await ids(session, tanvir) == [wife]
    assert await ids(session, nusrat) == []


@pytest.mark.parametrize(
    ("delivered", "ordered", "action"),
    [
        ((70, 40), None, NextAction.REORDER),
        ((70, 40), 10, None),
        ((70, 40), 30, NextAction.REORDER),
        ((300, 200), None, NextAction.WIN_BACK),
        ((300, 200), 10, None),
        ((300, 200), 89, None),
        ((300, 200), 90, NextAction.WIN_BACK),
    ],
)
async def test_nobody_is_asked_to_buy_again_what_is_on_its_way(
    session: AsyncSession, tanvir: Staff, delivered: tuple[int, ...], ordered: int | None, action: NextAction | None
) -> None:
    """The gap is counted from it too; what was never delivered keeps nobody from being called for ever."""
    customer = await factories.customer(session, owner_id=tanvir.id)
    for days in delivered:
        await factories.order(session, customer, ordered_at=NOW - timedelta(days=days))
    if ordered is not None:
        at = NOW - timedelta(days=ordered)
        await factories.order(session, customer, status="pending", ordered_at=at, confirmed_at=at)
    await factories.settle(session, customer)
    await factories.ranking(session, customer, value=100)
    wished = [] if action is None else [action]
    assert [entry.advice.next_action for entry in (await listed(session, tanvir)).entries] == wished
    view = text("SELECT next_action_code FROM ai_call_recommendations")
    assert (await session.execute(view)).scalars().all() == wished


async def test_a_new_lead_is_called_until_reached(session: AsyncSession, tanvir: Staff) -> None:
    lead = await factories.customer(session, owner_id=tanvir.id, created_at=NOW - timedelta(days=1))
    stale = await factories.customer(session, owner_id=tanvir.id, created_at=NOW - timedelta(days=8))
    unheard = {"outcome_code": "no_answer", "occurred_at": NOW - timedelta(days=5)}
    await factories.interaction(session, stale, **unheard)
    await factories.settle(session, lead, stale)
    assert await ids(session, tanvir) == [lead]
    await factories.interaction(session, lead, occurred_at=NOW - timedelta(minutes=5))
    await factories.settle(session, lead)
    assert await ids(session, tanvir) == []


@pytest.mark.parametrize(
    "order",
    [
        {"status": "cancelled"},
        {"status": "returned"},
        {"status": "pending", "confirmed_at": NOW - timedelta(days=2)},
    ],
    ids=["cancelled", "sent back", "on its way"],
)
async def test_whose_order_is_known_is_no_new_lead_whatever_became_of_it(
    session: AsyncSession, tanvir: Staff, order: dict[str, Any]
) -> None:
    """In no list, nor on the card; without the order they are called as soon as may be."""
    came = NOW - timedelta(days=12)
    lead, ordered = [await factories.customer(session, owner_id=tanvir.id, created_at=came) for _ in range(2)]
    await factories.order(session, ordered, ordered_at=came, **order)
    await factories.settle(session, lead, ordered)
    await session.execute(text("UPDATE customer_summary SET hot_until = NULL"))
    assert await ids(session, tanvir) == [lead]
    limits = await thresholds.load(session)
    everybody = await calls.list_of_everybody(session, limits, now=NOW, size=10)
    assert [entry.customer_id for entry in everybody.entries] == [lead]
    view = text("SELECT customer_id FROM ai_call_recommendations")
    assert (await session.execute(view)).scalars().all() == [lead]
    cards = [await customer360.card(session, tanvir, limits, one, now=NOW) for one in (lead, ordered)]
    assert [card.advice.next_action for card in cards] == [NextAction.CALL_NOW, NextAction.WAIT]


async def test_a_lead_whom_nobody_tried_is_not_lost_in_a_week_of_holidays(session: AsyncSession, tanvir: Staff) -> None:
    """It stays in the list, by what it is worth, for a month; once tried, for the week in which it is new."""
    ages = (6, 8, 29, 31)
    fresh, missed, oldest, gone = [
        await factories.customer(session, owner_id=tanvir.id, created_at=NOW - timedelta(days=days)) for days in ages
    ]
    await factories.settle(session, fresh, missed, oldest, gone)
    for value, one in enumerate((oldest, missed, fresh)):
        await factories.ranking(session, one, value=value)
    assert await ids(session, tanvir) == [fresh, missed, oldest]
    view = text("SELECT customer_id FROM ai_call_recommendations ORDER BY value DESC")
    assert (await session.execute(view)).scalars().all() == [fresh, missed, oldest]
    for one in (fresh, missed):
        hours = timedelta(hours=3)
        await factories.interaction(session, one, outcome_code="no_answer", occurred_at=NOW - hours)
    await factories.settle(session, fresh, missed)
    await factories.ranking(session, fresh, value=2)
    assert await ids(session, tanvir) == [fresh, oldest]

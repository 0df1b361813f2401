"""Who is held out of the call list, who never is, and that both sides are noted by one rule."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_candidates, call_queue, calls, staff, thresholds
from cdm_core.calls import CallList, Part
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import hold_out, shown
from cdm_core.recommend.shown import ShownIn
from cdm_core.staff import Staff
from cdm_core.tables import customers, settings
from cdm_core.thresholds import Thresholds
from cdm_core.words import NextAction
from tests import factories
from tests.factories import NOW

TODAY_MD = {"birth_month": NOW.month, "birth_day": NOW.day}
HALF = 0.5


@pytest.fixture(autouse=True)
async def ids_from_the_first(session: AsyncSession) -> None:
    """The lot falls by the customer's id: the same customers are drawn whatever tests ran before."""
    await session.execute(text("SELECT setval(pg_get_serial_sequence('customers', 'id'), 1, false)"))
    await session.commit()


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Tanvir"))


async def share(session: AsyncSession, value: float) -> Thresholds:
    await session.execute(update(settings).where(settings.c.key == "hold_out_share").values(value=str(value)))
    await session.commit()
    return await thresholds.load(session)


async def buyers(session: AsyncSession, owner: Staff | None, number: int, **columns: Any) -> list[int]:
    """Customers who are due to buy again, the dearest first."""
    made = []
    for place in range(number):
        one = await factories.customer(session, owner_id=owner and owner.id, **columns)
        for back in (40, 50):
            await factories.order(session, one, amount=90_000 - 1000 * place, ordered_at=NOW - timedelta(days=back))
        made.append(one)
    await factories.settle(session, *made)
    return made


async def drawn(session: AsyncSession, ids: list[int], day: date = NOW.date()) -> set[int]:
    rows = await session.execute(
        text("SELECT id FROM customers WHERE id = ANY(:ids) AND cdm_held_out(coalesce(household_id, id), :day)"),
        {"ids": ids, "day": day},
    )
    return set(rows.scalars())


async def listed(session: AsyncSession, person: Staff) -> CallList:
    await set_as_of(session, NOW)
    return await calls.call_list(session, person, await thresholds.load(session), now=NOW)


async def in_view(session: AsyncSession) -> set[int]:
    return set((await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))).scalars())


async def ids(session: AsyncSession, person: Staff) -> list[int]:
    return [entry.customer_id for entry in (await listed(session, person)).entries]


async def test_the_draw_is_even_nested_and_new_each_period(session: AsyncSession) -> None:
    draws = await session.execute(
        text("SELECT cdm_draw(n, 1) AS one, cdm_draw(n, 2) AS two FROM generate_series(1, 20000) n")
    )
    rows = draws.all()
    assert all(0 <= row.one < 1 for row in rows)
    for below in (0.05, 0.1, 0.5, 0.9):
        assert abs(sum(row.one < below for row in rows) / len(rows) - below) < 0.012
    assert {n for n, row in enumerate(rows) if row.one < 0.05} < {n for n, row in enumerate(rows) if row.one < 0.1}
    both = sum(row.one < 0.5 and row.two < 0.5 for row in rows) / len(rows)
    assert abs(both - 0.25) < 0.012, "who is drawn in one period says nothing of the next"


async def test_code_and_database_count_periods_alike(session: AsyncSession) -> None:
    for days in (1, 7, 31, 90, 365):
        await session.execute(update(settings).where(settings.c.key == "hold_out_days").values(value=str(days)))
        rules = await thresholds.load(session)
        for day in (date(2026, 11, 22), date(2026, 12, 31), date(1970, 1, 1), date(2040, 2, 29)):
            found = await session.execute(text("SELECT cdm_hold_out_period(:day)"), {"day": day})
            assert found.scalar_one() == hold_out.period(day, rules)
            last = hold_out.last_day(day, rules)
            assert hold_out.period(last, rules) == hold_out.period(day, rules)
            assert hold_out.period(last + timedelta(days=1), rules) == hold_out.period(day, rules) + 1


async def test_nobody_held_out_is_listed_by_value(session: AsyncSession, tanvir: Staff) -> None:
    everybody = await buyers(session, tanvir, 8) + await buyers(session, None, 8)
    assert set(await ids(session, tanvir)) == set(everybody)
    await share(session, HALF)
    out = await drawn(session, everybody)
    assert out, "of sixteen at a half somebody is drawn"
    found = await listed(session, tanvir)
    assert {entry.customer_id for entry in found.entries} == set(everybody) - out
    assert {entry.customer_id for entry in found.ranked if entry.held_out} == out
    assert {entry.propensity for entry in found.ranked} == {HALF}
    assert await in_view(session) == set(everybody) - out
    await share(session, 0.9)
    assert set(await ids(session, tanvir)) < set(everybody) - out, "a greater share holds out those of a smaller"
    await share(session, 0)
    assert set(await ids(session, tanvir)) == set(everybody)


async def test_the_held_out_who_never_rest_take_nobodys_place_on_the_list(
    session: AsyncSession, tanvir: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_candidates, "LIMIT", 6)
    limits = await share(session, HALF)
    made = await buyers(session, tanvir, 60)
    out = await drawn(session, made)
    assert out.intersection(made[:24]), "of 24 at a half somebody is drawn"
    # All of the dearest half who may be called were called yesterday: they rest, the held out do not.
    for one in [customer for customer in made[:24] if customer not in out]:
        await factories.interaction(session, one, occurred_at=NOW - timedelta(days=1), outcome_code="interested")
    await factories.settle(session, *made)

    left = [one for one in made[24:] if one not in out]
    assert await ids(session, tanvir) == left[:6]
    program = await calls.list_of_everybody(session, limits, now=NOW, size=6)
    assert [entry.customer_id for entry in program.entries] == left[:6]
    # Whom the list would show before the last of these is noted as held out, nobody behind.
    ranked = (await listed(session, tanvir)).ranked
    assert {entry.customer_id for entry in ranked if entry.held_out} == out.intersection(made[: made.index(left[5])])


async def test_whom_somebody_waits_for_is_never_held_out(session: AsyncSession, tanvir: Staff) -> None:
    await share(session, 0.999999)
    pending, promised, carted, alerted, by_value = await buyers(session, tanvir, 5)
    await factories.order(session, pending, status="pending", ordered_at=NOW - timedelta(hours=1))
    await factories.follow_up(session, promised, tanvir.id)
    await factories.dropoff(session, carted)
    birthday = await factories.customer(session, owner_id=tanvir.id, **TODAY_MD)
    await session.execute(
        text("INSERT INTO alerts (customer_id, sign, sign_at, raised_at) VALUES (:id, 'vip_back', :now, :now)"),
        {"id": alerted, "now": NOW},
    )
    chased = (await buyers(session, tanvir, 1))[0]
    campaign = await session.execute(text("SELECT min(id) FROM campaigns WHERE cause <> 'dropoff'"))
    await session.execute(
        text(
            "INSERT INTO campaign_tasks (customer_id, campaign_id, cause_id, caused_at, try_no, staff_id, local_date,"
            " created_at) VALUES (:id, :campaign, 1, :now, 1, :staff, :day, :now)"
        ),
        {
            "id": chased,
            "campaign": campaign.scalar_one(),
            "staff": tanvir.id,
            "day": NOW.date(),
            "now": NOW,
        },
    )
    relative = (await buyers(session, tanvir, 1))[0]
    await factories.relative(session, relative, **TODAY_MD)
    await factories.settle(session, pending, promised, carted, birthday, alerted, chased, relative)
    found = await listed(session, tanvir)
    assert {entry.customer_id for entry in found.entries} == {
        pending,
        promised,
        carted,
        birthday,
        alerted,
        chased,
        relative,
    }
    assert {entry.propensity for entry in found.entries} == {1.0}
    assert [entry.customer_id for entry in found.ranked if entry.held_out] == [by_value]
    assert await in_view(session) == {entry.customer_id for entry in found.entries}


async def test_a_household_stands_or_falls_together(session: AsyncSession, tanvir: Staff) -> None:
    """A promise to one of it brings it on the list, whoever of it is worth more."""
    await share(session, 0.999999)
    rich, poor = await buyers(session, tanvir, 2)
    await session.execute(update(customers).where(customers.c.id.in_([rich, poor])).values(household_id=rich))
    await factories.settle(session, rich, poor)
    found = await listed(session, tanvir)
    assert not found.entries
    assert [entry.customer_id for entry in found.ranked] == [rich]
    assert await in_view(session) == set()
    await factories.follow_up(session, poor, tanvir.id)
    await factories.settle(session, poor)
    found = await listed(session, tanvir)
    assert [(entry.customer_id, entry.part, entry.propensity) for entry in found.ranked] == [(poor, Part.DUE, 1.0)]


async def test_a_wish_is_never_held_out_however_urgent_the_customer_is(session: AsyncSession, tanvir: Staff) -> None:
    await share(session, 0.999999)
    (one,) = await buyers(session, tanvir, 1)
    await factories.order(session, one, ordered_at=NOW - timedelta(days=1))
    await factories.interaction(session, one, outcome_code="interested", occurred_at=NOW - timedelta(days=4))
    await factories.relative(session, one, **TODAY_MD)
    await factories.settle(session, one)
    (entry,) = (await listed(session, tanvir)).entries
    assert (entry.advice.next_action, entry.part, entry.propensity) == (NextAction.CALL_NOW, None, 1.0)
    assert await in_view(session) == {one}


async def test_a_promise_to_one_of_a_household_counts_whosever_customer_each_is(
    session: AsyncSession, tanvir: Staff
) -> None:
    await share(session, 0.999999)
    rima = await staff.get(session, await factories.staff(session, name="Rima"))
    (hers,), (his,) = await buyers(session, rima, 1), await buyers(session, tanvir, 1)
    await session.execute(update(customers).where(customers.c.id.in_([hers, his])).values(household_id=hers))
    await factories.settle(session, hers, his)
    both = [*(await listed(session, rima)).ranked, *(await listed(session, tanvir)).ranked]
    assert [(entry.customer_id, entry.held_out) for entry in both] == [(hers, True)]
    await factories.follow_up(session, his, tanvir.id)
    await factories.settle(session, his)
    both = [*(await listed(session, rima)).ranked, *(await listed(session, tanvir)).ranked]
    assert [(entry.customer_id, entry.propensity, entry.held_out) for entry in both] == [(his, 1.0, False)]


async def test_a_page_tells_of_whom_it_would_have_shown(session: AsyncSession, tanvir: Staff) -> None:
    """Each is told of on the page on which they would stand if they alone were not held out."""
    everybody = await buyers(session, tanvir, 14)
    await share(session, HALF)
    out = await drawn(session, everybody)
    found = await listed(session, tanvir)
    told: dict[int, int] = {}
    for page in range(5):
        for one in found.suggested(page * 3, 3):
            assert one.customer_id not in told, "told of once"
            told[one.customer_id] = page
    assert set(told) == set(everybody)
    for place, customer in enumerate(everybody):
        ahead = sum(other not in out for other in everybody[:place])
        assert told[customer] == ahead // 3
    assert {one.customer_id for one in found.suggested(0, 14) if one.held_out} == out
    assert [one.rank for one in found.suggested(0, 14) if not one.held_out] == list(
        range(1, len(everybody) - len(out) + 1)
    )


async def test_next_passes_over_them_and_notes_whom_it_passed(session: AsyncSession, tanvir: Staff) -> None:
    everybody = await buyers(session, tanvir, 8)
    rules = await share(session, HALF)
    out = await drawn(session, everybody)
    await set_as_of(session, NOW)
    claim = await call_queue.claim_next(session, tanvir, rules, now=NOW)
    assert claim is not None
    first = next(customer for customer in everybody if customer not in out)
    assert claim.entry.customer_id == first
    before = everybody[: everybody.index(first)]
    assert await noted(session) == {first: False} | dict.fromkeys(before, True)


async def test_an_empty_queue_notes_whom_it_holds_out(session: AsyncSession, tanvir: Staff) -> None:
    everybody = await buyers(session, tanvir, 3)
    rules = await share(session, 0.999999)
    await set_as_of(session, NOW)
    assert await call_queue.claim_next(session, tanvir, rules, now=NOW) is None
    assert await noted(session) == dict.fromkeys(everybody, True)


async def noted(session: AsyncSession) -> dict[int, bool]:
    rows = await session.execute(text("SELECT customer_id, held_out FROM recommendation_log"))
    return {row.customer_id: row.held_out for row in rows}


async def test_what_is_noted_says_how_it_was_drawn(session: AsyncSession, tanvir: Staff) -> None:
    (one,) = await buyers(session, tanvir, 1)
    rules = await share(session, 0.000001)
    found = await listed(session, tanvir)
    await shown.record(session, tanvir.id, ShownIn.LIST, found.suggested(0, 5), now=NOW, thresholds=rules)
    row = (await session.execute(text("SELECT * FROM recommendation_log"))).one()
    assert (row.customer_id, row.household_id, row.held_out, row.rank) == (one, one, False, 1)
    assert row.drawn_until == hold_out.last_day(NOW.date(), rules)
    assert row.propensity < 1
    assert (row.next_action, row.shown_in, row.staff_id) == ("reorder", "list", tanvir.id)


async def test_next_notes_nobody_held_out_whom_now_does_not_suit(session: AsyncSession, tanvir: Staff) -> None:
    """They would not have been called now either."""
    evening, any_time = await buyers(session, tanvir, 1, available_time="20:00-21:00"), await buyers(session, tanvir, 1)
    rules = await share(session, 0.999999)
    await set_as_of(session, NOW)
    assert await call_queue.claim_next(session, tanvir, rules, now=NOW) is None
    assert await noted(session) == {any_time[0]: True}
    later = NOW.replace(hour=20, minute=10)
    await set_as_of(session, later)
    await call_queue.claim_next(session, tanvir, rules, now=later)
    assert await noted(session) == {any_time[0]: True, evening[0]: True}

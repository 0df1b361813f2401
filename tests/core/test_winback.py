"""Win-back: who enters which campaign, who calls them when, and how a call ends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, calls, interactions, recovery, summary, thresholds, undo, winback, winback_outcomes
from cdm_core import dropoffs as left
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.calls import Part
from cdm_core.catch_up import catch_up
from cdm_core.contacts import Contact
from cdm_core.corrections import correct
from cdm_core.db.as_of import set_as_of
from cdm_core.interactions import Logged
from cdm_core.staff import Staff
from cdm_core.winback import Planned
from cdm_core.words import InteractionType, NextAction, Outcome, RecoveryBy
from tests import factories
from tests.factories import NOW

MORNING = NOW.replace(hour=8, minute=30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = NOW.date()


@dataclass(frozen=True, slots=True)
class Team:
    tanvir: Staff
    nusrat: Staff


@pytest.fixture
async def team(session: AsyncSession) -> Team:
    ids = [await factories.staff(session, name=name) for name in ("Tanvir", "Nusrat")]
    tanvir, nusrat = [await people.get(session, ident) for ident in ids]
    return Team(tanvir, nusrat)


async def customer(session: AsyncSession, owner: Staff | None = None, **columns: Any) -> int:
    return await factories.customer(session, owner_id=owner.id if owner else None, **columns)


async def cart(session: AsyncSession, owner: Staff | None = None, **columns: Any) -> int:
    """A new customer of ``owner`` who left a cart of ৳5,500 yesterday."""
    one = await customer(session, owner)
    await factories.dropoff(session, one, **{"occurred_at": NOW - DAY, **columns})
    await factories.settle(session, one)
    return one


async def went_quiet(
    session: AsyncSession, owner: Staff, *, days: int = 91, at: datetime | None = None, amount: int = 1250
) -> int:
    """A buyer whose last order was ``days`` ago, or at that time; the nights since counted them as what they are."""
    one = await customer(session, owner)
    bought = at or NOW - timedelta(days=days)
    await factories.order(session, one, amount=amount, ordered_at=bought)
    await set_as_of(session, bought + DAY)
    await factories.settle(session, one)
    await set_as_of(session, NOW)
    await factories.settle(session, one)
    return one


async def morning(session: AsyncSession, now: datetime = MORNING) -> Planned:
    await set_as_of(session, now)
    planned = await winback.plan(session, await thresholds.load(session), now=now)
    await session.commit()
    return planned


async def log(session: AsyncSession, person: Staff, one: int, outcome: Outcome, at: datetime, **said: Any) -> Logged:
    limits = await thresholds.load(session)
    ref = await access_customer(session, person, limits, one)
    await set_as_of(session, at)
    logged = await interactions.log(session, person, ref, Contact(at=at, outcome_code=outcome, **said), now=at)
    await session.commit()
    return logged


async def tasks(session: AsyncSession, what: str = "customer_id, staff_id, local_date") -> list[tuple[Any, ...]]:
    rows = await session.execute(text(f"SELECT {what} FROM campaign_tasks ORDER BY customer_id, id"))
    return [tuple(row) for row in rows]


async def states(session: AsyncSession) -> list[str]:
    return [state for (state,) in await tasks(session, "state")]


async def setting(session: AsyncSession, key: str, value: str) -> None:
    await session.execute(text("UPDATE settings SET value = :value WHERE key = :key"), {"key": key, "value": value})


# Who enters


async def test_a_cart_left_yesterday_is_called_for_today_by_the_owner(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir, reason="High shipping cost")
    assert await morning(session) == Planned(entered=1, again=0, moved=0, expired=0)
    assert await tasks(session, "customer_id, staff_id, local_date, try_no, stage, reason, cart_value, state") == [
        (one, team.tanvir.id, TODAY, 1, "add_to_cart", "High shipping cost", Decimal("5500.00"), "open")
    ]


async def test_a_second_time_on_the_same_day_nothing_changes(session: AsyncSession, team: Team) -> None:
    for _ in range(3):
        await cart(session, team.tanvir)
    await setting(session, "winback_tasks_per_day", "2")
    await morning(session)
    before = await tasks(session)
    assert await morning(session, MORNING + timedelta(hours=3)) == Planned(0, 0, 0, 0)
    assert await tasks(session) == before


async def test_neither_with_more_carts_than_the_week_has_room_for(session: AsyncSession, team: Team) -> None:
    await setting(session, "winback_tasks_per_day", "1")
    for owner, carts in ((team.tanvir, 15), (None, 60)):  # those of nobody fall to either agent
        for number in range(carts):
            await cart(session, owner, cart_value=100 + number)
    first = await morning(session)
    assert first.entered == 10  # two agents, Sunday to Thursday
    assert await morning(session, NOW) == Planned(0, 0, 0, 0)


async def test_a_cart_of_just_now_is_left_to_the_alerts(session: AsyncSession, team: Team) -> None:
    await cart(session, team.tanvir, occurred_at=MORNING - timedelta(minutes=119))
    assert (await morning(session)).entered == 0
    assert (await morning(session, MORNING + timedelta(minutes=5))).entered == 1


async def test_an_open_alert_comes_first(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await session.execute(
        text("INSERT INTO alerts (customer_id, sign, sign_at, raised_at) VALUES (:one, 'cart', :now, :now)"),
        {"one": one, "now": NOW},
    )
    assert (await morning(session)).entered == 0


@pytest.mark.parametrize("status", ["completed", "pending"])
async def test_a_buyer_is_not_chased(session: AsyncSession, team: Team, status: str) -> None:
    """Though the summary, which other systems' orders reach within a minute, does not know of it yet."""
    one = await cart(session, team.tanvir)
    await factories.order(session, one, status=status, ordered_at=NOW - timedelta(hours=20))
    assert (await morning(session)).entered == 0


def midnight(moment: datetime) -> datetime:
    """What a file with dates alone says of it."""
    return moment.replace(hour=0, minute=0)


@pytest.mark.parametrize(("known", "entered"), [(HOUR, 0), (-HOUR, 1)])
async def test_who_bought_the_cart_by_a_file_of_dates_is_not_chased(
    session: AsyncSession, team: Team, known: timedelta, entered: int
) -> None:
    """Unless we knew of the order before the cart was left."""
    one = await cart(session, team.tanvir)
    await factories.order(session, one, ordered_at=midnight(NOW - DAY), created_at=NOW - DAY + known)
    await factories.settle(session, one)
    assert (await morning(session)).entered == entered
    summed_up = text("SELECT dropoff_at FROM customer_summary WHERE customer_id = :id")
    assert (await session.execute(summed_up, {"id": one})).scalar_one() == (NOW - DAY if entered else None)


async def test_an_order_of_the_day_before_the_cart_or_of_the_next_is_not_of_that_day(
    session: AsyncSession, team: Team
) -> None:
    before, after = await cart(session, team.tanvir), await cart(session, team.tanvir)
    await factories.order(session, before, ordered_at=midnight(NOW - 2 * DAY))
    await factories.order(session, after, ordered_at=midnight(NOW))
    await morning(session)
    assert [one for one, *_ in await tasks(session)] == [before]


async def test_who_buys_by_a_file_of_dates_goes_quiet_too(session: AsyncSession, team: Team) -> None:
    """Nor is the last order, which is the cause, one that ends the chase."""
    one = await went_quiet(session, team.tanvir, at=midnight(NOW - 91 * DAY))
    assert (await morning(session)).entered == 1
    await catch_up_at(session, MORNING)
    assert await states(session) == ["open"]
    (entry,) = (await calls.call_list(session, team.tanvir, await thresholds.load(session), now=NOW)).entries
    assert (entry.customer_id, entry.part) == (one, Part.WIN_BACK)


async def test_a_cancelled_order_does_not_count(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await factories.order(session, one, status="cancelled", ordered_at=NOW - timedelta(hours=20))
    assert (await morning(session)).entered == 1


@pytest.mark.parametrize(
    "columns", [{"stage": "product_view"}, {"recovered": True}, {"occurred_at": NOW - timedelta(days=15)}]
)
async def test_what_is_worth_no_call(session: AsyncSession, team: Team, columns: dict[str, Any]) -> None:
    await cart(session, team.tanvir, **columns)
    assert (await morning(session)).entered == 0


async def test_who_is_not_to_be_called(session: AsyncSession, team: Team) -> None:
    forbids, refuses, rests, promised, tired = [await cart(session, team.tanvir) for _ in range(5)]
    await session.execute(
        text("UPDATE customers SET do_not_call_at = :now WHERE id = :id"), {"now": NOW, "id": forbids}
    )
    await session.execute(
        text("INSERT INTO consents (customer_id, channel, allowed, changed_at) VALUES (:id, 'call', false, :now)"),
        {"id": refuses, "now": NOW},
    )
    await factories.interaction(session, rests, occurred_at=NOW - 2 * DAY)
    await factories.follow_up(session, promised, team.tanvir.id, due_at=NOW + DAY)
    for hours in (40, 50, 60, 70):
        at = NOW - timedelta(hours=hours)
        await factories.interaction(session, tired, outcome_code="no_answer", occurred_at=at)
    await factories.settle(session, forbids, refuses, rests, promised, tired)
    assert (await morning(session)).entered == 0


async def test_a_buyer_who_went_quiet_enters_once(session: AsyncSession, team: Team) -> None:
    one = await went_quiet(session, team.tanvir)
    await went_quiet(session, team.tanvir, days=89)
    await went_quiet(session, team.tanvir, days=120)
    await morning(session)
    assert await tasks(session, "customer_id, stage, cart_value") == [(one, "first_buyer", None)]
    await log(session, team.tanvir, one, Outcome.NOT_INTERESTED, NOW)
    for days in (8, 12):
        assert (await morning(session, MORNING + timedelta(days=days))).entered == 0


async def test_the_narrowest_campaign_has_the_cart(session: AsyncSession, team: Team) -> None:
    await session.execute(
        text(
            """
            INSERT INTO campaigns (slug, name, cause, stage, min_value, greeting_en, greeting_bn)
            VALUES ('big', 'Big', 'dropoff', NULL, 5000, '', ''),
                   ('pay', 'Pay', 'dropoff', 'payment_failed', NULL, '', ''),
                   ('off', 'Off', 'dropoff', 'payment_failed', 100, '', '')
            """
        )
    )
    await session.execute(text("UPDATE campaigns SET active = false WHERE slug = 'off'"))
    await cart(session, team.tanvir, cart_value=100)
    await cart(session, team.tanvir, cart_value=5000)
    await cart(session, team.tanvir, cart_value=9000, stage="payment_failed")
    await morning(session)
    slugs = await session.execute(
        text("SELECT slug FROM campaign_tasks t JOIN campaigns k ON k.id = campaign_id ORDER BY cart_value")
    )
    assert slugs.scalars().all() == ["carts", "big", "pay"]


async def test_a_campaign_of_days_quiet(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE campaigns SET days_quiet = 60 WHERE slug = 'long-quiet'"))
    await went_quiet(session, team.tanvir, days=59)
    one = await went_quiet(session, team.tanvir, days=61)
    await went_quiet(session, team.tanvir, days=91)
    await morning(session)
    assert await tasks(session, "customer_id, stage") == [(one, "first_buyer")]


async def test_a_campaign_switched_off_takes_nobody(session: AsyncSession, team: Team) -> None:
    await session.execute(text("UPDATE campaigns SET active = false"))
    await cart(session, team.tanvir)
    await went_quiet(session, team.tanvir)
    assert (await morning(session)).entered == 0


# Who calls when


async def test_the_most_valuable_first_over_the_working_days_of_the_agent(session: AsyncSession, team: Team) -> None:
    await setting(session, "winback_tasks_per_day", "2")
    values = [100, 700, 300, 900, 500]
    ids = [await cart(session, team.tanvir, cart_value=value) for value in values]
    await absences.add(session, team.tanvir, TODAY + DAY, TODAY + DAY, by=team.tanvir, now=NOW, today=TODAY)
    await morning(session)
    days = {one: day for one, _, day in await tasks(session)}
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    assert [days[one] for one in ids] == [wednesday, TODAY, tuesday, TODAY, tuesday]


async def test_weekend_and_holidays_are_nobodys_days(session: AsyncSession, team: Team) -> None:
    await setting(session, "winback_tasks_per_day", "1")
    await setting(session, "holidays_extra", "2026-11-29 Strike")
    for _ in range(3):
        await cart(session, team.tanvir, occurred_at=NOW + 3 * DAY)
    thursday = MORNING + 4 * DAY
    await morning(session, thursday)
    assert sorted(day for _, _, day in await tasks(session)) == [
        date(2026, 11, 26), date(2026, 11, 30), date(2026, 12, 1)
    ]  # fmt: skip


async def test_what_finds_no_room_in_the_week_waits_outside(session: AsyncSession, team: Team) -> None:
    await setting(session, "winback_tasks_per_day", "1")
    for _ in range(8):
        await cart(session, team.tanvir)
    assert (await morning(session)).entered == 5  # Sunday to Thursday
    await log(session, team.tanvir, (await tasks(session))[0][0], Outcome.NOT_INTERESTED, NOW)
    assert (await morning(session, NOW)).entered == 0
    assert (await morning(session, MORNING + DAY)).entered == 1


async def test_a_more_valuable_cart_goes_before_those_planned(session: AsyncSession, team: Team) -> None:
    await setting(session, "winback_tasks_per_day", "1")
    small = await cart(session, team.tanvir, cart_value=100)
    await morning(session)
    big = await cart(session, team.tanvir, cart_value=9000)
    assert (await morning(session, MORNING + DAY)).moved == 1
    days = {one: day for one, _, day in await tasks(session)}
    assert (days[big], days[small]) == (TODAY + DAY, TODAY + 2 * DAY)


async def test_nobodys_customers_are_shared_and_stay_with_their_agent(session: AsyncSession, team: Team) -> None:
    for _ in range(12):
        await cart(session)
    await morning(session)
    given = {one: agent for one, agent, _ in await tasks(session)}
    assert set(given.values()) == {team.tanvir.id, team.nusrat.id}
    limits = await thresholds.load(session)
    await set_as_of(session, NOW)
    for person in (team.tanvir, team.nusrat):
        listed = await calls.call_list(session, person, limits, now=NOW)
        assert {entry.customer_id for entry in listed.of(Part.WIN_BACK)} == {
            one for one, agent in given.items() if agent == person.id
        }
    await morning(session, MORNING + DAY)
    assert {one: agent for one, agent, _ in await tasks(session)} == given


async def test_a_call_goes_with_the_customer_to_another_agent(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await session.execute(
        text("UPDATE customers SET owner_id = :heir WHERE id = :one"), {"heir": team.nusrat.id, "one": one}
    )
    assert (await morning(session, MORNING + DAY)).moved == 1
    assert await tasks(session) == [(one, team.nusrat.id, TODAY + DAY)]


async def test_a_call_nobody_got_round_to_is_given_up(session: AsyncSession, team: Team) -> None:
    await cart(session, team.tanvir)
    await morning(session)
    assert (await morning(session, MORNING + timedelta(days=13))).expired == 0
    assert (await morning(session, MORNING + timedelta(days=14))).expired == 1
    assert await states(session) == ["dropped"]
    assert await winback_outcomes.unsettled(session, now=NOW) == []


# The list and the card


async def test_it_is_in_the_list_when_the_cart_is_no_longer_fresh(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir, occurred_at=NOW - timedelta(days=8))
    limits = await thresholds.load(session)
    await set_as_of(session, NOW)
    assert (await calls.call_list(session, team.tanvir, limits, now=NOW)).entries == ()
    await morning(session)
    await set_as_of(session, NOW)
    (entry,) = (await calls.call_list(session, team.tanvir, limits, now=NOW)).entries
    assert (entry.customer_id, entry.part, entry.advice.next_action) == (one, Part.WIN_BACK, NextAction.WIN_BACK)
    assert entry.facts.win_back is not None
    assert (entry.facts.win_back.campaign, entry.facts.win_back.try_no, entry.facts.win_back.tries) == ("carts", 1, 2)


async def test_who_bought_a_minute_ago_is_in_no_list(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir, occurred_at=NOW - timedelta(days=8))
    await morning(session)
    await factories.order(session, one, ordered_at=NOW - timedelta(minutes=1))
    await set_as_of(session, NOW)
    assert (await calls.call_list(session, team.tanvir, await thresholds.load(session), now=NOW)).entries == ()


# How a call ends


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.CONNECTED, "contacted"),
        (Outcome.WHATSAPP_MESSAGE_SENT, "contacted"),
        (Outcome.NO_ANSWER, "tried"),
        (Outcome.NOT_INTERESTED, "dropped"),
        (Outcome.WRONG_NUMBER, "dropped"),
        (Outcome.DO_NOT_CALL, "dropped"),
    ],
)
async def test_a_logged_contact_ends_it_and_undoing_opens_it(
    session: AsyncSession, team: Team, outcome: Outcome, state: str
) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    logged = await log(session, team.tanvir, one, outcome, NOW)
    assert await tasks(session, "state, interaction_id, contacted_by") == [
        (state, logged.interaction_id, team.tanvir.id)
    ]
    limits = await thresholds.load(session)
    ref = await access_customer(session, team.tanvir, limits, one)
    await undo.undo(session, team.tanvir, ref, logged.interaction_id, now=NOW, thresholds=limits)
    assert await tasks(session, "state, interaction_id, contacted_by, settled_at") == [("open", None, None, None)]


async def test_a_remark_is_no_contact(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    limits = await thresholds.load(session)
    ref = await access_customer(session, team.tanvir, limits, one)
    remark = Contact(at=NOW, type=InteractionType.OTHER, description="likes honey")
    await interactions.log(session, team.tanvir, ref, remark, now=NOW)
    assert await states(session) == ["open"]


async def test_an_order_on_the_call_is_won_back_with_the_cart(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    logged = await log(session, team.tanvir, one, Outcome.ORDER_CONFIRMED, NOW, amount=Decimal(2450))
    assert logged.order is not None
    assert await tasks(session, "state, order_id, amount, contacted_by") == [
        ("recovered", logged.order.order_id, Decimal(2450), team.tanvir.id)
    ]
    assert await dropoffs(session) == [(True, team.tanvir.id)]
    limits = await thresholds.load(session)
    ref = await access_customer(session, team.tanvir, limits, one)
    await undo.undo(session, team.tanvir, ref, logged.interaction_id, now=NOW, thresholds=limits)
    await session.commit()
    assert await tasks(session, "state, order_id, amount") == [("open", None, None)]
    assert await dropoffs(session) == [(False, None)]
    assert len(await left.open_ones(session, team.tanvir, limits, now=NOW)) == 1


async def dropoffs(session: AsyncSession) -> list[tuple[Any, ...]]:
    rows = await session.execute(text("SELECT recovered, recovered_by FROM customer_dropoff_tracking ORDER BY id"))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("days", "state"), [(6, "recovered"), (8, "contacted")])
async def test_an_order_of_the_shop_is_credited_within_the_window(
    session: AsyncSession, team: Team, days: int, state: str
) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.INTERESTED, NOW)
    await factories.order(session, one, amount=5000, ordered_at=NOW + timedelta(days=days))
    await catch_up_at(session, NOW + timedelta(days=days))
    assert await states(session) == [state]


async def catch_up_at(session: AsyncSession, now: datetime) -> None:
    """As the minute's job does for what other systems wrote."""
    await session.commit()
    await set_as_of(session, now)
    await catch_up(session, await thresholds.load(session))
    await session.commit()


async def test_the_last_contact_before_the_order_has_the_credit(session: AsyncSession, team: Team) -> None:
    one = await cart(session)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await log(session, team.nusrat, one, Outcome.CONNECTED, NOW + DAY)
    await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW + 2 * DAY)
    await factories.order(session, one, ordered_at=NOW + 3 * DAY)
    await catch_up_at(session, NOW + 3 * DAY)
    assert await tasks(session, "state, contacted_by") == [("recovered", team.nusrat.id)]


async def test_an_order_without_a_contact_is_the_customers_own(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    order = await factories.order(session, one, ordered_at=NOW)
    await catch_up_at(session, NOW)
    assert await tasks(session, "state, order_id, contacted_by") == [("bought", order, None)]
    assert await dropoffs(session) == [(True, None)]
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW + timedelta(minutes=5))
    assert await states(session) == ["bought"]


async def test_confirming_the_order_the_customer_made_is_no_recovery(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await factories.order(session, one, status="pending", ordered_at=NOW)
    await log(session, team.tanvir, one, Outcome.ORDER_CONFIRMED, NOW + timedelta(hours=1))
    assert await tasks(session, "state, contacted_by") == [("bought", None)]


async def test_a_file_that_dates_the_order_to_midnight_takes_no_credit_away(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.ORDER_CONFIRMED, NOW, amount=Decimal(2450))
    await session.execute(
        text("UPDATE sales_orders SET ordered_at = :midnight, source = 'shop'"),
        {"midnight": NOW.replace(hour=0, minute=0)},
    )
    await catch_up_at(session, NOW + DAY)
    assert await states(session) == ["recovered"]


async def test_an_order_of_the_day_of_the_contact_may_have_come_after_it(session: AsyncSession, team: Team) -> None:
    """By a file of dates; of an order that was known before the contact one knows better."""
    later, earlier = [await cart(session, team.tanvir) for _ in range(2)]
    await morning(session)
    for one in (later, earlier):
        await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await factories.order(session, later, ordered_at=midnight(NOW), created_at=NOW + HOUR)
    await factories.order(session, earlier, ordered_at=midnight(NOW), created_at=NOW - HOUR)
    await catch_up_at(session, NOW + HOUR)
    assert await tasks(session, "state, contacted_by, settled_at") == [
        ("recovered", team.tanvir.id, NOW),
        ("bought", None, midnight(NOW)),
    ]
    assert await dropoffs(session) == [(True, team.tanvir.id), (True, None)]


async def test_an_order_that_is_cancelled_was_not_won_back(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    order = await factories.order(session, one, ordered_at=NOW + DAY)
    await catch_up_at(session, NOW + DAY)
    await session.execute(text("UPDATE sales_orders SET status = 'cancelled' WHERE id = :id"), {"id": order})
    await catch_up_at(session, NOW + 2 * DAY)
    assert await tasks(session, "state, order_id, amount") == [("contacted", None, None)]
    assert await dropoffs(session) == [(False, None)]


async def test_a_correction_is_followed(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    logged = await log(session, team.tanvir, one, Outcome.NOT_INTERESTED, NOW)
    limits = await thresholds.load(session)
    ref = await access_customer(session, team.tanvir, limits, one)
    await correct(
        session, team.tanvir, ref, logged.interaction_id, now=NOW, thresholds=limits, outcome_code=Outcome.CONNECTED
    )
    assert await states(session) == ["contacted"]


async def test_marking_the_cart_recovered_ends_the_call(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    ref = await access_customer(session, team.tanvir, await thresholds.load(session), one)
    await left.recover(session, ref, now=NOW)
    assert await states(session) == ["dropped"]


async def test_what_was_missed_is_settled_by_the_job(session: AsyncSession, team: Team) -> None:
    one, other = await cart(session, team.tanvir), await cart(session, team.tanvir)
    await morning(session)
    await factories.order(session, one, ordered_at=NOW)
    await session.execute(text("UPDATE customers SET do_not_call_at = :now WHERE id = :id"), {"now": NOW, "id": other})
    await session.execute(text("DELETE FROM stale_customers"))
    behind = await winback_outcomes.unsettled(session, now=NOW)
    assert behind == sorted([one, other])
    await winback_outcomes.settle_all(session, behind, now=NOW)
    assert await states(session) == ["bought", "dropped"]
    assert await winback_outcomes.unsettled(session, now=NOW) == []
    live = text("SELECT dropoff_at FROM customer_numbers WHERE customer_id = :id")
    kept = text("SELECT dropoff_at FROM customer_summary WHERE customer_id = :id")
    assert (await session.execute(live, {"id": one})).one() == (await session.execute(kept, {"id": one})).one()


# Trying again


async def test_a_second_try_after_the_days_between(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW)
    assert (await morning(session, MORNING + 2 * DAY)).again == 0  # not yet two days since
    assert (await morning(session, MORNING + 3 * DAY)).again == 1
    await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW + 3 * DAY)
    assert (await morning(session, MORNING + 9 * DAY)).again == 0
    assert await tasks(session, "try_no, state") == [(1, "tried"), (2, "tried")]


async def test_the_cooldown_holds_for_the_second_try_too(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    assert (await morning(session, NOW + 3 * DAY - timedelta(minutes=1))).again == 0
    assert (await morning(session, NOW + 3 * DAY)).again == 1


async def test_the_order_is_won_back_by_one_try_alone(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await morning(session, MORNING + 4 * DAY)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW + 4 * DAY)
    await factories.order(session, one, ordered_at=NOW + 5 * DAY)
    await catch_up_at(session, NOW + 5 * DAY)
    assert await states(session) == ["contacted", "recovered"]


async def brought(session: AsyncSession, first: date = TODAY, last: date = TODAY + 7 * DAY) -> tuple[int, int, int]:
    """Reached, won back, bought by themselves."""
    found = await recovery.total(session, first, last)
    return found.contacted, found.recovered, found.bought


async def test_an_order_before_the_second_try_ends_the_chase(session: AsyncSession, team: Team) -> None:
    """Won back by the first, it is nobody's own doing; cancelled, the second try is to be made after all."""
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await morning(session, MORNING + 4 * DAY)
    order = await factories.order(session, one, ordered_at=NOW + 4 * DAY)
    await catch_up_at(session, NOW + 4 * DAY)
    assert await states(session) == ["recovered", "dropped"]
    assert await brought(session) == (1, 1, 0)
    assert await dropoffs(session) == [(True, team.tanvir.id)]
    assert await winback_outcomes.unsettled(session, now=NOW + 5 * DAY) == []
    await session.execute(text("UPDATE sales_orders SET status = 'cancelled' WHERE id = :id"), {"id": order})
    await catch_up_at(session, NOW + 5 * DAY)
    assert await states(session) == ["contacted", "open"]
    assert await dropoffs(session) == [(False, None)]


async def test_an_attempt_in_vain_takes_no_order_from_the_first_try(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await morning(session, MORNING + 4 * DAY)
    await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW + 4 * DAY)
    await factories.order(session, one, ordered_at=NOW + 5 * DAY)
    await catch_up_at(session, NOW + 5 * DAY)
    assert await states(session) == ["recovered", "tried"]
    assert await brought(session) == (1, 1, 0)


async def test_an_order_that_becomes_the_first_trys_stays_won_back(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    logged = await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW)
    await morning(session, MORNING + 4 * DAY)
    await factories.order(session, one, ordered_at=NOW + 4 * DAY)
    await catch_up_at(session, NOW + 4 * DAY)
    assert (await states(session), await dropoffs(session)) == (["tried", "bought"], [(True, None)])
    said = text("UPDATE customer_interactions SET outcome_code = 'connected' WHERE id = :id")
    await session.execute(said, {"id": logged.interaction_id})
    await winback_outcomes.settle_all(session, [one], now=NOW + 4 * DAY)
    assert (await states(session), await dropoffs(session)) == (["recovered", "dropped"], [(True, team.tanvir.id)])


async def test_a_chase_of_two_agents_is_that_of_who_reached_the_customer_last(
    session: AsyncSession, team: Team
) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.CONNECTED, NOW)
    await session.execute(text("UPDATE customers SET owner_id = :heir"), {"heir": team.nusrat.id})
    await factories.settle(session, one)
    await morning(session, MORNING + 4 * DAY)
    await log(session, team.nusrat, one, Outcome.INTERESTED, NOW + 4 * DAY)
    whole = await recovery.total(session, TODAY, TODAY + 4 * DAY)
    (agent,) = await recovery.figures(session, RecoveryBy.AGENT, TODAY, TODAY + 4 * DAY)
    assert (agent.key, agent.chased, agent.contacted) == ("Nusrat", whole.chased, whole.contacted) == ("Nusrat", 1, 1)


async def test_a_wrong_number_reached_nobody(session: AsyncSession, team: Team) -> None:
    """So an order after it was not won back either."""
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.WRONG_NUMBER, NOW)
    assert (await recovery.total(session, TODAY, TODAY)).chased == 1
    assert await brought(session) == (0, 0, 0)
    await factories.order(session, one, ordered_at=NOW + DAY)
    await catch_up_at(session, NOW + DAY)
    assert await brought(session) == (0, 0, 1)
    assert await dropoffs(session) == [(True, None)]


async def test_an_order_counts_in_the_week_in_which_it_came(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.INTERESTED, NOW)
    assert await brought(session, last=TODAY) == (1, 0, 0)
    await factories.order(session, one, ordered_at=NOW + 3 * DAY)
    await catch_up_at(session, NOW + 3 * DAY)
    assert await brought(session, TODAY + DAY, TODAY + 7 * DAY) == (1, 1, 0)


async def test_somebody_busy_with_another_chase_does_not_enter_a_second(session: AsyncSession, team: Team) -> None:
    one = await went_quiet(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.NO_ANSWER, NOW)
    await factories.dropoff(session, one, occurred_at=NOW + DAY)
    await factories.settle(session, one)
    assert (await morning(session, MORNING + 3 * DAY)).entered == 0
    assert await morning(session, MORNING + 8 * DAY) == Planned(entered=0, again=1, moved=0, expired=0)


async def test_summary_holds_what_the_view_says_afterwards(session: AsyncSession, team: Team) -> None:
    one = await cart(session, team.tanvir)
    await morning(session)
    await log(session, team.tanvir, one, Outcome.ORDER_CONFIRMED, NOW, amount=Decimal(900))
    kept = (await session.execute(text("SELECT * FROM customer_summary WHERE customer_id = :id"), {"id": one})).one()
    await summary.refresh(session, await summary.begin_write(session, [one]))
    assert (
        await session.execute(text("SELECT * FROM customer_summary WHERE customer_id = :id"), {"id": one})
    ).one() == kept

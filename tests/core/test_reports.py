"""What a team got done: counted once, by business day, for whom it concerns."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import report_scope, reports, staff, thresholds
from cdm_core.my_day import my_day
from cdm_core.report_scope import Scope
from cdm_core.reports import Report, Span, Trade, Work
from cdm_core.tables import campaign_tasks, campaigns, sales_orders, teams
from tests import factories
from tests.factories import NOW

TODAY = date(2026, 11, 22)
THURSDAY = date(2026, 11, 19)
EVERYBODY = Scope()


@dataclass(frozen=True, slots=True)
class House:
    """Two teams of one agent each; Nusrat's is led by Farhana."""

    mirpur: int
    nusrat: int
    farhana: int
    tanvir: int
    hers: int
    his: int
    nobodys: int


@pytest.fixture
async def house(session: AsyncSession) -> House:
    mirpur, other = await factories.team(session, name="Mirpur"), await factories.team(session)
    nusrat = await factories.staff(session, name="Nusrat", team_id=mirpur)
    farhana = await factories.staff(session, name="Farhana", role="manager", team_id=mirpur)
    tanvir = await factories.staff(session, name="Tanvir", team_id=other)
    await session.execute(update(teams).where(teams.c.id == mirpur).values(lead_id=farhana))
    found = House(
        mirpur=mirpur,
        nusrat=nusrat,
        farhana=farhana,
        tanvir=tanvir,
        hers=await factories.customer(session, owner_id=nusrat),
        his=await factories.customer(session, owner_id=tanvir),
        nobodys=await factories.customer(session),
    )
    await factories.settle(session, found.hers, found.his, found.nobodys)
    return found


async def told(session: AsyncSession, scope: Scope = EVERYBODY, span: Span | None = None) -> Report:
    limits = await thresholds.load(session)
    return await reports.report(session, scope, span or reports.one_day(TODAY, limits), limits, now=NOW)


async def call(session: AsyncSession, customer: int, person: int, **columns: Any) -> int:
    given = {"staff_id": person, "occurred_at": NOW - timedelta(hours=1), **columns}
    return await factories.interaction(session, customer, **given)


async def confirmed(session: AsyncSession, customer: int, person: int, amount: int, at: datetime = NOW) -> None:
    order = await factories.order(session, customer, amount=amount, status="pending", ordered_at=at)
    values = {"confirmed_by": person, "confirmed_at": at}
    await session.execute(update(sales_orders).where(sales_orders.c.id == order).values(values))


async def test_a_day_against_the_last_working_day(session: AsyncSession, house: House) -> None:
    limits = await thresholds.load(session)
    assert reports.one_day(TODAY, limits) == Span(TODAY, TODAY, THURSDAY, THURSDAY)
    assert reports.one_day(THURSDAY, limits).before_last == date(2026, 11, 18)


async def test_days_against_as_many_before(session: AsyncSession) -> None:
    assert reports.days_up_to(TODAY, 7) == Span(date(2026, 11, 16), TODAY, date(2026, 11, 9), date(2026, 11, 15))


async def test_the_same_numbers_as_each_sees_with_me(session: AsyncSession, house: House) -> None:
    limits = await thresholds.load(session)
    first = await call(session, house.hers, house.nusrat)
    await call(session, house.hers, house.nusrat, outcome_code="no_answer")
    await call(session, house.hers, house.nusrat, undone_at=NOW)
    await call(session, house.hers, house.nusrat, interaction_type="whatsapp")
    await factories.follow_up(
        session, house.hers, house.nusrat, interaction_id=first, due_at=NOW - timedelta(minutes=5)
    )
    await confirmed(session, house.hers, house.nusrat, 2450)
    await session.commit()
    mine = await my_day(session, await staff.get(session, house.nusrat), limits, now=NOW)
    found = await told(session)
    (agent,) = [one for one in found.agents if one.name == "Nusrat"]
    today = mine.today
    assert agent.total == Work(today.calls, today.answered, today.orders, today.amount, due=1)
    assert (agent.total.calls, agent.total.answered, agent.total.amount) == (2, 1, Decimal(2450))
    assert found.work == agent.total
    assert found.overdue == mine.overdue == 1


async def test_a_team_and_everybody(session: AsyncSession, house: House) -> None:
    await call(session, house.hers, house.nusrat)
    await call(session, house.his, house.tanvir)
    for customer in (house.hers, house.his, house.nobodys):
        await factories.order(session, customer, amount=100, ordered_at=NOW - timedelta(hours=1))
        await factories.dropoff(session, customer)
    team = await told(session, Scope(house.mirpur, "Mirpur"))
    assert [agent.name for agent in team.agents] == ["Nusrat"]
    assert (team.work.calls, team.trade) == (1, Trade(2, Decimal(200), 0, 2))
    everybody = await told(session)
    assert [agent.name for agent in everybody.agents] == ["Nusrat", "Tanvir"]
    assert (everybody.work.calls, everybody.trade) == (2, Trade(3, Decimal(300), 0, 3))


async def test_orders_count_while_they_stand(session: AsyncSession, house: House) -> None:
    """Those by phone as all."""
    for status in ("completed", "pending", "cancelled", "returned"):
        order = await factories.order(session, house.hers, amount=100, status=status, ordered_at=NOW)
        confirmed = {"confirmed_by": house.nusrat, "confirmed_at": NOW}
        await session.execute(update(sales_orders).where(sales_orders.c.id == order).values(confirmed))
    found = await told(session)
    assert (found.trade.orders, found.trade.revenue) == (2, Decimal(200))
    assert (found.work.orders, found.work.amount) == (2, Decimal(200))


async def test_days_are_business_days(session: AsyncSession, house: House) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    await call(session, house.hers, house.nusrat, occurred_at=midnight)
    await call(session, house.hers, house.nusrat, occurred_at=midnight - timedelta(seconds=1))
    await call(session, house.hers, house.nusrat, occurred_at=NOW - timedelta(days=3))
    found = await told(session)
    assert (found.work.calls, found.work_before.calls) == (1, 1)
    week = await told(session, span=reports.days_up_to(TODAY, 7))
    assert [day.work.calls for day in week.days] == [0, 0, 0, 1, 0, 1, 1]
    assert [day for day, _ in week.agents[0].days] == [THURSDAY, date(2026, 11, 21), TODAY]
    assert week.work_before == Work()


async def test_a_promise_is_kept_by_a_contact(session: AsyncSession, house: House) -> None:
    """Another promise keeps it too; one that was called off is none; what is due later today does not count yet."""
    for status, closed_by in (("done", None), ("replaced", 7), ("replaced", None), ("cancelled", None), ("open", None)):
        customer = await factories.customer(session)
        due = {"status": status, "closed_by": closed_by, "due_at": NOW - timedelta(hours=1)}
        await factories.follow_up(session, customer, house.nusrat, **due)
    await factories.follow_up(session, await factories.customer(session), house.nusrat)
    found = await told(session)
    assert (found.work.due, found.work.kept, found.overdue) == (3, 2, 1)


async def test_who_may_not_be_called_is_not_overdue(session: AsyncSession, house: House) -> None:
    quiet = await factories.customer(session, do_not_call_at=NOW)
    await factories.follow_up(session, quiet, house.nusrat, due_at=NOW - timedelta(hours=1))
    assert (await told(session)).overdue == 0


async def test_new_leads_are_not_old_customers_who_were_brought_in(session: AsyncSession, house: House) -> None:
    await factories.customer(session, created_at=NOW)
    buyer = await factories.customer(session, created_at=NOW - timedelta(hours=2))
    await factories.order(session, buyer, ordered_at=NOW - timedelta(hours=1))
    brought_in = await factories.customer(session, created_at=NOW)
    await factories.order(session, brought_in, ordered_at=NOW - timedelta(days=400))
    assert (await told(session)).trade.leads == 2


async def test_carts_left(session: AsyncSession, house: House) -> None:
    """A customer counts once, whatever they left."""
    for stage in ("add_to_cart", "payment_failed"):
        await factories.dropoff(session, house.hers, stage=stage)
    await factories.dropoff(session, house.his, recovered=True, recovered_at=NOW)
    await factories.dropoff(session, house.nobodys)
    await factories.dropoff(session, await factories.customer(session), stage="product_view")
    assert (await told(session)).trade.carts_left == 3


async def test_won_back_is_one_number(session: AsyncSession, house: House) -> None:
    """By day and agent as in all, on the day of the order; a cart that was marked by hand is none."""
    marked = {"recovered": True, "recovered_at": NOW, "recovered_by": house.nusrat}
    await factories.dropoff(session, house.hers, **marked)
    for customer, person, state, days in (
        (house.hers, house.nusrat, "recovered", 0),
        (house.his, house.tanvir, "contacted", 0),
        (house.nobodys, house.tanvir, "tried", 3),
    ):
        task = {"customer_id": customer, "staff_id": person, "state": state, "cause_id": customer}
        done = {"interaction_id": 1, "contacted_by": person, "settled_at": NOW - timedelta(days=days)}
        campaign = select(campaigns.c.id).where(campaigns.c.slug == "carts").scalar_subquery()
        times = {"caused_at": NOW, "created_at": NOW, "local_date": THURSDAY}
        await session.execute(insert(campaign_tasks).values(campaign_id=campaign, **task, **done, **times))
    found = await told(session)
    assert (found.win_back.chased, found.win_back.contacted, found.win_back.recovered) == (2, 2, 1)
    assert {agent.name: agent.total.won_back for agent in found.agents} == {"Nusrat": 1, "Tanvir": 0}
    assert (found.work.won_back, [day.work.won_back for day in found.days]) == (1, [1])
    assert (found.win_back_before.chased, found.win_back_before.rate) == (1, None)
    assert (await told(session, Scope(house.mirpur, "Mirpur"))).win_back.rate == 1


async def test_the_best_first_and_nobody_for_nothing(session: AsyncSession, house: House) -> None:
    await factories.staff(session, name="Asif", active=False, team_id=house.mirpur)
    gone = await factories.staff(session, name="Gone", active=False, team_id=house.mirpur)
    await call(session, house.nobodys, gone)
    await confirmed(session, house.his, house.tanvir, 500)
    await confirmed(session, house.hers, house.nusrat, 900)
    await call(session, house.nobodys, house.farhana)
    assert [agent.name for agent in (await told(session)).agents] == ["Nusrat", "Tanvir", "Farhana", "Gone"]


async def test_nothing_done_is_idle_whatever_the_shop_sold(session: AsyncSession, house: House) -> None:
    await factories.order(session, house.hers, ordered_at=NOW)
    assert (await told(session)).idle
    await call(session, house.hers, house.nusrat)
    assert not (await told(session)).idle


async def test_whose_numbers_one_is_told(session: AsyncSession, house: House) -> None:
    admin = await factories.staff(session, name="Rafiq", role="admin", team_id=house.mirpur)
    manager = await factories.staff(session, name="Joya", role="manager")
    member = await factories.staff(session, name="Mitu", role="manager", team_id=house.mirpur)
    await session.commit()
    mirpur = Scope(house.mirpur, "Mirpur")
    scopes = {
        person: await report_scope.scope(session, await staff.get(session, person))
        for person in (admin, manager, member, house.farhana, house.nusrat)
    }
    assert scopes == {
        admin: EVERYBODY,
        manager: EVERYBODY,
        member: mirpur,
        house.farhana: mirpur,
        house.nusrat: None,
    }
    await session.execute(update(teams).where(teams.c.id == house.mirpur).values(lead_id=house.nusrat))
    assert await report_scope.scope(session, await staff.get(session, house.nusrat)) == mirpur
    told_of = {person.name for person, _ in await report_scope.readers(session)}
    assert told_of == {"Rafiq", "Joya", "Mitu", "Farhana", "Nusrat"}


async def test_a_shop_without_people(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM staff"))
    found = await told(session)
    assert found.idle
    assert found.agents == ()

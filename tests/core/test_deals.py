"""The daily deal: one agent a household, stable all day, even over the agents."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import deals, duty, thresholds
from tests import factories
from tests.factories import NOW

TODAY = NOW.date()


@pytest.fixture
async def agents(session: AsyncSession) -> list[int]:
    return [await factories.staff(session, name=name) for name in ("Tanvir", "Nusrat", "Shuvo")]


async def test_even_and_stable_all_day(session: AsyncSession, agents: list[int]) -> None:
    customers = [await factories.customer(session) for _ in range(90)]
    morning = await deals.whose(session, TODAY, customers, agents)
    assert morning.keys() == set(customers)
    assert all(15 <= number <= 50 for number in Counter(morning.values()).values())
    newcomer = await factories.staff(session)
    assert await deals.whose(session, TODAY, customers, [agents[0], newcomer]) == morning
    assert await deals.whose(session, TODAY, customers, []) == morning


async def test_who_stays_keeps_most_the_next_day(session: AsyncSession, agents: list[int]) -> None:
    customers = [await factories.customer(session) for _ in range(60)]
    today = await deals.whose(session, TODAY, customers, agents)
    tomorrow = await deals.whose(session, TODAY + timedelta(days=1), customers, agents[:2])
    assert all(tomorrow[one] == today[one] for one in customers if today[one] in agents[:2])


async def test_with_nobody_on_duty_nobody_gets_them(session: AsyncSession, agents: list[int]) -> None:
    customer = await factories.customer(session)
    assert await deals.whose(session, TODAY, [customer], []) == {}
    assert await deals.whose(session, TODAY, [], agents) == {}


async def test_owner_then_promise_then_household_then_deal(session: AsyncSession, agents: list[int]) -> None:
    tanvir, nusrat, shuvo = agents
    head = await factories.customer(session, owner_id=tanvir)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": head})
    wife = await factories.customer(session, household_id=head)
    promised = await factories.customer(session)
    await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": promised})
    brother = await factories.customer(session, household_id=promised)
    await factories.follow_up(session, promised, nusrat)
    left = await factories.customer(session)
    await factories.follow_up(session, left, await factories.staff(session, active=False))
    son = await factories.customer(session, household_id=head)
    await factories.follow_up(session, son, nusrat)
    found = await deals.whose(session, TODAY, [head, wife, son, promised, brother, left], [shuvo])
    assert found == {head: tanvir, wife: tanvir, son: nusrat, promised: nusrat, brother: nusrat, left: shuvo}


async def test_a_household_goes_together(session: AsyncSession, agents: list[int]) -> None:
    for _ in range(10):
        first = await factories.customer(session)
        second = await factories.customer(session, household_id=first)
        await session.execute(text("UPDATE customers SET household_id = id WHERE id = :id"), {"id": first})
        assert len(set((await deals.whose(session, TODAY, [second, first], agents)).values())) == 1


async def test_foretold_and_not_made(session: AsyncSession, agents: list[int]) -> None:
    customers = [await factories.customer(session) for _ in range(10)]
    foretold = await deals.whose(session, TODAY, customers, agents, keep=False)
    assert (await session.execute(text("SELECT count(*) FROM deals"))).scalar_one() == 0
    assert await deals.whose(session, TODAY, customers, agents) == foretold


async def test_two_at_once_who_see_other_people_on_duty_agree(
    sessions: async_sessionmaker[AsyncSession], session: AsyncSession, agents: list[int]
) -> None:
    customers = [await factories.customer(session) for _ in range(30)]
    await session.commit()

    async def ask(on_duty: list[int]) -> dict[int, int]:
        async with sessions.begin() as asking:
            return await deals.whose(asking, TODAY, customers, on_duty)

    first, second = await asyncio.gather(ask(agents[:2]), ask(agents[1:]))
    assert first == second


async def test_on_duty_are_active_agents_on_their_days(session: AsyncSession) -> None:
    working = await factories.staff(session, name="Working")
    await factories.staff(session, name="Resting", working_days=[1, 2])
    await factories.staff(session, name="Gone", active=False)
    await factories.staff(session, name="Manager", role="manager")
    limits = await thresholds.load(session)
    assert [person.id for person in await duty.agents_on(session, TODAY, limits)] == [working]


async def test_a_public_holiday_is_a_day_off_but_for_who_works_every_day(session: AsyncSession) -> None:
    victory_day = date(2026, 12, 16)
    await factories.staff(session, name="Rests", working_days=[1, 2, 3, 4, 7])
    always = await factories.staff(session, name="Always", working_days=[1, 2, 3, 4, 5, 6, 7])
    limits = await thresholds.load(session)
    assert [person.id for person in await duty.agents_on(session, victory_day, limits)] == [always]
    worked = replace(limits, holidays_off=frozenset({victory_day}))
    assert len(await duty.agents_on(session, victory_day, worked)) == 2

"""The morning list of who leads a team, and what holidays do to everybody's."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import absences, dropoffs, runs, thresholds
from cdm_core import staff as people
from cdm_core.clock import Clock
from cdm_core.schedule import JobName
from cdm_core.staff import Staff
from cdm_core.tables import alerts, outbox
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
DAY = timedelta(days=1)
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=ZONE)
HEAD = "☀️ <b>Farhana, Tue 24 Nov</b>"


@pytest.fixture
async def team(session: AsyncSession) -> dict[str, Staff]:
    """Farhana manages Mirpur and leads it, Tanvir and Nusrat call; Shuvo calls for Uttara."""
    mirpur = await factories.team(session, name="Mirpur")
    uttara = await factories.team(session, name="Uttara")
    found = {}
    for name, of, columns in (
        ("Farhana", mirpur, {"role": "manager"}),
        ("Tanvir", mirpur, {}),
        ("Nusrat", mirpur, {}),
        ("Shuvo", uttara, {}),
    ):
        given: dict[str, Any] = {"name": name, "team_id": of, "created_at": TUESDAY - 90 * DAY, **columns}
        found[name] = await people.get(session, await factories.staff(session, **given))
    lead = {"lead": found["Farhana"].id, "team": mirpur}
    await session.execute(text("UPDATE teams SET lead_id = :lead WHERE id = :team"), lead)
    await session.commit()
    return found


async def lists(session: AsyncSession, sessions: Sessions, now: datetime) -> dict[str, list[str]]:
    """The lines of each list of that morning, by whose it is."""
    await session.commit()
    await Ticker(sessions, Clock(ZONE), [morning_digest.job(Shop())]).tick(now)
    rows = await session.execute(
        text("SELECT s.name, o.payload ->> 'text' AS words FROM outbox o JOIN staff s ON s.id = o.staff_id")
    )
    return {row.name: row.words.splitlines() for row in rows}


async def yesterdays_calls(session: AsyncSession, who: Staff, customer: int, number: int) -> None:
    for _ in range(number):
        await factories.interaction(session, customer, staff_id=who.id, occurred_at=TUESDAY - DAY + timedelta(hours=3))


async def test_all_that_who_leads_is_told(session: AsyncSession, sessions: Sessions, team: dict[str, Staff]) -> None:
    tanvir, nusrat, shuvo = team["Tanvir"], team["Nusrat"], team["Shuvo"]
    theirs = [await factories.customer(session, owner_id=owner.id) for owner in (tanvir, nusrat, nusrat, shuvo)]
    for customer, owner in zip(theirs, (tanvir, nusrat, nusrat, shuvo), strict=True):
        await factories.follow_up(session, customer, owner.id, due_at=TUESDAY - timedelta(hours=20))
        await factories.dropoff(session, customer, occurred_at=TUESDAY - timedelta(hours=2), cart_value=Decimal(1000))
        raised = {"sign": "cart", "sign_at": TUESDAY, "raised_at": TUESDAY, "state": "open", "next_at": TUESDAY}
        await session.execute(insert(alerts).values(customer_id=customer, **raised))
    await yesterdays_calls(session, tanvir, theirs[0], 3)
    await yesterdays_calls(session, nusrat, theirs[1], 1)
    await yesterdays_calls(session, shuvo, theirs[3], 9)
    sold = TUESDAY - DAY + timedelta(hours=4)
    await factories.order(
        session, theirs[1], amount=2450, ordered_at=sold, confirmed_by=nusrat.id, confirmed_at=sold, status="pending"
    )
    await absences.add(
        session, nusrat, TUESDAY.date(), TUESDAY.date(), by=nusrat, now=TUESDAY - DAY, today=(TUESDAY - DAY).date()
    )
    await factories.settle(session, *theirs)
    said = (await lists(session, sessions, TUESDAY))["Farhana"]
    assert said == [
        HEAD,
        "👥 <b>Team Mirpur</b>",
        "Away: Nusrat",
        "🚨 3 unclaimed · 🛒 Carts 3, ৳3,000",
        "⏰ 3 overdue: Nusrat 2, Tanvir 1",
        "📊 <b>Yesterday</b> 4 calls, 4 answered",
        "Nusrat: 1 call, 1 order, ৳2,450",
        "Tanvir: 3 calls",
    ]


async def test_of_whom_it_is_asked_nothing_is_counted_that_no_list_shows(
    session: AsyncSession, sessions: Sessions, team: dict[str, Staff]
) -> None:
    """Neither for the manager nor for the agent, whose /dropoffs, /due and alerts leave them out."""
    tanvir = team["Tanvir"]
    asked, left = [await factories.customer(session, owner_id=tanvir.id) for _ in range(2)]
    for customer in (asked, left):
        await factories.follow_up(session, customer, tanvir.id, due_at=TUESDAY - timedelta(hours=20))
        await factories.dropoff(session, customer, occurred_at=TUESDAY - timedelta(hours=2), cart_value=Decimal(1000))
        raised = {"sign": "cart", "sign_at": TUESDAY, "raised_at": TUESDAY, "state": "open", "next_at": TUESDAY}
        await session.execute(insert(alerts).values(customer_id=customer, **raised))
    await factories.asks_no_calls(session, asked, staff_id=tanvir.id, created_at=TUESDAY - DAY)
    await factories.settle(session, asked, left)
    said = await lists(session, sessions, TUESDAY)
    assert said["Farhana"][2:4] == ["🚨 1 unclaimed · 🛒 Carts 1, ৳1,000", "⏰ 1 overdue: Tanvir 1"]
    assert [line for line in said["Tanvir"] if line.startswith("🚨")] == ["🚨 <b>Urgent: 1 open</b>"]
    shown = await dropoffs.open_ones(session, tanvir, await thresholds.load(session), now=TUESDAY)
    assert [one.customer_id for one in shown] == [left]


async def test_nothing_to_say_nothing_sent(session: AsyncSession, sessions: Sessions, team: dict[str, Staff]) -> None:
    assert await lists(session, sessions, TUESDAY) == {}


async def test_with_customers_of_ones_own_they_come_first(
    session: AsyncSession, sessions: Sessions, team: dict[str, Staff]
) -> None:
    own = await factories.customer(
        session, first_name="Salma", last_name="Ara", owner_id=team["Farhana"].id, birth_month=11, birth_day=24
    )
    theirs = await factories.customer(session, owner_id=team["Tanvir"].id, birth_month=11, birth_day=24)
    await yesterdays_calls(session, team["Tanvir"], theirs, 2)
    await factories.settle(session, own, theirs)
    said = (await lists(session, sessions, TUESDAY))["Farhana"]
    assert said[:3] == [HEAD, "🎂 <b>Today</b>", "1 Salma Ara: birthday"]
    assert said[-2:] == ["👥 <b>Team Mirpur</b>", "📊 <b>Yesterday</b> 2 calls, 2 answered"]


@pytest.mark.parametrize(("role", "told"), [("admin", ["👥 <b>Everybody</b>"]), ("agent", ["👥 <b>Team Mirpur</b>"])])
async def test_admins_hear_of_everybody_and_an_agent_of_the_team_they_lead(
    session: AsyncSession, sessions: Sessions, team: dict[str, Staff], role: str, told: list[str]
) -> None:
    await session.execute(text("UPDATE staff SET role = :role WHERE name = 'Farhana'"), {"role": role})
    theirs = await factories.customer(session, owner_id=team["Tanvir"].id)
    await yesterdays_calls(session, team["Tanvir"], theirs, 2)
    await factories.settle(session, theirs)
    said = await lists(session, sessions, TUESDAY)
    assert [line for line in said["Farhana"] if line.startswith("👥")] == told
    assert not [line for line in said["Tanvir"] if line.startswith("👥")]


async def test_a_long_name_and_a_hostile_one(session: AsyncSession, sessions: Sessions, team: dict[str, Staff]) -> None:
    await session.execute(text("UPDATE staff SET name = '<b>' || repeat('x', 90) WHERE name = 'Tanvir'"))
    await session.execute(text("UPDATE teams SET name = repeat('y', 100) WHERE name = 'Mirpur'"))
    theirs = await factories.customer(
        session,
        owner_id=team["Tanvir"].id,
        first_name="%(n)s " + "z" * 90,
        last_name="z" * 100,
        birth_month=11,
        birth_day=24,
    )
    await yesterdays_calls(session, team["Tanvir"], theirs, 2)
    await factories.settle(session, theirs)
    for lines in (await lists(session, sessions, TUESDAY)).values():
        assert len(lines) <= 22
        assert max(len(line) for line in lines) < 75
        assert not any("<b><b>" in line for line in lines)


async def test_a_public_holiday_is_carried_by_the_list_before(
    session: AsyncSession, sessions: Sessions, team: dict[str, Staff]
) -> None:
    victory_day = date(2026, 12, 16)
    customer = await factories.customer(
        session, first_name="Salma", last_name="Ara", owner_id=team["Tanvir"].id, birth_month=12, birth_day=16
    )
    await factories.settle(session, customer)
    before = datetime(2026, 12, 15, 9, tzinfo=ZONE)
    said = (await lists(session, sessions, before))["Tanvir"]
    assert said[:3] == ["☀️ <b>Tanvir, Tue 15 Dec</b>, with Wed", "🎂 <b>Wed 16</b>", "1 Salma Ara: birthday"]
    async with sessions() as other:
        (run,) = [
            one
            for key, one in (await runs.of_day(other, JobName.MORNING_DIGEST, before.date())).items()
            if key == str(team["Tanvir"].id)
        ]
    assert run.detail["until"] == victory_day.isoformat()
    assert run.detail["occasions"] == {victory_day.isoformat(): [customer]}
    await lists(session, sessions, before + DAY)
    kinds = await session.execute(select(outbox.c.staff_id, outbox.c.dedup_key))
    assert [row.dedup_key for row in kinds if row.staff_id == team["Tanvir"].id] == [
        f"digest:{team['Tanvir'].id}:2026-12-15"
    ]


async def test_who_works_every_day_works_on_holidays(
    session: AsyncSession, sessions: Sessions, team: dict[str, Staff]
) -> None:
    await session.execute(text("UPDATE staff SET working_days = '{1,2,3,4,5,6,7}' WHERE name = 'Tanvir'"))
    customer = await factories.customer(session, owner_id=team["Tanvir"].id, birth_month=12, birth_day=16)
    await factories.settle(session, customer)
    said = await lists(session, sessions, datetime(2026, 12, 16, 9, tzinfo=ZONE))
    assert list(said) == ["Tanvir"]

"""The demo's shop: the same every time, peopled as the guides say, and lively today."""

import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.sandbox.personas import default_users
from cdm_core import alerts, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.recommend import leads
from cdm_core.tables import customers, products, stale_customers
from cli.demo_world import world
from cli.sample import story
from cli.sample.fill import fill, imagine
from cli.sample.world import HAPPENINGS
from tests.bot.people import FrozenClock


@pytest.fixture
async def shop(engine: AsyncEngine, session: AsyncSession, now: datetime) -> AsyncSession:
    await fill(engine, now, customers=300)
    await set_as_of(session, now)
    return session


async def _rows(session: AsyncSession, sql: str, **facts: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await session.execute(text(sql), facts)]


def test_the_same_seed_imagines_the_same_shop(now: datetime) -> None:
    assert imagine(now, customers=80).by_table == imagine(now, customers=80).by_table
    assert imagine(now, customers=80).by_table != imagine(now, customers=80, seed=8).by_table


def test_nothing_has_happened_in_the_future(now: datetime) -> None:
    made = imagine(now, customers=300).by_table
    for table, column in (
        ("customers", "created_at"),
        ("sales_orders", "ordered_at"),
        ("customer_interactions", "occurred_at"),
        ("customer_behavior", "occurred_at"),
        ("customer_dropoff_tracking", "occurred_at"),
    ):
        assert max(row[column] for row in made[table]) <= now, table


@pytest.mark.parametrize("hour", [0, 6, 23])
def test_the_shop_can_open_at_any_hour_and_on_a_leap_day(now: datetime, hour: int) -> None:
    for moment in (now.replace(hour=hour), now.replace(year=2028, month=2, day=29, hour=hour)):
        made = imagine(moment, customers=120).by_table
        assert max(row["ordered_at"] for row in made["sales_orders"]) <= moment


@pytest.mark.parametrize("customers", [0, 5, 40])
def test_a_small_shop_has_its_story_all_the_same(now: datetime, customers: int) -> None:
    made = imagine(now, customers=customers).by_table
    assert {row["id"] for row in made["customers"]} >= story.IDS


async def test_the_team_is_signed_in(shop: AsyncSession) -> None:
    people = await _rows(
        shop,
        "SELECT s.name, s.role, s.language, t.name FROM staff s JOIN chats c ON c.staff_id = s.id"
        " AND c.chat_id = s.telegram_user_id LEFT JOIN teams t ON t.id = s.team_id ORDER BY s.id",
    )
    assert people == [
        ("Tanvir", "agent", "bn", "Mirpur"),
        ("Nusrat", "agent", "en", "Mirpur"),
        ("Farhana", "manager", "en", "Mirpur"),
        ("Rafiq", "admin", "en", None),
    ]
    accounts = {user.key: user.id for user in default_users()}
    lead = await _rows(shop, "SELECT telegram_user_id FROM staff JOIN teams ON lead_id = staff.id")
    assert lead == [(accounts["farhana"],)]


async def test_rahim_is_as_the_guide_draws_him(shop: AsyncSession, now: datetime) -> None:
    [rahim] = await _rows(
        shop,
        "SELECT customer_type, lifecycle_stage, customer_temperature, lifetime_value, total_orders, delivered_orders,"
        " returned_orders, phone_e164, total_interactions, total_calls, answered_calls, now_ - last_order_date"
        " FROM customer_360_view, (SELECT cdm_now() AS now_) n WHERE customer_id = 123",
    )
    assert rahim == ("vip", "loyal", "hot", Decimal(125000), 8, 8, 1, "+8801712345678", 12, 5, 3, timedelta(days=5))
    family = await _rows(
        shop, "SELECT name, relationship FROM customer_family_members WHERE customer_id = 123 ORDER BY id"
    )
    assert family == [("Sarah", "spouse"), ("Arif", "child"), ("Rokeya Begum", "parent")]
    [note] = await _rows(
        shop,
        "SELECT s.name, i.description, i.outcome_code, i.reason FROM customer_interactions i"
        " JOIN staff s ON s.id = i.staff_id WHERE customer_id = 123 ORDER BY occurred_at DESC LIMIT 1",
    )
    assert note == ("Nusrat", "দাম বেশি, রবিবার কল দিবেন", "callback_requested", "price")
    [cart] = await _rows(
        shop, "SELECT stage, cart_value, occurred_at FROM customer_dropoff_tracking WHERE customer_id = 123"
    )
    assert cart == ("checkout_initiated", Decimal(5500), now - timedelta(hours=3))


async def test_the_other_people_of_the_story_have_their_parts(shop: AsyncSession, now: datetime) -> None:
    found = dict(await _rows(shop, "SELECT customer_id, customer_name FROM customer_summary"))  # type: ignore[arg-type]
    assert {number: found[number] for number in story.IDS} == {
        77: "Karim Mia",
        123: "রহিম উদ্দিন",
        215: "Nasrin Sultana",
        388: "Rahim Sheikh",
        480: "Sumaiya Akter",
        530: "Salma Ara",
        641: "Mitu Das",
        711: "রহিমা খাতুন",
        902: "Jahid Hasan",
    }
    pending = dict(
        await _rows(shop, "SELECT customer_id, total_amount FROM sales_orders WHERE status = 'pending'")  # type: ignore[arg-type]
    )
    assert (pending[77], pending[641]) == (Decimal(1890), Decimal(2100))
    birthdays = await _rows(
        shop,
        "SELECT name FROM upcoming_birthdays_anniversaries WHERE customer_id = 530 AND days_until_event = 0",
    )
    assert birthdays == [("Salma Ara",)]
    assert await _rows(shop, "SELECT id FROM customers WHERE phone LIKE '%5678'") == [(123,)]
    assert await _rows(shop, "SELECT stage FROM customer_dropoff_tracking WHERE customer_id = 215") == [
        ("payment_failed",)
    ]


async def test_there_is_something_to_do_for_each_agent(
    engine: AsyncEngine, session: AsyncSession, now: datetime
) -> None:
    await fill(engine, now)
    await set_as_of(session, now)
    ahead = Counter(
        row[0] for row in await _rows(session, "SELECT days_until_event FROM upcoming_birthdays_anniversaries")
    )
    assert all(3 <= ahead[days] <= 25 for days in range(8)), ahead
    for agent in (1, 2):
        due = await _rows(
            session, "SELECT due_at FROM follow_ups WHERE staff_id = :agent AND status = 'open'", agent=agent
        )
        days = Counter((row[0].astimezone(now.tzinfo).date() - now.date()).days for row in due)  # type: ignore[attr-defined]
        assert days[0] >= 4
        assert sum(count for day, count in days.items() if day < 0) >= 2
    fresh = await _rows(
        session, "SELECT count(*) FROM customer_dropoff_tracking WHERE occurred_at > :since AND NOT recovered",
        since=now - timedelta(days=7),
    )  # fmt: skip
    assert fresh[0][0] >= 10  # type: ignore[operator]


async def test_numbers_are_those_of_such_a_shop(engine: AsyncEngine, session: AsyncSession, now: datetime) -> None:
    await fill(engine, now)
    stages = dict(
        await _rows(session, "SELECT lifecycle_stage, count(*) FROM customer_summary GROUP BY 1")  # type: ignore[arg-type]
    )
    assert all(stages[stage] > 50 for stage in ("lead", "prospect", "first_buyer", "repeat_buyer", "loyal", "inactive"))
    [(vips, delivered, returned, bengali, shared, uncallable, unowned)] = await _rows(
        session,
        """
        SELECT (SELECT count(*) FROM customer_summary WHERE customer_type = 'vip'),
               (SELECT count(*) FROM sales_orders WHERE status = 'completed'),
               (SELECT count(*) FROM sales_orders WHERE status = 'returned'),
               (SELECT count(*) FROM customers WHERE first_name !~ '[A-Za-z]'),
               (SELECT count(*) FROM customers WHERE household_id IS NOT NULL),
               (SELECT count(*) FROM customers WHERE do_not_call_at IS NOT NULL),
               (SELECT count(*) FROM customers WHERE owner_id IS NULL)
        """,
    )
    assert 40 <= vips <= 160  # type: ignore[operator]
    assert 0.02 < returned / (delivered + returned) < 0.1  # type: ignore[operator]
    assert 800 < bengali < 1300  # type: ignore[operator]
    assert shared > 100  # type: ignore[operator]
    assert 10 < uncallable < 60  # type: ignore[operator]
    assert 500 < unowned < 900  # type: ignore[operator]
    assert (await session.execute(select(func.count()).where(customers.c.phone_e164.is_(None)))).scalar_one() == 0
    assert (await session.execute(select(func.count()).select_from(stale_customers))).scalar_one() == 0
    named = (await session.execute(select(products.c.id).where(products.c.id.in_((456, 789))))).scalars().all()
    assert sorted(named) == [456, 789]


async def test_new_rows_find_free_numbers(shop: AsyncSession) -> None:
    await shop.execute(text("INSERT INTO customers (first_name) VALUES ('New')"))
    await shop.execute(text("INSERT INTO products (name) VALUES ('New')"))
    await shop.execute(text("INSERT INTO sales_orders (customer_id, status) VALUES (123, 'pending')"))


@pytest.mark.parametrize("name", HAPPENINGS)
async def test_things_happen_to_a_customer_of_an_agent(
    engine: AsyncEngine, shop: AsyncSession, now: datetime, name: str
) -> None:
    later = now + timedelta(minutes=5)
    rung: list[str] = []

    async def ring() -> None:
        rung.append(name)

    english, bengali, act = world(engine, FrozenClock(later), "BDT", ring)[name]
    told = await act()
    assert told is not None
    who = int(told[0].partition("#")[2].split()[0])
    await set_as_of(shop, later)
    [(temperature, role)] = await _rows(
        shop,
        "SELECT customer_temperature, role FROM customer_360_view v JOIN staff s ON s.id = v.owner_id"
        " WHERE customer_id = :who",
        who=who,
    )
    assert (temperature, role) == ("hot", "agent")
    assert english.isascii()
    assert not bengali.isascii()
    assert re.search(r"[a-z] ৳[\d,]+", told[0])
    assert f"#{who} ৳" in told[1]
    assert re.search(r"৳[০-৯,]+\D", told[1])
    assert not re.search(r"[a-z]{3}", told[1].partition("#")[2])
    assert rung == [name]


async def test_an_order_comes_from_whom_an_alert_tells_of(
    engine: AsyncEngine, shop: AsyncSession, now: datetime
) -> None:
    later = now + timedelta(minutes=5)

    async def ring() -> None:
        await alerts.raise_new(shop, await thresholds.load(shop), now=later)
        await shop.commit()

    happenings = world(engine, FrozenClock(later), "BDT", ring)
    failed, ordered = [await happenings[name][2]() for name in ("payment", "order")]
    assert failed is not None
    assert ordered is not None
    assert ordered[0].partition("#")[2].split()[0] == failed[0].partition("#")[2].split()[0]


async def test_of_its_leads_most_never_buy(engine: AsyncEngine, session: AsyncSession, now: datetime) -> None:
    await fill(engine, now)
    await set_as_of(session, now)
    known = leads.fit(await leads.cohorts(session))
    cells = [cell for cell, (tried, _) in known.cells.items() if tried >= 10]
    fresh = leads.p_order(known, cells, np.zeros(len(cells)))
    assert 0.05 < known.overall.rate < 0.5
    assert all(0.02 < share < 0.6 for share in fresh)

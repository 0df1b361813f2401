"""Customers and relatives out of files."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, calls, changes, family_writes, thresholds
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.db.as_of import set_as_of
from cdm_core.factors import FactorCode, factors
from cdm_core.imports.rows import Unread
from cdm_core.imports.values import Fault
from cdm_core.recommend import leads
from tests import factories
from tests.imports.conftest import Ask, Bring

PERSON = "SELECT first_name, last_name, phone_e164, email, city FROM customers ORDER BY id"


async def _edit(session: AsyncSession, sql: str, **facts: Any) -> None:
    await session.execute(text(sql), facts)
    await session.commit()


async def test_a_customer_comes_with_all_that_is_known(bring: Bring, ask: Ask, session: AsyncSession) -> None:
    tanvir = await factories.staff(session, name="Tanvir")
    await session.commit()
    result = await bring(
        "customers",
        "customer_id,name,phone,email,address,city,district,gender,date_of_birth,anniversary_date,marital_status,"
        "profession,available_time,preferred_channel,preferred_language,source,owner\n"
        'c1,রহিম উদ্দিন,০১৭১২-৩৪৫৬৭৮,Rahim@Example.com,"House 12,\nMirpur",Dhaka,Dhaka,পুরুষ,১২/০৩/১৯৮৪,20 Dec 2015,'
        "Married,Doctor,18:00-20:00,WhatsApp,Bangla,facebook,tanvir\n",
    )
    assert (result.created, result.rejected) == (1, 0)
    [row] = await ask(
        "SELECT first_name, last_name, phone, phone_e164, email, address, gender, date_of_birth, anniversary_date,"
        " marital_status, preferred_channel, preferred_language, owner_id, name_key IS NOT NULL FROM customers"
    )
    assert row == (
        "রহিম", "উদ্দিন", "০১৭১২-৩৪৫৬৭৮", "+8801712345678", "rahim@example.com", "House 12, Mirpur", "male",
        date(1984, 3, 12), date(2015, 12, 20), "married", "whatsapp", "bn", tanvir, True,
    )  # fmt: skip
    assert await ask("SELECT customer_name, owner_id FROM customer_summary") == [("রহিম উদ্দিন", tanvir)]
    assert await ask("SELECT count(*) FROM name_tokens") == [(2,)]


async def test_nobody_knows_when_those_of_a_customers_file_came_and_they_are_no_fresh_leads(
    bring: Bring, ask: Ask, session: AsyncSession, now: datetime
) -> None:
    tanvir = await factories.staff(session, name="Tanvir")
    came = await factories.customer(session, owner_id=tanvir, created_at=now - timedelta(days=1))
    await factories.settle(session, came)
    await session.commit()
    await bring("customers", "customer_id,name,phone,owner\nc1,Rahim Uddin,01712345678,tanvir\n")
    await bring("family", "customer_id,name,relationship\nc2,Salma,wife\n")
    ordered = now - timedelta(days=10)
    await bring("orders", f"order_id,customer_id,ordered_at,product,unit_price\no1,c3,{ordered},Honey,850\n")
    told = await ask("SELECT came_unknown, created_at FROM customers WHERE id > :came ORDER BY id", came=came)
    assert told == [(True, now), (True, now), (False, ordered)]
    await set_as_of(session, now)
    limits = await thresholds.load(session)
    listed = await calls.call_list(session, await people.get(session, tanvir), limits, now=now)
    everybody = await calls.list_of_everybody(session, limits, now=now, size=10)
    viewed = await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))
    assert [entry.customer_id for entry in listed.entries] == [came]
    assert [entry.customer_id for entry in everybody.entries] == [came]
    assert viewed.scalars().all() == [came]
    assert sum(cohort.leads for cohort in await leads.cohorts(session)) == 1
    of_file = (await session.execute(text("SELECT min(id) FROM customers WHERE came_unknown"))).scalar_one()
    facts = await call_facts.load(session, [came, of_file], now=now, thresholds=limits)
    codes = {customer: {factor.code for factor in factors(of, now, limits)} for customer, of in facts.items()}
    assert (codes[came], codes[of_file]) == ({FactorCode.NEW_LEAD}, set())


async def test_a_day_they_came_that_nobody_can_read_costs_no_customer(bring: Bring, ask: Ask, now: datetime) -> None:
    when = (
        "SELECT external_id, created_at, came_unknown FROM customers JOIN customer_keys ON customer_id = id ORDER BY 1"
    )
    result = await bring(
        "customers",
        "customer_id,created,name,date_of_birth\n"
        "c1,2024-05-01 10:00:00 UTC,Rahim Uddin,1984-03-12\nc2,0000-00-00 00:00:00,Karim Mia,0000-00-00\n"
        "c3,-,Salma Ara,\nc4,1716123456,Tania,\nc5,2062-05-01,Nila,\nc5,-,Nila,\nc6,-,Mitu,soon\n",
    )
    assert (result.created, result.rejected) == (5, 2)
    assert result.faults == {Fault.DUPLICATE: 1, Fault.BAD_DATE: 1}
    assert result.unread == (Unread("created", 3, 4, "-"),)
    assert await ask(when) == [
        ("c1", datetime(2024, 5, 1, 10, tzinfo=UTC), False),
        *((key, now, True) for key in ("c2", "c3", "c4", "c5")),
    ]
    assert await ask("SELECT date_of_birth FROM customers ORDER BY id LIMIT 2") == [(date(1984, 3, 12),), (None,)]


async def test_a_file_that_says_when_they_came(bring: Bring, ask: Ask, session: AsyncSession, now: datetime) -> None:
    came, agreed = now - timedelta(days=1), now - timedelta(days=400)
    when = (
        "SELECT external_id, created_at, came_unknown FROM customers JOIN customer_keys ON customer_id = id ORDER BY 1"
    )
    await bring("customers", "customer_id,name\nc1,Rahim Uddin\nc2,Karim Mia\nc3,Salma Ara\n")
    await bring("orders", f"order_id,customer_id,ordered_at,product,unit_price\no1,c4,{agreed},Honey,850\n")
    head = "customer_id,name,Registration Date\n"
    file = head + f"c1,Rahim Uddin,{came}\nc2,Karim Mia,20/11/২০২৫\nc3,Salma Ara,\nc4,Tania,{now}\nc5,Nila,{came}\n"
    result = await bring("customers", file)
    assert (result.created, result.changed, result.unchanged) == (1, 3, 1)
    registered = datetime(2025, 11, 20, tzinfo=ZoneInfo("Asia/Dhaka"))
    told = [
        ("c1", came, False),
        ("c2", registered, False),
        ("c3", now, True),
        ("c4", agreed, False),
        ("c5", came, False),
    ]
    assert await ask(when) == told
    assert (await bring("customers", file)).unchanged == 5
    keys: dict[int, str] = dict(await ask("SELECT customer_id, external_id FROM customer_keys"))
    await set_as_of(session, now)
    limits = await thresholds.load(session)
    facts = await call_facts.load(session, [*keys], now=now, thresholds=limits)
    why = {keys[customer]: {factor.code for factor in factors(of, now, limits)} for customer, of in facts.items()}
    assert {key for key, codes in why.items() if FactorCode.NEW_LEAD in codes} == {"c1", "c5"}
    # A mistake of the file is mended by the file; what was known before stays.
    mended = await bring("customers", head + f"c2,Karim Mia,২১ নভেম্বর ২০২৫\nc4,Tania,{came}\nc5,Nila,\n")
    assert (mended.changed, mended.unchanged) == (1, 2)
    told[1] = ("c2", registered + timedelta(days=1), False)
    assert await ask(when) == told
    beyond = await bring("customers", head + f"c6,Mitu,{now + timedelta(days=2)}\nc7,Asha,{now + timedelta(hours=1)}\n")
    assert (beyond.created, [unread.number for unread in beyond.unread]) == (2, [1])
    assert (await ask(when))[-2:] == [("c6", now, True), ("c7", now, False)]


async def test_bengali_headers_are_understood(bring: Bring, ask: Ask) -> None:
    result = await bring("customers", "গ্রাহক আইডি,নাম,মোবাইল নম্বর,শহর,জন্ম তারিখ\nক-১,সালমা আরা,০১৮১২৩৪৫৬৭৮,ঢাকা,২২/১১/১৯৮৮\n")
    assert [field for _, field in result.columns.pairs] == ["customer_id", "name", "phone", "city", "date_of_birth"]
    assert await ask(
        "SELECT external_id, first_name, phone_e164, date_of_birth"
        " FROM customers JOIN customer_keys ON customer_id = id"
    ) == [("ক-১", "সালমা", "+8801812345678", date(1988, 11, 22))]


async def test_a_second_run_changes_nothing(bring: Bring, ask: Ask) -> None:
    file = "customer_id,name,phone,date_of_birth\nc1,Rahim Uddin,01712345678,15 May\nc2,Karim Mia,,\n"
    await bring("customers", file)
    before = await ask("SELECT xmin::text, * FROM customers ORDER BY id")
    again = await bring("customers", file)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert await ask("SELECT xmin::text, * FROM customers ORDER BY id") == before
    assert await ask("SELECT birth_month, birth_day, date_of_birth FROM customers ORDER BY id LIMIT 1") == [
        (5, 15, None)
    ]


async def test_the_file_changes_what_it_changed_and_no_agents_edit(
    bring: Bring, ask: Ask, session: AsyncSession
) -> None:
    head = "customer_id,name,phone,email,city\n"
    await bring("customers", head + "c1,Rahim Uddin,01712345678,r@example.com,Dhaka\n")
    await _edit(session, "UPDATE customers SET email = 'new@example.com', city = 'Savar'")
    result = await bring("customers", head + "c1,Rahim Uddin,01812345678,r@example.com,Sylhet\n")
    assert result.changed == 1
    assert await ask(PERSON) == [("Rahim", "Uddin", "+8801812345678", "new@example.com", "Savar")]
    # The file says it again: still the agent's; once it says what the agent says, both go on together.
    assert (await bring("customers", head + "c1,Rahim Uddin,01812345678,new@example.com,Savar\n")).unchanged == 1
    await bring("customers", head + "c1,Abdur Rahim,01812345678,other@example.com,Savar\n")
    assert await ask(PERSON) == [("Abdur", "Rahim", "+8801812345678", "other@example.com", "Savar")]


async def test_what_the_file_takes_back_goes_and_what_it_does_not_mention_stays(bring: Bring, ask: Ask) -> None:
    await bring("customers", "customer_id,name,phone,city\nc1,Rahim Uddin,01712345678,Dhaka\n")
    await bring("customers", "customer_id,phone\nc1,\n")
    assert await ask(PERSON) == [("Rahim", "Uddin", None, None, "Dhaka")]
    assert await ask("SELECT imported FROM customer_keys") == [
        ({"first_name": "Rahim", "last_name": "Uddin", "city": "Dhaka"},)
    ]


async def test_customers_of_orders_get_their_names_later(bring: Bring, ask: Ask, session: AsyncSession) -> None:
    await bring("orders", "order_id,customer_id,ordered_at,product,unit_price\nA1,c1,2026-10-01,Honey,100\n")
    await _edit(session, "UPDATE customers SET city = 'Khulna'")
    result = await bring("customers", "customer_id,name,city\nc1,Rahim Uddin,Dhaka\n")
    assert (result.created, result.changed) == (0, 1)
    assert await ask(PERSON) == [("Rahim", "Uddin", None, None, "Khulna")]
    assert await ask("SELECT customer_name, total_orders FROM customer_summary") == [("Rahim Uddin", 1)]


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("phone", "12345", Fault.BAD_PHONE),
        ("phone", "call me", Fault.BAD_PHONE),
        ("email", "rahim.example.com", Fault.BAD_EMAIL),
        ("date_of_birth", "31/02/1990", Fault.BAD_DATE),
        ("date_of_birth", "2031-01-01", Fault.FUTURE_DATE),
        ("gender", "robot", Fault.UNKNOWN_WORD),
        ("owner", "Nobody", Fault.UNKNOWN_PERSON),
        ("city", "x" * 101, Fault.TOO_LONG),
        ("customer_id", "", Fault.MISSING),
        ("customer_id", "c0", Fault.DUPLICATE),
    ],
)
async def test_bad_cells_cost_their_row_alone(bring: Bring, ask: Ask, column: str, cell: str, fault: Fault) -> None:
    row = {"customer_id": "c1", "name": "Rahim", column: cell}
    head = ["customer_id", "name", *([column] if column != "customer_id" else [])]
    blank = [""] * (len(head) - 2)
    result = await bring("customers", [head, ["c0", "Karim", *blank], [row[name] for name in head]])
    assert (result.created, result.rejected) == (1, 1)
    assert (result.examples[0].line, result.examples[0].fault, result.examples[0].column) == (3, fault, column)


async def test_people_of_one_phone_are_a_household(bring: Bring, ask: Ask) -> None:
    await bring(
        "customers", "customer_id,name,phone\nc1,Rahim,01712345678\nc2,Sarah,+880 1712 345678\nc3,Karim,01512345678\n"
    )
    [(first, second, third)] = [tuple(row[0] for row in await ask("SELECT household_id FROM customers ORDER BY id"))]
    assert first == second
    assert first is not None
    assert third is None


async def test_relatives_are_known_by_customer_name_and_relationship(
    bring: Bring, ask: Ask, session: AsyncSession
) -> None:
    head = "customer_id,name,relationship,phone,date_of_birth\n"
    result = await bring("family", head + "c1,Sarah,wife,01712345679,1992-05-15\nc1,Arif,ছেলে,,24/11/2018\n")
    assert (result.created, result.unchanged) == (2, 0)
    relatives = "SELECT name, relationship, gender, phone_e164, date_of_birth FROM customer_family_members ORDER BY id"
    assert await ask(relatives) == [
        ("Sarah", "spouse", "female", "+8801712345679", date(1992, 5, 15)),
        ("Arif", "child", "male", None, date(2018, 11, 24)),
    ]
    assert await ask("SELECT family_members_count FROM customer_summary") == [(2,)]
    assert (await bring("family", head + "c1,sarah,spouse,01712345679,1992-05-15\n")).unchanged == 1
    await _edit(session, "UPDATE customer_family_members SET date_of_birth = '2018-11-23' WHERE name = 'Arif'")
    result = await bring("family", head + "c1,Sarah,wife,01712345679,1992-05-16\nc1,Arif,son,01912345678,24/11/2018\n")
    assert (result.created, result.changed) == (0, 2)
    assert [row[3:] for row in await ask(relatives)] == [
        ("+8801712345679", date(1992, 5, 16)),
        ("+8801912345678", date(2018, 11, 23)),
    ]


async def test_a_relative_somebody_removed_stays_away(bring: Bring, ask: Ask, session: AsyncSession) -> None:
    """Removed or renamed by hand: the same file brings nobody back, until added by hand again."""
    file = "customer_id,name,relationship,date_of_birth\nc1,Sarah,wife,1992-05-15\nc1,Arif,son,\nc1,Sarah,sister,\n"
    await bring("family", file)
    limits = await thresholds.load(session)
    tanvir = await people.get(session, await factories.staff(session))
    [(customer_id,)] = await ask("SELECT id FROM customers")
    [(wife,), (son,), (_,)] = await ask("SELECT id FROM customer_family_members ORDER BY id")
    at: dict[str, Any] = {"now": factories.NOW, "thresholds": limits}
    of_c1 = (session, tanvir, CustomerRef(customer_id, "", None))
    removed = await family_writes.remove(*of_c1, wife, **at)
    await family_writes.change(*of_c1, son, {"name": "Rafi"}, **at)
    await session.commit()
    result = await bring("family", file)
    assert (result.created, result.changed, result.unchanged) == (0, 0, 3)
    left = "SELECT name, relationship FROM customer_family_members ORDER BY id"
    assert await ask(left) == [("Rafi", "child"), ("Sarah", "sibling")]
    assert await ask("SELECT family_members_count FROM customer_summary") == [(2,)]
    await changes.undo_change(*of_c1, removed.changes[0], **at)
    await session.commit()
    assert (await bring("family", file.replace("1992", "1993"))).changed == 1
    assert (await ask(left))[0] == ("Sarah", "spouse")


async def test_a_relative_twice_in_a_file_is_told(bring: Bring) -> None:
    result = await bring("family", "customer_id,name,relationship\nc1,Sarah,wife\nc1,SARAH,spouse\nc1,Sarah,sister\n")
    assert (result.created, result.rejected) == (2, 1)
    assert result.faults == {Fault.DUPLICATE: 1}


async def test_a_relationship_word_tells_a_new_relatives_gender_and_takes_none_away(bring: Bring, ask: Ask) -> None:
    head = "customer_id,name,relationship\n"
    await bring("family", head + "c1,Sarah,wife\n")
    assert (await bring("family", head + "c1,Sarah,spouse\n")).unchanged == 1
    assert await ask("SELECT gender FROM customer_family_members") == [("female",)]

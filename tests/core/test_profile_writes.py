"""Every field of a profile, as agents type it, and what customers allow."""

import asyncio
import contextlib
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import changes, consents, interactions, profile_writes, staff, thresholds, undo
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.errors import CdmError
from cdm_core.profile_values import validate
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.staff import Staff
from cdm_core.tables import customers
from cdm_core.thresholds import Thresholds
from cdm_core.typed_hours import typed_hours
from cdm_core.words import ConsentChannel, Outcome, ProfileFault, ProfileField
from tests import factories
from tests.factories import NOW

F = ProfileField
WORKDAY = (time(9), time(21))


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await staff.get(session, await factories.staff(session, name="Tanvir"))


@pytest.fixture
async def rahim(session: AsyncSession) -> CustomerRef:
    added = await factories.customer(session, phone="01712345678", email="r@example.com")
    await factories.settle(session, added)
    return CustomerRef(added, "Rahim Uddin", None)


@pytest.mark.parametrize(
    ("field", "typed", "columns"),
    [
        (F.NAME, "  Rahim   Uddin Khan ", {"first_name": "Rahim", "last_name": "Uddin Khan"}),
        (F.NAME, "রহিমা", {"first_name": "রহিমা", "last_name": ""}),
        (F.FIRST_NAME, "Md. Rahim", {"first_name": "Md. Rahim"}),
        (F.PHONE, "০১৮১২-৩৪৫৬৭৮", {"phone": "০১৮১২-৩৪৫৬৭৮"}),
        (F.EMAIL, "Rahim@Example.COM", {"email": "rahim@example.com"}),
        (F.ADDRESS, "House 12,\nRoad 5", {"address": "House 12, Road 5"}),
        (F.GENDER, "মহিলা", {"gender": "female"}),
        (F.GENDER, "M", {"gender": "male"}),
        (F.DATE_OF_BIRTH, "15 May 1992", {"date_of_birth": date(1992, 5, 15), "birth_month": 5, "birth_day": 15}),
        (F.DATE_OF_BIRTH, "১৫ মে", {"date_of_birth": None, "birth_month": 5, "birth_day": 15}),
        (F.DATE_OF_BIRTH, "29/02/1996", {"date_of_birth": date(1996, 2, 29), "birth_month": 2, "birth_day": 29}),
        (F.ANNIVERSARY_DATE, "20/12/2015", {"anniversary_date": date(2015, 12, 20)}),
        (F.MARITAL_STATUS, "বিবাহিত", {"marital_status": "married"}),
        (F.PROFESSION, "Doctor <b>", {"profession": "Doctor <b>"}),
        (F.AVAILABLE_TIME, "18-20", {"available_time": "18:00-20:00"}),
        (F.AVAILABLE_TIME, "সন্ধ্যা", {"available_time": "18:00-20:00"}),
        (F.AVAILABLE_TIME, "after 6pm", {"available_time": "18:00-21:00"}),
        (F.AVAILABLE_TIME, "not on Fridays", {"available_time": "not on Fridays"}),
        (F.PREFERRED_CHANNEL, "wa", {"preferred_channel": "whatsapp"}),
        (F.PREFERRED_LANGUAGE, "বাংলা", {"preferred_language": "bn"}),
        (F.SOURCE, "Eid fair", {"source": "Eid fair"}),
        (F.TAGS, "#kids, ঘি,kids", {"tags": ["kids", "ঘি"]}),
    ],
)
async def test_what_is_typed_is_understood(
    session: AsyncSession, limits: Thresholds, field: F, typed: str, columns: dict[str, Any]
) -> None:
    assert validate(field, typed, today=NOW.date(), thresholds=limits) == columns


@pytest.mark.parametrize(
    ("field", "typed", "fault"),
    [
        (F.NAME, " \u200b ", ProfileFault.EMPTY),
        (F.NAME, "😀", ProfileFault.EMPTY),
        (F.NAME, "...", ProfileFault.EMPTY),
        (F.FIRST_NAME, "১২", ProfileFault.EMPTY),
        (F.LAST_NAME, "👍", ProfileFault.EMPTY),
        (F.NAME, "x" * 256, ProfileFault.TOO_LONG),
        (F.PHONE, "12345", ProfileFault.PHONE),
        (F.PHONE, "0171234567", ProfileFault.PHONE),
        (F.EMAIL, "rahim@example", ProfileFault.EMAIL),
        (F.EMAIL, "rahim example.com", ProfileFault.EMAIL),
        (F.DATE_OF_BIRTH, "31 Feb 1992", ProfileFault.DATE),
        (F.DATE_OF_BIRTH, "soon", ProfileFault.DATE),
        (F.DATE_OF_BIRTH, "23 Nov 2026", ProfileFault.FUTURE),
        (F.DATE_OF_BIRTH, "1 Jan 1905", ProfileFault.TOO_OLD),
        (F.ANNIVERSARY_DATE, "20 Dec", ProfileFault.YEAR),
        (F.GENDER, "yes", ProfileFault.CHOICE),
        (F.PREFERRED_CHANNEL, "pigeon", ProfileFault.CHOICE),
        (F.TAGS, " , ", ProfileFault.EMPTY),
        (F.TAGS, ",".join(map(str, range(11))), ProfileFault.TOO_MANY),
        (F.TAGS, "x" * 31, ProfileFault.TOO_LONG),
        (F.AVAILABLE_TIME, "x" * 51, ProfileFault.TOO_LONG),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    session: AsyncSession, limits: Thresholds, field: F, typed: str, fault: ProfileFault
) -> None:
    with pytest.raises(CdmError) as refused:
        validate(field, typed, today=NOW.date(), thresholds=limits)
    assert (refused.value.code, refused.value.facts["field"], refused.value.facts["fault"]) == (
        "bad_value",
        field,
        fault,
    )


async def test_any_text_is_a_value_or_a_kind_no(session: AsyncSession, limits: Thresholds) -> None:
    @given(st.sampled_from(list(ProfileField)), st.text(max_size=60))
    def holds(field: ProfileField, typed: str) -> None:
        with contextlib.suppress(CdmError):
            assert validate(field, typed, today=NOW.date(), thresholds=limits)

    holds()


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("6-8", (18, 20)),
        ("10-1", (10, 13)),
        ("12-3", (12, 15)),
        ("8-10", (8, 10)),
        ("06:00-08:00", (6, 8)),
        ("6pm to 8pm", (18, 20)),
        ("৬-৮", (18, 20)),
        ("sondhay", (18, 20)),
        ("সকাল", (9, 12)),
        ("রাত", (20, 21)),
        ("6tar por", (18, 21)),
        ("সন্ধ্যা ৬টার পর", (18, 21)),
        ("bikal 5tar age", (9, 17)),
        ("before 5pm", (9, 17)),
        ("dupurer por", (12, 15)),
        ("6pm", (18, 19)),
        ("after 10pm", None),
        ("সন্ধ্যা ৬-৮", (18, 20)),
        ("10 theke 12", (10, 12)),
        ("সকাল ১০টা থেকে দুপুর ১টা পর্যন্ত", (10, 13)),
        ("10 theke bikal 4ta", (10, 16)),
        ("rat 10 theke 2", (22, 2)),
        ("6 to 8 in the evening", (18, 20)),
        ("before noon", (9, 12)),
        ("after Asr", (15, 18)),
        ("মাগরিবের পর", (18, 20)),
        ("লাঞ্চের পর", (14, 16)),
        ("Office time", (10, 17)),
        ("ইফতারের পরে", (19, 21)),
        ("juma er por", None),
        ("10-12, 18-20", None),
        ("<b>6-8</b>", None),
        ("sondha, shukrobar bade", None),
        ("any time", None),
        ("", None),
    ],
)
def test_hours_as_typed(typed: str, hours: tuple[int, int] | None) -> None:
    assert typed_hours(typed, WORKDAY) == (hours and (time(hours[0]), time(hours[1])))


async def _set(
    session: AsyncSession, person: Staff, ref: CustomerRef, limits: Thresholds, field: F, typed: str | None
) -> changes.Change | None:
    return await profile_writes.set_field(session, person, ref, field, typed, now=NOW, thresholds=limits)


async def test_each_field_is_set_cleared_and_taken_back(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    typed = {
        F.NAME: "Karim Mia", F.FIRST_NAME: "Abdul", F.LAST_NAME: "Hai", F.PHONE: "01912345678", F.EMAIL: "k@x.com",
        F.ADDRESS: "Road 1", F.CITY: "Sylhet", F.DISTRICT: "Sylhet", F.GENDER: "male", F.DATE_OF_BIRTH: "1 May",
        F.ANNIVERSARY_DATE: "1 May 2020", F.MARITAL_STATUS: "single", F.PROFESSION: "Cook", F.AVAILABLE_TIME: "6-8",
        F.PREFERRED_CHANNEL: "sms", F.PREFERRED_LANGUAGE: "en", F.SOURCE: "fair", F.TAGS: "a, b",
    }  # fmt: skip
    assert typed.keys() == set(ProfileField)
    query = select(customers).where(customers.c.id == rahim.customer_id)
    now = {"updated_at": NOW}
    for field, value in typed.items():
        before = (await session.execute(query)).one()
        change = await _set(session, tanvir, rahim, limits, field, value)
        assert change is not None
        assert change.field is field
        assert await _set(session, tanvir, rahim, limits, field, value) is None
        emptied = await _set(session, tanvir, rahim, limits, field, None)
        assert emptied is not None
        assert emptied.field is field
        assert not any((emptied.after or {"": 1}).values())
        for one in (emptied, change):
            await changes.undo_change(session, tanvir, rahim, one.change_id, now=NOW, thresholds=limits)
        after = (await session.execute(query)).one()
        assert after._asdict() | now == before._asdict() | now, field


async def test_a_new_name_and_phone_are_found_at_once(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    await _set(session, tanvir, rahim, limits, F.NAME, "সুমাইয়া আক্তার")
    await _set(session, tanvir, rahim, limits, F.PHONE, "০১৯১২৩৪৫৬৭৮")
    for query in ("sumaiya akter", "+8801912345678"):
        found = await search(session, tanvir, limits, parse_query(query), now=NOW)
        assert [hit.customer_id for hit in found.hits] == [rahim.customer_id], query
    gone = await search(session, tanvir, limits, parse_query("01712345678"), now=NOW)
    assert gone.hits == ()


async def test_a_phone_of_somebody_else_makes_a_household(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    other = await factories.customer(session, phone="01812345678")
    change = await _set(session, tanvir, rahim, limits, F.PHONE, "01812345678")
    assert change is not None
    households = select(customers.c.household_id).order_by(customers.c.id)
    assert set((await session.execute(households)).scalars()) == {min(other, rahim.customer_id)}
    await changes.undo_change(session, tanvir, rahim, change.change_id, now=NOW, thresholds=limits)
    assert set((await session.execute(households)).scalars()) == {None}


async def test_what_a_customer_allows(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    async def allow(channel: ConsentChannel, allowed: bool | None) -> changes.Change | None:
        return await profile_writes.set_consent(session, tanvir, rahim, channel, allowed, now=NOW)

    whatsapp, call = ConsentChannel.WHATSAPP, ConsentChannel.CALL
    assert await allow(whatsapp, None) is None
    refused = await allow(whatsapp, False)
    assert refused is not None
    assert await allow(whatsapp, False) is None
    assert await consents.said(session, rahim.customer_id) == {whatsapp: False}
    await changes.undo_change(session, tanvir, rahim, refused.change_id, now=NOW, thresholds=limits)
    assert await consents.said(session, rahim.customer_id) == {}
    allowed = await allow(call, True)
    assert allowed is not None
    assert await consents.said(session, rahim.customer_id) == {call: True}
    with pytest.raises(ValueError, match="contact"):
        await allow(call, False)


async def test_do_not_call_and_the_consent_to_calls_are_one(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    call = ConsentChannel.CALL

    async def stands() -> tuple[bool, bool | None]:
        query = text("SELECT do_not_call_at IS NOT NULL FROM customers WHERE id = :id")
        forbidden = (await session.execute(query, {"id": rahim.customer_id})).scalar_one()
        return forbidden, (await consents.said(session, rahim.customer_id)).get(call)

    await profile_writes.set_consent(session, tanvir, rahim, call, True, now=NOW)
    said = Contact(at=NOW, outcome_code=Outcome.DO_NOT_CALL)
    logged = await interactions.log(session, tanvir, rahim, said, now=NOW)
    assert await stands() == (True, False)
    await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    assert await stands() == (False, True)
    logged = await interactions.log(session, tanvir, rahim, said, now=NOW)
    again = await profile_writes.set_consent(session, tanvir, rahim, call, True, now=NOW)
    assert again is not None
    assert await stands() == (False, True)
    await changes.undo_change(session, tanvir, rahim, again.change_id, now=NOW, thresholds=limits)
    assert await stands() == (True, False)
    again = await profile_writes.set_consent(session, tanvir, rahim, call, None, now=NOW)
    assert await stands() == (False, None)
    await undo.undo(session, tanvir, rahim, logged.interaction_id, now=NOW, thresholds=limits)
    assert await stands() == (False, None)


async def test_do_not_call_written_by_another_system_is_a_consent_refused(
    session: AsyncSession, tanvir: Staff, limits: Thresholds
) -> None:
    added = await factories.customer(session, do_not_call_at=NOW)
    await factories.settle(session, added)
    assert await consents.said(session, added) == {ConsentChannel.CALL: False}
    ref = CustomerRef(added, "Rahim Uddin", None)
    change = await profile_writes.set_consent(session, tanvir, ref, ConsentChannel.CALL, None, now=NOW)
    assert change is not None
    assert await consents.said(session, added) == {}
    await changes.undo_change(session, tanvir, ref, change.change_id, now=NOW, thresholds=limits)
    assert await consents.said(session, added) == {ConsentChannel.CALL: False}


async def test_two_people_at_one_field_at_once(
    sessions: async_sessionmaker[AsyncSession], session: AsyncSession, tanvir: Staff, limits: Thresholds
) -> None:
    added = await factories.customer(session, city="Dhaka")
    await factories.settle(session, added)
    ref = CustomerRef(added, "Rahim Uddin", None)

    async def move(city: str) -> changes.Change | None:
        async with sessions.begin() as own:
            return await _set(own, tanvir, ref, limits, F.CITY, city)

    made = await asyncio.gather(*(move(city) for city in ("Sylhet", "Bogura", "Khulna")))
    steps = {
        change.before["city"]: change.after["city"] for change in made if change and change.before and change.after
    }
    chain = ["Dhaka"]
    while chain[-1] in steps:
        chain.append(steps[chain[-1]])
    assert sorted(chain) == ["Bogura", "Dhaka", "Khulna", "Sylhet"]
    standing = select(customers.c.city).where(customers.c.id == added)
    assert (await session.execute(standing)).scalar_one() == chain[-1]


async def test_lists_call_a_customer_by_the_new_name(
    session: AsyncSession, tanvir: Staff, rahim: CustomerRef, limits: Thresholds
) -> None:
    await _set(session, tanvir, rahim, limits, F.NAME, "Karim")
    name = text("SELECT customer_name FROM customer_summary WHERE customer_id = :id")
    assert (await session.execute(name, {"id": rahim.customer_id})).scalar_one() == "Karim"

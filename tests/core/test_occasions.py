"""Birthdays and anniversaries to come, against an independent definition of when they are."""

import calendar
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import occasions, staff, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.month_days import completed_years
from cdm_core.occasions import OccasionCall
from cdm_core.staff import Staff
from cdm_core.tables import settings as settings_table
from cdm_core.words import EventType, Gender, Relationship
from tests import factories
from tests.databases import ZONE

NOON = datetime(2026, 11, 24, 12, tzinfo=ZONE)
TODAY = NOON.date()


async def upcoming(
    session: AsyncSession, person: Staff | None = None, *, now: datetime = NOON, ahead: int = 0, days: int = 8
) -> tuple[OccasionCall, ...]:
    limits = await thresholds.load(session)
    await set_as_of(session, now)
    first = now.date() + timedelta(days=ahead)
    return await occasions.details(
        session, await occasions.upcoming(session, person, limits, first=first, days=days, now=now)
    )


def falls_on(month: int, day: int, year: int, leap_day: tuple[int, int]) -> date:
    """When a day of the year is kept in ``year``."""
    if (month, day) == (2, 29) and not calendar.isleap(year):
        return date(year, *leap_day)
    return date(year, month, day)


def next_kept(month: int, day: int, today: date, leap_day: tuple[int, int]) -> date:
    return min(kept for year in (today.year, today.year + 1) if (kept := falls_on(month, day, year, leap_day)) >= today)


_EVENTS = text(
    "SELECT customer_id, event_date, days_until_event, age_or_years FROM upcoming_birthdays_anniversaries"
    " WHERE event_type = 'birthday' AND type = 'customer'"
)


@pytest.fixture
async def one_for_each_day(session: AsyncSession) -> AsyncSession:
    """A customer born on each of the 366 days: its id is month · 100 + day."""
    days = [(month, day) for month in range(1, 13) for day in range(1, calendar.monthrange(2024, month)[1] + 1)]
    await session.execute(
        text(
            "INSERT INTO customers (id, first_name, date_of_birth)"
            " SELECT m * 100 + d, 'x', make_date(1984, m, d) FROM unnest(CAST(:months AS int[]), CAST(:days AS int[]))"
            " AS b (m, d)"
        ),
        {"months": [month for month, _ in days], "days": [day for _, day in days]},
    )
    await session.commit()
    return session


async def _check(session: AsyncSession, today: date, leap_day: tuple[int, int]) -> None:
    await set_as_of(session, datetime.combine(today, time(0, 5), ZONE))
    seen: dict[int, date] = {}
    for row in await session.execute(_EVENTS):
        assert row.customer_id not in seen, "shown twice"
        seen[row.customer_id] = row.event_date
        assert row.days_until_event == (row.event_date - today).days
        assert row.age_or_years == (row.event_date.year - 1984 if row.event_date.year > 1984 else None)
    expected = {
        month * 100 + day: next_kept(month, day, today, leap_day)
        for month in range(1, 13)
        for day in range(1, calendar.monthrange(2024, month)[1] + 1)
    }
    assert seen == expected


@pytest.mark.parametrize("leap_day", [(2, 28), (3, 1)])
async def test_every_birthday_is_shown_once_on_its_day_at_the_edges_of_leap_years(
    one_for_each_day: AsyncSession, leap_day: tuple[int, int]
) -> None:
    session = one_for_each_day
    await session.execute(
        update(settings_table).where(settings_table.c.key == "leap_day").values(value="{:02}-{:02}".format(*leap_day))
    )
    for year in (1896, 1900, 2000, 2024, 2025, 2026, 2027, 2028, 2100, 2296):
        for month, day in ((1, 1), (2, 27), (2, 28), (3, 1), (3, 2), (12, 31)):
            await _check(session, date(year, month, day), leap_day)
        if calendar.isleap(year):
            await _check(session, date(year, 2, 29), leap_day)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(today=st.dates(date(1900, 1, 1), date(2299, 12, 31)))
async def test_every_birthday_of_four_hundred_years(one_for_each_day: AsyncSession, today: date) -> None:
    await _check(one_for_each_day, today, (2, 28))


async def test_today_is_the_business_zones(session: AsyncSession) -> None:
    await factories.customer(session, birth_month=11, birth_day=25)
    just_before = datetime(2026, 11, 24, 23, 59, tzinfo=ZONE)
    just_after = just_before + timedelta(minutes=1)
    assert await upcoming(session, now=just_before, days=1) == ()
    assert len(await upcoming(session, now=just_after, days=1)) == 1


@pytest.mark.parametrize("born", [date(1900, 11, 24), date(1899, 11, 24), date(1, 11, 24), date(2026, 11, 24)])
async def test_an_unknown_year_gives_no_age(session: AsyncSession, born: date) -> None:
    await factories.customer(session, date_of_birth=born)
    await factories.customer(session, birth_month=11, birth_day=24)
    calls = await upcoming(session)
    assert [occasion.years for call in calls for occasion in call.occasions] == [None, None]
    assert completed_years(born, TODAY) is None


async def test_a_couple_is_one_row_with_the_spouses_name(session: AsyncSession) -> None:
    karim = await factories.customer(session, first_name="Karim", anniversary_date=date(2016, 11, 24))
    await factories.relative(session, karim, name="Rokeya", relationship="parent", date_of_birth=date(1960, 1, 1))
    await factories.relative(session, karim, name="Shirin", gender="female", anniversary_date=date(2016, 11, 24))
    (call,) = await upcoming(session)
    (occasion,) = call.occasions
    assert (occasion.event, occasion.years, occasion.relative) == (EventType.ANNIVERSARY, 10, "Shirin")
    assert (occasion.relationship, occasion.gender) == (Relationship.SPOUSE, Gender.FEMALE)


async def test_a_relatives_own_anniversary_is_theirs(session: AsyncSession) -> None:
    karim = await factories.customer(session, anniversary_date=date(2016, 11, 24))
    await factories.relative(session, karim, name="Rokeya", relationship="parent", anniversary_date=date(1986, 11, 25))
    (call,) = await upcoming(session)
    assert [(occasion.relative, occasion.years) for occasion in call.occasions] == [(None, 10), ("Rokeya", 40)]


async def test_who_is_relative_and_customer_appears_once(session: AsyncSession) -> None:
    rahim = await factories.customer(session, first_name="Rahim", phone="01712345678")
    salma = await factories.customer(
        session, first_name="Salma", last_name="Ara", phone="01812345678", date_of_birth=date(1990, 11, 24)
    )
    await factories.relative(
        session, rahim, name="Salma Ara", phone="+880 1812-345678", date_of_birth=date(1990, 11, 24)
    )
    (call,) = await upcoming(session)
    assert call.customer_id == salma
    assert [occasion.relationship for occasion in call.occasions] == [None]


async def test_a_household_is_one_call_at_its_first_day(session: AsyncSession) -> None:
    rahim = await factories.customer(session, first_name="Rahim", phone="01712345678", birth_month=11, birth_day=26)
    salma = await factories.customer(
        session, first_name="Salma", phone="01712345678", birth_month=11, birth_day=24, household_id=rahim
    )
    await session.execute(text("UPDATE customers SET household_id = :id WHERE id = :id"), {"id": rahim})
    await factories.relative(session, salma, name="Arif", relationship="child", birth_month=11, birth_day=24)
    other = await factories.customer(session, first_name="Karim", birth_month=11, birth_day=25)
    calls = await upcoming(session)
    assert [(call.customer_id, [o.relative or o.customer for o in call.occasions]) for call in calls] == [
        (salma, ["Salma Uddin", "Arif", "Rahim Uddin"]),
        (other, ["Karim Uddin"]),
    ]
    assert calls[0].phone == "+8801712345678"


async def test_today_first_then_who_bought_for_most(session: AsyncSession) -> None:
    tomorrow = await factories.customer(session, birth_month=11, birth_day=25)
    small = await factories.customer(session, birth_month=11, birth_day=24)
    big = await factories.customer(session, birth_month=11, birth_day=24)
    await factories.order(session, big, amount=9000)
    await factories.order(session, small, amount=100)
    await factories.order(session, tomorrow, amount=90_000)
    await factories.settle(session, tomorrow, small, big)
    assert [call.customer_id for call in await upcoming(session)] == [big, small, tomorrow]
    assert [call.customer_id for call in await upcoming(session, ahead=1, days=1)] == [tomorrow]


async def test_nobody_who_wants_no_calls(session: AsyncSession) -> None:
    await factories.customer(session, birth_month=11, birth_day=24, do_not_call_at=NOON)
    assert await upcoming(session) == ()


async def _person(session: AsyncSession, **columns: Any) -> Staff:
    return await staff.get(session, await factories.staff(session, **columns))


async def test_whose_they_are_to_wish(session: AsyncSession) -> None:
    team = await factories.team(session)
    tanvir = await _person(session, name="Tanvir", team_id=team)
    nusrat = await _person(session, name="Nusrat", team_id=team)
    other = await _person(session, name="Other")
    farhana = await _person(session, name="Farhana", role="manager", team_id=team)
    rafiq = await _person(session, name="Rafiq", role="admin")
    owned = {
        person.id: await factories.customer(session, owner_id=person.id, birth_month=11, birth_day=24)
        for person in (tanvir, nusrat, other)
    }
    unowned = [await factories.customer(session, birth_month=11, birth_day=24) for _ in range(9)]
    seen = {
        person.id: {call.customer_id for call in await upcoming(session, person)}
        for person in (tanvir, nusrat, other, farhana, rafiq)
    }
    for person in (tanvir, nusrat, other):
        assert seen[person.id] - set(unowned) == {owned[person.id]}
    dealt = [customer for person in (tanvir, nusrat, other) for customer in seen[person.id] & set(unowned)]
    assert sorted(dealt) == unowned
    assert seen[farhana.id] == {owned[tanvir.id], owned[nusrat.id], *unowned}
    assert seen[rafiq.id] == {*owned.values(), *unowned}


async def test_a_foretold_deal_is_kept(session: AsyncSession) -> None:
    people = [await _person(session, name=name) for name in ("Tanvir", "Nusrat", "Other")]
    customers = [await factories.customer(session, birth_month=11, birth_day=25) for _ in range(9)]
    foretold = {p.id: {c.customer_id for c in await upcoming(session, p, ahead=1, days=1)} for p in people}
    tomorrow = NOON + timedelta(days=1)
    then = {p.id: {c.customer_id for c in await upcoming(session, p, now=tomorrow, days=1)} for p in people}
    assert foretold == then
    assert sorted(customer for found in then.values() for customer in found) == customers


async def test_on_a_day_when_nobody_works_the_last_working_days_deal_counts(session: AsyncSession) -> None:
    people = [await _person(session, name=name) for name in ("Tanvir", "Nusrat")]
    saturday = [await factories.customer(session, birth_month=11, birth_day=28) for _ in range(6)]
    thursday = datetime(2026, 11, 26, 9, tzinfo=ZONE)
    found = [call.customer_id for p in people for call in await upcoming(session, p, now=thursday, ahead=2, days=1)]
    assert sorted(found) == saturday

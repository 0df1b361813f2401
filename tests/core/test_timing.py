"""The call list honours hours: whom it passes over, who comes earlier, and that nobody is lost by it."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_queue, calls, thresholds
from cdm_core import staff as people
from cdm_core.call_queue import Claim
from cdm_core.db.as_of import set_as_of
from cdm_core.facts import CallFacts
from cdm_core.staff import Staff
from cdm_core.tables import call_ranking
from cdm_core.thresholds import Thresholds
from cdm_core.timing import Timing, timing
from cdm_core.words import CustomerType, HoursBasis, LifecycleStage, Temperature
from tests import factories
from tests.factories import NOW

STRANGER = CallFacts(
    stage=LifecycleStage.LEAD,
    type=CustomerType.NEW,
    temperature=Temperature.COLD,
    do_not_call=False,
    created_at=NOW,
)


@pytest.fixture
async def limits(session: AsyncSession) -> Thresholds:
    return await thresholds.load(session)


@pytest.fixture
async def tanvir(session: AsyncSession) -> Staff:
    return await people.get(session, await factories.staff(session, name="Tanvir"))


def clock(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return (NOW + timedelta(days=days)).replace(hour=hour, minute=minute)


async def buyer(session: AsyncSession, owner: Staff, *, amount: int = 1000, **columns: Any) -> int:
    """Bought twice, due to buy again, worth what ``amount`` says."""
    customer = await factories.customer(session, owner_id=owner.id, **columns)
    for back in (40, 50):
        await factories.order(session, customer, amount=amount, ordered_at=NOW - timedelta(days=back))
    await factories.settle(session, customer)
    return customer


async def answers_at(session: AsyncSession, customer: int, hours: str, basis: HoursBasis) -> None:
    """What the night found."""
    await session.execute(
        update(call_ranking)
        .where(call_ranking.c.customer_id == customer)
        .values(best_call_time=hours, best_call_time_n=9, best_call_time_by=basis)
    )
    await session.commit()


async def listed(session: AsyncSession, person: Staff, now: datetime) -> list[int]:
    await set_as_of(session, now)
    found = await calls.call_list(session, person, await thresholds.load(session), now=now)
    return [entry.customer_id for entry in found.entries]


async def claimed(session: AsyncSession, person: Staff, now: datetime) -> Claim | None:
    await set_as_of(session, now)
    return await call_queue.claim_next(session, person, await thresholds.load(session), now=now)


async def next_id(session: AsyncSession, person: Staff, now: datetime) -> int | None:
    claim = await claimed(session, person, now)
    return claim.entry.customer_id if claim else None


@pytest.mark.parametrize(
    ("said", "inside", "outside"),
    [
        ("18:00-20:00", [(18, 0), (19, 59)], [(11, 10), (17, 59), (20, 0)]),
        ("১৮–২০", [(18, 0)], [(20, 0)]),
        ("after Asr", [(15, 0)], [(14, 59)]),
        ("সন্ধ্যার পর", [(18, 30)], [(12, 0)]),
        ("20-24", [(20, 0), (23, 59)], [(0, 0), (12, 0)]),
        ("20:00-24:00", [(23, 59)], [(19, 59)]),
        ("22-02", [(22, 0), (0, 0), (1, 59)], [(2, 0), (21, 59)]),
    ],
)
async def test_outside_the_stated_hours_the_next_one_comes_and_nobody_leaves_the_list(
    session: AsyncSession,
    tanvir: Staff,
    said: str,
    inside: list[tuple[int, int]],
    outside: list[tuple[int, int]],
) -> None:
    picky = await buyer(session, tanvir, amount=9000, available_time=said)
    other = await buyer(session, tanvir, amount=10)
    for moment in inside:
        assert await next_id(session, tanvir, clock(*moment)) == picky
    for moment in outside:
        assert await next_id(session, tanvir, clock(*moment)) == other
        assert set(await listed(session, tanvir, clock(*moment))) == {picky, other}


@pytest.mark.parametrize(
    ("said", "day", "hours", "outside_at_eleven"),
    [
        ("19:00-23:00", 0, (time(19), time(21)), True),
        ("10:00-20:00", 5, (time(14, 30), time(20)), False),
        ("22-02", 0, None, True),
        ("12:30-14:00", 5, None, True),
    ],
)
async def test_the_hours_said_are_those_that_may_be_called_in_today(
    limits: Thresholds, said: str, day: int, hours: tuple[time, time] | None, outside_at_eleven: bool
) -> None:
    """Friday's prayer leaves the longer part as the best, and nobody outside what they said themselves."""
    now = clock(11, days=day)
    found = timing(replace(STRANGER, available_time=said), now, limits)
    assert (found.hours, found.outside, found.now_best) == (hours, outside_at_eleven, False)


async def test_nobody_comes_first_or_is_promised_at_a_time_that_may_not_be_called_in(limits: Thresholds) -> None:
    """Friday's prayer is from 12:30 to 14:30."""
    prayer = replace(STRANGER, available_time="12:30-14:00")
    assert timing(prayer, clock(13, days=5), limits) == Timing(hours=None, now_best=False, outside=False, opens_at=None)
    late = replace(STRANGER, available_time="12:30-16:00")
    assert timing(late, clock(11, days=5), limits).opens_at == clock(14, 30, days=5)
    early = replace(STRANGER, available_time="10-20")
    assert timing(early, clock(9, 30, days=5), limits).opens_at == clock(10, days=5)


async def test_words_that_are_no_hours_pass_over_nobody(session: AsyncSession, tanvir: Staff) -> None:
    picky = await buyer(session, tanvir, available_time="when my son is home")
    assert await next_id(session, tanvir, NOW) == picky


async def test_what_was_promised_for_now_and_orders_to_confirm_wait_for_no_hour(
    session: AsyncSession, tanvir: Staff
) -> None:
    promised = await factories.customer(session, owner_id=tanvir.id, available_time="18-20")
    await factories.follow_up(session, promised, tanvir.id, due_at=NOW - timedelta(minutes=5))
    await factories.settle(session, promised)
    assert await next_id(session, tanvir, NOW) == promised
    ordered = await factories.customer(session, owner_id=tanvir.id, available_time="18-20")
    await factories.order(session, ordered, status="pending", ordered_at=NOW - timedelta(hours=2))
    await factories.settle(session, ordered)
    assert await next_id(session, tanvir, NOW) == ordered


async def test_when_all_wait_for_their_hours_the_list_says_who_comes_when(
    session: AsyncSession, tanvir: Staff, limits: Thresholds
) -> None:
    evening = await buyer(session, tanvir, available_time="18-20", first_name="Karim", last_name="Mia")
    await buyer(session, tanvir, available_time="20-21")
    await buyer(session, tanvir, available_time="9-10")
    assert await claimed(session, tanvir, NOW) is None
    coming = await call_queue.next_coming(session, tanvir, limits, now=NOW)
    assert coming is not None
    assert (coming.customer_id, coming.name, coming.due_at) == (evening, "Karim Mia", clock(18))
    assert await next_id(session, tanvir, clock(18)) == evening


async def test_among_equals_whose_best_hour_is_now_comes_first(session: AsyncSession, tanvir: Staff) -> None:
    rich, poor, said = [await buyer(session, tanvir, amount=amount) for amount in (9000, 100, 50)]
    await answers_at(session, poor, "10:00-12:00", HoursBasis.OWN)
    await answers_at(session, said, "18:00-20:00", HoursBasis.SHOP)
    assert await listed(session, tanvir, clock(11)) == [poor, rich, said]
    assert await listed(session, tanvir, clock(18)) == [said, rich, poor]
    assert await listed(session, tanvir, clock(14)) == [rich, poor, said]


async def test_a_best_hour_crosses_no_border_between_parts(session: AsyncSession, tanvir: Staff) -> None:
    now_best = await buyer(session, tanvir, amount=9000)
    await answers_at(session, now_best, "10:00-12:00", HoursBasis.OWN)
    birthday = await buyer(session, tanvir, birth_month=NOW.month, birth_day=NOW.day)
    cart = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, cart)
    old_cart = await factories.customer(session, owner_id=tanvir.id)
    await factories.dropoff(session, old_cart, occurred_at=NOW - timedelta(hours=20))
    await factories.settle(session, cart, old_cart)
    await answers_at(session, old_cart, "10:00-12:00", HoursBasis.OWN)
    assert await listed(session, tanvir, NOW) == [cart, old_cart, birthday, now_best]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/New_York", (2026, 3, 8)), ("America/New_York", (2026, 11, 1)), ("Australia/Lord_Howe", (2026, 10, 4))],
)
async def test_on_the_day_the_clocks_change_hours_are_those_of_the_wall(
    limits: Thresholds, zone: str, day: tuple[int, int, int]
) -> None:
    there = replace(limits, zone=ZoneInfo(zone))
    facts = replace(STRANGER, available_time="18:00-20:00")
    early, late = (datetime(*day, hour, tzinfo=there.zone) for hour in (0, 18))
    assert timing(facts, early, there) == Timing((time(18), time(20)), outside=True, opens_at=late)
    assert timing(facts, late, there) == Timing((time(18), time(20)), now_best=True)
    assert timing(facts, late + timedelta(hours=2), there).outside


async def test_no_words_and_no_moment_break_it(limits: Thresholds) -> None:
    zones = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Asia/Dhaka", "America/New_York", "Pacific/Apia")])

    @given(st.text(max_size=50), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=zones))
    def holds(words: str, now: datetime) -> None:
        found = timing(replace(STRANGER, available_time=words), now, limits)
        assert not (found.outside and found.now_best)
        assert found.opens_at is None or found.opens_at > now

    holds()

"""The morning list, from the tick of the clock to the message in the outbox."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import outbox_leases, retries, runs, staff, troubles
from cdm_core.clock import Clock
from cdm_core.schedule import JobName, Slot
from cdm_core.tables import chats, outbox, schedule_runs
from cdm_core.tables import staff as staff_table
from cdm_core.words import RunState
from jobs import morning_digest, occasion_reminders
from jobs.clock import Ticker
from jobs.job import Detail, InSteps, Job, Shop
from jobs.runner import run_pass
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
DIGEST = morning_digest.job(Shop())
DAILY = [1, 2, 3, 4, 5, 6, 7]
TUESDAY = date(2026, 11, 24)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


NINE = at("2026-11-24T09:00")


def ticker(sessions: Sessions, *jobs: Job) -> Ticker:
    return Ticker(sessions, Clock(ZONE), jobs or [DIGEST])


async def agent(session: AsyncSession, name: str = "Tanvir", **columns: Any) -> int:
    return await factories.staff(session, **{"name": name, "created_at": at("2026-01-01T00:00"), **columns})


async def birthday(session: AsyncSession, owner: int | None, day: date = TUESDAY, **columns: Any) -> int:
    customer = await factories.customer(session, owner_id=owner, birth_month=day.month, birth_day=day.day, **columns)
    await factories.settle(session, customer)
    return customer


async def sent(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(await session.execute(select(outbox).where(outbox.c.kind == "digest").order_by(outbox.c.id)))


async def texts(sessions: Sessions) -> list[str]:
    return [message.payload["text"] for message in await sent(sessions)]


async def ledger(sessions: Sessions) -> list[tuple[str, date, str, int]]:
    """What was run: whom for, of which day, how it went, how often it was tried."""
    row = schedule_runs.c
    async with sessions() as session:
        found = await session.execute(
            select(row.key, row.local_date, row.state, row.attempts)
            .where(row.job == JobName.MORNING_DIGEST, row.key != runs.TICK)
            .order_by(row.local_date, row.key)
        )
        return [tuple(one) for one in found]


async def test_it_comes_at_the_persons_hour_once_and_without_sound(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    customer = await birthday(session, person, first_name="Salma", last_name="Ara")
    clock = ticker(sessions)
    await clock.tick(NINE - timedelta(minutes=1))
    assert await sent(sessions) == []
    for seconds in (0, 30, 60):
        await clock.tick(NINE + timedelta(seconds=seconds))
    (message,) = await sent(sessions)
    assert message.dedup_key == f"digest:{person}:2026-11-24"
    assert message.payload["disable_notification"] is True
    assert message.payload["text"].startswith("☀️ <b>Tanvir, Tue 24 Nov</b>\n🎂 <b>Today</b>\n1 Salma Ara: birthday\n")
    assert message.context == {"entries": {"1": customer}}
    assert [button["text"] for button in message.payload["reply_markup"]["inline_keyboard"][0]] == ["1"]
    assert await ledger(sessions) == [(str(person), TUESDAY, "done", 1)]


async def test_each_at_their_hour_in_their_language(session: AsyncSession, sessions: Sessions) -> None:
    tanvir = await agent(session)
    nusrat = await agent(session, "Nusrat", language="bn", digest_time=at("2026-11-24T10:30").time())
    await birthday(session, tanvir)
    await birthday(session, nusrat)
    clock = ticker(sessions)
    await clock.tick(NINE)
    assert len(await sent(sessions)) == 1
    await clock.tick(at("2026-11-24T10:30"))
    assert [said.split("\n")[0] for said in await texts(sessions)] == [
        "☀️ <b>Tanvir, Tue 24 Nov</b>",
        "☀️ <b>Nusrat, মঙ্গল ২৪ নভে</b>",
    ]


async def test_days_off_are_carried_and_bring_no_list(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    for day, name in ((27, "Friday"), (28, "Saturday"), (29, "Sunday")):
        await birthday(session, person, date(2026, 11, day), first_name=name, last_name="")
    clock = ticker(sessions)
    for day in (26, 27, 28):
        await clock.tick(at(f"2026-11-{day}T09:00"))
    (said,) = await texts(sessions)
    lines = said.split("\n")
    assert lines[0] == "☀️ <b>Tanvir, Thu 26 Nov</b>, with Fri and Sat"
    assert lines[1:3] == ["🎂 <b>Fri 27</b>", "1 Friday: birthday"]
    assert "🎂 <b>Sat 28</b>" in lines
    assert "Sun 29: Sunday" in lines


async def test_alerts_that_nobody_took_are_told_to_the_owner(session: AsyncSession, sessions: Sessions) -> None:
    person, colleague = await agent(session), await agent(session, "Nusrat")
    for owner, states in ((person, ("open", "claimed", "closed")), (colleague, ("waiting", "open"))):
        for state in states:
            customer = await birthday(session, owner, date(2026, 6, 1))
            when = NINE - timedelta(hours=14)
            values = {"id": customer, "state": state, "now": when, "by": owner if state == "claimed" else None}
            await session.execute(
                text(
                    "INSERT INTO alerts (customer_id, sign, sign_at, raised_at, state, claimed_by)"
                    " VALUES (:id, 'cart', :now, :now, :state, :by)"
                ),
                values,
            )
    await session.commit()
    await ticker(sessions).tick(NINE)
    assert [said.split("\n")[1] for said in await texts(sessions)] == [
        "🚨 <b>Urgent: 1 open</b>",
        "🚨 <b>Urgent: 2 open</b>",
    ]


async def test_nothing_to_say_nothing_sent(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await session.commit()
    await ticker(sessions).tick(NINE)
    assert await sent(sessions) == []
    assert await ledger(sessions) == [(str(person), TUESDAY, "done", 1)]


@pytest.mark.parametrize("why", ["removed", "blocked", "never signed in"])
async def test_who_cannot_be_written_to(session: AsyncSession, sessions: Sessions, why: str) -> None:
    person = await agent(session, chat=why != "never signed in")
    await birthday(session, person)
    if why == "removed":
        await staff.remove(session, person, now=NINE)
    if why == "blocked":
        await session.execute(update(chats).where(chats.c.staff_id == person).values(blocked_at=NINE))
    await session.commit()
    await ticker(sessions).tick(NINE)
    assert await sent(sessions) == []


async def test_all_that_a_morning_list_says(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    rahim = await factories.customer(
        session, first_name="রহিম", last_name="উদ্দিন", phone="01712345678", owner_id=person
    )
    await factories.relative(
        session, rahim, name="Arif", relationship="child", gender="male", date_of_birth=date(2018, 11, 24)
    )
    for days_ago in (40, 64, 88):
        await factories.order(session, rahim, amount=20_000, ordered_at=NINE - timedelta(days=days_ago))
    await factories.interaction(session, rahim, occurred_at=at("2026-11-18T12:00"), staff_id=person)
    due = await factories.customer(session, first_name="Nasrin", last_name="Sultana", owner_id=person)
    await factories.follow_up(session, due, person, due_at=at("2026-11-23T09:30"))
    pending = await factories.customer(session, first_name="Mitu", last_name="Das", owner_id=person)
    await factories.order(
        session, pending, amount=2100, status="pending", payment_method="cod", ordered_at=at("2026-11-22T08:00")
    )
    left = await factories.customer(session, first_name="Left", last_name="Cart", owner_id=person)
    await factories.dropoff(session, left, cart_value=Decimal(7300), occurred_at=NINE - timedelta(hours=3))
    late = await factories.customer(
        session, first_name="Jahid", last_name="Hasan", owner_id=person, birth_month=11, birth_day=25
    )
    soon = await birthday(session, person, date(2026, 12, 1))
    for outcome in ("no_answer", "connected", "order_confirmed"):
        await factories.interaction(
            session, left, occurred_at=at("2026-11-23T15:00"), staff_id=person, outcome_code=outcome
        )
    await factories.order(
        session,
        soon,
        amount=14_200,
        ordered_at=at("2026-11-23T15:00"),
        confirmed_by=person,
        confirmed_at=at("2026-11-23T15:00"),
    )
    await factories.settle(session, rahim, due, pending, left, late, soon)
    await ticker(sessions).tick(NINE)
    (message,) = await sent(sessions)
    lines = message.payload["text"].split("\n")
    assert lines[:4] == [
        "☀️ <b>Tanvir, Tue 24 Nov</b>",
        "🎂 <b>Today</b>",
        "1 রহিম উদ্দিন: son Arif turns 8",
        "+880 1712-345678 · called 6 d ago",
    ]
    assert lines[4] == "VIP, ৳60,000 · last 40 d ago"
    assert lines[5].startswith("Offer ")
    assert lines[6:] == [
        "Tomorrow: Jahid Hasan · in 7 d: 1",
        "⏰ <b>Follow-ups 1</b>, 1 overdue",
        "2 Nasrin Sultana · overdue 23 h",
        *lines[9:-3],
        "🛒 <b>Carts 1</b>, ৳7,300",
        "📊 <b>Yesterday</b> 3 calls, 2 answered",
        "1 order, ৳14,200",
    ]
    assert lines[9].startswith("📞 <b>Call first</b>, ")
    assert lines[10] == "3 Mitu Das · 📦 ৳2,100 COD, 2\N{NO-BREAK SPACE}d"
    assert message.context["entries"]["1"] == rahim
    told = await session.execute(text("SELECT actor, action, details FROM audit_log"))
    shown = {"shown_to": person, "customers": sorted(set(message.context["entries"].values()))}
    assert [tuple(row) for row in told] == [("morning-digest", "digest", shown)]
    assert message.context["entries"]["2"] == due
    assert message.context["entries"]["3"] == pending


async def test_one_household_is_one_entry(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    first = await factories.customer(
        session, first_name="Rahim", phone="01712345678", owner_id=person, birth_month=11, birth_day=24
    )
    second = await factories.customer(
        session,
        first_name="Salma",
        phone="01712345678",
        owner_id=person,
        birth_month=11,
        birth_day=24,
        household_id=first,
    )
    await session.execute(text("UPDATE customers SET household_id = :id WHERE id = :id"), {"id": first})
    await factories.follow_up(session, second, person, due_at=NINE + timedelta(hours=2))
    await factories.settle(session, first, second)
    await ticker(sessions).tick(NINE)
    (message,) = await sent(sessions)
    assert message.context == {"entries": {"1": first}}
    assert "1 Rahim Uddin: birthday\nSalma Uddin: birthday\n+880 1712-345678" in message.payload["text"]


async def test_nobody_gets_a_colleagues_customer_and_the_unowned_go_to_one(
    session: AsyncSession, sessions: Sessions
) -> None:
    tanvir, nusrat = await agent(session), await agent(session, "Nusrat")
    owned = await birthday(session, tanvir)
    unowned = [await birthday(session, None) for _ in range(6)]
    await ticker(sessions).tick(NINE)
    told: dict[int, set[int]] = {
        message.staff_id: set(message.context["entries"].values()) for message in await sent(sessions)
    }
    assert owned in told[tanvir]
    assert owned not in told.get(nusrat, set())
    for customer in unowned:
        assert sum(customer in customers for customers in told.values()) <= 1


async def test_an_unowned_customers_day_off_goes_to_who_works_then(session: AsyncSession, sessions: Sessions) -> None:
    await agent(session)  # off on Friday
    nusrat = await agent(session, "Nusrat", working_days=DAILY)
    friday = await birthday(session, None, date(2026, 11, 27))
    clock = ticker(sessions)
    await clock.tick(at("2026-11-26T09:00"))
    thursday_lists = [message.context["entries"] for message in await sent(sessions) if message.staff_id != nusrat]
    assert all(friday not in entries.values() for entries in thursday_lists)
    await clock.tick(at("2026-11-27T09:00"))
    last = (await sent(sessions))[-1]
    assert last.staff_id == nusrat
    assert friday in last.context["entries"].values()


@pytest.mark.parametrize(
    ("down_from", "down_until", "first_line", "states"),
    [
        ("2026-11-24T08:59:30", "2026-11-24T09:00:30", "☀️ <b>Tanvir, Tue 24 Nov</b>", ["done"]),
        ("2026-11-24T08:20", "2026-11-24T11:20", "☀️ <b>Tanvir, Tue 24 Nov</b> · sent 11:20", ["late"]),
        ("2026-11-24T08:20", "2026-11-25T14:20", "☀️ <b>Tanvir, Wed 25 Nov</b> · sent 14:20", ["expired", "late"]),
    ],
    ids=["1 minute", "3 hours", "30 hours"],
)
async def test_down_over_the_hour(
    session: AsyncSession, sessions: Sessions, down_from: str, down_until: str, first_line: str, states: list[str]
) -> None:
    person = await agent(session)
    await birthday(session, person)
    await birthday(session, person, date(2026, 11, 25))
    await ticker(sessions).tick(at("2026-11-23T09:00"))
    already = len(await sent(sessions))
    await ticker(sessions).tick(at(down_from))
    await ticker(sessions).tick(at(down_until))
    said = (await texts(sessions))[already:]
    assert [one.split("\n")[0] for one in said] == [first_line]
    assert [state for _, day, state, _ in await ledger(sessions) if day >= TUESDAY] == states


async def test_many_processes_at_once_send_one_each(session: AsyncSession, sessions: Sessions) -> None:
    people = [await agent(session, f"Agent {n}") for n in range(8)]
    for person in people:
        await birthday(session, person)
    clocks = [ticker(sessions) for _ in range(4)]
    outcomes = await asyncio.gather(*(clock.tick(NINE) for clock in clocks))
    assert sorted(message.staff_id for message in await sent(sessions)) == sorted(people)
    done = [outcome.slot.key for found in outcomes for outcome in found if outcome.state is RunState.DONE]
    assert sorted(done) == sorted(map(str, people))


class Killed(BaseException):
    """The process dies here."""


async def test_a_death_between_ledger_and_outbox_leaves_nothing_and_is_made_good(
    session: AsyncSession, sessions: Sessions
) -> None:
    person = await agent(session)
    await birthday(session, person)

    async def dies(inner: AsyncSession, slot: Slot) -> Detail:
        assert not isinstance(DIGEST.run, InSteps)
        await DIGEST.run(inner, slot)
        raise Killed

    with pytest.raises(Killed):
        await run_pass(sessions, replace(DIGEST, run=dies), NINE)
    assert await sent(sessions) == []
    assert await ledger(sessions) == []
    await ticker(sessions).tick(NINE + timedelta(minutes=1))
    assert len(await sent(sessions)) == 1


async def test_one_that_breaks_stops_no_other_and_is_tried_again(session: AsyncSession, sessions: Sessions) -> None:
    unlucky, lucky = await agent(session), await agent(session, "Nusrat")
    await birthday(session, unlucky)
    await birthday(session, lucky)
    broken = True

    async def breaks(inner: AsyncSession, slot: Slot) -> Detail:
        assert not isinstance(DIGEST.run, InSteps)
        detail = await DIGEST.run(inner, slot)
        if broken and slot.key == str(unlucky):
            raise RuntimeError("a secret")
        return detail

    clock = ticker(sessions, replace(DIGEST, run=breaks))
    await clock.tick(NINE)
    assert [message.staff_id for message in await sent(sessions)] == [lucky]
    assert (str(unlucky), TUESDAY, "failed", 1) in await ledger(sessions)
    await clock.tick(NINE + timedelta(minutes=1))
    broken = False
    await clock.tick(NINE + timedelta(minutes=2))
    assert {message.staff_id for message in await sent(sessions)} == {lucky, unlucky}
    assert (str(unlucky), TUESDAY, "done", 3) in await ledger(sessions)


async def test_what_fails_again_and_again_is_given_up_and_seen(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person)
    tries = 0

    async def breaks(_inner: AsyncSession, _slot: Slot) -> Detail:
        nonlocal tries
        tries += 1
        raise RuntimeError("a secret")

    clock = ticker(sessions, replace(DIGEST, run=breaks))
    for minute in range(10):
        await clock.tick(NINE + timedelta(minutes=minute))
    assert tries == runs.MOST_ATTEMPTS
    assert await ledger(sessions) == [(str(person), TUESDAY, "failed", runs.MOST_ATTEMPTS)]
    async with sessions() as other:
        run = (await runs.latest(other))[JobName.MORNING_DIGEST]
    assert "RuntimeError" in run.detail["error"]
    assert "secret" not in run.detail["error"]


async def test_moving_the_hour_gives_no_second_list(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person)
    clock = ticker(sessions)
    await clock.tick(NINE)
    await session.execute(update(staff_table).values(digest_time=at("2026-11-24T11:00").time()))
    await session.commit()
    await clock.tick(at("2026-11-24T11:00"))
    assert len(await sent(sessions)) == 1


async def test_a_clock_set_back_gives_no_second_list(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person)
    clock = ticker(sessions)
    for moment in ("09:05", "08:30", "09:00", "09:05"):
        await clock.tick(at(f"2026-11-24T{moment}"))
    assert len(await sent(sessions)) == 1


async def test_asked_for_by_a_colleague_it_comes_at_the_next_tick(session: AsyncSession, sessions: Sessions) -> None:
    tanvir, nusrat = await agent(session), await agent(session, "Nusrat")
    await birthday(session, tanvir)
    await birthday(session, nusrat)
    await runs.request(session, JobName.MORNING_DIGEST, NINE - timedelta(hours=1), staff_id=nusrat)
    await session.commit()
    clock = ticker(sessions)
    await asyncio.gather(clock.tick(NINE - timedelta(hours=1)), ticker(sessions).tick(NINE - timedelta(hours=1)))
    assert [message.staff_id for message in await sent(sessions)] == [nusrat]
    await clock.tick(NINE)
    assert sorted(message.staff_id for message in await sent(sessions)) == sorted([tanvir, nusrat, nusrat])


async def test_asked_for_at_night_it_comes_and_leaves_the_mornings_to_come(
    session: AsyncSession, sessions: Sessions
) -> None:
    person = await agent(session)
    await birthday(session, person)
    await runs.request(session, JobName.MORNING_DIGEST, at("2026-11-24T01:00"))
    await session.commit()
    clock = ticker(sessions)
    await clock.tick(at("2026-11-24T01:00"))
    assert len(await sent(sessions)) == 1
    await clock.tick(NINE)
    early, planned = await sent(sessions)
    assert early.payload["text"].split("\n")[:2] == planned.payload["text"].split("\n")[:2]
    assert (early.expires_at, planned.expires_at) == (None, NINE + timedelta(hours=6))
    assert [state for _, _, state, _ in await ledger(sessions)] == ["done", "done"]


async def test_what_an_early_list_told_is_told_in_the_morning_again(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person)
    await runs.request(session, JobName.MORNING_DIGEST, at("2026-11-24T08:00"))
    await session.commit()
    await ticker(sessions).tick(at("2026-11-24T08:00"))
    reminders = occasion_reminders.job(Shop())
    await runs.request(session, JobName.OCCASION_REMINDERS, NINE)
    await session.commit()
    (outcome,) = await ticker(sessions, reminders).tick(NINE)
    assert outcome.detail == {"told": 0}  # the list of nine is about to tell it


async def test_an_expired_list_tried_again_is_of_now_and_goes_out(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person)
    await session.commit()
    await ticker(sessions).tick(NINE - timedelta(minutes=1))
    tried = at("2026-11-24T15:31")
    await ticker(sessions).tick(at("2026-11-24T15:30"))
    async with sessions.begin() as own:
        job = next(one for one in await troubles.find(own, now=tried) if one.about is JobName.MORNING_DIGEST)
        assert (await retries.retry(own, "Rafiq", job, now=tried)).number == 1
    await ticker(sessions).tick(tried)
    await ticker(sessions).tick(tried + timedelta(minutes=1))
    (message,) = await sent(sessions)
    assert message.payload["text"].startswith("☀️ <b>Tanvir, Tue 24 Nov</b> · sent 15:31")
    async with sessions.begin() as own:
        leased = await outbox_leases.lease(own, "sender", now=tried + timedelta(minutes=1), most=10)
    assert [parcel.id for parcel in leased] == [message.id]
    assert await ledger(sessions) == [(str(person), TUESDAY, "late", 2)]


async def test_a_list_asked_for_beside_the_plan_that_failed_is_tried_again_beside_it(
    session: AsyncSession, sessions: Sessions
) -> None:
    person = await agent(session)
    await birthday(session, person)
    await session.commit()
    early = NINE - timedelta(hours=1)

    async def dies(_session: AsyncSession, _slot: Slot) -> Detail:
        raise RuntimeError

    async with sessions.begin() as own:
        await runs.request(own, JobName.MORNING_DIGEST, early, staff_id=person)
    await ticker(sessions, replace(DIGEST, run=dies)).tick(early)
    await ticker(sessions).tick(NINE)
    tried = NINE + timedelta(minutes=30)
    async with sessions.begin() as own:
        job = next(one for one in await troubles.find(own, now=tried) if one.about is JobName.MORNING_DIGEST)
        assert (await retries.retry(own, "Rafiq", job, now=tried)).number == 1
    await ticker(sessions).tick(tried)
    assert [(key, state) for key, _, state, _ in await ledger(sessions)] == [
        (str(person), "done"),
        (f"{person}@0200", "late"),
    ]
    assert len(await sent(sessions)) == 2


async def test_a_list_of_yesterday_tried_again_tells_of_yesterday(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await birthday(session, person, first_name="Salma", last_name="")
    await session.commit()
    await ticker(sessions).tick(NINE - timedelta(minutes=1))
    await ticker(sessions).tick(NINE + timedelta(days=1))
    tried = NINE + timedelta(days=1, minutes=30)
    async with sessions.begin() as own:
        job = next(one for one in await troubles.find(own, now=tried) if one.about is JobName.MORNING_DIGEST)
        await retries.retry(own, "Rafiq", job, now=tried)
    await ticker(sessions).tick(tried)
    message = (await sent(sessions))[-1]
    assert message.payload["text"].startswith("☀️ <b>Tanvir, Tue 24 Nov</b>\n🎂 <b>Today</b>\n1 Salma: birthday\n")
    assert message.expires_at is None


async def test_a_managers_list_is_for_a_manager(session: AsyncSession, sessions: Sessions) -> None:
    manager = await agent(session, "Farhana", role="manager")
    await birthday(session, await agent(session))
    await birthday(session, manager)
    await ticker(sessions).tick(NINE)
    roles = {message.staff_id: message.payload.get("$role") for message in await sent(sessions)}
    assert roles.pop(manager) == "manager"
    assert set(roles.values()) == {None}


async def test_four_hundred_birthdays(session: AsyncSession, sessions: Sessions) -> None:
    person = await agent(session)
    await session.execute(
        text(
            "INSERT INTO customers (first_name, phone_e164, owner_id, birth_month, birth_day)"
            " SELECT 'Customer ' || n, '+88017' || lpad(n::text, 8, '0'), :owner, 11, 24 FROM generate_series(1, 400) n"
        ),
        {"owner": person},
    )
    await session.commit()
    await ticker(sessions).tick(NINE)
    (message,) = await sent(sessions)
    said: Sequence[str] = message.payload["text"].split("\n")
    assert len(said) <= 22
    shown = len(message.context["entries"])
    assert f"{400 - shown} more: 🎂 Week" in said
    rows = message.payload["reply_markup"]["inline_keyboard"]
    assert any(button["text"] == "🎂 Week 400" for row in rows for button in row)


@pytest.mark.parametrize("letter", ["W", "র", "🍯"])
async def test_a_name_of_two_hundred_letters(session: AsyncSession, sessions: Sessions, letter: str) -> None:
    person = await agent(session)
    await birthday(session, person, first_name=letter * 200, last_name="<b>&")
    await ticker(sessions).tick(NINE)
    (said,) = await texts(sessions)
    line = next(line for line in said.splitlines() if letter * 10 in line)
    assert "…" in line
    assert line.count(letter) <= 40
    assert "<b>&" not in said

"""Birthdays and anniversaries that no morning list brings: who is told of them, when, once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import absences, thresholds
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.clock import Clock
from cdm_core.db.as_of import set_as_of
from cdm_core.staff import Staff
from cdm_core.tables import outbox
from jobs import morning_digest, occasion_reminders
from jobs.clock import Ticker
from jobs.job import Shop
from jobs.runner import run_pass
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
DIGEST, REMINDERS = morning_digest.job(Shop()), occasion_reminders.job(Shop())
DAILY = [1, 2, 3, 4, 5, 6, 7]
DAY = timedelta(days=1)
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=ZONE)
THURSDAY, FRIDAY = TUESDAY + 2 * DAY, TUESDAY + 3 * DAY


@pytest.fixture
async def team(session: AsyncSession) -> int:
    return await factories.team(session, name="Mirpur")


async def person(session: AsyncSession, name: str, team: int | None, **columns: Any) -> Staff:
    given = {"name": name, "team_id": team, "created_at": TUESDAY - 90 * DAY, **columns}
    return await people.get(session, await factories.staff(session, **given))


async def birthday(session: AsyncSession, owner: Staff | None, day: date, name: str) -> int:
    customer = await factories.customer(
        session,
        first_name=name,
        last_name="",
        owner_id=owner.id if owner else None,
        birth_month=day.month,
        birth_day=day.day,
    )
    await factories.settle(session, customer)
    return customer


async def leave(session: AsyncSession, who: Staff, first: datetime, days: int = 3) -> None:
    today = (first - DAY).date()
    await absences.add(session, who, first.date(), (first + days * DAY).date(), by=who, now=first - DAY, today=today)
    await session.commit()


async def morning(session: AsyncSession, sessions: Sessions, now: datetime) -> dict[str, list[str]]:
    """Lists, then reminders, of that morning: the lines of each reminder by its reader's name."""
    await session.commit()
    before = (await session.execute(text("SELECT coalesce(max(id), 0) FROM outbox"))).scalar_one()
    await session.rollback()
    await run_pass(sessions, REMINDERS, now - timedelta(minutes=1))
    await run_pass(sessions, DIGEST, now)
    outcomes = await run_pass(sessions, REMINDERS, now)
    assert [outcome.state for outcome in outcomes] == ["done"]
    rows = await session.execute(
        text(
            "SELECT s.name, o.payload ->> 'text' AS words FROM outbox o JOIN staff s ON s.id = o.staff_id"
            " WHERE o.id > :before AND o.kind = 'reminder' ORDER BY o.id"
        ),
        {"before": before},
    )
    said: dict[str, list[str]] = {}
    for row in rows:
        said.setdefault(row.name, []).extend(row.words.splitlines())
    await session.rollback()
    return said


async def test_what_the_lists_bring_is_not_said_again(session: AsyncSession, sessions: Sessions, team: int) -> None:
    tanvir = await person(session, "Tanvir", team)
    for owner in (tanvir, None):
        for ahead in (0, 1, 7):
            await birthday(session, owner, (TUESDAY + ahead * DAY).date(), "Salma")
    assert await morning(session, sessions, TUESDAY) == {}


async def test_of_who_is_on_leave_a_colleague_hears(session: AsyncSession, sessions: Sessions, team: int) -> None:
    tanvir, nusrat = await person(session, "Tanvir", team), await person(session, "Nusrat", team)
    elsewhere = await person(session, "Shuvo", await factories.team(session, name="Uttara"))
    today = await birthday(session, nusrat, TUESDAY.date(), "Salma")
    for ahead, name in ((1, "Jahid"), (2, "Rumi"), (7, "Mitu")):
        await birthday(session, nusrat, (TUESDAY + ahead * DAY).date(), name)
    await leave(session, nusrat, TUESDAY, days=2)
    said = await morning(session, sessions, TUESDAY)
    assert said == {
        "Tanvir": [
            "🎂 <b>Tue 24 Nov: 1 to wish</b>",
            "1 Salma: birthday",
            said["Tanvir"][2],
            "Lead",
            "for Nusrat, away until Thu 26 Nov",
            "Tomorrow: Jahid",
            "In 7 d: Mitu",
        ]
    }
    (message,) = await session.execute(select(outbox).where(outbox.c.kind == "reminder"))
    assert message.payload["disable_notification"] is True
    assert message.context == {"entries": {"1": today}}
    assert message.dedup_key == f"occasions:{tanvir.id}:2026-11-24:1"
    await set_as_of(session, TUESDAY)
    limits = await thresholds.load(session)
    assert (await access_customer(session, tanvir, limits, today)).customer_id == today
    assert elsewhere.id not in {one.staff_id for one in await session.execute(select(outbox.c.staff_id))}
    audited = await session.execute(text("SELECT actor, details FROM audit_log WHERE action = 'reminded'"))
    assert [tuple(row) for row in audited] == [("occasion-reminders", {"shown_to": tanvir.id, "customers": [today]})]


async def test_once_a_day_however_many_processes(session: AsyncSession, sessions: Sessions, team: int) -> None:
    await person(session, "Tanvir", team)
    nusrat = await person(session, "Nusrat", team)
    await birthday(session, nusrat, TUESDAY.date(), "Salma")
    await leave(session, nusrat, TUESDAY)
    clocks = [Ticker(sessions, Clock(ZONE), [REMINDERS]) for _ in range(3)]
    for minutes in (-1, 0, 1):
        for clock in clocks:
            await clock.tick(TUESDAY + timedelta(minutes=minutes))
    assert len(list(await session.execute(select(outbox.c.id)))) == 1


async def test_days_off_were_carried_by_the_list_before(session: AsyncSession, sessions: Sessions, team: int) -> None:
    tanvir = await person(session, "Tanvir", team)
    await person(session, "Nusrat", team, working_days=DAILY)
    await person(session, "Farhana", team, role="manager", working_days=DAILY)
    for ahead in (0, 1, 2, 7, 8):
        await birthday(session, tanvir, (FRIDAY + ahead * DAY).date(), "Salma")
    assert await morning(session, sessions, THURSDAY) == {}
    assert await morning(session, sessions, FRIDAY) == {}
    assert await morning(session, sessions, FRIDAY + DAY) == {}


async def test_what_became_known_on_a_day_off_goes_to_the_manager(
    session: AsyncSession, sessions: Sessions, team: int
) -> None:
    tanvir = await person(session, "Tanvir", team)
    await person(session, "Nusrat", team, working_days=DAILY)
    farhana = await person(session, "Farhana", team, role="manager", working_days=DAILY)
    await birthday(session, tanvir, FRIDAY.date(), "Salma")
    await morning(session, sessions, THURSDAY)
    late = await birthday(session, tanvir, FRIDAY.date(), "Late")
    said = await morning(session, sessions, FRIDAY)
    assert list(said) == ["Farhana"]
    assert said["Farhana"][1] == "1 Late: birthday"
    assert said["Farhana"][-1] == "Owner: Tanvir"
    limits = await thresholds.load(session)
    assert (await access_customer(session, farhana, limits, late)).customer_id == late


@pytest.mark.parametrize("why", ["gone", "never signed in", "blocked"])
async def test_of_an_owner_without_a_list(session: AsyncSession, sessions: Sessions, team: int, why: str) -> None:
    tanvir = await person(session, "Tanvir", team)
    farhana = await person(session, "Farhana", team, role="manager")
    owner = await person(session, "Owner", team, chat=why != "never signed in")
    await birthday(session, owner, TUESDAY.date(), "Salma")
    if why == "gone":
        await people.remove(session, owner.id, now=TUESDAY)
    if why == "blocked":
        await session.execute(text("UPDATE chats SET blocked_at = now() WHERE staff_id = :owner"), {"owner": owner.id})
    said = await morning(session, sessions, TUESDAY)
    assert list(said) == [tanvir.name if why == "gone" else farhana.name]
    assert said[next(iter(said))][-1] == ("for Owner, who left" if why == "gone" else "Owner: Owner")


async def test_nobody_s_customers_when_no_agent_works(session: AsyncSession, sessions: Sessions, team: int) -> None:
    await person(session, "Tanvir", team)
    await person(session, "Farhana", team, role="manager", working_days=DAILY)
    known = await birthday(session, None, FRIDAY.date(), "Known")
    await morning(session, sessions, THURSDAY)
    new = await birthday(session, None, FRIDAY.date(), "New")
    said = await morning(session, sessions, FRIDAY)
    assert list(said) == ["Farhana"]
    assert [line for line in said["Farhana"] if "birthday" in line] == ["1 New: birthday"]
    assert known != new


async def test_with_nobody_here_nothing_is_said(session: AsyncSession, sessions: Sessions, team: int) -> None:
    tanvir = await person(session, "Tanvir", team)
    await birthday(session, tanvir, TUESDAY.date(), "Salma")
    await leave(session, tanvir, TUESDAY)
    assert await morning(session, sessions, TUESDAY) == {}


async def test_what_the_list_of_an_early_riser_could_not_know(
    session: AsyncSession, sessions: Sessions, team: int
) -> None:
    tanvir = await person(session, "Tanvir", team, digest_time=(TUESDAY - timedelta(hours=1)).time())
    await birthday(session, tanvir, TUESDAY.date(), "Salma")
    await run_pass(sessions, DIGEST, TUESDAY - timedelta(hours=1))
    await birthday(session, tanvir, TUESDAY.date(), "Late")
    said = await morning(session, sessions, TUESDAY)
    assert [line for line in said["Tanvir"] if "birthday" in line] == ["1 Late: birthday"]


async def test_who_wants_no_calls_is_not_wished(session: AsyncSession, sessions: Sessions, team: int) -> None:
    await person(session, "Tanvir", team)
    nusrat = await person(session, "Nusrat", team)
    await birthday(session, nusrat, TUESDAY.date(), "Salma")
    await session.execute(text("UPDATE customers SET do_not_call_at = now()"))
    await leave(session, nusrat, TUESDAY)
    assert await morning(session, sessions, TUESDAY) == {}


async def test_two_days_of_one_household_are_one_call_and_many_several_messages(
    session: AsyncSession, sessions: Sessions, team: int
) -> None:
    await person(session, "Tanvir", team)
    nusrat = await person(session, "Nusrat", team)
    first = await birthday(session, nusrat, TUESDAY.date(), "Salma")
    await factories.relative(session, first, name="Arif", relationship="child", date_of_birth=date(2018, 11, 24))
    for _ in range(30):
        await birthday(session, nusrat, TUESDAY.date(), "x" * 90)
    await leave(session, nusrat, TUESDAY)
    said = (await morning(session, sessions, TUESDAY))["Tanvir"]
    assert said[0] == "🎂 <b>Tue 24 Nov: 31 to wish</b>"
    assert said[-1] == "11 more"
    assert "1 Salma: birthday" in said
    messages = list(await session.execute(select(outbox).where(outbox.c.kind == "reminder").order_by(outbox.c.id)))
    assert all(len(message.payload["text"].splitlines()) <= 22 for message in messages)
    numbers = [int(number) for message in messages for number in message.context["entries"]]
    assert sorted(numbers) == list(range(1, 21))

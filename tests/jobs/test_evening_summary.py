"""The evening's summary, from the tick of the clock to the picture in the outbox."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import runs
from cdm_core.clock import Clock
from cdm_core.schedule import JobName
from cdm_core.tables import absences, chats, outbox, schedule_runs, settings, staff, teams
from cdm_core.words import Language
from jobs import evening_summary
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.databases import ZONE

Sessions = async_sessionmaker[AsyncSession]
EVENING = evening_summary.job(Shop())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


EIGHT = at("2026-11-22T20:00")


@pytest.fixture
async def house(session: AsyncSession, sessions: Sessions) -> dict[str, int]:
    """Farhana leads the team of Nusrat; Rafiq is the admin. The clock has ticked this morning."""
    team = await factories.team(session, name="Mirpur")
    people = {
        name: await factories.staff(session, name=name, role=role, team_id=team)
        for name, role in (("Nusrat", "agent"), ("Farhana", "manager"), ("Rafiq", "admin"))
    }
    await session.execute(update(teams).values(lead_id=people["Farhana"]))
    await session.commit()
    await ticker(sessions).tick(at("2026-11-22T11:00"))
    return people


def ticker(sessions: Sessions) -> Ticker:
    return Ticker(sessions, Clock(ZONE), [EVENING])


async def worked(session: AsyncSession, person: int, when: datetime = EIGHT) -> None:
    customer = await factories.customer(session, owner_id=person)
    await factories.interaction(session, customer, staff_id=person, occurred_at=when - timedelta(hours=2))
    await session.commit()


async def sent(sessions: Sessions) -> list[Any]:
    async with sessions() as session:
        return list(await session.execute(select(outbox).order_by(outbox.c.id)))


async def states(sessions: Sessions) -> set[str]:
    row = schedule_runs.c
    async with sessions() as session:
        query = select(row.state).where(row.job == JobName.EVENING_SUMMARY, row.key != runs.TICK)
        return set((await session.execute(query)).scalars())


async def test_it_comes_once_without_sound_to_who_leads(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    await worked(session, house["Nusrat"])
    clock = ticker(sessions)
    await clock.tick(EIGHT - timedelta(minutes=1))
    assert await sent(sessions) == []
    await clock.tick(EIGHT)
    await clock.tick(EIGHT + timedelta(minutes=1))
    messages = await sent(sessions)
    assert [message.staff_id for message in messages] == [house["Farhana"], house["Rafiq"]]
    heads = [message.payload["caption"].split("\n")[0] for message in messages]
    assert heads == ["🌙 <b>Team Mirpur, Sun 22 Nov</b>", "🌙 <b>Everyone, Sun 22 Nov</b>"]
    for message in messages:
        assert (message.kind, message.method) == ("digest", "sendPhoto")
        assert message.payload["disable_notification"]
        assert message.payload["$again"]
        assert "Calls 1 (0)" in message.payload["caption"]
        assert base64.b64decode(message.payload["$files"]["photo"]["base64"]).startswith(b"\x89PNG")


async def test_nothing_done_nothing_sent(session: AsyncSession, sessions: Sessions, house: dict[str, int]) -> None:
    """Nor where a call was promised and not made: the morning's list tells of that."""
    customer = await factories.customer(session)
    await factories.order(session, customer, ordered_at=EIGHT)
    noon = EIGHT - timedelta(hours=8)
    await factories.follow_up(session, customer, house["Nusrat"], due_at=noon, created_at=noon - timedelta(days=1))
    await session.commit()
    await ticker(sessions).tick(EIGHT)
    assert await sent(sessions) == []
    assert await states(sessions) == {"done"}


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-16"], ids=["weekend", "Victory Day"])
async def test_not_on_a_day_off(session: AsyncSession, sessions: Sessions, house: dict[str, int], day: str) -> None:
    evening = at(f"{day}T20:00")
    await ticker(sessions).tick(evening - timedelta(hours=1))
    await worked(session, house["Nusrat"], evening)
    await ticker(sessions).tick(evening)
    assert not [one for one in await sent(sessions) if one.dedup_key.endswith(day)]


async def test_not_on_the_readers_day_off(session: AsyncSession, sessions: Sessions, house: dict[str, int]) -> None:
    await session.execute(update(staff).where(staff.c.id == house["Farhana"]).values(working_days=[1, 2, 3]))
    await worked(session, house["Nusrat"])
    await ticker(sessions).tick(EIGHT)
    assert [message.staff_id for message in await sent(sessions)] == [house["Rafiq"]]


async def test_at_the_hour_of_the_settings(session: AsyncSession, sessions: Sessions, house: dict[str, int]) -> None:
    await worked(session, house["Nusrat"])
    await session.execute(update(settings).where(settings.c.key == "evening_summary_at").values(value="21:30"))
    await session.commit()
    await ticker(sessions).tick(EIGHT)
    assert await sent(sessions) == []
    await ticker(sessions).tick(at("2026-11-22T21:30"))
    assert len(await sent(sessions)) == 2


async def test_late_is_marked_and_too_late_is_not_sent(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    await worked(session, house["Nusrat"])
    await ticker(sessions).tick(at("2026-11-22T22:10"))
    assert "· sent 22:10" in (await sent(sessions))[0].payload["caption"]
    assert await states(sessions) == {"late"}


async def test_after_a_night_it_has_expired(session: AsyncSession, sessions: Sessions, house: dict[str, int]) -> None:
    await worked(session, house["Nusrat"])
    await ticker(sessions).tick(at("2026-11-23T08:00"))
    assert await sent(sessions) == []
    assert await states(sessions) == {"expired"}


async def test_not_to_who_is_away_or_cannot_be_written_to(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    await worked(session, house["Nusrat"])
    away = {"staff_id": house["Farhana"], "first_day": EIGHT.date(), "last_day": EIGHT.date(), "created_at": EIGHT}
    await session.execute(insert(absences).values(away))
    await session.execute(update(chats).where(chats.c.staff_id == house["Rafiq"]).values(blocked_at=EIGHT))
    await session.commit()
    await ticker(sessions).tick(EIGHT)
    assert await sent(sessions) == []


async def test_a_lead_who_is_an_agent_gets_their_teams_without_the_managers_buttons(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    await session.execute(update(teams).values(lead_id=house["Nusrat"]))
    await worked(session, house["Nusrat"])
    await ticker(sessions).tick(EIGHT)
    buttons = {message.staff_id: "reply_markup" in message.payload for message in await sent(sessions)}
    assert buttons == {house["Nusrat"]: False, house["Farhana"]: True, house["Rafiq"]: True}


async def test_in_the_readers_language(session: AsyncSession, sessions: Sessions) -> None:
    await factories.staff(session, name="Farhana", role="manager", language=Language.BN)
    nusrat = await factories.staff(session, name="Nusrat")
    await worked(session, nusrat)
    await ticker(sessions).tick(EIGHT - timedelta(minutes=1))
    await ticker(sessions).tick(EIGHT)
    (message,) = await sent(sessions)
    assert message.payload["caption"].startswith("🌙 <b>সবাই, রবি ২২ নভে</b>\n")


async def test_by_hand_for_one(session: AsyncSession, sessions: Sessions, house: dict[str, int]) -> None:
    await worked(session, house["Nusrat"])
    async with sessions() as own:
        await runs.request(own, JobName.EVENING_SUMMARY, at("2026-11-22T19:00"), staff_id=house["Farhana"])
        await own.commit()
    await ticker(sessions).tick(at("2026-11-22T19:01"))
    (message,) = await sent(sessions)
    assert message.staff_id == house["Farhana"]


async def test_asked_for_during_the_day_it_comes_and_leaves_the_evenings_to_come(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    await worked(session, house["Nusrat"], at("2026-11-22T13:00"))
    async with sessions.begin() as own:
        await runs.request(own, JobName.EVENING_SUMMARY, at("2026-11-22T12:01:30"))
        await runs.request(own, JobName.EVENING_SUMMARY, at("2026-11-22T12:01:40"))
    await ticker(sessions).tick(at("2026-11-22T12:02"))
    assert [message.staff_id for message in await sent(sessions)] == [house["Farhana"], house["Rafiq"]]
    await worked(session, house["Nusrat"])
    await ticker(sessions).tick(EIGHT)
    messages = (await sent(sessions))[2:]
    assert [message.staff_id for message in messages] == [house["Farhana"], house["Rafiq"]]
    assert "Calls 2 (0)" in messages[0].payload["caption"]


async def test_asked_for_ahead_of_its_day_it_leaves_that_day_alone(
    session: AsyncSession, sessions: Sessions, house: dict[str, int]
) -> None:
    (slot, _) = await EVENING.by_hand(session, EIGHT, None, EIGHT - timedelta(days=5))
    assert (slot.planned, slot.at) == (False, EIGHT)
    (slot, _) = await EVENING.by_hand(session, EIGHT, None, EIGHT + timedelta(minutes=5))
    assert (slot.planned, slot.at, slot.expires_at) == (True, EIGHT, None)

"""A list of the day asked for in a group: how much the team has, naming nobody; the list is private."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from bot.sandbox.client import SandboxError
from cdm_core import absences
from cdm_core import staff as people
from cdm_core.tables import alerts, staff, teams
from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

LISTS = ("calls", "due", "events", "dropoffs")
NAMES = ("Rahim", "Karim", "Sumaiya", "Hasan")


@pytest.fixture
async def day(chat: Team) -> Team:
    """Rahim's birthday is today, Nusrat promised Karim a call, Sumaiya, Tanvir's, left a cart that is urgent; Asif of
    another team has one of each, and so has one of whom it is asked whether to call."""
    async with chat.sessions.begin() as session:
        uttara = await factories.team(session, name="Uttara")
        asif = await factories.staff(session, name="Asif", team_id=uttara)
        tanvir, nusrat = chat.tanvir.staff_id, chat.nusrat.staff_id
        born = {"birth_month": NOW.month, "birth_day": NOW.day}
        rahim = await factories.customer(session, first_name="Rahim", owner_id=nusrat, **born)
        karim = await factories.customer(session, first_name="Karim", owner_id=nusrat)
        sumaiya = await factories.customer(session, first_name="Sumaiya", owner_id=tanvir)
        other = await factories.customer(session, first_name="Hasan", owner_id=asif, **born)
        held = await factories.customer(session, first_name="Hasan", owner_id=tanvir, **born)
        for customer, maker in ((karim, nusrat), (other, asif), (held, tanvir)):
            await factories.follow_up(session, customer, maker)
        for customer in (sumaiya, other, held):
            await factories.dropoff(session, customer)
            raised = {"sign": "cart", "sign_at": NOW, "raised_at": NOW, "state": "open", "next_at": NOW}
            await session.execute(insert(alerts).values(customer_id=customer, **raised))
        await factories.asks_no_calls(session, held, staff_id=tanvir)
        await factories.settle(session, rahim, karim, sumaiya, other, held)
    await chat.tanvir.speaks(Language.EN)
    return chat


async def seen(person: Person, command: str = "/due", chat: str = "mirpur") -> list[str]:
    """The lines that the group reads, without a name of a customer among them."""
    await person.sandbox.mark(chat)
    await person.say(command, chat=chat)
    told = str((await person.sees("👥", chat=chat))["text"]).replace("\N{NO-BREAK SPACE}", " ")
    assert not any(name in told for name in NAMES)
    return told.split("\n")


MIRPUR = ["👥 Team Mirpur, Sun 22 Nov", "1 birthday · 1 due", "1 urgent · 1 cart"]
EVERYBODY = ["👥 Everybody, Sun 22 Nov", "2 birthdays · 2 due", "2 urgent · 2 carts"]


@pytest.mark.parametrize("key", ["tanvir", "nusrat", "farhana"])
async def test_agent_and_lead_get_the_counts_of_their_team(day: Team, key: str) -> None:
    assert await seen(day.people[key]) == MIRPUR


async def test_an_admin_gets_those_of_the_team_they_are_in_else_everybodys(day: Team) -> None:
    await day.sandbox.add_group("office", "Office", "rafiq")
    assert await seen(day.rafiq, chat="office") == MIRPUR
    async with day.sessions.begin() as session:
        await session.execute(update(staff).where(staff.c.id == day.rafiq.staff_id).values(team_id=None))
    assert await seen(day.rafiq, chat="office") == EVERYBODY


async def test_in_bengali(day: Team) -> None:
    await day.tanvir.speaks(Language.BN)
    assert await seen(day.tanvir) == ["👥 টিম Mirpur, রবি ২২ নভে", "জন্মদিন ১ · ফলো-আপ ১", "জরুরি ১ · কার্ট ১"]


@pytest.mark.parametrize("name", LISTS)
async def test_the_button_opens_that_list_in_private(day: Team, nusrat: Person, name: str) -> None:
    await nusrat.say(f"/{name}", chat="mirpur")
    message = await nusrat.sees("Team Mirpur", chat="mirpur")
    [[button]] = message["buttons"]
    assert button["text"] == "🔒 Open in private"
    link, _, payload = button["url"].partition("?start=")
    assert link.startswith("https://t.me/")
    await nusrat.say(f"/start {payload}")
    opened = await nusrat.sees("")
    await nusrat.say(f"/{name}")
    assert (await nusrat.sees(""))["text"] == opened["text"]


@pytest.mark.parametrize("words", ["/due 2", "/calls due", "/events 30", "/dropoffs Rahim", "/carts 999999", "/due ৫"])
async def test_what_follows_the_name_is_not_looked_at(day: Team, nusrat: Person, words: str) -> None:
    await nusrat.say(words, chat="mirpur")
    assert (await nusrat.sees("🔒", chat="mirpur"))["text"] == "🔒 Customers: in private only"


async def test_who_leads_several_teams_gets_those_of_all(day: Team) -> None:
    async with day.sessions.begin() as session:
        await session.execute(update(teams).values(lead_id=day.farhana.staff_id))
    assert await seen(day.farhana) == [
        "👥 Mirpur, Uttara, Sun 22 Nov",
        "2 birthdays · 2 due",
        "2 urgent · 2 carts",
    ]


async def test_without_a_team_an_agent_gets_their_own_and_a_manager_everybodys(day: Team) -> None:
    async with day.sessions.begin() as session:
        await session.execute(update(teams).values(lead_id=None))
        await session.execute(update(staff).where(staff.c.name != "Asif").values(team_id=None))
    assert await seen(day.nusrat) == ["👥 Nusrat, Sun 22 Nov", "1 birthday · 1 due"]
    assert await seen(day.tanvir) == ["👥 Tanvir, Sun 22 Nov", "1 urgent · 1 cart"]
    assert await seen(day.farhana) == EVERYBODY


async def test_what_nobody_has_is_everybodys_and_what_is_promised_for_later_is_not_today(chat: Team) -> None:
    async with chat.sessions.begin() as session:
        nobodys = await factories.customer(session)
        later = await factories.customer(session, owner_id=chat.nusrat.staff_id)
        await factories.dropoff(session, nobodys)
        await factories.follow_up(session, later, chat.nusrat.staff_id, due_at=NOW + timedelta(days=1))
        await factories.settle(session, nobodys, later)
    assert await seen(chat.nusrat) == [MIRPUR[0], "1 cart"]


async def test_a_call_that_is_covered_is_counted_once(day: Team) -> None:
    async with day.sessions.begin() as session:
        nusrat, today = await people.get(session, day.nusrat.staff_id), NOW.date()
        await absences.add(session, nusrat, today, today, by=nusrat, now=NOW, today=today)
    await day.tanvir.say("/due")
    await day.tanvir.sees("Karim", "for Nusrat")
    assert await seen(day.tanvir) == MIRPUR


async def test_nothing_at_all_is_one_line(chat: Team, nusrat: Person) -> None:
    assert await seen(nusrat, "/calls") == [MIRPUR[0], "Nothing pressing so far"]


async def test_strangers_and_who_was_removed_get_silence(day: Team) -> None:
    group = await day.sandbox.add_group("gulshan", "Gulshan", "nusrat", "stranger")
    assert group["id"] < 0
    await day.sandbox.mark("gulshan")
    async with day.sessions.begin() as session:
        await people.remove(session, day.nusrat.staff_id, now=NOW)
    for person in (day.nusrat, day.stranger):
        for name in LISTS:
            await person.say(f"/{name}", chat="gulshan")
    await day.polled()
    await day.settled()
    with pytest.raises(SandboxError, match="no such message"):
        await day.sandbox.wait_for("gulshan", timeout=0)


async def test_the_link_is_nothing_to_a_stranger(day: Team, stranger: Person) -> None:
    await stranger.say("/start l_due")
    await stranger.sees("This bot is by invitation only.")


async def test_in_a_supergroup_it_is_as_in_a_group(day: Team, nusrat: Person) -> None:
    await day.sandbox.add_group("sylhet", "Team Sylhet", "nusrat", "farhana")
    assert await seen(nusrat, chat="sylhet") == MIRPUR
    await day.sandbox.migrate("sylhet")
    await day.polled()
    assert await seen(day.farhana, "/calls", chat="sylhet") == MIRPUR


async def test_two_at_once_are_told_the_same_and_no_customer_was_looked_at(day: Team) -> None:
    after = await day.sandbox.mark("mirpur")
    await asyncio.gather(day.nusrat.say("/due", chat="mirpur"), day.farhana.say("/calls", chat="mirpur"))
    await day.polled()
    await day.settled()
    messages = await day.sandbox.messages("mirpur")
    first, second = (one["text"] for one in messages if one["from"]["bot"] and one["seq"] > after)
    assert first == second
    async with day.sessions() as session:
        seen_by = await session.execute(text("SELECT action, customer_id FROM audit_log ORDER BY action"))
        assert [tuple(row) for row in seen_by] == [("/calls", None), ("/due", None)]

"""The access table: who may do what, where. A command, button or dialog without a row here fails.

A row says the least role, and whether groups may see it; the tests press and type each of them as everybody, in
private and in a group, while people are active and after they are removed. What is asked about is a customer of
Tanvir's, whom Nusrat logged a call with while the customer was hers: Tanvir, his manager and the admin may see and
change it, nobody else, whatever their old messages show and whatever they forge.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ROUTES
from bot.registry import allows
from bot.sandbox.client import SandboxError
from cdm_core import staff as people
from cdm_core import tables
from cdm_core.family_line import FamilyLine
from cdm_core.tables import chats, customer_interactions, customers, outbox, waiting_notes
from cdm_core.words import Language, Relationship, Role
from templates.actions import ACTIONS, Action, encode
from tests import factories
from tests.bot.people import ROLES, Person, Team
from tests.factories import NOW


@dataclass(frozen=True, slots=True)
class Row:
    """``counts``: a group gets those of the day where nothing follows the name."""

    role: Role = Role.AGENT
    groups: bool = False
    counts: bool = False


COMMANDS = {
    "start": Row(groups=True),
    "help": Row(groups=True),
    "customer": Row(),
    "calls": Row(counts=True),
    "next": Row(),
    "log": Row(),
    "due": Row(counts=True),
    "orders": Row(),
    "events": Row(counts=True),
    "family": Row(),
    "dropoffs": Row(counts=True),
    "edit": Row(),
    "dnc": Row(),
    "undo": Row(),
    "me": Row(),
    "settings": Row(),
    "queue": Row(Role.ADMIN),
    "jobs": Row(Role.ADMIN),
    "away": Row(Role.MANAGER),
    "assign": Row(Role.MANAGER),
    "duplicates": Row(Role.MANAGER),
    "erase": Row(Role.ADMIN),
    "stats": Row(Role.MANAGER),
    "campaign": Row(Role.MANAGER),
}
LISTS = tuple(f"/{name}" for name, row in COMMANDS.items() if row.counts)
_OF_A_CUSTOMER = """
    allow clear consent consents contact edit field value
    family family_of kin kin_clear kin_field kin_gender kin_gone kin_is kin_new kin_told kin_work revert_both
    answer apart at bad card choose claim dnc done fix hits later lead log merge minutes move moves note occasion open
    greet order orders phone product promise reason recovered retell revert reword same search shift skip snooze tab
    undo unmerge write files unfile calls_on
"""
_OF_NOBODY = """
    alerts away calls carts digest due duplicates events language leave me next return settings team waiting whose
    workday workdays
"""
_OF_COLLEAGUES = "handover message reply"
"""For those who may not see the customer; they learn no more of it by them."""

_OF_ITS_AUTHOR = "undo"
"""For who logged the contact, whoever has the customer by now."""
_OF_MANAGERS = "campaign campaign_is campaign_new campaigns recovery sheet stats"
_OF_ADMINS = "erase jobs queue run trouble"
PRESSES = {name: Row() for name in f"{_OF_A_CUSTOMER} {_OF_NOBODY} {_OF_COLLEAGUES}".split()}
PRESSES |= {name: Row(Role.MANAGER) for name in _OF_MANAGERS.split()}
PRESSES |= {name: Row(Role.ADMIN) for name in _OF_ADMINS.split()}
PHONE = "01912345678"
TYPED = (
    "/customer 902",
    f"/c {PHONE}",
    f"/log {PHONE} no answer",
    "/log #902 no answer",
    "/log Jahid no answer",
    "#902",
    PHONE,
    "Jahid Hasan",
    "#902 no answer",
    "Jahid Hasan: kotha hoise, pore janabe",
    f"/family {PHONE} wife Sarah",
    "/family #902 wife Sarah 5 May",
)
DIALOGS = {
    "lead_name": ("", "Jahid Hossain"),
    "note_about": ("", "no answer"),
    "note_whose": ("", PHONE),
    "pick_time": ("", "6pm"),
    "shift_time": ("", "6pm"),
    "profile_value": ("", "Sylhet"),
    "fix_customer": ("", "#903"),
    "fix_minutes": ("", "12"),
    "order_details": ("", "1250 taka bkash"),
    "occasion_name": ("cheler jonmodin 5 december", "Rafi"),
    "occasion_year": ("marriage day 5 december", "2015"),
    "family_line": ("", "Sarah 5 May"),
    "kin_field": ("", "Mitu Begum"),
}
"""What was logged before the question, and an answer that would change something."""

ASKED: dict[str, dict[str, Any]] = {
    "family_line": {"field": "name", "line": FamilyLine(Relationship.SPOUSE).stored()},
    "kin_field": {"field": "name", "relative_id": 902, "said": ""},
}
"""What else a question remembers."""

DIALOGS_OF_NOBODY = {"campaign_field", "campaign_name", "greeting_text", "leave_days", "letter"}

EVERYBODY = (*ROLES, "stranger")
MAY = ("tanvir", "farhana", "rafiq")
GROUP = "everybody"
REFUSED = "known, with Tanvir"
SAMPLES: dict[type, Any] = {int: 902, str: "+8801912345678"}


def sample(name: str) -> str:
    """Callback data of the action, with arguments such as its buttons carry."""
    return encode(Action(name, tuple(SAMPLES[kind] if kind in SAMPLES else next(iter(kind)) for kind in ACTIONS[name])))


@pytest.fixture
async def jahid(chat: Team) -> Team:
    """The customer, the group of everybody, and English for all."""
    async with chat.sessions.begin() as session:
        tanvirs = {"owner_id": chat.tanvir.staff_id}
        named = {"first_name": "Jahid", "last_name": "Hasan", "phone": PHONE}
        await factories.customer(session, id=902, **named, **tanvirs)
        await factories.customer(session, id=903, first_name="Karim", last_name="Mia", **tanvirs)
        await factories.dropoff(session, 902)
        await factories.follow_up(session, 902, chat.tanvir.staff_id)
        await factories.relative(session, 902, id=902, name="Mitu", relationship="sibling")
        await factories.interaction(
            session,
            902,
            id=902,
            staff_id=chat.nusrat.staff_id,
            description="bou er jonmodin 5 december, notun number 01812345679",
            occurred_at=NOW - timedelta(hours=1),
            created_at=NOW - timedelta(hours=1),
        )
    async with chat.sessions() as session:
        await factories.settle(session, 902, 903)
    await chat.tanvir.speaks(Language.EN)
    if GROUP not in {group["key"] for group in (await chat.sandbox.overview())["groups"]}:
        await chat.sandbox.add_group(GROUP, "Everybody", *EVERYBODY)
    await chat.sandbox.mark(GROUP)
    return chat


async def done(chat: Team) -> None:
    await chat.polled()
    await chat.settled()


async def quiet(chat: Team, where: str) -> None:
    await done(chat)
    with pytest.raises(SandboxError, match="no such message"):
        await chat.sandbox.wait_for(where, timeout=0)


async def told(chat: Team, where: str, after: int) -> str:
    """All that the bot said there, or changed, since ``after``."""
    await done(chat)
    messages = await chat.sandbox.messages(where)
    return "\n".join(one["text"] for one in messages if one["from"]["bot"] and one["seq"] > after)


async def press(chat: Team, person: Person, name: str, shown: dict[str, Any], where: str | None = None) -> str:
    """Press it on a message that need not show it; the toast and all that the bot said."""
    after = await chat.sandbox.mark(where or person.key)
    toast = await person.press_data(sample(name), message=shown, chat=where)
    return f"{toast}\n{await told(chat, where or person.key, after)}"


async def say(chat: Team, person: Person, words: str, where: str | None = None, **to: Any) -> str:
    after = await chat.sandbox.mark(where or person.key)
    await person.say(words, chat=where, **to)
    return await told(chat, where or person.key, after)


async def remove(chat: Team, person: Person) -> None:
    async with chat.sessions.begin() as session:
        await people.remove(session, person.staff_id, now=chat.clock.now())


async def facts(chat: Team) -> dict[str, Any]:
    """The contents of every table that says something of a customer, but for what was said and seen."""
    told_of = [
        table
        for table in tables.metadata.sorted_tables
        if table.name == "customers" or ("customer_id" in table.c and table.name not in ("audit_log", "outbox"))
    ]
    everything = (f"(SELECT json_agg(t.*) FROM {table.name} t) AS {table.name}" for table in told_of)
    async with chat.sessions() as session:
        return dict((await session.execute(text(f"SELECT {', '.join(everything)}"))).mappings().one())


async def shown_to(chat: Team, key: str, where: str | None = None) -> dict[str, Any]:
    """A message of the bot to press buttons on."""
    await chat.people[key].say("/start", chat=where)
    message = await chat.people[key].sees("", chat=where)
    await chat.settled()
    await remember(chat, key)
    return message


async def remember(chat: Team, key: str) -> None:
    """Whatever was said remembers a search, and a note that waits for whose it is."""
    async with chat.sessions.begin() as session:
        if key in ROLES:
            await wait(session, chat.people[key])
        await session.execute(update(outbox).values(context={"search": PHONE, "note": 902}))


async def wait(session: AsyncSession, person: Person) -> None:
    """The one note that waits is the person's."""
    await session.execute(delete(waiting_notes))
    note = {"id": 902, "staff_id": person.staff_id, "origin": f"1:{person.key}", "text": PHONE, "said_at": NOW}
    await session.execute(insert(waiting_notes).values(note))


def test_every_command_button_and_dialog_has_a_row() -> None:
    commands = {
        route.name: Row(route.role, route.groups, route.in_groups is not None) for route in ROUTES.commands.values()
    }
    presses = {route.name: Row(route.role, route.groups) for route in ROUTES.presses.values()}
    assert commands == COMMANDS
    assert presses == PRESSES
    assert set(ROUTES.dialogs) == set(DIALOGS) | DIALOGS_OF_NOBODY


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_as_everybody_in_private(chat: Team, name: str) -> None:
    for key in EVERYBODY:
        person = chat.people[key]
        await person.say(f"/{name}")
        if key == "stranger":
            if name == "start":
                await person.sees("by invitation only")
            else:
                await quiet(chat, key)
        elif allows(ROLES[key], COMMANDS[name].role):
            answer = await person.sees("")
            assert "🔒" not in answer["text"], answer["text"]
        else:
            await person.sees("🔒")


@pytest.mark.parametrize("key", EVERYBODY)
async def test_commands_buttons_and_words_in_a_group(jahid: Team, key: str) -> None:
    """Nothing personal is said where others read, and nothing is done."""
    person, shown, before = jahid.people[key], await shown_to(jahid, "tanvir", GROUP), await facts(jahid)
    refusal = "" if key == "stranger" else "🔒 Customers: in private only"
    for name, row in COMMANDS.items():
        answer = await say(jahid, person, f"/{name} 902 no answer", GROUP)
        assert row.groups or answer == refusal, name
        assert "Jahid" not in answer, name
        alone = await say(jahid, person, f"/{name}", GROUP)
        if row.counts and key != "stranger":
            assert alone.replace("\N{NO-BREAK SPACE}", " ") == "👥 Team Mirpur, Sun 22 Nov\n1 due · 1 cart", name
        else:
            assert row.groups or alone == refusal, name
    for name in PRESSES:
        assert (await press(jahid, person, name, shown, GROUP)).strip() == refusal, name
    for words in TYPED:
        answer = await say(jahid, person, words, GROUP, reply_to=shown)
        assert answer == (refusal if words.startswith("/") else ""), words
    assert await facts(jahid) == before


@pytest.mark.parametrize("key", ["nusrat", "stranger"])
async def test_a_button_of_those_who_may_not(jahid: Team, key: str) -> None:
    """Authority is judged at the press: the button may be old, or forged."""
    shown = await shown_to(jahid, key)
    before = await facts(jahid)
    for name in PRESSES:
        if key == "nusrat" and name == _OF_ITS_AUTHOR:
            continue
        await remember(jahid, key)
        answer = await press(jahid, jahid.people[key], name, shown)
        assert "Jahid" not in answer, name
        assert (REFUSED in answer) is (key == "nusrat" and name in _OF_A_CUSTOMER.split()), (name, answer)
        assert key == "nusrat" or answer == "\n", name
        after = await facts(jahid)
        changed = {table for table in after if after[table] != before[table]}
        assert changed == ({"hand_overs"} if key == "nusrat" and name == "handover" else set()), name
        before = after
        await jahid.nusrat.speaks(Language.EN)


@pytest.mark.parametrize("name", PRESSES)
async def test_a_button_of_those_who_may(jahid: Team, name: str) -> None:
    for key in MAY:
        person = jahid.people[key]
        answer = await press(jahid, person, name, await shown_to(jahid, key))
        assert answer.strip()
        assert ("🔒" in answer) is not allows(ROLES[key], PRESSES[name].role), (key, answer)
        assert (await _acts(jahid, person))[-1] == f"press:{name}"


@pytest.mark.parametrize("words", TYPED)
async def test_words_about_a_customer_as_everybody(jahid: Team, words: str) -> None:
    """Whose phone it is a colleague may learn, so that nobody is made a lead twice; nothing else finds them."""
    before = await facts(jahid)
    answer = await say(jahid, jahid.nusrat, words)
    assert (REFUSED in answer) is (PHONE in words)
    assert "Jahid" not in re.sub("“.*”", "", answer)
    assert await say(jahid, jahid.stranger, words) == ""
    assert await facts(jahid) == before
    for key in MAY:
        assert "Jahid" in re.sub("“.*”", "", await say(jahid, jahid.people[key], words))


@pytest.mark.parametrize("name", DIALOGS)
async def test_an_answer_to_a_question_about_a_customer_that_went_to_a_colleague(jahid: Team, name: str) -> None:
    told_before, answer = DIALOGS[name]
    for person in (jahid.nusrat, jahid.tanvir):
        async with jahid.sessions.begin() as session:
            await wait(session, person)
            logged = update(customer_interactions).where(customer_interactions.c.id == 902)
            await session.execute(logged.values(staff_id=person.staff_id, description=told_before or None))
            asked = {
                "name": name,
                "customer_id": 902,
                "interaction_id": 902,
                "until": (NOW + timedelta(minutes=5)).isoformat(),
                "note": 902,
                "field": "city",
                **ASKED.get(name, {}),
            }
            mine = update(chats).where(chats.c.chat_id == person.user_id)
            until = NOW + timedelta(minutes=5)
            await session.execute(mine.values(dialog=asked, current_customer_id=902, current_until=until))
        before = await facts(jahid)
        said = await say(jahid, person, answer)
        assert (REFUSED in said) is (person is jahid.nusrat), said
        assert (await facts(jahid) == before) is (person is jahid.nusrat)


async def test_a_contact_and_a_changed_message_about_a_customer_that_went_to_a_colleague(jahid: Team) -> None:
    async with jahid.sessions.begin() as session:
        await session.execute(update(customers).where(customers.c.id == 902).values(owner_id=jahid.nusrat.staff_id))
    note = await jahid.nusrat.say("#902 no answer")
    await jahid.nusrat.sees("Jahid")
    async with jahid.sessions.begin() as session:
        await session.execute(update(customers).where(customers.c.id == 902).values(owner_id=jahid.tanvir.staff_id))
    await jahid.nusrat.edits(note, "#902 line busy")
    await jahid.nusrat.sees("changed")  # what they wrote today is theirs to correct
    before = await facts(jahid)
    await jahid.nusrat.shares(PHONE, "Jahid")
    await jahid.nusrat.sees(REFUSED)
    assert await facts(jahid) == before
    await jahid.farhana.shares(PHONE, "Jahid")
    await jahid.farhana.sees("Jahid Hasan")


async def test_somebody_removed_is_a_stranger_everywhere(jahid: Team) -> None:
    """In private and in a group, with everything that is on their screen: nothing is said, nothing changes."""
    async with jahid.sessions.begin() as session:
        await session.execute(update(customers).values(owner_id=jahid.nusrat.staff_id))
    private, group = await shown_to(jahid, "nusrat"), await shown_to(jahid, "nusrat", GROUP)
    await jahid.nusrat.say("902")
    await jahid.nusrat.sees("Jahid")
    await remove(jahid, jahid.nusrat)
    before, acts = await facts(jahid), await _acts(jahid, jahid.nusrat)
    for name in PRESSES:
        assert await press(jahid, jahid.nusrat, name, private) == "\n", name
        assert await press(jahid, jahid.nusrat, name, group, GROUP) == "\n", name
    typed = [
        *TYPED,
        *(f"/{name} 902 no answer" for name in COMMANDS),
        *LISTS,
        *(answer for _, answer in DIALOGS.values()),
    ]
    for words in typed:
        said = await say(jahid, jahid.nusrat, words)
        assert (said == "") is not words.startswith("/start"), (words, said)
        assert "Jahid" not in said
        assert await say(jahid, jahid.nusrat, words, GROUP, reply_to=group) == "", words
    assert await facts(jahid) == before
    assert await _acts(jahid, jahid.nusrat) == acts


async def _acts(chat: Team, person: Person) -> list[str]:
    async with chat.sessions() as session:
        query = "SELECT action FROM audit_log WHERE staff_id = :id ORDER BY id"
        return list((await session.execute(text(query), {"id": person.staff_id})).scalars())

"""The access table: who may do what, where. A command or button without a row here fails.

A row says the least role, and whether groups may see it; the tests press and type each of them as everybody, in
private and in a group, while people are active and after they are removed.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from bot.commands import ROUTES
from bot.registry import allows
from bot.sandbox.client import SandboxError
from cdm_core.words import Role
from templates.actions import ACTIONS, Action, encode
from tests import factories
from tests.bot.people import ROLES, Team


@dataclass(frozen=True, slots=True)
class Row:
    role: Role = Role.AGENT
    groups: bool = False


COMMANDS = {
    "start": Row(groups=True),
    "help": Row(),
    "customer": Row(),
    "calls": Row(),
    "next": Row(),
    "log": Row(),
    "due": Row(),
    "events": Row(),
    "dropoffs": Row(),
    "undo": Row(),
    "me": Row(),
    "settings": Row(),
}
_BUTTONS = """
    at bad calls card carts digest dnc due events fix hits language later lead log me minutes move next note occasion
    open phone promise reason recovered retell search settings skip tab undo write
"""
PRESSES = {name: Row() for name in _BUTTONS.split()}
EVERYBODY = (*ROLES, "stranger")
SAMPLES: dict[type, Any] = {int: 902, str: "+8801912345678"}


def sample(name: str) -> str:
    """Callback data of the action, with arguments such as its buttons carry."""
    return encode(Action(name, tuple(SAMPLES[kind] if kind in SAMPLES else next(iter(kind)) for kind in ACTIONS[name])))


async def quiet(chat: Team, where: str) -> None:
    await chat.polled()
    await chat.settled()
    with pytest.raises(SandboxError, match="no such message"):
        await chat.sandbox.wait_for(where, timeout=0)


async def remove(chat: Team, key: str) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE staff SET active = false WHERE id = :id"), {"id": chat.people[key].staff_id})


async def effects(chat: Team) -> list[Any]:
    """Everything a command could have changed about customers."""
    tables = (
        "customers",
        "customer_interactions",
        "follow_ups",
        "claims",
        "call_feedback",
        "sales_orders",
        "audit_log",
    )
    async with chat.sessions() as session:
        return [(await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]


def test_every_command_and_button_has_a_row() -> None:
    commands = {route.name: Row(route.role, route.groups) for route in ROUTES.commands.values()}
    presses = {route.name: Row(route.role, route.groups) for route in ROUTES.presses.values()}
    assert commands == COMMANDS
    assert presses == PRESSES


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


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_in_a_group(chat: Team, name: str) -> None:
    await chat.sandbox.mark("mirpur")
    await chat.nusrat.say(f"/{name}", chat="mirpur")
    answer = await chat.nusrat.sees("", chat="mirpur")
    assert ("Customers: in private only" in answer["text"]) is not COMMANDS[name].groups


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_of_a_removed_person(chat: Team, name: str) -> None:
    await remove(chat, "nusrat")
    before = await effects(chat)
    await chat.nusrat.say(f"/{name} 902 no answer")
    if name == "start":
        await chat.nusrat.sees("by invitation only")
    else:
        await quiet(chat, "nusrat")
    assert await effects(chat) == before


@pytest.mark.parametrize("name", PRESSES)
async def test_a_button_of_somebody_removed_does_nothing(chat: Team, name: str) -> None:
    async with chat.sessions.begin() as session:
        await factories.customer(session, id=902, phone="01912345678")
    await chat.nusrat.say("/settings")
    shown = await chat.nusrat.sees("Settings")
    await remove(chat, "nusrat")
    before = await effects(chat)
    assert await chat.nusrat.press_data(sample(name), message=shown) == ""
    await quiet(chat, "nusrat")
    assert await effects(chat) == before


@pytest.mark.parametrize("name", PRESSES)
async def test_a_button_about_a_colleagues_customer_tells_and_changes_nothing(chat: Team, name: str) -> None:
    """Authority is judged at the press: the button may be old, or forged."""
    async with chat.sessions.begin() as session:
        await factories.customer(
            session, id=902, first_name="Jahid", last_name="Hasan", phone="01912345678", owner_id=chat.tanvir.staff_id
        )
    await chat.nusrat.say("/settings")
    shown = await chat.nusrat.sees("Settings")
    before = (await effects(chat))[:-1]
    await chat.nusrat.press_data(sample(name), message=shown)
    await chat.polled()
    await chat.settled()
    assert "Jahid" not in "".join(await chat.nusrat.screen())
    assert (await effects(chat))[:-1] == before

"""/start: invitations, strangers, and those who are in already."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from cdm_core import invites
from cdm_core.words import Role
from tests import factories
from tests.bot.people import Person, Team
from tests.factories import NOW

NEUTRAL = ("This bot is by invitation only.", "এই বটে ঢুকতে ইনভাইট লাগে।")


async def _code(chat: Team, **values: object) -> str:
    async with chat.sessions.begin() as session:
        made = await invites.create(session, role=Role.AGENT, now=NOW, **values)  # type: ignore[arg-type]
    return made.code


async def _silent(chat: Team, person: Person, before: int) -> None:
    """Nothing more was said in the person's chat."""
    await chat.settled()
    assert len(await person.screen()) == before


async def test_an_invitation_lets_in(chat: Team, stranger: Person) -> None:
    code = await _code(chat, name="Shirin", team="Mirpur")
    await stranger.say(f"/start {code}")
    await stranger.sees("Shirin, স্বাগতম", "এজেন্ট · টিম Mirpur", "সকাল ৯টায় লিস্ট আসবে, শব্দ ছাড়া।")
    await stranger.sees("এই বাটনগুলো নিচে থাকবে")
    await stranger.say("/help")
    await stranger.sees("/customer")


async def test_the_language_of_the_welcome_is_switched_in_place(chat: Team, stranger: Person) -> None:
    await stranger.say(f"/start {await _code(chat, name='Shirin')}")
    welcome = await stranger.sees("Shirin, স্বাগতম")
    await stranger.sees("এই বাটনগুলো নিচে থাকবে")
    await stranger.press("English")
    changed = await stranger.sees("Shirin, you are in", "Agent", "at 09:00, silently")
    assert changed["id"] == welcome["id"]
    await stranger.say("/help")
    await stranger.sees("What you can type")


@pytest.mark.parametrize("words", ["/start", "/start wrong", "/start " + "x" * 3000, "/start ' OR 1=1"])
async def test_a_stranger_gets_one_neutral_line_an_hour(chat: Team, stranger: Person, words: str) -> None:
    await stranger.say(words)
    await stranger.sees(*NEUTRAL)
    said = len(await stranger.screen())
    await stranger.say(words)
    await _silent(chat, stranger, said + 1)
    chat.at(NOW + timedelta(minutes=61))
    await stranger.say(words)
    await stranger.sees(*NEUTRAL)


async def test_a_used_or_expired_code_is_as_wrong(chat: Team, stranger: Person, nusrat: Person) -> None:
    used, old = await _code(chat), await _code(chat)
    await nusrat.say(f"/start {used}")
    await nusrat.sees("Nusrat, you are in")
    await stranger.say(f"/start {used}")
    await stranger.sees(*NEUTRAL)
    chat.at(NOW + timedelta(hours=25))
    await stranger.say(f"/start {old}")
    await stranger.sees(*NEUTRAL)


async def test_five_tries_an_hour(chat: Team, stranger: Person) -> None:
    code = await _code(chat, name="Shirin")
    for guess in range(5):
        await stranger.say(f"/start guess{guess}")
    await stranger.say(f"/start {code}")
    await chat.settled()
    await stranger.sees(*NEUTRAL)
    assert not any("স্বাগতম" in words for words in (await stranger.screen())[-7:])
    chat.at(NOW + timedelta(minutes=61))
    await stranger.say(f"/start {code}")
    await stranger.sees("Shirin, স্বাগতম")


@pytest.mark.parametrize("words", ["hello", "/customer 5678", "/help", "01712345678"])
async def test_else_a_stranger_gets_silence(chat: Team, stranger: Person, words: str) -> None:
    before = len(await stranger.screen())
    await stranger.say(words)
    await _silent(chat, stranger, before + 1)


async def test_welcome_back(chat: Team, nusrat: Person, tanvir: Person) -> None:
    await nusrat.say("/start")
    await nusrat.sees("Nusrat, here you are")
    await tanvir.say("/start wrong")
    await tanvir.sees("আপনি যুক্ত আছেন")


async def test_a_new_invitation_gives_its_role(chat: Team, nusrat: Person) -> None:
    async with chat.sessions.begin() as session:
        made = await invites.create(session, role=Role.MANAGER, now=NOW, team="Uttara")
    await nusrat.say(f"/start {made.code}")
    await nusrat.sees("Nusrat, you are in", "Manager · team Uttara")
    async with chat.sessions() as session:
        count = await session.execute(
            text("SELECT count(*) FROM staff WHERE telegram_user_id = :id"), {"id": nusrat.user_id}
        )
        assert count.scalar_one() == 1


async def test_a_link_opens_a_card(chat: Team, nusrat: Person) -> None:
    async with chat.sessions() as session:
        rahim = await factories.customer(session, owner_id=nusrat.staff_id)
        await factories.settle(session, rahim)
    await nusrat.say(f"/start c_{rahim}")
    await nusrat.sees("Rahim Uddin", f"#{rahim}")
    await nusrat.say("/start c_99999999")
    await nusrat.sees("99999999")


async def test_in_a_group_sign_in_is_refused(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/start", chat="mirpur")
    await nusrat.sees("Sign in: in private only", chat="mirpur")

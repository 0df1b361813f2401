"""What becomes of messages that are queued while the world changes: groups, tokens, people and customers."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from bot import poller, sender
from cdm_core import access, merges, outbox, thresholds
from cdm_core import staff as people
from cdm_core.db.notify import notify
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind
from tests.bot.people import Person, Team
from tests.bot.shop import Shop


async def queue(chat: Team, chat_id: int, key: str, **columns: Any) -> None:
    """A message that waits until ``let_go``."""
    async with chat.sessions.begin() as session:
        message = OutMessage(key, chat_id, MessageKind.REMINDER, "sendMessage", {"text": key}, **columns)
        await outbox.put(session, message)
        later = text("UPDATE outbox SET next_attempt_at = 'infinity' WHERE dedup_key = :key")
        await session.execute(later, {"key": key})


async def let_go(chat: Team) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = clock_timestamp() WHERE state = 'queued'"))
        await notify(session, outbox.BELL)
    await chat.settled()


async def states(chat: Team) -> list[tuple[str, str | None]]:
    async with chat.sessions() as session:
        rows = await session.execute(text("SELECT state, error FROM outbox WHERE kind = 'reminder' ORDER BY id"))
        return [(row.state, row.error) for row in rows]


async def test_a_group_turned_supergroup_gets_what_was_queued_for_it(chat: Team, nusrat: Person) -> None:
    group = await chat.sandbox.add_group("rajshahi", "Team Rajshahi", "nusrat")
    await nusrat.say("/customer 1", chat="rajshahi")
    await nusrat.sees("in private only", chat="rajshahi")
    await queue(chat, group["id"], "before")
    await chat.sandbox.migrate("rajshahi")
    await chat.polled()
    await let_go(chat)
    await nusrat.sees("before", chat="rajshahi")


async def test_one_that_turned_unnoticed_is_followed_at_the_first_refusal(chat: Team, nusrat: Person) -> None:
    group = await chat.sandbox.add_group("khulna", "Team Khulna", "nusrat")
    await nusrat.say("/customer 1", chat="khulna")
    await nusrat.sees("in private only", chat="khulna")
    await chat.sandbox.migrate("khulna")
    await chat.polled()
    await chat.settled()
    await queue(chat, group["id"], "to the old one")
    await let_go(chat)
    await nusrat.sees("to the old one", chat="khulna")
    assert await states(chat) == [("sent", None)]


async def test_a_revoked_token_loses_nothing(chat: Team, nusrat: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sender, poller):
        monkeypatch.setattr(module, "TOKEN_SECONDS", 0.2)
    await queue(chat, nusrat.user_id, "still to come")
    await chat.sandbox.set_bot(chat.sandbox.token, revoked=True)
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE outbox SET next_attempt_at = clock_timestamp()"))
        await notify(session, outbox.BELL)
    async with asyncio.timeout(10):
        while ("queued", "the token is not accepted") not in await states(chat):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await chat.sandbox.set_bot(chat.sandbox.token, revoked=False)
    await nusrat.sees("still to come")
    await nusrat.say("/help")
    await nusrat.sees("What you can type")
    assert [state for state, _ in await states(chat)] == ["sent"]


async def test_who_is_removed_gets_nothing_that_was_queued(chat: Team, tanvir: Person, nusrat: Person) -> None:
    await queue(chat, tanvir.user_id, "for Tanvir", staff_id=tanvir.staff_id)
    await queue(chat, nusrat.user_id, "for Nusrat", staff_id=nusrat.staff_id)
    async with chat.sessions.begin() as session:
        await people.remove(session, tanvir.staff_id, now=chat.clock.now())
    await let_go(chat)
    await nusrat.sees("for Nusrat")
    assert await tanvir.screen() == []
    assert await states(chat) == [("cancelled", "removed"), ("sent", None)]


async def test_what_was_queued_about_a_merged_customer_leads_to_who_stayed(chat: Team, nusrat: Person) -> None:
    shop = await Shop.open(chat)
    await shop.give(shop.karim, nusrat)
    await queue(chat, nusrat.user_id, "Call Karim", customer_id=shop.karim, staff_id=nusrat.staff_id)
    async with chat.sessions.begin() as session:
        person = await people.get(session, nusrat.staff_id)
        limits = await thresholds.load(session)
        rahim, karim = [
            await access.access_customer(session, person, limits, ident) for ident in (shop.rahim, shop.karim)
        ]
        await merges.merge(session, person, rahim, karim, now=chat.clock.now(), thresholds=limits)
    await let_go(chat)
    told = await nusrat.sees("Call Karim")
    await nusrat.say("kotha hoise 3 min", reply_to=told)
    await nusrat.sees("Rahim Uddin", "saved", "Call 3 min")
    assert len(await shop.logged(shop.rahim)) == 1

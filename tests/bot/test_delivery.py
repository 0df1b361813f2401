"""Troubles on the way out, switched on in the sandbox, by what people see and what its ledger counted."""

from typing import Any

import pytest
from sqlalchemy import text

from bot.sandbox.client import SandboxError
from cdm_core import outbox
from cdm_core.outbox import File, OutMessage
from cdm_core.words import MessageKind
from tests.bot.people import Person, Team


async def tell(chat: Team, person: Person, key: str, kind: MessageKind = MessageKind.REPLY, **more: Any) -> None:
    """Say ``key`` to the person, as a job would."""
    given = {"method": "sendMessage", "payload": {"text": key}, "again": "(sent again)", **more}
    async with chat.sessions.begin() as session:
        await outbox.put(
            session, OutMessage(dedup_key=key, chat_id=person.user_id, kind=kind, staff_id=person.staff_id, **given)
        )


async def state(chat: Team, key: str) -> str:
    await chat.settled()
    async with chat.sessions() as session:
        query = text("SELECT state FROM outbox WHERE dedup_key = :key")
        return str((await session.execute(query, {"key": key})).scalar_one())


async def arrived(chat: Team, words: str) -> int:
    """How many messages with these words Telegram really took."""
    calls = await chat.sandbox.ledger(method="sendMessage")
    return sum(1 for call in calls if call["done"] and words in call["text"])


async def test_a_flood_is_waited_out_and_everything_arrives_once_in_order(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("flood", "sendMessage", retry_after=1, count=1)
    await tell(chat, nusrat, "one")
    await tell(chat, nusrat, "two")
    await nusrat.sees("two")
    assert (await nusrat.screen())[-2:] == ["one", "two"]
    assert (await arrived(chat, "one"), await arrived(chat, "two")) == (1, 1)


async def test_a_flood_halts_the_whole_token(chat: Team, nusrat: Person, tanvir: Person) -> None:
    await chat.sandbox.fault("flood", "sendMessage", retry_after=1, count=1)
    await tell(chat, nusrat, "first")
    (refused,) = await chat.sandbox.ledger(method="sendMessage", count=1, wait=5)
    await tell(chat, tanvir, "second")
    await tanvir.sees("second")
    calls = await chat.sandbox.ledger(method="sendMessage")
    assert all(call["mono"] - refused["mono"] >= 1 for call in calls if call is not refused and call["code"] == 200)


async def test_a_message_dropped_before_it_arrived_is_said_once(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("drop_before", "sendMessage", count=1)
    await tell(chat, nusrat, "hello")
    await nusrat.sees("hello", "(sent again)")
    assert await state(chat, "hello") == "sent"
    assert await arrived(chat, "hello") == 1


async def test_a_message_whose_answer_was_dropped_is_marked_the_second_time(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("drop_after", "sendMessage", count=1)
    await tell(chat, nusrat, "hello")
    await nusrat.sees("hello", "(sent again)")
    assert (await nusrat.screen())[-2:] == ["hello", "hello\n(sent again)"]
    await chat.settled()
    async with chat.sessions() as session:
        results = await session.execute(text("SELECT result FROM delivery_attempts ORDER BY attempt"))
        assert results.scalars().all() == ["unknown", "sent"]


async def test_a_broadcast_is_never_said_twice(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("drop_after", "sendMessage", count=1)
    await tell(chat, nusrat, "news", MessageKind.BROADCAST)
    await nusrat.sees("news")
    assert await state(chat, "news") == "unknown"
    assert await arrived(chat, "news") == 1


async def test_a_server_error_is_survived(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("server_error", "sendMessage", count=1)
    await tell(chat, nusrat, "hello")
    await nusrat.sees("hello")
    assert await state(chat, "hello") == "sent"


async def test_a_refused_message_fails_and_holds_nobody_up(chat: Team, nusrat: Person) -> None:
    await tell(chat, nusrat, "broken", payload={"text": "<b>broken", "parse_mode": "HTML"})
    await tell(chat, nusrat, "next")
    await nusrat.sees("next")
    assert await state(chat, "broken") == "failed"


async def test_who_blocked_us_unnoticed_is_marked_at_the_first_refusal(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("forbidden", "sendMessage", count=1)
    await tell(chat, nusrat, "one")
    assert await state(chat, "one") == "failed"
    await tell(chat, nusrat, "two")
    assert await state(chat, "two") == "cancelled"
    async with chat.sessions() as session:
        audited = await session.execute(text("SELECT action, actor FROM audit_log"))
        assert audited.all() == [("chat_blocked", "telegram")]


async def test_admins_are_told_once_who_cannot_be_reached(chat: Team, tanvir: Person, rafiq: Person) -> None:
    for blocked in (True, False, True):
        await chat.sandbox.block(tanvir.key, blocked)
    await rafiq.sees("Tanvir has blocked the bot")
    await chat.polled()
    await chat.settled()
    assert sum("Tanvir has blocked the bot" in words for words in await rafiq.screen()) == 1
    assert not any("blocked the bot" in words for words in await chat.farhana.screen())


async def test_a_deleted_card_comes_back_as_a_new_message(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("Settings")
    await nusrat.press("10:00")
    await nusrat.sees("10:00")
    await chat.sandbox.fault(
        "bad_request", "editMessageText", count=1, description="Bad Request: message to edit not found"
    )
    await nusrat.press("11:00")
    again = await nusrat.sees("Morning list: 11:00")
    assert again["id"] != shown["id"]


async def test_a_picture_goes_with_its_words(chat: Team, nusrat: Person) -> None:
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
        "45400000000049454e44ae426082"
    )
    files = (File("photo", "chart.png", pixel),)
    await tell(chat, nusrat, "chart", method="sendPhoto", payload={"caption": "the week"}, files=files)
    message = await nusrat.sees("the week")
    assert message["photo"]
    await chat.settled()
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT payload FROM outbox"))).scalar_one() is None


async def test_a_silent_message_makes_no_sound(chat: Team, nusrat: Person) -> None:
    await tell(chat, nusrat, "psst", payload={"text": "psst", "disable_notification": True})
    assert (await nusrat.sees("psst"))["silent"]


async def test_an_edit_of_unknown_fate_is_repeated_unmarked(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    await nusrat.sees("Settings")
    await chat.sandbox.fault("drop_after", "editMessageText", count=1)
    await nusrat.press("10:00")
    message = await nusrat.sees("10:00")
    await chat.settled()
    assert "again" not in message["text"]
    assert len(await chat.sandbox.ledger(method="editMessageText")) == 2


async def test_slow_answers_hold_up_only_their_own_chat(chat: Team, nusrat: Person, tanvir: Person) -> None:
    await chat.sandbox.fault("slow", "sendMessage", chat_id=nusrat.user_id, ms=3000, count=1)
    await tell(chat, nusrat, "slow")
    await tell(chat, tanvir, "quick")
    await tanvir.sees("quick", seconds=2)
    with pytest.raises(SandboxError, match="no such message"):
        await nusrat.sandbox.wait_for("nusrat", contains="slow", timeout=0)
    await nusrat.sees("slow")


async def test_telegram_away_for_a_while_loses_nothing(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.down(seconds=2)
    await nusrat.say("/help")
    await nusrat.sees("What you can type")
    await chat.settled()
    assert await arrived(chat, "What you can type") == 1


@pytest.mark.parametrize("trouble", ["drop_before", "server_error"])
async def test_the_one_repeat_waits_until_telegram_is_there_again(chat: Team, nusrat: Person, trouble: str) -> None:
    await chat.sandbox.fault(trouble, seconds=4)
    await tell(chat, nusrat, "the morning list", MessageKind.DIGEST)
    await nusrat.sees("the morning list", "(sent again)")
    assert await state(chat, "the morning list") == "sent"
    assert len(await chat.sandbox.ledger(method="sendMessage")) == 2

"""Whether all calls are to stop: nobody calls until it is answered, and then all is as before, or over."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core import merges, thresholds
from cdm_core.access import access_customer
from cdm_core.words import ConsentChannel, Language
from jobs import follow_up_reminders, hot_alerts
from jobs.job import Shop as Business
from templates.actions import Action, Consent, encode
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.bot.test_queued import let_go
from tests.factories import NOW

SIX = NOW.replace(hour=18, minute=0)
WAITS = "❓ Stop all calls? Not answered"


async def promised(shop: Shop, customer_id: int, person: Person) -> None:
    async with shop.team.sessions() as session:
        await factories.follow_up(session, customer_id, person.staff_id, due_at=SIX, asked=True)
        await factories.settle(session, customer_id)


async def asks(shop: Shop, person: Person, words: str = "do not call") -> dict[str, Any]:
    await person.say(f"#{shop.rahim} {words}")
    return await person.sees("Rahim Uddin", "stop all calls?", "Text saved.")


async def rings_at_six(chat: Team, shop: Shop) -> list[tuple[Any, ...]]:
    """The reminders of promised calls that were told by six."""
    await chat.ring(follow_up_reminders.job(Business()), SIX)
    return await shop.rows("SELECT customer_id FROM outbox WHERE kind = 'reminder' AND method = 'sendMessage'")


async def now_says(chat: Team, person: Person, message: dict[str, Any]) -> dict[str, Any]:
    await chat.polled()
    await chat.settled()
    (found,) = [one for one in await chat.sandbox.messages(person.key) if one["id"] == message["id"]]
    return found


async def forbidden(shop: Shop) -> bool:
    return (await shop.rows("SELECT do_not_call_at IS NOT NULL FROM customers WHERE id = :id", id=shop.rahim)) == [
        (True,)
    ]


async def test_nobody_is_called_until_it_is_answered(chat: Team, shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    await shop.pending_order(shop.rahim, 2450)
    await nusrat.say("/calls")
    await nusrat.sees("Rahim Uddin")
    asked = await asks(shop, nusrat)
    assert await shop.promised(shop.rahim) == ["22 18:00"], "an unanswered question ends no promise"
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", WAITS, "⏰ Today 18:00, held")
    assert "💡" not in card["text"]
    empty = "Nobody left to call now"
    for command, nobody in (("/calls", empty), ("/next", empty), ("/due", "No call is promised")):
        await nusrat.say(command)
        assert "Rahim" not in (await nusrat.sees(nobody))["text"], command
    assert await rings_at_six(chat, shop) == []
    await nusrat.press("Keep calling", message=asked)
    told = await nusrat.sees("📞 Rahim Uddin", "calls go on", "⏰ Today 18:00", "“do not call”")
    assert told["id"] == asked["id"]
    assert await rings_at_six(chat, shop) == [(shop.rahim,)]
    await nusrat.sees("⏰ 18:00 · Rahim Uddin")
    await nusrat.say("/next")
    await nusrat.sees("Rahim Uddin", "of 1")
    assert not await forbidden(shop)


async def test_a_ban_ends_what_was_promised_and_undo_gives_all_back(chat: Team, shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    await asks(shop, nusrat)
    await nusrat.press("Do not call")
    await nusrat.sees("Rahim Uddin", "saved", "do not call")
    assert await shop.promised(shop.rahim) == []
    assert await forbidden(shop)
    await nusrat.say("/undo")
    await nusrat.sees("undone", "As before: today 18:00")
    assert await shop.promised(shop.rahim) == ["22 18:00"]
    assert not await forbidden(shop)
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", "⏰ Today 18:00")
    assert "Stop all calls" not in card["text"]
    assert "held" not in card["text"]
    assert await rings_at_six(chat, shop) == [(shop.rahim,)]


async def test_undo_of_the_note_ends_its_question(chat: Team, shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    asked = await asks(shop, nusrat)
    await nusrat.say("/undo")
    await nusrat.sees("undone", "“do not call”: removed", "As before: today 18:00")
    assert await shop.logged(shop.rahim) == []
    ended = await now_says(chat, nusrat, asked)
    assert ended["text"].endswith("stop all calls?\nText undone")
    assert ended["buttons"] == []
    for button in asked["buttons"][0]:
        assert (await nusrat.press_data(button["callback_data"], message=asked)).startswith("Already done")
    assert not await forbidden(shop)
    assert await rings_at_six(chat, shop) == [(shop.rahim,)]


async def test_undo_after_no_takes_the_note_back(shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    await asks(shop, nusrat)
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    await nusrat.press("Undo")
    await nusrat.sees("undone", "As before: today 18:00")
    assert await shop.logged(shop.rahim) == []
    assert await shop.promised(shop.rahim) == ["22 18:00"]


async def test_an_alert_waits_for_the_answer_and_ends_with_a_ban_once(chat: Team, shop: Shop, nusrat: Person) -> None:
    async def minute(minutes: int) -> None:
        await chat.ring(hot_alerts.job(Business()), NOW + timedelta(minutes=minutes))

    async with chat.sessions() as session:
        await factories.dropoff(session, shop.rahim, stage="payment_failed", cart_value=Decimal(5500), occurred_at=NOW)
        await factories.settle(session, shop.rahim)
    await minute(0)
    alert = await nusrat.sees("🚨 Rahim Uddin")
    await asks(shop, nusrat)
    await minute(30)
    assert (await now_says(chat, nusrat, alert))["text"].startswith("🚨"), "nothing is said of it before the answer"
    assert await shop.rows("SELECT staff_id FROM alert_messages") == [(nusrat.staff_id,)], "it goes up to nobody"
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    await minute(31)
    await chat.farhana.sees("🚨 Rahim Uddin", "Payment failed")
    await asks(shop, nusrat)
    edits = "SELECT staff_id, count(*) FROM outbox WHERE kind = 'alert' AND method = 'editMessageText' GROUP BY 1"
    before = dict(await shop.rows(edits))
    await nusrat.press("Do not call")
    await nusrat.sees("☑️ Rahim Uddin", "🚫 Do not call")
    await chat.farhana.sees("☑️ Rahim Uddin", "🚫 Do not call")
    after = {person: number - before.get(person, 0) for person, number in await shop.rows(edits)}
    assert after == {nusrat.staff_id: 1, chat.farhana.staff_id: 1}, "it ends in one writing"
    await nusrat.say("/undo")
    await nusrat.sees("🚨 Rahim Uddin")


async def test_an_alert_first_rings_after_the_answer(chat: Team, shop: Shop, nusrat: Person) -> None:
    await asks(shop, nusrat)
    async with chat.sessions() as session:
        await factories.dropoff(session, shop.rahim, stage="payment_failed", cart_value=Decimal(5500), occurred_at=NOW)
        await factories.settle(session, shop.rahim)
    await chat.ring(hot_alerts.job(Business()), NOW + timedelta(minutes=1))
    assert await shop.rows("SELECT state FROM alerts") == [("waiting",)]
    assert await shop.rows("SELECT staff_id FROM alert_messages") == []
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    await chat.ring(hot_alerts.job(Business()), NOW + timedelta(minutes=2))
    await nusrat.sees("🚨 Rahim Uddin")


@pytest.mark.parametrize(
    ("label", "told", "shown"),
    [("Do not call", "do not call", "🚫 Do not call"), ("Keep calling", "calls go on", "⏰")],
)
async def test_the_card_answers_it(shop: Shop, nusrat: Person, label: str, told: str, shown: str) -> None:
    await promised(shop, shop.rahim, nusrat)
    asked = await asks(shop, nusrat)
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", WAITS)
    assert [button["text"] for button in card["buttons"][0]] == ["🚫 Do not call", "📞 Keep calling"]
    await nusrat.press(label, message=card)
    await nusrat.sees("Rahim Uddin", told)
    after = await now_says(shop.team, nusrat, card)
    assert shown in after["text"]
    assert WAITS not in after["text"]
    ended = await now_says(shop.team, nusrat, asked)
    assert ended["text"].endswith("stop all calls?\nAnswered")
    assert ended["buttons"] == []
    for again in ("dnc", "calls_on"):
        toast = await nusrat.press_data(card["buttons"][0][again == "calls_on"]["callback_data"], message=card)
        assert toast.startswith(("Already done", "Nusrat: ")), again
    assert await forbidden(shop) is (label == "Do not call")


@pytest.mark.parametrize("label", ["কল মানা", "কল চলবে"])
async def test_another_answers_it_in_bengali(chat: Team, shop: Shop, nusrat: Person, label: str) -> None:
    await promised(shop, shop.rahim, nusrat)
    asked = await asks(shop, nusrat)
    await chat.farhana.speaks(Language.BN)
    await chat.farhana.say(f"/customer {shop.rahim}")
    card = await chat.farhana.sees("❓ আর কখনো কল নয়? উত্তর বাকি", "⏰ আজ সন্ধ্যা ৬টা, থেমে আছে")
    await chat.farhana.press(label, message=card)
    await chat.farhana.sees("কল চলবে", "⏰ আজ সন্ধ্যা ৬টা") if label == "কল চলবে" else await chat.farhana.sees(
        "সেভ হয়েছে", "আর কল দিতে মানা"
    )
    ended = await now_says(chat, nusrat, asked)
    assert ended["text"].endswith("stop all calls?\nFarhana answered")
    toast = await nusrat.press_data(asked["buttons"][0][0]["callback_data"], message=asked)
    assert toast == f"Farhana: {'calls go on' if label == 'কল চলবে' else '🚫 do not call'}, 11:10"
    assert await forbidden(shop) is (label == "কল মানা")
    if label == "কল মানা":
        await chat.farhana.say("/undo")
        await chat.farhana.sees("⏰")
        assert not await forbidden(shop)
        assert await shop.promised(shop.rahim) == ["22 18:00"]


async def test_two_answer_at_once(chat: Team, shop: Shop, nusrat: Person) -> None:
    asked = await asks(shop, nusrat)
    await chat.farhana.say(f"/customer {shop.rahim}")
    card = await chat.farhana.sees(WAITS)
    toasts = await asyncio.gather(
        nusrat.press("Do not call", message=asked), chat.farhana.press("Keep calling", message=card)
    )
    assert len([toast for toast in toasts if toast.startswith(("Nusrat: 🚫 do not call", "Farhana: calls go on"))]) == 1


async def test_the_newer_question_takes_the_olders_place(chat: Team, shop: Shop, nusrat: Person) -> None:
    first = await asks(shop, nusrat)
    second = await asks(shop, nusrat, "stop calling")
    assert second["id"] != first["id"]
    older = await now_says(chat, nusrat, first)
    assert older["text"].endswith("stop all calls?\nNewer one below")
    assert older["buttons"] == []
    await chat.farhana.say(f"#{shop.rahim} আর কল দিতে মানা করেছে")
    await chat.farhana.sees("stop all calls?")
    assert (await now_says(chat, nusrat, second))["text"].endswith("stop all calls?\nNow with Farhana")
    await chat.farhana.say(f"/dnc #{shop.rahim}")
    await chat.farhana.sees("stop all calls?", "Newer one below")
    await chat.settled()
    third = (await chat.sandbox.messages(chat.farhana.key))[-1]
    await nusrat.say(f"/dnc #{shop.rahim}")
    fourth = await nusrat.sees("stop all calls?")
    assert fourth["buttons"]
    gone = await now_says(chat, chat.farhana, third)
    assert gone["text"].endswith("stop all calls?\nNow with Nusrat")
    assert gone["buttons"] == []
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    toast = await nusrat.press_data(second["buttons"][0][0]["callback_data"], message=second)
    assert toast.startswith("Nusrat: calls go on")
    await nusrat.say(f"/customer {shop.rahim}")
    assert "Stop all calls" not in (await nusrat.sees("Rahim Uddin"))["text"]
    assert not await forbidden(shop)


@pytest.mark.parametrize("here", [True, False])
async def test_a_talk_takes_the_buttons_of_what_asks_wherever_that_stands(
    chat: Team, shop: Shop, nusrat: Person, here: bool
) -> None:
    first = await asks(shop, nusrat)
    await chat.farhana.speaks(Language.BN)
    await chat.farhana.say(f"/dnc #{shop.rahim}")
    again = await chat.farhana.sees("আর কখনো কল নয়?")
    talks = chat.farhana if here else nusrat
    await talks.say(f"#{shop.rahim} kotha hoise, interested")
    await talks.sees("Rahim Uddin", "সেভ হয়েছে" if here else "saved")
    left = await now_says(chat, chat.farhana, again)
    assert left["text"].endswith("আর কখনো কল নয়?\nপরে কথা হয়েছে")
    assert left["buttons"] == []
    gave_way = await now_says(chat, nusrat, first)
    assert gave_way["text"].endswith("stop all calls?\nNow with Farhana")
    assert gave_way["buttons"] == []


async def test_a_question_asked_of_one_of_two_who_are_one_by_now_is_found(
    chat: Team, shop: Shop, nusrat: Person
) -> None:
    asked = await asks(shop, nusrat)
    async with chat.sessions.begin() as session:
        limits = await thresholds.load(session)
        karim, rahim = [await access_customer(session, None, limits, one) for one in (shop.karim, shop.rahim)]
        await merges.merge(session, "tests", karim, rahim, now=NOW, thresholds=limits)
    await chat.farhana.say(f"#{shop.karim} kotha hoise, interested")
    await chat.farhana.sees("Karim Mia", "saved")
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith("stop all calls?\nTalked to since")
    assert left["buttons"] == []


async def test_calls_allowed_by_hand_answer_it(chat: Team, shop: Shop, nusrat: Person) -> None:
    asked = await asks(shop, nusrat)
    chat.at(NOW + timedelta(minutes=1))
    allowed = Action("allow", (shop.rahim, ConsentChannel.CALL, Consent.YES))
    await chat.farhana.say(f"/customer {shop.rahim}")
    await chat.farhana.press_data(encode(allowed), message=await chat.farhana.sees(WAITS))
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith("stop all calls?\nFarhana answered")
    assert left["buttons"] == []


@pytest.mark.parametrize(
    ("language", "told"),
    [(Language.EN, "stop all calls?\nTalked to since"), (Language.BN, "আর কখনো কল নয়?\nপরে কথা হয়েছে")],
)
async def test_a_question_that_waits_for_telegram_tells_its_author_what_became_of_the_text(
    chat: Team, shop: Shop, nusrat: Person, language: Language, told: str
) -> None:
    await nusrat.speaks(language)
    await unsent(chat, shop, nusrat)
    await chat.farhana.say(f"#{shop.rahim} kotha hoise, interested")
    await chat.farhana.sees("Rahim Uddin", "saved")
    await chat.sandbox.clear_faults()
    await let_go(chat)
    said = await nusrat.sees("Rahim Uddin")
    assert said["text"].endswith(told)
    assert said["buttons"] == []


async def test_a_question_that_waits_for_telegram_is_not_put_where_its_author_answers_it(
    chat: Team, shop: Shop, nusrat: Person
) -> None:
    await unsent(chat, shop, nusrat)
    await nusrat.say(f"#{shop.rahim} kotha hoise, interested")
    await until(chat, "SELECT count(*) = 2 FROM customer_interactions")
    await chat.sandbox.clear_faults()
    await let_go(chat)
    await nusrat.sees("Rahim Uddin", "saved")
    assert await shop.rows("SELECT state FROM outbox WHERE context ? 'asks_no_calls'") == [("cancelled",)]
    assert not [said for said in await nusrat.screen() if "stop all calls?" in said]


async def unsent(chat: Team, shop: Shop, person: Person) -> None:
    """A note that asks, whose question Telegram does not take yet."""
    await chat.sandbox.fault("server_error", "sendMessage", chat_id=person.user_id)
    await person.say(f"#{shop.rahim} do not call")
    refused = "context ? 'asks_no_calls' AND attempts > 0 AND state = 'queued'"
    await until(chat, f"SELECT EXISTS (SELECT FROM outbox WHERE {refused})")


async def until(chat: Team, query: str) -> None:
    """Wait for what ``settled`` does not, since something stays unsent or locked."""
    async with asyncio.timeout(15), chat.sessions() as session:
        while not (await session.execute(text(query))).scalar_one():
            await session.rollback()
            await asyncio.sleep(0.005)


async def test_a_forgotten_question_holds_for_three_days(chat: Team, shop: Shop, nusrat: Person) -> None:
    await shop.pending_order(shop.rahim, 2450)
    asked = await asks(shop, nusrat)
    chat.at(NOW + timedelta(days=2, hours=23))
    await nusrat.say("/calls")
    assert "Rahim" not in (await nusrat.sees("Nobody left to call now"))["text"]
    chat.at(NOW + timedelta(days=3, minutes=1))
    await nusrat.say("/calls")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say(f"/customer {shop.rahim}")
    await nusrat.sees("Rahim Uddin", WAITS)
    await nusrat.press("Do not call", message=asked)
    await nusrat.sees("Rahim Uddin", "saved", "Do not call")
    assert await forbidden(shop), "the question is still answered days later"


async def test_a_talk_that_told_of_it_counts_as_one(shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    await asks(shop, nusrat, "3 min kotha, ar call dite mana korse")
    assert await shop.promised(shop.rahim) == [], "they were talked to"
    await nusrat.say(f"/customer {shop.rahim}")
    await nusrat.sees("Rahim Uddin", WAITS)
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    assert [row[:3] for row in await shop.logged(shop.rahim)] == [("not_interested", None, 180)]


async def test_a_talk_since_then_answers_it(shop: Shop, nusrat: Person) -> None:
    await asks(shop, nusrat)
    for words, waits in (("no answer", True), ("kotha hoise, interested", False)):
        await nusrat.say(f"#{shop.rahim} {words}")
        await nusrat.sees("Rahim Uddin", "saved") if not waits else await nusrat.sees("no answer")
        await nusrat.say(f"/customer {shop.rahim}")
        assert (WAITS in (await nusrat.sees("Rahim Uddin", "Dhaka"))["text"]) is waits, words


@pytest.mark.parametrize(
    ("since", "waits"),
    [
        ({"occurred_at": NOW - timedelta(minutes=5)}, True),  # the call of which the note tells
        ({"occurred_at": NOW - timedelta(days=2), "outcome_code": "interested"}, True),
        ({"outcome_code": "whatsapp_message_sent", "interaction_type": "whatsapp"}, True),
        ({"outcome_code": "wrong_number"}, True),
        ({"interaction_direction": "inbound"}, True),
        ({}, False),
    ],
)
async def test_only_a_talk_of_ours_since_then_answers_it(
    chat: Team, shop: Shop, nusrat: Person, since: dict[str, Any], waits: bool
) -> None:
    await shop.pending_order(shop.rahim, 2450)
    await asks(shop, nusrat)
    later = NOW + timedelta(hours=1)
    async with chat.sessions() as session:
        told = {"occurred_at": later, "created_at": later, "source": "api"} | since
        await factories.interaction(session, shop.rahim, **told)
        await factories.settle(session, shop.rahim)
    chat.at(later + timedelta(minutes=1))
    await nusrat.say(f"/customer {shop.rahim}")
    assert (WAITS in (await nusrat.sees("Rahim Uddin", "Dhaka"))["text"]) is waits
    held = await shop.rows("SELECT customer_id FROM calls_held")
    assert (held == [(shop.rahim,)]) is waits


@pytest.mark.parametrize(
    ("words", "channel"), [("do not call", "other"), ("WhatsApp e bolse ar call na dite", "whatsapp")]
)
async def test_after_no_a_note_is_what_it_would_have_been(shop: Shop, nusrat: Person, words: str, channel: str) -> None:
    kind = "SELECT interaction_type, outcome_code FROM customer_interactions WHERE undone_at IS NULL"
    counted = "SELECT total_whatsapp, last_contact_at IS NOT NULL FROM customer_summary WHERE customer_id = :id"
    await promised(shop, shop.rahim, nusrat)
    await asks(shop, nusrat, words)
    assert await shop.rows(kind) == [("other", None)]
    assert await shop.rows(counted, id=shop.rahim) == [(0, False)]
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on", "⏰ Today 18:00")
    assert await shop.rows(kind) == [(channel, None)]
    talked = channel == "whatsapp"
    assert await shop.rows(counted, id=shop.rahim) == [(int(talked), talked)]
    assert await shop.promised(shop.rahim) == ["22 18:00"]
    await nusrat.press("Undo")
    await nusrat.sees("undone")
    assert await shop.rows(counted, id=shop.rahim) == [(0, False)]

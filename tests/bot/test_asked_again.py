"""One message asks whether all calls are to stop: none keeps buttons that answer nothing, and whom a question holds is
asked about somewhere, whatever was undone, corrected, merged or erased meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_questions, question_copies, summary, thresholds
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.tables import api_keys
from cdm_core.words import ConsentChannel, Language, Scope
from jobs import hot_alerts
from jobs.job import Shop as Business
from templates.actions import Action, Consent, encode
from templates.questions import Words
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.bot.test_erase import erased
from tests.bot.test_stop_calls import WAITS, asks, now_says, promised, until
from tests.factories import NOW

ASKS_BN = "আর কখনো কল নয়?"


async def held(shop: Shop) -> list[int]:
    return [row[0] for row in await shop.rows("SELECT customer_id FROM calls_held ORDER BY 1")]


async def has_buttons(chat: Team, *those: tuple[Person, dict[str, Any]]) -> list[bool]:
    return [bool((await now_says(chat, person, message))["buttons"]) for person, message in those]


@pytest.mark.parametrize("ends", ["undone", "corrected"])
async def test_an_alert_whose_day_passed_while_it_was_held_rings_once_the_note_is_taken_back(
    chat: Team, shop: Shop, nusrat: Person, ends: str
) -> None:
    async def at(hours: float) -> None:
        await chat.ring(hot_alerts.job(Business()), NOW + timedelta(hours=hours))

    async with chat.sessions() as session:
        await factories.dropoff(session, shop.rahim, stage="payment_failed", cart_value=Decimal(5500), occurred_at=NOW)
        await factories.settle(session, shop.rahim)
    await at(0)
    await nusrat.sees("🚨 Rahim Uddin")
    chat.at(NOW + timedelta(hours=21))
    note = await nusrat.say(f"#{shop.rahim} do not call")
    await nusrat.sees("Rahim Uddin", "stop all calls?")
    await at(26)
    if ends == "undone":
        await nusrat.say("/undo")
        await nusrat.sees("undone")
    else:
        await nusrat.edits(note, f"#{shop.rahim} has a shop in Uttara")
        await nusrat.sees("has a shop in Uttara")
    assert await held(shop) == []
    await at(26 + 1 / 60)
    assert await shop.rows("SELECT closed_why FROM alerts") == [(None,)], "it is told anew, not over"
    told_since = "SELECT count(*) > 0 FROM alert_messages WHERE told_at > CAST(:noted AS timestamptz)"
    assert await shop.rows(told_since, noted=NOW + timedelta(hours=21)) == [(True,)]


class Between(AsyncSession):
    """Something happens before it reads what asks."""

    happens: Callable[[], Awaitable[object]]

    async def execute(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        if "FOR UPDATE OF o" in str(statement):
            await self.happens()
        return await super().execute(statement, *arguments, **options)


async def test_who_retells_beside_a_note_leaves_its_question_alone(chat: Team, shop: Shop, nusrat: Person) -> None:
    asked: dict[str, Any] = {}

    async def note() -> None:
        asked.update(await asks(shop, nusrat))

    async with chat.sessions() as session:
        limits = await thresholds.load(session)
        between = Between(bind=session.bind, expire_on_commit=False)
    between.happens = note
    async with between.begin():
        word = Words(limits.zone, NOW, "৳")
        await question_copies.retell(between, shop.rahim, by=None, word=word)
    await between.close()
    assert (await now_says(chat, nusrat, asked))["buttons"] == asked["buttons"]
    assert await held(shop) == [shop.rahim]


@pytest.mark.parametrize("language", Language)
async def test_undo_of_the_newer_question_puts_the_older_again(
    chat: Team, shop: Shop, nusrat: Person, language: Language
) -> None:
    older = await asks(shop, nusrat)
    await chat.farhana.speaks(language)
    words = "stop all calls?" if language is Language.EN else ASKS_BN
    await chat.farhana.say(f"#{shop.rahim} do not call")
    newer = await chat.farhana.sees("Rahim Uddin", words)
    await chat.farhana.say("/undo")
    again = await chat.farhana.sees("❓ Rahim Uddin", words)
    assert again["id"] != newer["id"]
    assert await held(shop) == [shop.rahim]
    assert await has_buttons(chat, (nusrat, older), (chat.farhana, newer), (chat.farhana, again)) == [
        False,
        False,
        True,
    ]
    assert (await now_says(chat, nusrat, older))["text"].endswith("Now with Farhana")
    await chat.farhana.press("Keep calling" if language is Language.EN else "কল চলবে", message=again)
    await chat.farhana.sees("calls go on" if language is Language.EN else "কল চলবে", "do not call")
    assert await held(shop) == []


@pytest.mark.parametrize("answer", ["a talk", "a ban", "allowed by hand"])
async def test_undo_of_an_answer_puts_the_question_again(
    chat: Team, shop: Shop, nusrat: Person, farhana: Person, answer: str
) -> None:
    asked = await asks(shop, nusrat)
    chat.at(NOW + timedelta(minutes=1))
    await farhana.say(f"/customer {shop.rahim}")
    card = await farhana.sees("Rahim Uddin", WAITS)
    if answer == "a talk":
        await farhana.say(f"#{shop.rahim} kotha hoise, interested")
        await farhana.sees("Rahim Uddin", "saved")
    elif answer == "a ban":
        await farhana.press("Do not call", message=card)
        await farhana.sees("saved", "Do not call")
    else:
        await farhana.press_data(encode(Action("allow", (shop.rahim, ConsentChannel.CALL, Consent.YES))), message=card)
    assert await has_buttons(chat, (nusrat, asked)) == [False]
    assert await held(shop) == []
    await farhana.say("/undo")
    again = await farhana.sees("❓ Rahim Uddin", "stop all calls?")
    assert again["buttons"]
    assert await held(shop) == [shop.rahim]
    await farhana.press("Keep calling", message=again)
    await farhana.sees("calls go on")
    assert await held(shop) == []


async def test_a_corrected_note_leaves_the_older_question_asked(
    chat: Team, shop: Shop, nusrat: Person, farhana: Person
) -> None:
    older = await asks(shop, nusrat)
    note = await farhana.say(f"#{shop.rahim} do not call")
    newer = await farhana.sees("stop all calls?")
    await farhana.edits(note, f"#{shop.rahim} has a shop in Uttara")
    again = await farhana.sees("❓ Rahim Uddin", "stop all calls?")
    assert await has_buttons(chat, (nusrat, older), (farhana, newer), (farhana, again)) == [False, False, True]
    await farhana.press("Do not call", message=again)
    await farhana.sees("Rahim Uddin", "saved", "Do not call")
    assert await held(shop) == []


async def test_a_text_corrected_so_that_it_still_asks_asks_once(chat: Team, shop: Shop, nusrat: Person) -> None:
    note = await nusrat.say(f"#{shop.rahim} do not call")
    first = await nusrat.sees("stop all calls?")
    await nusrat.edits(note, f"#{shop.rahim} stop calling, do not call")
    second = await nusrat.sees("❓ Rahim Uddin", "stop all calls?")
    await chat.settled()
    asking = [one for one in await chat.sandbox.messages(nusrat.key) if one["id"] >= first["id"]]
    assert [one["id"] for one in asking if "stop all calls?" in one["text"] and one["buttons"]] == [second["id"]]


async def test_a_talk_moved_to_whom_a_question_holds_answers_it(chat: Team, shop: Shop, nusrat: Person) -> None:
    asked = await asks(shop, nusrat)
    await nusrat.say(f"#{shop.karim} kotha hoise, interested")
    echo = await nusrat.sees("Karim Mia", "saved")
    logged = (await shop.rows("SELECT id FROM customer_interactions WHERE customer_id = :id", id=shop.karim))[0][0]
    await nusrat.press_data(encode(Action("move", (shop.karim, logged, shop.rahim))), message=echo)
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith("stop all calls?\nTalked to since")
    assert left["buttons"] == []


@pytest.mark.parametrize(
    ("language", "ended"), [(Language.EN, "stop all calls?\nErased"), (Language.BN, f"{ASKS_BN}\nমুছে ফেলা হয়েছে")]
)
@pytest.mark.parametrize("through", ["chat", "api"])
async def test_erased_a_question_forgets_the_name_and_its_buttons(
    chat: Team,
    shop: Shop,
    nusrat: Person,
    rafiq: Person,
    api: httpx.AsyncClient,
    through: str,
    language: Language,
    ended: str,
) -> None:
    await nusrat.speaks(language)
    await nusrat.say(f"#{shop.rahim} do not call")
    asked = await nusrat.sees("Rahim Uddin", "?")
    if through == "chat":
        await erased(rafiq, shop.rahim)
    else:
        await ruled(shop, api, f"/cdm/customers/{shop.rahim}/erase")
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith(ended)
    assert "Rahim" not in left["text"]
    assert left["buttons"] == []
    assert await held(shop) == []


async def test_of_two_who_are_one_by_now_one_message_asks_and_parted_each_is_asked_about(
    chat: Team, shop: Shop, nusrat: Person, rafiq: Person
) -> None:
    first = await asks(shop, nusrat)
    await chat.farhana.say(f"#{shop.karim} do not call")
    second = await chat.farhana.sees("Karim Mia", "stop all calls?")
    assert await held(shop) == [shop.rahim, shop.karim]
    await rafiq.say(f"/customer {shop.rahim}")
    card = await rafiq.sees("Rahim Uddin", WAITS)
    await rafiq.press_data(encode(Action("merge", (shop.rahim, shop.karim))), message=card)
    await rafiq.sees("one customer now")
    assert await has_buttons(chat, (nusrat, first), (chat.farhana, second)) == [False, True]
    assert (await now_says(chat, nusrat, first))["text"].endswith("stop all calls?\nNow with Farhana")
    assert await held(shop) == [shop.rahim]
    await rafiq.say("/undo")
    again = await rafiq.sees("Rahim Uddin", "stop all calls?")
    assert await held(shop) == [shop.rahim, shop.karim]
    assert await has_buttons(chat, (rafiq, again), (chat.farhana, second)) == [True, True]


async def test_merged_by_a_program_one_message_asks(
    chat: Team, shop: Shop, nusrat: Person, api: httpx.AsyncClient
) -> None:
    first = await asks(shop, nusrat)
    await chat.farhana.say(f"#{shop.karim} do not call")
    second = await chat.farhana.sees("Karim Mia", "stop all calls?")
    await ruled(shop, api, f"/cdm/customers/{shop.rahim}/merge", customerId=shop.karim)
    assert await has_buttons(chat, (nusrat, first), (chat.farhana, second)) == [False, True]


async def test_asked_again_while_another_answers_it_asks_what_can_be_answered(
    chat: Team, shop: Shop, nusrat: Person, farhana: Person
) -> None:
    await asks(shop, nusrat)
    ((note,),) = await shop.rows("SELECT id FROM customer_interactions")
    waits = "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with chat.sessions.begin() as session:
        await summary.begin_write(session, [shop.rahim])
        await farhana.say(f"/dnc #{shop.rahim}")
        await until(chat, waits)
        limits = await thresholds.load(session)
        author = await people.get(session, nusrat.staff_id)
        rahim = await access_customer(session, author, limits, shop.rahim)
        await call_questions.deny(session, author, rahim, note, now=NOW)
    again = await farhana.sees("Rahim Uddin", "?")
    toast = await farhana.press("Do not call", message=again)
    assert not toast.startswith("Already"), "what was answered meanwhile is not asked about"
    await farhana.sees("Rahim Uddin", "saved", "Do not call")


@pytest.mark.parametrize(("language", "ended"), [(Language.EN, "Answered"), (Language.BN, "উত্তর দেওয়া হয়েছে")])
async def test_answered_on_a_card_edited_in_place_points_nowhere(
    chat: Team, shop: Shop, nusrat: Person, language: Language, ended: str
) -> None:
    await nusrat.speaks(language)
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", "Dhaka")
    await nusrat.say(f"#{shop.rahim} do not call")
    asked = await nusrat.sees("Rahim Uddin", "?")
    chat.at(NOW + timedelta(minutes=1))
    await nusrat.press_data(encode(Action("allow", (shop.rahim, ConsentChannel.CALL, Consent.YES))), message=card)
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith(f"?\n{ended}")
    assert left["buttons"] == []


@pytest.mark.parametrize("button", ["Keep calling", "Do not call"])
@pytest.mark.parametrize("answer", ["Keep calling", "Do not call", "undone"])
async def test_a_card_that_still_asks_shows_at_a_press_what_a_colleague_answered(
    chat: Team, shop: Shop, nusrat: Person, farhana: Person, answer: str, button: str
) -> None:
    note = await asks(shop, farhana)
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin", WAITS)
    chat.at(NOW + timedelta(minutes=1))
    if answer == "undone":
        await farhana.say("/undo")
        await farhana.sees("undone")
        told = "Already done"
    else:
        await farhana.press(answer, message=note)
        told = "Farhana: calls go on, " if answer == "Keep calling" else "Farhana: 🚫 do not call, "
    assert (await nusrat.press(button, message=card)).startswith(told)
    now = await now_says(chat, nusrat, card)
    assert "Rahim Uddin" in now["text"]
    assert "Stop all calls?" not in now["text"]
    assert "Keep calling" not in [one["text"] for row in now["buttons"] for one in row]
    assert await held(shop) == []


async def test_a_card_that_still_asks_says_in_bengali_who_answered(
    chat: Team, shop: Shop, nusrat: Person, farhana: Person
) -> None:
    note = await asks(shop, farhana)
    await nusrat.speaks(Language.BN)
    await nusrat.say(f"/customer {shop.rahim}")
    card = await nusrat.sees("Rahim Uddin")
    await farhana.press("Do not call", message=note)
    await farhana.sees("saved")
    assert (await nusrat.press("কল চলবে", message=card)).startswith("Farhana: 🚫 কল মানা, ")


async def test_undo_says_that_the_call_is_held_while_an_older_note_asks(chat: Team, shop: Shop, nusrat: Person) -> None:
    await promised(shop, shop.rahim, nusrat)
    await asks(shop, nusrat)
    await chat.farhana.say(f"#{shop.rahim} do not call")
    await chat.farhana.sees("stop all calls?")
    await chat.farhana.say("/undo")
    await chat.farhana.sees("undone", "⏰ As before: today 18:00, held")


async def ruled(shop: Shop, api: httpx.AsyncClient, path: str, **body: Any) -> None:
    """The shop's program does what an admin's key may."""
    async with shop.team.sessions.begin() as session:
        await session.execute(update(api_keys).values(scopes=[Scope.ADMIN]))
    answer = await api.post(path, json=body or None)
    assert answer.status_code == 200, answer.text
